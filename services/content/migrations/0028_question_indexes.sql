-- concurrently
-- Posts that asked before there were questions.
CREATE INDEX CONCURRENTLY IF NOT EXISTS post_question_missing ON post (publish_time)
	WHERE kind = 'QUESTION' AND was_published AND NOT has_question;
