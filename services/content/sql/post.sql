-- Posts.

-- fragment: post
community_id, post_id, author_person_id, kind, state, visibility, title, body, topic, comment_count, reaction_count,
	create_time, publish_time, update_time, remove_time, version::text AS etag

-- Drafts are for their author, removed posts for him and for moderators.
-- fragment: seen
(:caller_id::uuid IS NULL OR p.author_person_id = :caller_id
	OR p.state = 'PUBLISHED' AND (p.visibility = 'PUBLIC' OR v.belongs)
	OR p.state = 'REMOVED' AND v.moderates)

-- fragment: page
(p.publish_time, p.post_id) < (COALESCE(:after.publish_time::timestamptz, 'infinity'),
	COALESCE(:after.post_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
ORDER BY p.publish_time DESC, p.post_id DESC LIMIT :limit

-- fragment: tell_published
INSERT INTO outbox (community_id, type, occur_time, person_id, subject_id, state, version, topic, kind)
	SELECT community_id, 'POST_PUBLISHED', publish_time, author_person_id, post_id, state, version, topic, kind

-- What who calls is in the community, as a member or as an operator.
-- fragment: viewer
CROSS JOIN LATERAL (
	SELECT count(*) > 0 AS belongs, COALESCE(bool_or(role IN ('MODERATOR', 'ADMIN', 'OWNER')), false) AS moderates
	FROM replica_acting
	WHERE community_id = :community_id AND person_id = :caller_id
) AS v

-- name: post_create   in: content.CreatePostRequest   out: content.Post
WITH p AS (
	INSERT INTO post (community_id, post_id, author_person_id, kind, state, visibility, title, body, topic,
		was_published, create_time, publish_time, update_time)
	SELECT m.community_id, :new_id::uuid, m.person_id, COALESCE(:post.kind::text, 'TEXT'),
		COALESCE(:post.state::text, 'PUBLISHED'), COALESCE(:post.visibility::text, 'MEMBER'), :post.title,
		:post.body, :post.topic, COALESCE(:post.state::text, 'PUBLISHED') = 'PUBLISHED',
		:now::timestamptz, :now::timestamptz, :now::timestamptz
	FROM replica_present m
	WHERE m.community_id = :community_id
	  AND m.person_id = COALESCE(:post.author_person_id::uuid, :caller_id::uuid)
	  AND (m.mute_until_time IS NULL OR m.mute_until_time <= :now::timestamptz) AND m.rules_accepted
	RETURNING *
), t AS (
	INSERT INTO tally (community_id, post_count)
	SELECT community_id, 1 FROM p WHERE was_published
), e AS (
	{tell_published} FROM p WHERE was_published
)
SELECT {post} FROM p;

-- name: post_get   in: content.GetPostRequest   out: content.Post
SELECT {post} FROM post p
{viewer}
WHERE p.community_id = :community_id AND p.post_id = :post_id
  AND {seen};

-- name: post_list   in: content.ListPostsRequest   out: content.ListPostsResponse.posts   page: publish_time, post_id
SELECT {post} FROM post p
{viewer}
WHERE p.community_id = :community_id AND p.state = COALESCE(:state::text, 'PUBLISHED')
  AND p.kind = COALESCE(:kind::text, p.kind)
  AND {seen} AND {page};

-- name: post_list_of_author   in: content.ListPostsRequest   out: content.ListPostsResponse.posts   page: publish_time, post_id
SELECT {post} FROM post p
{viewer}
WHERE p.community_id = :community_id AND p.author_person_id = :author_person_id
  AND p.state = COALESCE(:state::text, 'PUBLISHED')
  AND p.kind = COALESCE(:kind::text, p.kind)
  AND (:topic = '' OR p.topic = :topic)
  AND {seen} AND {page};

-- name: post_list_of_topic   in: content.ListPostsRequest   out: content.ListPostsResponse.posts   page: publish_time, post_id
SELECT {post} FROM post p
{viewer}
WHERE p.community_id = :community_id AND p.topic = :topic AND p.topic <> ''
  AND p.state = COALESCE(:state::text, 'PUBLISHED')
  AND p.kind = COALESCE(:kind::text, p.kind)
  AND {seen} AND {page};

-- The post, whoever asks, kept from changing until the transaction ends.
-- name: post_lock   in: content.GetPostRequest   out: content.Post
SELECT {post} FROM post
WHERE community_id = :community_id AND post_id = :post_id
FOR NO KEY UPDATE;

-- name: post_update   in: content.UpdatePostRequest   out: content.Post
UPDATE post
SET title = CASE WHEN :mask.title THEN :post.title ELSE title END,
    body = CASE WHEN :mask.body THEN :post.body ELSE body END,
    topic = CASE WHEN :mask.topic THEN :post.topic ELSE topic END,
    kind = CASE WHEN :mask.kind THEN COALESCE(:post.kind::text, 'TEXT') ELSE kind END,
    visibility = CASE WHEN :mask.visibility THEN COALESCE(:post.visibility::text, 'MEMBER') ELSE visibility END,
    update_time = :now,
    version = version + 1
WHERE community_id = :community_id AND post_id = :post_id
RETURNING {post};

-- name: post_publish   in: content.PublishPostRequest   out: content.Post
WITH p AS (
	UPDATE post
	SET state = 'PUBLISHED', was_published = true, publish_time = :now, update_time = :now, version = version + 1
	WHERE community_id = :community_id AND post_id = :post_id AND state = 'DRAFT'
	RETURNING *
), t AS (
	INSERT INTO tally (community_id, post_count)
	SELECT community_id, 1 FROM p
), e AS (
	{tell_published} FROM p
)
SELECT {post} FROM p;

-- name: post_remove   in: content.RemovePostRequest   out: content.Post
WITH p AS (
	UPDATE post
	SET state = 'REMOVED', remove_time = :now, update_time = :now, version = version + 1
	WHERE community_id = :community_id AND post_id = :post_id AND state <> 'REMOVED'
	RETURNING *
), t AS (
	INSERT INTO tally (community_id, post_count)
	SELECT community_id, -1 FROM p WHERE was_published
), e AS (
	INSERT INTO outbox (community_id, type, occur_time, person_id, subject_id, state, version, topic, kind)
	SELECT community_id, 'POST_REMOVED', remove_time, author_person_id, post_id, state, version, topic, kind
	FROM p WHERE was_published
)
SELECT {post} FROM p;

-- Back to what it was. It counts again for the time at which it was said.
-- name: post_restore   in: content.RestorePostRequest   out: content.Post
WITH p AS (
	UPDATE post
	SET state = CASE WHEN was_published THEN 'PUBLISHED' ELSE 'DRAFT' END, remove_time = NULL, update_time = :now,
	    version = version + 1
	WHERE community_id = :community_id AND post_id = :post_id AND state = 'REMOVED'
	RETURNING *
), t AS (
	INSERT INTO tally (community_id, post_count)
	SELECT community_id, 1 FROM p WHERE was_published
), e AS (
	{tell_published} FROM p WHERE was_published
)
SELECT {post} FROM p;

-- name: topic_list   in: content.ListTopicsRequest   out: content.ListTopicsResponse.topics   page: topic
SELECT topic, count(*) AS post_count, max(publish_time) AS last_post_time
FROM post
WHERE community_id = :community_id AND topic <> '' AND topic > COALESCE(:after.topic::text, '') AND state = 'PUBLISHED'
GROUP BY topic
ORDER BY topic
LIMIT :limit;
