-- concurrently
-- Whatever names a person is found by him, since it goes with him. Members are listed by number, and chosen by the index of
-- facets: nothing reads them by role and state.
CREATE INDEX CONCURRENTLY IF NOT EXISTS api_key_by_person ON api_key (person_id) WHERE person_id IS NOT NULL;
CREATE INDEX CONCURRENTLY IF NOT EXISTS member_audit_by_actor ON member_audit (actor_person_id)
	WHERE actor_person_id IS NOT NULL;
CREATE INDEX CONCURRENTLY IF NOT EXISTS real_document_by_person ON real_document (person_id);
DROP INDEX CONCURRENTLY IF EXISTS membership_by_filter;
CREATE INDEX CONCURRENTLY IF NOT EXISTS invitation_by_inviting ON invitation (inviter_person_id);
CREATE INDEX CONCURRENTLY IF NOT EXISTS invitation_by_target ON invitation (target_person_id)
	WHERE target_person_id IS NOT NULL;
-- A mute ends by itself, so it is no facet: who is muted now is read from the rows.
CREATE INDEX CONCURRENTLY IF NOT EXISTS membership_muted ON membership (community_id, mute_until_time)
	WHERE mute_until_time IS NOT NULL;
-- Who went over into whom.
CREATE INDEX CONCURRENTLY IF NOT EXISTS person_by_survivor ON person (merged_into_person_id)
	WHERE merged_into_person_id IS NOT NULL;
