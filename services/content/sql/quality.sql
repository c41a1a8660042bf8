-- Votes, ratings and the scores that follow. Statements that write about a post add a row to quality_due; the fold scores
-- what is due.

-- Who may vote, and on what: not the author.
-- fragment: reader
m AS (
	SELECT person_id
	FROM replica_present
	WHERE community_id = :community_id AND person_id = COALESCE(:person_id::uuid, :caller_id::uuid)
	  AND (mute_until_time IS NULL OR mute_until_time <= :now::timestamptz)
), target AS (
	SELECT p.community_id, p.post_id, m.person_id
	FROM m, post p
	{viewer}
	WHERE p.community_id = :community_id AND p.post_id = :post_id AND p.state = 'PUBLISHED'
	  AND p.author_person_id <> m.person_id AND {seen}
)

-- One that was there answers too; one that somebody else has just made is seen by asking again.
-- name: vote_put   in: content.VotePostRequest   out: content.PostVote
WITH {reader}, v AS (
	INSERT INTO post_vote AS old (community_id, post_id, person_id, useful, vote_time)
	SELECT community_id, post_id, person_id, :useful, :now::timestamptz FROM target
	ON CONFLICT (community_id, post_id, person_id) DO UPDATE
	SET useful = EXCLUDED.useful, former = old.useful, vote_time = EXCLUDED.vote_time
	WHERE old.useful <> EXCLUDED.useful
	RETURNING *
), counted AS (
	INSERT INTO post_quality AS q (community_id, post_id, useful_count, vote_count)
	SELECT community_id, post_id, useful::int, 1 FROM v
	ON CONFLICT (community_id, post_id) DO UPDATE
	SET useful_count = q.useful_count + (SELECT useful::int - COALESCE(former::int, 0) FROM v),
	    vote_count = q.vote_count + (SELECT (former IS NULL)::int FROM v)
), due AS (
	INSERT INTO quality_due (community_id, post_id) SELECT community_id, post_id FROM v
)
SELECT community_id, post_id, person_id, useful, vote_time FROM v
UNION ALL
SELECT v.community_id, v.post_id, v.person_id, v.useful, v.vote_time
FROM post_vote v, target t
WHERE v.community_id = :community_id AND v.post_id = :post_id AND v.person_id = t.person_id AND v.useful = :useful;

-- name: vote_withdraw   in: content.WithdrawVoteRequest   out: content.WithdrawVoteResponse
WITH gone AS (
	DELETE FROM post_vote
	WHERE community_id = :community_id AND post_id = :post_id
	  AND person_id = COALESCE(:person_id::uuid, :caller_id::uuid)
	RETURNING *
), counted AS (
	UPDATE post_quality AS q SET useful_count = q.useful_count - gone.useful::int, vote_count = q.vote_count - 1
	FROM gone
	WHERE q.community_id = gone.community_id AND q.post_id = gone.post_id
), due AS (
	INSERT INTO quality_due (community_id, post_id) SELECT community_id, post_id FROM gone
)
SELECT count(*)::int AS withdrawn_count FROM gone;

-- name: rating_put   in: content.RatePostRequest   out: content.PostRating
WITH {reader}, r AS (
	INSERT INTO post_rating AS old (community_id, post_id, person_id, value, quality, timeliness, rate_time)
	SELECT community_id, post_id, person_id, :value, :quality, :timeliness, :now::timestamptz FROM target
	ON CONFLICT (community_id, post_id, person_id) DO UPDATE
	SET value = EXCLUDED.value, quality = EXCLUDED.quality, timeliness = EXCLUDED.timeliness, former_value = old.value,
	    former_quality = old.quality, former_timeliness = old.timeliness, rate_time = EXCLUDED.rate_time
	WHERE (old.value, old.quality, old.timeliness) <> (EXCLUDED.value, EXCLUDED.quality, EXCLUDED.timeliness)
	RETURNING *
), moved AS (
	SELECT community_id, post_id, (former_value IS NULL)::int AS n, value - COALESCE(former_value, 0) AS value,
		quality - COALESCE(former_quality, 0) AS quality, timeliness - COALESCE(former_timeliness, 0) AS timeliness
	FROM r
), counted AS (
	INSERT INTO post_quality AS q (community_id, post_id, rating_count, value_sum, quality_sum, timeliness_sum)
	SELECT community_id, post_id, 1, value, quality, timeliness FROM r
	ON CONFLICT (community_id, post_id) DO UPDATE
	SET rating_count = q.rating_count + (SELECT n FROM moved), value_sum = q.value_sum + (SELECT value FROM moved),
	    quality_sum = q.quality_sum + (SELECT quality FROM moved),
	    timeliness_sum = q.timeliness_sum + (SELECT timeliness FROM moved)
), due AS (
	INSERT INTO quality_due (community_id, post_id, rating_count, mark_sum)
	SELECT community_id, post_id, n, value + quality + timeliness FROM moved
)
SELECT community_id, post_id, person_id, value, quality, timeliness, rate_time FROM r
UNION ALL
SELECT r.community_id, r.post_id, r.person_id, r.value, r.quality, r.timeliness, r.rate_time
FROM post_rating r, target t
WHERE r.community_id = :community_id AND r.post_id = :post_id AND r.person_id = t.person_id
  AND (r.value, r.quality, r.timeliness) = (:value, :quality, :timeliness);

