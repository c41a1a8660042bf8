-- Media of posts. Version 0 is what a post has, a greater one that of a revision, -1 what an edit that waits will give it.

-- Puts what is to be there in the place of what there is.
-- name: media_put   in: content.PostMedia   out: none
WITH gone AS (
	DELETE FROM post_media
	WHERE community_id = :community_id AND post_id = :post_id AND version = :version
	  AND position > cardinality(:media.url::text[])
)
INSERT INTO post_media (community_id, post_id, version, position, url, media_type, size_bytes, width, height, duration_ms,
	alt_text, sha256)
SELECT :community_id, :post_id, :version, position, url, media_type, size_bytes, width, height, duration_ms, alt_text, sha256
FROM unnest(:media.url::text[], :media.media_type::text[], :media.size_bytes::bigint[], :media.width::integer[],
	:media.height::integer[], :media.duration_ms::bigint[], :media.alt_text::text[], :media.sha256::text[])
	WITH ORDINALITY AS m (url, media_type, size_bytes, width, height, duration_ms, alt_text, sha256, position)
{in_place};

-- fragment: in_place
ON CONFLICT (community_id, post_id, version, position) DO UPDATE
SET url = EXCLUDED.url, media_type = EXCLUDED.media_type, size_bytes = EXCLUDED.size_bytes, width = EXCLUDED.width,
	height = EXCLUDED.height, duration_ms = EXCLUDED.duration_ms, alt_text = EXCLUDED.alt_text, sha256 = EXCLUDED.sha256

-- What an edit was to give the post is now what the post has.
-- name: media_approve   in: content.ApprovePostEditRequest   out: none
WITH waited AS (
	DELETE FROM post_media
	WHERE community_id = :community_id AND post_id = :post_id AND version = -1
	RETURNING *
), gone AS (
	DELETE FROM post_media
	WHERE community_id = :community_id AND post_id = :post_id AND version = 0
	  AND position > (SELECT count(*) FROM waited)
)
INSERT INTO post_media (community_id, post_id, version, position, url, media_type, size_bytes, width, height, duration_ms,
	alt_text, sha256)
SELECT community_id, post_id, 0, position, url, media_type, size_bytes, width, height, duration_ms, alt_text, sha256
FROM waited
{in_place};

-- Of a post that has just become a revision, `former`.
-- fragment: keep_media
INSERT INTO post_media (community_id, post_id, version, position, url, media_type, size_bytes, width, height,
		duration_ms, alt_text, sha256)
	SELECT m.community_id, m.post_id, former.version, m.position, m.url, m.media_type, m.size_bytes, m.width,
		m.height, m.duration_ms, m.alt_text, m.sha256
	FROM former
	JOIN post_media AS m ON m.community_id = former.community_id AND m.post_id = former.post_id AND m.version = 0

-- fragment: shown_media
post_id, version, url AS "media.url", media_type AS "media.media_type", size_bytes AS "media.size_bytes",
	width AS "media.width", height AS "media.height", duration_ms AS "media.duration_ms", alt_text AS "media.alt_text",
	sha256 AS "media.sha256"

-- name: media_list   in: content.PostMediaQuery   out: content.PostMediaSet.media
SELECT {shown_media}
FROM post_media
WHERE community_id = :community_id AND post_id = ANY (:post_ids::uuid[]) AND version = ANY (:versions::bigint[])
ORDER BY post_id, version, position;

-- The same of posts of several communities.
-- name: media_list_of_posts   in: content.ListPostsResponse   out: content.PostMediaSet.media
SELECT {shown_media}
FROM unnest(:posts.community_id::uuid[], :posts.post_id::uuid[]) AS p (community_id, post_id)
JOIN post_media USING (community_id, post_id)
WHERE version = 0
ORDER BY post_id, version, position;
