-- Comments. One that is held is not counted, and its author and moderators alone see it.

-- fragment: comment
community_id, comment_id, post_id, parent_id, author_person_id, state, CASE WHEN state = 'REMOVED' THEN '' ELSE body END AS body,
	reaction_count, create_time, remove_time, answer

-- fragment: comment_seen
(state <> 'HELD' OR :caller_id::uuid IS NULL OR author_person_id = :caller_id::uuid
	OR EXISTS (SELECT FROM replica_acting AS a WHERE a.community_id = :community_id AND a.person_id = :caller_id::uuid
		AND a.role IN ('MODERATOR', 'ADMIN', 'OWNER')))

-- fragment: tell_uncommented
INSERT INTO outbox (community_id, type, occur_time, person_id, subject_id, parent_id, state, version, topic, kind)
	SELECT k.community_id, 'COMMENT_REMOVED', :now::timestamptz, k.author_person_id, k.comment_id, k.post_id, k.state,
		k.version, p.topic, CASE WHEN k.answer THEN 'ANSWER' END

-- The post of a comment that is said or not said any more.
-- fragment: commented
post.community_id, post.post_id, post.author_person_id, post.has_question, COALESCE((SELECT meant_name FROM meant_topic
		WHERE meant_in = post.community_id AND meant_by = post.topic), post.topic) AS topic

-- The comment k is an answer to the question of the post p.
-- fragment: question_gains
{question_answered}
	FROM (SELECT k.community_id, k.post_id, 1 AS n, k.create_time AS first_time, k.create_time AS last_time FROM k, p
		WHERE k.state = 'PUBLISHED' AND p.has_question AND k.parent_id IS NULL
			AND k.author_person_id <> p.author_person_id) AS new
	WHERE question.community_id = new.community_id AND question.post_id = new.post_id

-- It is none any more, whether accepted or not. The post was locked before.
-- fragment: question_loses
had AS (
	SELECT * FROM question WHERE community_id = :community_id AND post_id = :post_id
), qu AS (
	{question_lose_answer}
), u AS (
	{tell_unaccepted}
	FROM qu JOIN had USING (community_id, post_id) WHERE had.accepted_comment_id = :comment_id
)

-- name: comment_create   in: content.CreateCommentRequest   out: content.Comment
WITH m AS (
	SELECT person_id, role, plan_id, level
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
	UPDATE post AS p
	SET comment_count = p.comment_count + (:comment.state::text = 'PUBLISHED')::int,
	    hot_time = hot_time(p.publish_time, p.comment_count + (:comment.state::text = 'PUBLISHED')::int, p.reaction_count)
	FROM m
	WHERE p.community_id = :community_id AND p.post_id = :post_id AND p.state = 'PUBLISHED'
	  AND (:caller_id::uuid IS NULL OR {may_read})
	  AND (:comment.parent_id::uuid IS NULL OR EXISTS (SELECT FROM parent))
	RETURNING p.community_id, p.post_id, p.author_person_id, p.has_question, p.kind, m.person_id, COALESCE((SELECT meant_name
		FROM meant_topic WHERE meant_in = p.community_id AND meant_by = p.topic), p.topic) AS topic
), k AS (
	INSERT INTO comment (community_id, comment_id, post_id, parent_id, author_person_id, state, body, create_time, answer)
	SELECT community_id, :new_id::uuid, post_id, :comment.parent_id::uuid, person_id, :comment.state::text, :comment.body,
		:now::timestamptz, kind = 'QUESTION' AND :comment.parent_id::uuid IS NULL AND person_id <> author_person_id
	FROM p
	RETURNING *
), t AS (
	INSERT INTO tally (community_id, comment_count)
	SELECT community_id, 1 FROM k WHERE state = 'PUBLISHED'
), q AS (
	{question_gains}
), due AS (
	INSERT INTO quality_due (community_id, post_id) SELECT community_id, post_id FROM k
), e AS (
	INSERT INTO outbox (community_id, type, occur_time, person_id, subject_id, parent_id, other_person_id, state, version,
		topic, kind)
	SELECT k.community_id, 'COMMENT_CREATED', k.create_time, k.author_person_id, k.comment_id, k.post_id,
		COALESCE((SELECT author_person_id FROM parent), p.author_person_id), k.state, k.version, p.topic,
		CASE WHEN k.answer THEN 'ANSWER' END
	FROM k, p
	WHERE k.state = 'PUBLISHED'
)
SELECT {comment} FROM k;

-- name: comment_get   in: content.GetCommentRequest   out: content.Comment
SELECT {comment} FROM comment
WHERE community_id = :community_id AND post_id = :post_id AND comment_id = :comment_id AND {comment_seen};