-- name: rating_withdraw   in: content.WithdrawRatingRequest   out: content.WithdrawRatingResponse
WITH gone AS (
	DELETE FROM post_rating
	WHERE community_id = :community_id AND post_id = :post_id
	  AND person_id = COALESCE(:person_id::uuid, :caller_id::uuid)
	RETURNING *
), counted AS (
	UPDATE post_quality AS q
	SET rating_count = q.rating_count - 1, value_sum = q.value_sum - gone.value,
	    quality_sum = q.quality_sum - gone.quality, timeliness_sum = q.timeliness_sum - gone.timeliness
	FROM gone
	WHERE q.community_id = gone.community_id AND q.post_id = gone.post_id
), due AS (
	INSERT INTO quality_due (community_id, post_id, rating_count, mark_sum)
	SELECT community_id, post_id, -1, -(value + quality + timeliness) FROM gone
)
SELECT count(*)::int AS withdrawn_count FROM gone;

-- What member has judged about posts. Of one case the highest version stands.
-- name: report_judge   in: event.DeliverEventsRequest   out: none
WITH told AS (
	SELECT DISTINCT ON (community_id, case_id) community_id, case_id, post_id, state = 'UPHELD' AS upheld, n, version
	FROM unnest(:events.community_id::uuid[], :events.type::text[], :events.parent_id::uuid[], :events.subject_id::uuid[],
		:events.state::text[], :events.count::bigint[], :events.version::bigint[])
		AS e (community_id, type, case_id, post_id, state, n, version)
	WHERE type = 'VIOLATION_JUDGED'
	ORDER BY community_id, case_id, version DESC
), judged AS (
	INSERT INTO post_report AS old (community_id, case_id, post_id, upheld, report_count, version)
	SELECT t.community_id, t.case_id, t.post_id, t.upheld, t.n, t.version
	FROM told t JOIN post p ON p.community_id = t.community_id AND p.post_id = t.post_id
	ON CONFLICT (community_id, case_id) DO UPDATE
	SET upheld = EXCLUDED.upheld, report_count = EXCLUDED.report_count, version = EXCLUDED.version
	WHERE old.version < EXCLUDED.version
	RETURNING community_id, post_id
)
INSERT INTO quality_due (community_id, post_id) SELECT DISTINCT community_id, post_id FROM judged;

-- D of the post p, and the reports of it.
-- fragment: said
CROSS JOIN LATERAL (
	SELECT count(DISTINCT author_person_id) AS answerers FROM comment k
	WHERE k.community_id = p.community_id AND k.post_id = p.post_id AND k.state = 'PUBLISHED'
	  AND k.author_person_id <> p.author_person_id
) AS said
CROSS JOIN LATERAL (
	SELECT EXISTS (SELECT FROM question qu WHERE qu.community_id = p.community_id AND qu.post_id = p.post_id
		AND qu.accepted_comment_id IS NOT NULL) AS accepted
) AS settled
CROSS JOIN LATERAL (SELECT said.answerers + 3 * settled.accepted::int AS d) AS depth
CROSS JOIN LATERAL (
	SELECT COALESCE(sum(report_count), 0)::bigint AS judged,
		COALESCE(sum(report_count) FILTER (WHERE upheld), 0)::bigint AS upheld
	FROM post_report r
	WHERE r.community_id = p.community_id AND r.post_id = p.post_id
) AS report

-- name: post_quality_get   in: content.QualityTask   out: content.PostQuality
SELECT p.community_id, p.post_id, quality_score(:weights.useful_weight, :weights.rating_weight, :weights.depth_weight,
		n.useful, n.votes, n.marks, n.ratings, n.mean, depth.d, report.upheld, report.judged) AS score,
	n.useful AS useful_count, n.votes AS vote_count, (wilson(n.useful, n.votes))[1] AS useful_low, n.ratings AS rating_count,
	COALESCE(n.marks / 3.0 / NULLIF(n.ratings, 0), 0)::double precision AS rating_mean,
	COALESCE(had.value_sum::double precision / NULLIF(n.ratings, 0), 0) AS value_mean,
	COALESCE(had.quality_sum::double precision / NULLIF(n.ratings, 0), 0) AS quality_mean,
	COALESCE(had.timeliness_sum::double precision / NULLIF(n.ratings, 0), 0) AS timeliness_mean,
	n.mean AS community_rating_mean, quality_rating(n.marks, n.ratings, n.mean) AS rating,
	said.answerers AS answerer_count, settled.accepted AS answer_accepted, depth.d AS depth,
	 report.judged AS judged_report_count,
	report.upheld AS upheld_report_count, report.upheld::double precision / (report.judged + 1) AS upheld_share
