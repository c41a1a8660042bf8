-- The totals of a community.

-- name: summary_get   in: content.GetContentSummaryRequest   out: content.ContentSummary
SELECT :community_id::uuid AS community_id,
	COALESCE(sum(post_count), 0)::bigint AS post_count,
	COALESCE(sum(archived_count), 0)::bigint AS archived_count,
	COALESCE(sum(comment_count), 0)::bigint AS comment_count,
	COALESCE(sum(reaction_count), 0)::bigint AS reaction_count,
	COALESCE(sum(share_count), 0)::bigint AS share_count,
	COALESCE(sum(bookmark_count), 0)::bigint AS bookmark_count,
	(SELECT max(publish_time) FROM post WHERE community_id = :community_id AND state = 'PUBLISHED') AS last_post_time
FROM tally
WHERE community_id = :community_id;

-- Replicas may fold at the same time: a row counts for who deleted it.
-- name: tally_fold   in: none   out: none
WITH due AS (
	SELECT DISTINCT community_id FROM (SELECT community_id FROM tally WHERE NOT folded LIMIT 10000) AS new
), gone AS (
	DELETE FROM tally WHERE community_id = ANY (ARRAY(SELECT community_id FROM due))
	RETURNING tally.*
)
INSERT INTO tally (community_id, post_count, archived_count, comment_count, reaction_count, share_count, bookmark_count,
	folded)
SELECT community_id, sum(post_count), sum(archived_count), sum(comment_count), sum(reaction_count), sum(share_count),
	sum(bookmark_count), true
FROM gone
GROUP BY community_id;
