-- Comments.

-- name: comment_create   in: content.CreateCommentRequest   out: content.Comment
WITH m AS (
	SELECT person_id
	FROM replica_present
	WHERE community_id = :community_id
	  AND person_id = COALESCE(:comment.author_person_id::uuid, :caller_id::uuid)
	  AND (mute_until_time IS NULL OR mute_until_time <= :now::timestamptz) AND rules_accepted
), parent AS (
	SELECT author_person_id
	FROM comment
	WHERE community_id = :community_id AND comment_id = :comment.parent_id AND post_id = :post_id
	  AND state = 'PUBLISHED'
), p AS (
	UPDATE post
	SET comment_count = comment_count + 1, hot_time = hot_time(publish_time, comment_count + 1, reaction_count)
	FROM m
	WHERE community_id = :community_id AND post_id = :post_id AND state = 'PUBLISHED'
	  AND (:comment.parent_id::uuid IS NULL OR EXISTS (SELECT FROM parent))
	RETURNING community_id, post_id, author_person_id, topic, m.person_id
), k AS (
	INSERT INTO comment (community_id, comment_id, post_id, parent_id, author_person_id, state, body, create_time)
	SELECT community_id, :new_id::uuid, post_id, :comment.parent_id::uuid, person_id, 'PUBLISHED', :comment.body,
		:now::timestamptz
	FROM p
	RETURNING *
), t AS (
	INSERT INTO tally (community_id, comment_count)
	SELECT community_id, 1 FROM k
), e AS (
	INSERT INTO outbox (community_id, type, occur_time, person_id, subject_id, parent_id, other_person_id, state, version,
		topic)
	SELECT k.community_id, 'COMMENT_CREATED', k.create_time, k.author_person_id, k.comment_id, k.post_id,
		COALESCE((SELECT author_person_id FROM parent), p.author_person_id), k.state, k.version, p.topic
	FROM k, p
)
SELECT community_id, comment_id, post_id, parent_id, author_person_id, state, body, reaction_count, create_time,
	remove_time
FROM k;

-- name: comment_get   in: content.GetCommentRequest   out: content.Comment
SELECT community_id, comment_id, post_id, parent_id, author_person_id, state,
	CASE WHEN state = 'REMOVED' THEN '' ELSE body END AS body, reaction_count, create_time, remove_time
FROM comment
WHERE community_id = :community_id AND post_id = :post_id AND comment_id = :comment_id;

-- name: comment_list   in: content.ListCommentsRequest   out: content.ListCommentsResponse.comments   page: create_time, comment_id
SELECT community_id, comment_id, post_id, parent_id, author_person_id, state,
	CASE WHEN state = 'REMOVED' THEN '' ELSE body END AS body, reaction_count, create_time, remove_time
FROM comment
WHERE community_id = :community_id AND post_id = :post_id
  AND (create_time, comment_id) > (COALESCE(:after.create_time::timestamptz, '-infinity'),
	COALESCE(:after.comment_id::uuid, '00000000-0000-0000-0000-000000000000'))
ORDER BY create_time, comment_id
LIMIT :limit;

-- name: comment_remove   in: content.RemoveCommentRequest   out: content.Comment
WITH k AS (
	UPDATE comment
	SET state = 'REMOVED', remove_time = :now, version = version + 1
	WHERE community_id = :community_id AND post_id = :post_id AND comment_id = :comment_id AND state <> 'REMOVED'
	RETURNING *
), p AS (
	UPDATE post
	SET comment_count = post.comment_count - 1,
	    hot_time = hot_time(post.publish_time, post.comment_count - 1, post.reaction_count)
	FROM k
	WHERE post.community_id = k.community_id AND post.post_id = k.post_id
	RETURNING post.topic
), t AS (
	INSERT INTO tally (community_id, comment_count)
	SELECT community_id, -1 FROM k
), e AS (
	INSERT INTO outbox (community_id, type, occur_time, person_id, subject_id, parent_id, state, version, topic)
	SELECT community_id, 'COMMENT_REMOVED', remove_time, author_person_id, comment_id, post_id, state, version, topic
	FROM k, p
)
SELECT community_id, comment_id, post_id, parent_id, author_person_id, state, '' AS body, reaction_count, create_time,
	remove_time
FROM k;
