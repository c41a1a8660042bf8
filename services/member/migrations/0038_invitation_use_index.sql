-- concurrently
-- Whatever names a person is found by him, a page at a time, since he may take it away.
CREATE INDEX CONCURRENTLY IF NOT EXISTS invitation_use_by_person ON invitation_use (person_id, community_id, invitation_id);
