-- concurrently
CREATE INDEX CONCURRENTLY IF NOT EXISTS post_hot ON post (community_id, (COALESCE(hot_time, publish_time)), post_id)
	WHERE state = 'PUBLISHED';
-- What search has yet to take up, the newest first: it is asked for soonest.
CREATE INDEX CONCURRENTLY IF NOT EXISTS post_to_index ON post (update_time) WHERE indexed_version <> version;
CREATE INDEX CONCURRENTLY IF NOT EXISTS comment_to_index ON comment (create_time) WHERE indexed_version <> version;
-- The communities of a person.
CREATE INDEX CONCURRENTLY IF NOT EXISTS replica_membership_by_person ON replica_membership (person_id, community_id);
