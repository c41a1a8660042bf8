-- Changes of published posts that wait for a moderator. UpdatePost makes them (post_update).

-- fragment: post_edit
e.community_id, e.post_id, e.author_person_id, e.title, e.body, e.topic, e.kind, e.propose_time, e.return_time, e.note,
	COALESCE(e.media_count, 0) AS media_count, e.media_count IS NOT NULL AS sets_media, e.version::text AS etag

-- name: post_edit_list   in: content.ListPostEditsRequest   out: content.ListPostEditsResponse.edits   page: propose_time, post_id
SELECT {post_edit}
FROM post_edit e JOIN post p USING (community_id, post_id)
WHERE e.community_id = :community_id AND e.return_time IS NULL AND p.state IN ('PUBLISHED', 'ARCHIVED')
  AND (e.propose_time, e.post_id) > (COALESCE(:after.propose_time::timestamptz, '-infinity'),
	COALESCE(:after.post_id::uuid, '00000000-0000-0000-0000-000000000000'))
ORDER BY e.propose_time, e.post_id LIMIT :limit;

-- name: post_edit_list_of_author   in: content.ListPostEditsRequest   out: content.ListPostEditsResponse.edits   page: propose_time, post_id
SELECT {post_edit}
FROM post_edit e
WHERE e.community_id = :community_id AND e.author_person_id = :caller_id
  AND (e.propose_time, e.post_id) > (COALESCE(:after.propose_time::timestamptz, '-infinity'),
	COALESCE(:after.post_id::uuid, '00000000-0000-0000-0000-000000000000'))
ORDER BY e.propose_time, e.post_id LIMIT :limit;

-- What waits; the post has been locked before.
-- name: post_edit_waiting   in: content.GetPostRequest   out: content.PostEdit
SELECT {post_edit} FROM post_edit e
WHERE e.community_id = :community_id AND e.post_id = :post_id AND e.return_time IS NULL;

-- name: post_edit_apply   in: content.ApprovePostEditRequest   out: content.Post
WITH edit AS (
	DELETE FROM post_edit WHERE community_id = :community_id AND post_id = :post_id RETURNING *
), former AS (
	INSERT INTO post_revision (community_id, post_id, version, title, body, topic, kind, replace_time)
	SELECT community_id, post_id, version, title, body, topic, kind, :now::timestamptz
	FROM post
	WHERE community_id = :community_id AND post_id = :post_id
	RETURNING *
), former_media AS (
	{keep_media}
), p AS (
	UPDATE post
	SET title = edit.title, body = edit.body, topic = edit.topic, kind = edit.kind,
	    media_count = COALESCE(edit.media_count, post.media_count), update_time = :now::timestamptz,
	    has_question = post.has_question OR edit.kind = 'QUESTION', version = post.version + 1
	FROM edit
	WHERE post.community_id = edit.community_id AND post.post_id = edit.post_id
	RETURNING post.*
), q AS (
	{question_open}
), f AS (
	{question_follow}
)
SELECT {post} FROM p;

-- name: post_edit_return   in: content.ReturnPostEditRequest   out: content.PostEdit
UPDATE post_edit AS e SET return_time = :now, note = :note, version = version + 1
WHERE community_id = :community_id AND post_id = :post_id
RETURNING {post_edit};
