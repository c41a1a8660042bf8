-- concurrently
-- What was answered on some days.
CREATE INDEX CONCURRENTLY IF NOT EXISTS comment_by_time ON comment (community_id, create_time) WHERE state = 'PUBLISHED';