FROM post p
LEFT JOIN post_quality had ON had.community_id = p.community_id AND had.post_id = p.post_id
LEFT JOIN community_quality c ON c.community_id = p.community_id
CROSS JOIN LATERAL (
	SELECT COALESCE(had.useful_count, 0) AS useful, COALESCE(had.vote_count, 0) AS votes,
		COALESCE(had.value_sum + had.quality_sum + had.timeliness_sum, 0) AS marks, COALESCE(had.rating_count, 0) AS ratings,
		COALESCE(c.mean, 3) AS mean
) AS n
{said}
WHERE p.community_id = :community_id AND p.post_id = :post_id;

-- The communities that have something due. Each has a row to be locked by.
-- name: quality_enter   in: content.QualityTask   out: none
INSERT INTO community_quality (community_id, weights)
SELECT DISTINCT community_id, :weights_name
FROM (SELECT community_id FROM quality_due ORDER BY community_id, post_id, due_id LIMIT 1000) AS due
ORDER BY community_id
ON CONFLICT DO NOTHING;

-- Those of them that nobody else folds: from here on one sees all that was there when it was due.
-- name: quality_lock   in: none   out: content.QualityTask.community_ids
SELECT community_id FROM community_quality
WHERE community_id = ANY (ARRAY(SELECT community_id FROM quality_due ORDER BY community_id, post_id, due_id LIMIT 1000))
ORDER BY community_id
FOR NO KEY UPDATE SKIP LOCKED;

-- name: quality_fold   in: content.QualityTask   out: content.QualityDone
WITH gone AS (
	DELETE FROM quality_due AS d
	USING (SELECT community_id, post_id, due_id FROM quality_due WHERE community_id = ANY (:community_ids::uuid[])
		ORDER BY community_id, post_id, due_id LIMIT 2000) AS due
	WHERE d.community_id = due.community_id AND d.post_id = due.post_id AND d.due_id = due.due_id
	RETURNING d.*
), summed AS (
	SELECT c.community_id, c.rating_count + n.ratings AS rating_count, c.mark_sum + n.marks AS mark_sum,
		quality_rating(c.mark_sum + n.marks, c.rating_count + n.ratings, 3) AS mean
	FROM (SELECT community_id, sum(rating_count)::bigint AS ratings, sum(mark_sum)::bigint AS marks
		FROM gone GROUP BY community_id) AS n
	JOIN community_quality c USING (community_id)
), community AS (
	UPDATE community_quality AS c
	SET rating_count = s.rating_count, mark_sum = s.mark_sum,
	    mean = CASE WHEN abs(s.mean - c.mean) >= 0.05 THEN s.mean ELSE c.mean END,
	    epoch = c.epoch + (abs(s.mean - c.mean) >= 0.05)::int, behind = c.behind OR abs(s.mean - c.mean) >= 0.05
	FROM summed s
	WHERE c.community_id = s.community_id
	RETURNING c.community_id, c.mean, c.epoch
), scored AS (
	INSERT INTO post_quality AS q (community_id, post_id, depth, upheld_count, judged_count, score, epoch)
	SELECT p.community_id, p.post_id, depth.d, report.upheld, report.judged,
		quality_score(:weights.useful_weight, :weights.rating_weight, :weights.depth_weight, 0, 0, 0, 0, c.mean,
			depth.d, report.upheld, report.judged), c.epoch
	FROM (SELECT DISTINCT community_id, post_id FROM gone) AS g
	JOIN community c USING (community_id)
	JOIN post p USING (community_id, post_id)
	{said}
	ORDER BY p.community_id, p.post_id
	ON CONFLICT (community_id, post_id) DO UPDATE
	SET depth = EXCLUDED.depth, upheld_count = EXCLUDED.upheld_count, judged_count = EXCLUDED.judged_count,
	    epoch = EXCLUDED.epoch,
	    score = quality_score(:weights.useful_weight, :weights.rating_weight, :weights.depth_weight, q.useful_count,
		q.vote_count, q.value_sum + q.quality_sum + q.timeliness_sum, q.rating_count,
		(SELECT mean FROM community c WHERE c.community_id = q.community_id), EXCLUDED.depth, EXCLUDED.upheld_count,
		EXCLUDED.judged_count)
)
SELECT count(*) AS count FROM gone;