-- name: comment_list   in: content.ListCommentsRequest   out: content.ListCommentsResponse.comments   page: create_time, comment_id
SELECT {comment} FROM comment
WHERE community_id = :community_id AND post_id = :post_id AND {comment_seen}
  AND (create_time, comment_id) > (COALESCE(:after.create_time::timestamptz, '-infinity'),
	COALESCE(:after.comment_id::uuid, '00000000-0000-0000-0000-000000000000'))
ORDER BY create_time, comment_id
LIMIT :limit;

-- The comment, whoever asks, kept from changing until the transaction ends.
-- name: comment_lock   in: content.GetCommentRequest   out: content.Comment
SELECT {comment} FROM comment
WHERE community_id = :community_id AND post_id = :post_id AND comment_id = :comment_id
FOR NO KEY UPDATE;

-- name: comment_remove   in: content.RemoveCommentRequest   out: content.Comment
WITH was AS (
	SELECT community_id, comment_id, state = 'PUBLISHED' AS counted FROM comment
	WHERE community_id = :community_id AND post_id = :post_id AND comment_id = :comment_id AND state <> 'REMOVED'
	FOR NO KEY UPDATE
), k AS (
	UPDATE comment
	SET state = 'REMOVED', remove_time = :now, version = version + 1
	FROM was
	WHERE comment.community_id = was.community_id AND comment.comment_id = was.comment_id
	RETURNING comment.*, was.counted
), p AS (
	UPDATE post
	SET comment_count = post.comment_count - 1,
	    hot_time = hot_time(post.publish_time, post.comment_count - 1, post.reaction_count)
	FROM k
	WHERE post.community_id = k.community_id AND post.post_id = k.post_id AND k.counted
	RETURNING {commented}
), t AS (
	INSERT INTO tally (community_id, comment_count)
	SELECT community_id, -1 FROM k WHERE counted
), due AS (
	INSERT INTO quality_due (community_id, post_id) SELECT community_id, post_id FROM k
), {question_loses}, e AS (
	{tell_uncommented} FROM k, p
)
SELECT {comment} FROM k;

-- Out of sight until a moderator has looked; the handler has locked it.
-- name: comment_hold   in: content.GetCommentRequest   out: content.Comment
WITH k AS (
	UPDATE comment SET state = 'HELD', version = version + 1
	WHERE community_id = :community_id AND post_id = :post_id AND comment_id = :comment_id AND state = 'PUBLISHED'
	RETURNING *
), p AS (
	UPDATE post
	SET comment_count = post.comment_count - 1,
	    hot_time = hot_time(post.publish_time, post.comment_count - 1, post.reaction_count)
	FROM k
	WHERE post.community_id = k.community_id AND post.post_id = k.post_id
	RETURNING {commented}
), t AS (
	INSERT INTO tally (community_id, comment_count)
	SELECT community_id, -1 FROM k
), due AS (
	INSERT INTO quality_due (community_id, post_id) SELECT community_id, post_id FROM k
), {question_loses}, e AS (
	{tell_uncommented} FROM k, p
)
SELECT {comment} FROM k;

-- Now it is said, for the time at which it was written.
-- name: comment_release   in: content.GetCommentRequest   out: content.Comment
WITH k AS (
	UPDATE comment SET state = 'PUBLISHED', version = version + 1
	WHERE community_id = :community_id AND post_id = :post_id AND comment_id = :comment_id AND state = 'HELD'
	RETURNING *
), p AS (
	UPDATE post
	SET comment_count = post.comment_count + 1,
	    hot_time = hot_time(post.publish_time, post.comment_count + 1, post.reaction_count)
	FROM k
	WHERE post.community_id = k.community_id AND post.post_id = k.post_id
	RETURNING {commented}
), t AS (
	INSERT INTO tally (community_id, comment_count)
	SELECT community_id, 1 FROM k
), named AS (
	UPDATE person_mention AS n SET mention_time = :now::timestamptz
	FROM k
	WHERE n.community_id = k.community_id AND n.subject_id = k.comment_id AND n.mention_time IS NULL
), q AS (
	{question_gains}
), due AS (
	INSERT INTO quality_due (community_id, post_id) SELECT community_id, post_id FROM k
), e AS (
	INSERT INTO outbox (community_id, type, occur_time, person_id, subject_id, parent_id, other_person_id, state, version,
		topic, kind)
	SELECT k.community_id, 'COMMENT_CREATED', k.create_time, k.author_person_id, k.comment_id, k.post_id,
		COALESCE((SELECT o.author_person_id FROM comment AS o
			WHERE o.community_id = k.community_id AND o.comment_id = k.parent_id), p.author_person_id),
		k.state, k.version, p.topic, CASE WHEN k.answer THEN 'ANSWER' END
	FROM k, p
)
SELECT {comment} FROM k;
