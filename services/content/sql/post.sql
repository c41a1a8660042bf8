-- Posts.

-- fragment: post
community_id, post_id, author_person_id, kind, state, visibility, title, body, {topic_now} AS topic, comment_count,
	reaction_count, media_count, share_count, sharer_count, bookmark_count, create_time, publish_time, update_time,
	remove_time, plan_id, min_level, schedule_time, note, source, source_name, source_url, off_topic, version::text AS etag,
	COALESCE(hot_time, publish_time) AS hot_time

-- Drafts are for their author; moderators see everything else.
-- fragment: seen
(:caller_id::uuid IS NULL OR p.author_person_id = :caller_id OR v.moderates AND p.state <> 'DRAFT'
	OR p.state IN ('PUBLISHED', 'ARCHIVED') AND (p.visibility = 'PUBLIC' OR p.visibility = 'MEMBER' AND v.belongs
		OR p.visibility = 'PAID' AND p.plan_id = v.held_plan_id
		OR p.visibility = 'LEVEL' AND p.min_level <= v.level))

-- The same among posts of the kind asked for. The planner takes half of all rows to pass a CASE, and walks the index until
-- there are enough; of plain conditions it thinks that hardly any does, and sorts a whole community.
-- fragment: seen_of_kind
CASE WHEN {seen} THEN p.kind = COALESCE(:kind::text, p.kind) ELSE false END

