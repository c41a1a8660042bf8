-- What was talked about on some days of a community.

-- Each post and comment of the days. What is removed is none.
-- fragment: topic_report
days AS (
	SELECT :start_date::date::timestamp AT TIME ZONE zone AS from_time,
		(:end_date::date + 1)::timestamp AT TIME ZONE zone AS to_time
	FROM (SELECT COALESCE((SELECT time_zone FROM replica_community WHERE community_id = :community_id), 'UTC') AS zone) AS place
), said AS (
	SELECT p.topic, p.author_person_id AS person_id, p.source, p.off_topic
	FROM days JOIN post AS p ON p.community_id = :community_id AND p.state IN ('PUBLISHED', 'ARCHIVED')
		AND p.publish_time >= from_time AND p.publish_time < to_time
	UNION ALL
	SELECT p.topic, k.author_person_id, NULL, false
	FROM days JOIN comment AS k ON k.community_id = :community_id AND k.state = 'PUBLISHED'
		AND k.create_time >= from_time AND k.create_time < to_time
	JOIN post AS p ON p.community_id = k.community_id AND p.post_id = k.post_id AND p.state IN ('PUBLISHED', 'ARCHIVED')
)

-- Of what is said; a post has a source, a comment has none.
-- fragment: topic_figures
count(source) AS post_count, count(*) FILTER (WHERE source IS NULL) AS comment_count,
	count(DISTINCT person_id) AS participant_count, count(*) FILTER (WHERE off_topic) AS off_topic_count

-- The share of off-topic posts in counted figures f.
-- fragment: topic_off
f.off_topic_count::double precision / GREATEST(f.post_count, 1) AS "off_topic.share", f.post_count AS "off_topic.n",
	(wilson(f.off_topic_count, f.post_count))[1] AS "off_topic.low",
	(wilson(f.off_topic_count, f.post_count))[2] AS "off_topic.high", f.post_count < 10 AS "off_topic.insufficient_data"

-- name: topic_report_day   in: content.GetTopicReportRequest   out: content.CommunityDay
SELECT zone AS time_zone, (:now::timestamptz AT TIME ZONE zone)::date AS date
FROM (SELECT COALESCE((SELECT time_zone FROM replica_community WHERE community_id = :community_id), 'UTC') AS zone) AS place;

-- name: topic_report_sum   in: content.TopicDays   out: content.TopicReport
WITH {topic_report}, f AS (
	SELECT {topic_figures} FROM said
)
SELECT f.*, {topic_off} FROM f;

-- name: topic_report_topics   in: content.TopicDays   out: content.TopicReport.topics
WITH {topic_report}, f AS (
	SELECT COALESCE(meant_name, topic) AS topic, meant_topic_id AS topic_id, {topic_figures}
	FROM said LEFT JOIN meant_topic ON meant_in = :community_id AND meant_by = topic
	GROUP BY 1, 2
)
SELECT f.*, {topic_off} FROM f ORDER BY post_count DESC, comment_count DESC, topic LIMIT 1000;

-- name: topic_report_sources   in: content.TopicDays   out: content.TopicReport.sources
WITH {topic_report}, f AS (
	SELECT source, count(*) AS post_count, (sum(count(*)) OVER ())::bigint AS n FROM said WHERE source IS NOT NULL GROUP BY source
)
SELECT source, post_count, post_count::double precision / n AS "share.share", n AS "share.n",
	(wilson(post_count, n))[1] AS "share.low", (wilson(post_count, n))[2] AS "share.high", n < 10 AS "share.insufficient_data"
FROM f ORDER BY post_count DESC, source;
