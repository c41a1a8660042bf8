-- concurrently
-- Who has answered a post.
CREATE INDEX CONCURRENTLY IF NOT EXISTS comment_answerers ON comment (community_id, post_id, author_person_id)
	WHERE state = 'PUBLISHED';