-- fragment: page_from
(p.publish_time, p.post_id) < (COALESCE(:after.publish_time::timestamptz, 'infinity'),
	COALESCE(:after.post_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
ORDER BY p.publish_time DESC, p.post_id DESC

-- Whether the member m may read the post p, once it is published.
-- fragment: may_read
(p.visibility IN ('PUBLIC', 'MEMBER') OR p.author_person_id = m.person_id OR m.role IN ('MODERATOR', 'ADMIN', 'OWNER')
	OR p.visibility = 'PAID' AND p.plan_id = m.plan_id OR p.visibility = 'LEVEL' AND p.min_level <= m.level)

-- fragment: page
{page_from} LIMIT :limit

-- fragment: warmth
COALESCE(p.hot_time, p.publish_time)

-- fragment: hot_page_from
({warmth}, p.post_id) < (COALESCE(:after.hot_time::timestamptz, 'infinity'),
	COALESCE(:after.post_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
ORDER BY {warmth} DESC, p.post_id DESC

-- fragment: hot_page
{hot_page_from} LIMIT :limit

-- fragment: tell_published
INSERT INTO outbox (community_id, type, occur_time, person_id, subject_id, state, version, topic, kind)
	SELECT community_id, 'POST_PUBLISHED', publish_time, author_person_id, post_id, state, version, topic, kind

-- Who is named in a draft is so from its publication on.
-- fragment: name_mentioned
UPDATE person_mention AS n SET mention_time = p.publish_time
	FROM p
	WHERE n.community_id = p.community_id AND n.subject_id = p.post_id AND n.mention_time IS NULL AND p.was_published

-- What who calls is in the community, as a member or as an operator, and what he holds there as a member.
-- fragment: viewer
CROSS JOIN LATERAL (
	SELECT count(*) > 0 AS belongs, COALESCE(bool_or(role IN ('MODERATOR', 'ADMIN', 'OWNER')), false) AS moderates,
		(SELECT level FROM replica_present
		WHERE community_id = :community_id AND person_id = :caller_id) AS level,
		(SELECT plan_id FROM replica_present
		WHERE community_id = :community_id AND person_id = :caller_id) AS held_plan_id
	FROM replica_acting
	WHERE community_id = :community_id AND person_id = :caller_id
) AS v

-- Where review is asked for, who calls is a moderator or nobody in person.
-- name: post_create   in: content.CreatePostRequest   out: content.Post
WITH p AS (
	INSERT INTO post (community_id, post_id, author_person_id, kind, state, visibility, title, body, topic,
		was_published, create_time, publish_time, update_time, plan_id, min_level, source, source_name, source_url,
		media_count, has_question)
	SELECT m.community_id, :new_id::uuid, m.person_id, COALESCE(:post.kind::text, 'TEXT'),
		COALESCE(:post.state::text, 'PUBLISHED'), COALESCE(:post.visibility::text, 'MEMBER'), :post.title,
		:post.body, :post.topic, COALESCE(:post.state::text, 'PUBLISHED') = 'PUBLISHED',
		:now::timestamptz, :now::timestamptz, :now::timestamptz, :post.plan_id::uuid, :post.min_level,
		COALESCE(:post.source::text, 'ORIGINAL'), :post.source_name, :post.source_url,
		cardinality(:post.media.url::text[]),
		:post.kind::text IS NOT DISTINCT FROM 'QUESTION' AND :post.state::text IS DISTINCT FROM 'DRAFT'
	FROM replica_present m
	WHERE m.community_id = :community_id
	  AND m.person_id = COALESCE(:post.author_person_id::uuid, :caller_id::uuid)
	  AND (m.mute_until_time IS NULL OR m.mute_until_time <= :now::timestamptz) AND m.rules_accepted
	  AND (:post.state::text = 'DRAFT' OR :caller_id::uuid IS NULL
		OR NOT EXISTS (SELECT FROM content_settings WHERE community_id = :community_id AND require_review)
		OR EXISTS (SELECT FROM replica_acting WHERE community_id = :community_id AND person_id = :caller_id
			AND role IN ('MODERATOR', 'ADMIN', 'OWNER')))
	RETURNING *
), t AS (
	INSERT INTO tally (community_id, post_count)
	SELECT community_id, 1 FROM p WHERE was_published
), q AS (
	{question_open}
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
  AND {seen_of_kind} AND {page};

-- name: post_list_of_author   in: content.ListPostsRequest   out: content.ListPostsResponse.posts   page: publish_time, post_id
SELECT {post} FROM post p
{viewer}
WHERE p.community_id = :community_id AND p.author_person_id = :author_person_id
  AND p.state = COALESCE(:state::text, 'PUBLISHED')
  AND (:topic = '' OR p.topic = ANY (topic_terms(:community_id, :topic)))
  AND {seen_of_kind} AND {page};

-- One short index scan for each of the words that mean the topic.
-- name: post_list_of_topic   in: content.ListPostsRequest   out: content.ListPostsResponse.posts   page: publish_time, post_id
SELECT found.*
FROM unnest(topic_terms(:community_id, :topic)) AS m (term)
CROSS JOIN LATERAL (
	SELECT {post} FROM post p
	{viewer}
	WHERE p.community_id = :community_id AND p.topic = m.term AND p.topic <> ''
	  AND p.state = COALESCE(:state::text, 'PUBLISHED')
	  AND {seen_of_kind} AND {page}
) AS found
ORDER BY publish_time DESC, post_id DESC LIMIT :limit;

-- name: post_list_hot   in: content.ListPostsRequest   out: content.ListPostsResponse.posts   page: hot_time, post_id
SELECT {post} FROM post p
{viewer}
WHERE p.community_id = :community_id AND p.state = 'PUBLISHED'
  AND CASE WHEN {seen_of_kind} THEN (:author_person_id::uuid IS NULL OR p.author_person_id = :author_person_id)
	AND (:topic = '' OR p.topic = ANY (topic_terms(:community_id, :topic))) ELSE false END
  AND {hot_page};

-- The post, whoever asks, kept from changing until the transaction ends.
-- name: post_lock   in: content.GetPostRequest   out: content.Post
SELECT {post} FROM post
WHERE community_id = :community_id AND post_id = :post_id
FOR NO KEY UPDATE;

-- What was published keeps its former words and media. New ones that have to wait are kept as an edit, on top of the one that
-- waits already; others take the place of one.
-- name: post_update   in: content.PostUpdate   out: content.Post
WITH edit AS (
	INSERT INTO post_edit AS waiting (community_id, post_id, author_person_id, title, body, topic, kind, propose_time,
		media_count)
	SELECT community_id, post_id, author_person_id, CASE WHEN :mask.title THEN :post.title ELSE title END,
		CASE WHEN :mask.body THEN :post.body ELSE body END, CASE WHEN :mask.topic THEN :post.topic ELSE topic END,
		CASE WHEN :mask.kind THEN COALESCE(:post.kind::text, 'TEXT') ELSE kind END, :now::timestamptz,
		CASE WHEN :mask.media THEN cardinality(:post.media.url::text[]) END
	FROM post
	WHERE community_id = :community_id AND post_id = :post_id AND :words_wait
	  AND (:mask.title OR :mask.body OR :mask.topic OR :mask.kind OR :mask.media)
	ON CONFLICT (community_id, post_id) DO UPDATE
	SET title = CASE WHEN :mask.title OR waiting.return_time IS NOT NULL THEN EXCLUDED.title ELSE waiting.title END,
	    body = CASE WHEN :mask.body OR waiting.return_time IS NOT NULL THEN EXCLUDED.body ELSE waiting.body END,
	    topic = CASE WHEN :mask.topic OR waiting.return_time IS NOT NULL THEN EXCLUDED.topic ELSE waiting.topic END,
	    kind = CASE WHEN :mask.kind OR waiting.return_time IS NOT NULL THEN EXCLUDED.kind ELSE waiting.kind END,
	    media_count = CASE WHEN :mask.media OR waiting.return_time IS NOT NULL THEN EXCLUDED.media_count
		ELSE waiting.media_count END,
	    propose_time = EXCLUDED.propose_time, return_time = NULL, note = '', version = waiting.version + 1
	RETURNING *
), overtaken AS (
	DELETE FROM post_edit
	WHERE community_id = :community_id AND post_id = :post_id AND NOT :words_wait
	  AND (:mask.title OR :mask.body OR :mask.topic OR :mask.kind OR :mask.media)
), overtaken_media AS (
	DELETE FROM post_media
	WHERE community_id = :community_id AND post_id = :post_id AND version = -1 AND NOT :words_wait
	  AND (:mask.title OR :mask.body OR :mask.topic OR :mask.kind OR :mask.media)
), former AS (
	INSERT INTO post_revision (community_id, post_id, version, title, body, topic, kind, replace_time)
	SELECT community_id, post_id, version, title, body, topic, kind, :now::timestamptz
	FROM post
	WHERE community_id = :community_id AND post_id = :post_id AND was_published AND NOT :words_wait
	RETURNING *
), former_media AS (
	{keep_media}
), p AS (
	UPDATE post
	SET title = CASE WHEN :mask.title AND NOT :words_wait THEN :post.title ELSE title END,
	    body = CASE WHEN :mask.body AND NOT :words_wait THEN :post.body ELSE body END,
	    topic = CASE WHEN :mask.topic AND NOT :words_wait THEN :post.topic ELSE topic END,
	    kind = CASE WHEN :mask.kind AND NOT :words_wait THEN COALESCE(:post.kind::text, 'TEXT') ELSE kind END,
	    visibility = CASE WHEN :mask.visibility THEN COALESCE(:post.visibility::text, 'MEMBER') ELSE visibility END,
	    plan_id = CASE WHEN :mask.plan_id THEN :post.plan_id::uuid ELSE plan_id END,
	    min_level = CASE WHEN :mask.min_level THEN :post.min_level ELSE min_level END,
	    media_count = CASE WHEN :mask.media AND NOT :words_wait THEN cardinality(:post.media.url::text[])
		ELSE media_count END,
	    source = CASE WHEN :mask.source THEN COALESCE(:post.source::text, 'ORIGINAL') ELSE source END,
	    source_name = CASE WHEN :mask.source_name THEN :post.source_name ELSE source_name END,
	    source_url = CASE WHEN :mask.source_url THEN :post.source_url ELSE source_url END,
	    has_question = has_question OR was_published AND :mask.kind AND NOT :words_wait
		AND :post.kind::text IS NOT DISTINCT FROM 'QUESTION',
	    update_time = :now::timestamptz,
	    version = version + 1
	WHERE community_id = :community_id AND post_id = :post_id
	RETURNING *
), q AS (
	{question_open}
), f AS (
	{question_follow}
)
SELECT {post}, EXISTS (SELECT FROM edit) AS edit_waits FROM p;

-- name: post_revision_list   in: content.ListPostRevisionsRequest   out: content.ListPostRevisionsResponse.revisions   page: version
SELECT version, title, body, topic, kind, replace_time FROM post_revision
WHERE community_id = :community_id AND post_id = :post_id
  AND version < COALESCE(:after.version::bigint, 9223372036854775807)
ORDER BY version DESC LIMIT :limit;

-- A step that does not make it public, which the handler has allowed. In and out of the archive it is counted elsewhere.
-- name: post_move   in: content.PostMove   out: content.Post
WITH was AS (
	SELECT was_archived FROM post WHERE community_id = :community_id AND post_id = :post_id
), p AS (
	UPDATE post
	SET state = :state::text, was_archived = :state::text = 'ARCHIVED', schedule_time = :schedule_time::timestamptz,
	    check_due = :check_due,
	    note = :note, update_time = :now::timestamptz, version = version + 1
	WHERE community_id = :community_id AND post_id = :post_id
	RETURNING *
), t AS (
	INSERT INTO tally (community_id, post_count, archived_count)
	SELECT p.community_id, was.was_archived::int - p.was_archived::int, p.was_archived::int - was.was_archived::int
	FROM p, was WHERE p.was_archived <> was.was_archived
), f AS (
	{question_follow}
)
SELECT {post} FROM p;

-- What was to be published by now. Another replica's row is left to it.
-- name: post_due   in: none   out: content.DueList.posts
SELECT p.community_id, p.post_id, p.author_person_id, p.title, p.body, p.check_due, COALESCE((
	SELECT string_agg(alt_text, E'\n' ORDER BY position) FROM post_media m
	WHERE m.community_id = p.community_id AND m.post_id = p.post_id AND m.version = 0 AND alt_text <> ''), '') AS alt_texts, EXISTS (SELECT FROM replica_present m
	WHERE m.community_id = p.community_id AND m.person_id = p.author_person_id AND m.rules_accepted
	AND (m.mute_until_time IS NULL OR m.mute_until_time <= :now::timestamptz)) AS may
FROM post p
WHERE p.state = 'SCHEDULED' AND p.schedule_time <= :now::timestamptz
ORDER BY p.schedule_time LIMIT 100
FOR NO KEY UPDATE OF p SKIP LOCKED;

-- What was found due, and is locked, becomes what the handler says.
-- name: post_publish_due   in: content.DueList   out: content.DuePosts
WITH p AS (
	UPDATE post
	SET state = j.state, was_published = j.state = 'PUBLISHED',
	    publish_time = CASE WHEN j.state = 'PUBLISHED' THEN :now::timestamptz ELSE publish_time END, schedule_time = NULL,
	    check_due = false, note = j.note,
	    has_question = has_question OR j.state = 'PUBLISHED' AND kind = 'QUESTION', update_time = :now::timestamptz,
	    version = version + 1
	FROM unnest(:posts.community_id::uuid[], :posts.post_id::uuid[], :posts.state::text[], :posts.note::text[])
		AS j (community_id, post_id, state, note)
	WHERE post.community_id = j.community_id AND post.post_id = j.post_id AND post.state = 'SCHEDULED'
	RETURNING post.*
), t AS (
	INSERT INTO tally (community_id, post_count)
	SELECT community_id, count(*) FROM p WHERE was_published GROUP BY community_id
), n AS (
	{name_mentioned}
), q AS (
	{question_open}
), e AS (
	{tell_published} FROM p WHERE was_published
)
SELECT count(*) AS count FROM p;

-- name: settings_get   in: content.GetContentSettingsRequest   out: content.ContentSettings
SELECT asked.community_id, COALESCE(require_review, false) AS require_review, COALESCE(topics_only, false) AS topics_only,
	COALESCE(media_types, '{}') AS media_types, COALESCE(media_max_count, 20) AS media_max_count,
	COALESCE(image_max_bytes, {mib} * 20) AS image_max_bytes, COALESCE(video_max_bytes, {mib} * 2048) AS video_max_bytes,
	COALESCE(audio_max_bytes, {mib} * 500) AS audio_max_bytes,
	COALESCE(document_max_bytes, {mib} * 100) AS document_max_bytes
FROM (SELECT :community_id::uuid AS community_id) AS asked LEFT JOIN content_settings USING (community_id);

-- fragment: mib
1048576::bigint

-- What is not given is kept as not said.
-- name: settings_put   in: content.UpdateContentSettingsRequest   out: none
INSERT INTO content_settings (community_id, require_review, topics_only, media_types, media_max_count, image_max_bytes,
	video_max_bytes, audio_max_bytes, document_max_bytes)
VALUES (:community_id, :settings.require_review, :settings.topics_only, :settings.media_types::text[],
	NULLIF(:settings.media_max_count::integer, 0), NULLIF(:settings.image_max_bytes::bigint, 0),
	NULLIF(:settings.video_max_bytes::bigint, 0), NULLIF(:settings.audio_max_bytes::bigint, 0),
	NULLIF(:settings.document_max_bytes::bigint, 0))
ON CONFLICT (community_id) DO UPDATE
SET require_review = EXCLUDED.require_review, topics_only = EXCLUDED.topics_only, media_types = EXCLUDED.media_types,
	media_max_count = EXCLUDED.media_max_count, image_max_bytes = EXCLUDED.image_max_bytes,
	video_max_bytes = EXCLUDED.video_max_bytes, audio_max_bytes = EXCLUDED.audio_max_bytes,
	document_max_bytes = EXCLUDED.document_max_bytes;

-- name: post_publish   in: content.PublishPostRequest   out: content.Post
WITH p AS (
	UPDATE post
	SET state = 'PUBLISHED', was_published = true, publish_time = :now, schedule_time = NULL, note = '',
	    has_question = has_question OR kind = 'QUESTION', update_time = :now, version = version + 1
	WHERE community_id = :community_id AND post_id = :post_id AND state IN ('DRAFT', 'REVIEW')
	RETURNING *
), t AS (
	INSERT INTO tally (community_id, post_count)
	SELECT community_id, 1 FROM p
), n AS (
	{name_mentioned}
), q AS (
	{question_open}
), f AS (
	{question_follow}
), e AS (
	{tell_published} FROM p
)
SELECT {post} FROM p;

-- Out of sight until a moderator has looked; the handler has locked it.
-- name: post_hold   in: content.GetPostRequest   out: content.Post
WITH was AS (
	SELECT was_archived FROM post WHERE community_id = :community_id AND post_id = :post_id
), p AS (
	UPDATE post
	SET state = 'REVIEW', was_published = false, was_archived = false, update_time = :now, version = version + 1
	WHERE community_id = :community_id AND post_id = :post_id AND state IN ('PUBLISHED', 'ARCHIVED')
	RETURNING *
), t AS (
	INSERT INTO tally (community_id, post_count, archived_count)
	SELECT community_id, was.was_archived::int - 1, -was.was_archived::int FROM p, was
), e AS (
	INSERT INTO outbox (community_id, type, occur_time, person_id, subject_id, state, version, topic, kind)
	SELECT community_id, 'POST_REMOVED', update_time, author_person_id, post_id, state, version, topic, kind FROM p
)
SELECT {post} FROM p;

-- name: post_remove   in: content.RemovePostRequest   out: content.Post
WITH p AS (
	UPDATE post
	SET state = 'REMOVED', schedule_time = NULL, remove_time = :now, update_time = :now, version = version + 1
	WHERE community_id = :community_id AND post_id = :post_id AND state <> 'REMOVED'
	RETURNING *
), t AS (
	INSERT INTO tally (community_id, post_count, archived_count)
	SELECT community_id, was_archived::int - 1, -was_archived::int FROM p WHERE was_published
), f AS (
	{question_follow}
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
	SET state = CASE WHEN was_archived THEN 'ARCHIVED' WHEN was_published THEN 'PUBLISHED' ELSE 'DRAFT' END,
	    remove_time = NULL, update_time = :now, version = version + 1
	WHERE community_id = :community_id AND post_id = :post_id AND state = 'REMOVED'
	RETURNING *
), t AS (
	INSERT INTO tally (community_id, post_count, archived_count)
	SELECT community_id, 1 - was_archived::int, was_archived::int FROM p WHERE was_published
), f AS (
	{question_follow}
), e AS (
	{tell_published} FROM p WHERE was_published
)
SELECT {post} FROM p;
