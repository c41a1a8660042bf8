-- concurrently
-- What one belongs to, whatever the community; and what the index of facets has yet to look at.
CREATE INDEX CONCURRENTLY IF NOT EXISTS membership_by_person ON membership (person_id, community_id);
CREATE INDEX CONCURRENTLY IF NOT EXISTS membership_unindexed ON membership (community_id, number)
	WHERE indexed_version <> version;
