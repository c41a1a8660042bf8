-- How much is new.

-- Topics go by the names they have today. What is used is looked up in the weeks before the first one, too: a name is new
-- in a week when the last week that had it lies more than so many weeks before, or there was none.
-- name: novelty_report   in: content.DaySpan   out: content.NoveltyReport.by_week
WITH said AS (
	SELECT date_trunc('week', publish_time AT TIME ZONE :time_zone)::date AS week,
		CASE WHEN :by_topic THEN COALESCE(meant_name, topic) ELSE kind END AS name,
		count(*) FILTER (WHERE publish_time >= local_moment(:start_date::date, 0, :time_zone)) AS count
	FROM post AS p LEFT JOIN meant_topic ON meant_in = p.community_id AND meant_by = p.topic
	WHERE p.community_id = :community_id AND p.state IN ('PUBLISHED', 'ARCHIVED')
		AND p.publish_time >= local_moment(date_trunc('week', :start_date::date::timestamp)::date - 7 * :weeks::integer, 0,
			:time_zone)
		AND p.publish_time < local_moment(:end_date::date + 1, 0, :time_zone)
		AND (NOT :by_topic OR topic <> '')
	GROUP BY 1, 2
), used AS (
	SELECT week, name, count,
		(week - lag(week) OVER (PARTITION BY name ORDER BY week) <= 7 * :weeks::integer) IS NOT TRUE AS novel
	FROM said
)
SELECT week AS start_date, COALESCE(sum(count) FILTER (WHERE novel), 0)::bigint AS novel_count, sum(count)::bigint AS "novelty.n",
	COALESCE(array_agg(name ORDER BY name) FILTER (WHERE novel AND count > 0), '{}') AS names
FROM used
GROUP BY week HAVING sum(count) > 0
ORDER BY week;