-- Communities whose scores were made with other weights fall behind.
-- name: quality_reweigh   in: content.QualityTask   out: content.QualityDone
WITH other AS (
	SELECT community_id FROM community_quality WHERE weights < :weights_name OR weights > :weights_name
	LIMIT 1000 FOR NO KEY UPDATE SKIP LOCKED
), moved AS (
	UPDATE community_quality AS c SET weights = :weights_name, epoch = c.epoch + 1, behind = true
	FROM other WHERE c.community_id = other.community_id
	RETURNING 1
)
SELECT count(*) AS count FROM moved;

-- A community that is behind catches up, a thousand posts at a time.
-- name: quality_catch_up   in: content.QualityTask   out: content.QualityDone
WITH c AS (
	SELECT community_id, mean, epoch FROM community_quality WHERE behind
	ORDER BY community_id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED
), late AS (
	SELECT q.community_id, q.post_id, c.mean, c.epoch
	FROM c JOIN post_quality q ON q.community_id = c.community_id AND q.epoch < c.epoch
	ORDER BY q.epoch LIMIT 1000
), scored AS (
	UPDATE post_quality AS q
	SET epoch = late.epoch, score = quality_score(:weights.useful_weight, :weights.rating_weight, :weights.depth_weight,
		q.useful_count, q.vote_count, q.value_sum + q.quality_sum + q.timeliness_sum, q.rating_count, late.mean, q.depth,
		q.upheld_count, q.judged_count)
	FROM late
	WHERE q.community_id = late.community_id AND q.post_id = late.post_id
), caught_up AS (
	UPDATE community_quality SET behind = false
	WHERE community_id IN (SELECT community_id FROM c) AND (SELECT count(*) FROM late) < 1000
)
SELECT count(*) AS count FROM c;

-- name: top_post_list   in: content.ListTopPostsRequest   out: content.ListTopPostsResponse.posts   page: score, post_id
SELECT p.community_id, p.post_id, p.author_person_id, p.kind, p.title, p.topic, p.publish_time, s.score
FROM post_quality s
JOIN post p ON p.community_id = s.community_id AND p.post_id = s.post_id
{viewer}
WHERE s.community_id = :community_id AND s.score IS NOT NULL AND p.state = 'PUBLISHED'
  AND (:topic = '' OR p.topic = ANY (topic_terms(:community_id, :topic))) AND {seen_of_kind}
  AND (s.score, s.post_id) < (COALESCE(:after.score::double precision, 'infinity'),
	COALESCE(:after.post_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
ORDER BY s.score DESC, s.post_id DESC LIMIT :limit;

-- fragment: quality_cell
count(*) AS n, count(*) < 10 AS insufficient_data, CASE WHEN count(*) >= 10 THEN avg(s.score) ELSE 0 END AS mean,
	CASE WHEN count(*) >= 10 THEN percentile_cont(0.5) WITHIN GROUP (ORDER BY s.score) ELSE 0 END AS median

-- fragment: scored_posts
FROM post_quality s
JOIN post p ON p.community_id = s.community_id AND p.post_id = s.post_id AND p.state IN ('PUBLISHED', 'ARCHIVED')
WHERE s.community_id = :community_id AND s.score IS NOT NULL

-- name: content_quality_get   in: content.GetContentQualityRequest   out: content.ContentQuality
SELECT :community_id::uuid AS community_id, COALESCE(c.mean, 3) AS community_rating_mean,
	COALESCE(c.rating_count, 0) AS rating_count
FROM (SELECT) AS one LEFT JOIN community_quality c ON c.community_id = :community_id;

-- name: content_quality_total   in: content.GetContentQualityRequest   out: content.QualityCell
SELECT {quality_cell}
{scored_posts};

-- name: content_quality_kinds   in: content.GetContentQualityRequest   out: content.ContentQuality.kinds
SELECT p.kind, {quality_cell}
{scored_posts}
GROUP BY p.kind
ORDER BY p.kind;

-- name: content_quality_topics   in: content.GetContentQualityRequest   out: content.ContentQuality.topics
SELECT p.topic, {quality_cell}
FROM post_quality s
JOIN (SELECT community_id, post_id, state, {topic_now} AS topic FROM post WHERE community_id = :community_id) AS p
	ON p.community_id = s.community_id AND p.post_id = s.post_id AND p.state IN ('PUBLISHED', 'ARCHIVED')
WHERE s.community_id = :community_id AND s.score IS NOT NULL
GROUP BY p.topic
ORDER BY count(*) DESC, p.topic LIMIT 200;
