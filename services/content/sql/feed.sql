-- Feeds of a person over his communities.

-- What he may see of those; a CASE for the same reason as in seen_of_kind.
-- fragment: home_post
p.community_id = m.community_id AND p.state = 'PUBLISHED'
	AND CASE WHEN p.visibility IN ('PUBLIC', 'MEMBER') OR p.author_person_id = :person_id
		OR m.role IN ('MODERATOR', 'ADMIN', 'OWNER') OR p.visibility = 'PAID' AND p.plan_id = m.plan_id
		OR p.visibility = 'LEVEL' AND p.min_level <= m.level
	THEN p.kind = COALESCE(:kind::text, p.kind) ELSE false END

-- fragment: home
mine AS MATERIALIZED (
	SELECT community_id, role, level, plan_id FROM replica_present WHERE person_id = :person_id
)

-- A page holds nothing older than the oldest of as many communities' newest posts as it has rows: from the others no row
-- is read.
-- name: feed_new   in: content.GetHomeFeedRequest   out: content.ListPostsResponse.posts   page: publish_time, post_id
WITH {home}, floor AS MATERIALIZED (
	SELECT head.publish_time
	FROM mine m CROSS JOIN LATERAL (SELECT p.publish_time FROM post p WHERE {home_post} AND {page_from} LIMIT 1) AS head
	ORDER BY head.publish_time DESC OFFSET :limit - 1 LIMIT 1
)
SELECT {post}
FROM (SELECT p.* FROM mine m CROSS JOIN LATERAL (
	SELECT * FROM post p
	WHERE {home_post} AND p.publish_time >= COALESCE((SELECT publish_time FROM floor), '-infinity') AND {page}
) AS p) AS p
ORDER BY p.publish_time DESC, p.post_id DESC LIMIT :limit;

-- name: feed_hot   in: content.GetHomeFeedRequest   out: content.ListPostsResponse.posts   page: hot_time, post_id
WITH {home}, floor AS MATERIALIZED (
	SELECT head.hot_time
	FROM mine m CROSS JOIN LATERAL (
		SELECT {warmth} AS hot_time FROM post p WHERE {home_post} AND {hot_page_from} LIMIT 1) AS head
	ORDER BY head.hot_time DESC OFFSET :limit - 1 LIMIT 1
)
SELECT {post}
FROM (SELECT p.* FROM mine m CROSS JOIN LATERAL (
	SELECT * FROM post p
	WHERE {home_post} AND {warmth} >= COALESCE((SELECT hot_time FROM floor), '-infinity') AND {hot_page}
) AS p) AS p
ORDER BY {warmth} DESC, p.post_id DESC LIMIT :limit;
