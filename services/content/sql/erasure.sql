-- Forgetting a person who was erased. Rows stay, since totals are counted from them.

-- Who was, and whether all he wrote goes with him.
-- fragment: erased
SELECT person_id, bool_or(state = 'ERASE_CONTENT') AS everything
FROM unnest(:events.person_id::uuid[], :events.type::text[], :events.state::text[]) AS e (person_id, type, state)
WHERE type = 'PERSON_ERASED'
GROUP BY person_id

-- The same in each community that he was a member of: only there one writes posts, comments, tickets.
-- fragment: erased_member
SELECT community_id, person_id, everything FROM ({erased}) AS e JOIN replica_membership USING (person_id)

-- Drafts, former words, and what nobody sees any more, go in any case.
-- name: post_forget   in: event.DeliverEventsRequest   out: none
WITH his AS (
	SELECT p.community_id, p.post_id, e.everything OR p.state NOT IN ('PUBLISHED', 'ARCHIVED') AS all_of_it
	FROM ({erased_member}) AS e
	JOIN post AS p ON p.community_id = e.community_id AND p.author_person_id = e.person_id
), former AS (
	DELETE FROM post_revision
	WHERE community_id = ANY (ARRAY(SELECT community_id FROM his)) AND post_id = ANY (ARRAY(SELECT post_id FROM his))
), edits AS (
	DELETE FROM post_edit
	WHERE community_id = ANY (ARRAY(SELECT community_id FROM his)) AND post_id = ANY (ARRAY(SELECT post_id FROM his))
), media AS (
	DELETE FROM post_media
	WHERE community_id = ANY (ARRAY(SELECT community_id FROM his)) AND post_id = ANY (ARRAY(SELECT post_id FROM his))
		AND (version <> 0 OR post_id = ANY (ARRAY(SELECT post_id FROM his WHERE all_of_it)))
), named AS (
	DELETE FROM person_mention
	WHERE community_id = ANY (ARRAY(SELECT community_id FROM his))
		AND subject_id = ANY (ARRAY(SELECT post_id FROM his WHERE all_of_it))
)
UPDATE post AS p
SET title = '', body = '', topic = '', note = '', source_name = '', source_url = '', media_count = 0, version = version + 1
FROM his
WHERE p.community_id = his.community_id AND p.post_id = his.post_id AND his.all_of_it;

-- name: comment_forget   in: event.DeliverEventsRequest   out: none
WITH his AS (
	UPDATE comment AS k SET body = '', version = version + 1
	FROM ({erased_member}) AS e
	WHERE k.community_id = e.community_id AND k.author_person_id = e.person_id AND k.body <> ''
		AND (e.everything OR k.state <> 'PUBLISHED')
	RETURNING k.community_id, k.comment_id
)
DELETE FROM person_mention
WHERE community_id = ANY (ARRAY(SELECT community_id FROM his)) AND subject_id = ANY (ARRAY(SELECT comment_id FROM his));

-- Where he was named.
-- name: person_mention_forget   in: event.DeliverEventsRequest   out: none
DELETE FROM person_mention AS n USING ({erased}) AS e WHERE n.person_id = e.person_id;

-- That he passed something on was for all to see; where to is in his words.
-- name: share_forget   in: event.DeliverEventsRequest   out: none
UPDATE post_share AS s SET channel = '' FROM ({erased}) AS e WHERE s.person_id = e.person_id AND s.channel <> '';

-- What he kept was for nobody else.
-- name: bookmark_forget   in: event.DeliverEventsRequest   out: none
WITH gone AS (
	DELETE FROM bookmark AS b USING ({erased}) AS e WHERE b.person_id = e.person_id
	RETURNING b.community_id, b.post_id
), n AS (
	UPDATE post AS p
	SET bookmark_count = p.bookmark_count - g.n
	FROM (SELECT community_id, post_id, count(*) AS n FROM gone GROUP BY community_id, post_id) AS g
	WHERE p.community_id = g.community_id AND p.post_id = g.post_id
)
INSERT INTO tally (community_id, bookmark_count)
SELECT community_id, -count(*) FROM gone GROUP BY community_id;

-- The texts have a newer version by now: what the index of search is just taking up of the older one does not stay.
-- name: search_forget   in: event.DeliverEventsRequest   out: none
UPDATE search_entry AS w SET words = ''
FROM ({erased_member}) AS e
WHERE w.author_person_id = e.person_id AND w.community_id = e.community_id
	AND (e.everything OR NOT EXISTS (SELECT FROM post p
		WHERE p.community_id = w.community_id AND p.post_id = w.post_id AND p.state IN ('PUBLISHED', 'ARCHIVED')
		  AND (w.entry_id = w.post_id OR EXISTS (SELECT FROM comment k WHERE k.community_id = w.community_id
			AND k.comment_id = w.entry_id AND k.state = 'PUBLISHED'))));

-- name: announcement_forget   in: event.DeliverEventsRequest   out: none
UPDATE announcement AS a SET title = '', body = ''
FROM ({erased}) AS e
WHERE a.person_id = e.person_id AND e.everything;

-- What he complained of was never for everybody, nor what was answered. What he noted on others' tickets goes with all he
-- wrote. Kept answers to who noted something do not name him, but the ticket.
-- name: ticket_forget   in: event.DeliverEventsRequest   out: none
WITH erased AS MATERIALIZED (
	{erased}
), his AS (
	UPDATE ticket AS t SET subject = '', body = '', resolution = '', satisfaction_comment = ''
	FROM ({erased_member}) AS e
	WHERE t.community_id = e.community_id AND t.person_id = e.person_id
	RETURNING t.community_id, t.ticket_id
), replies AS (
	DELETE FROM idempotency AS i
	WHERE i.community_id = ANY (ARRAY(SELECT community_id FROM his)) AND i.reply <> ''
		AND EXISTS (SELECT FROM his WHERE his.community_id = i.community_id
			AND position(convert_to(his.ticket_id::text, 'UTF8') IN i.reply) > 0)
), noted AS (
	UPDATE ticket_note AS n SET text = ''
	FROM his
	WHERE n.community_id = his.community_id AND n.ticket_id = his.ticket_id AND n.text <> ''
)
UPDATE ticket_note AS n SET text = ''
WHERE n.person_id = ANY (ARRAY(SELECT person_id FROM erased WHERE everything)) AND n.text <> ''
	AND NOT EXISTS (SELECT FROM his WHERE his.community_id = n.community_id AND his.ticket_id = n.ticket_id);

-- What he thought of others' posts goes with its sums.
-- name: quality_forget   in: event.DeliverEventsRequest   out: none
WITH his AS MATERIALIZED (
	{erased_member}
), votes AS (
	DELETE FROM post_vote AS v USING his
	WHERE v.community_id = his.community_id AND v.person_id = his.person_id
	RETURNING v.*
), ratings AS (
	DELETE FROM post_rating AS r USING his
	WHERE r.community_id = his.community_id AND r.person_id = his.person_id
	RETURNING r.*
), gone AS (
	SELECT community_id, post_id, sum(useful) AS useful, sum(votes) AS votes, sum(ratings) AS ratings,
		sum(value) AS value, sum(quality) AS quality, sum(timeliness) AS timeliness
	FROM (SELECT community_id, post_id, useful::int AS useful, 1 AS votes, 0 AS ratings, 0 AS value, 0 AS quality,
			0 AS timeliness FROM votes
		UNION ALL SELECT community_id, post_id, 0, 0, 1, value, quality, timeliness FROM ratings) AS each
	GROUP BY community_id, post_id
), counted AS (
	UPDATE post_quality AS q
	SET useful_count = q.useful_count - gone.useful, vote_count = q.vote_count - gone.votes,
	    rating_count = q.rating_count - gone.ratings, value_sum = q.value_sum - gone.value,
	    quality_sum = q.quality_sum - gone.quality, timeliness_sum = q.timeliness_sum - gone.timeliness
	FROM gone
	WHERE q.community_id = gone.community_id AND q.post_id = gone.post_id
)
INSERT INTO quality_due (community_id, post_id, rating_count, mark_sum)
SELECT community_id, post_id, -ratings, -(value + quality + timeliness) FROM gone;

-- What he did of tasks goes with its sums.
-- name: task_forget   in: event.DeliverEventsRequest   out: none
WITH gone AS (
	DELETE FROM task_completion AS d USING ({erased_member}) AS e
	WHERE d.community_id = e.community_id AND d.person_id = e.person_id
	RETURNING d.*
), participant AS (
	DELETE FROM task_participant AS p
	USING (SELECT DISTINCT community_id, series_id, person_id FROM gone) AS g
	WHERE p.community_id = g.community_id AND p.series_id = g.series_id AND p.person_id = g.person_id
	RETURNING p.community_id, p.series_id
), counted AS (
	UPDATE task AS t SET done_count = t.done_count - n.done, punctual_count = t.punctual_count - n.punctual
	FROM (SELECT community_id, series_id, day, count(*) AS done, count(*) FILTER (WHERE punctual) AS punctual
		FROM gone GROUP BY community_id, series_id, day) AS n
	WHERE t.community_id = n.community_id AND t.series_id = n.series_id AND t.day = n.day
)
UPDATE task_series AS s SET participant_count = s.participant_count - n.gone
FROM (SELECT community_id, series_id, count(*) AS gone FROM participant GROUP BY community_id, series_id) AS n
WHERE s.community_id = n.community_id AND s.series_id = n.series_id;

-- What his texts were like, and what was to be looked at of them; what he decided stays, without his name and words.
-- name: text_forget   in: event.DeliverEventsRequest   out: none
WITH erased AS MATERIALIZED (
	{erased}
), prints AS (
	DELETE FROM text_print WHERE person_id = ANY (ARRAY(SELECT person_id FROM erased))
), items AS (
	DELETE FROM review_item WHERE author_person_id = ANY (ARRAY(SELECT person_id FROM erased))
)
UPDATE review_item SET reviewer_person_id = NULL, note = ''
WHERE reviewer_person_id = ANY (ARRAY(SELECT person_id FROM erased))
	AND author_person_id <> ALL (ARRAY(SELECT person_id FROM erased));

-- What was asked goes with its post. Why a question was closed goes with who asked, and with all that its writer wrote.
-- name: question_forget   in: event.DeliverEventsRequest   out: none
WITH erased AS MATERIALIZED (
	{erased}
), asked AS (
	UPDATE question AS q SET topic = p.topic, close_note = ''
	FROM ({erased_member}) AS e
	JOIN post AS p ON p.community_id = e.community_id AND p.author_person_id = e.person_id
	WHERE q.community_id = p.community_id AND q.post_id = p.post_id
), known AS (
	DELETE FROM expert WHERE person_id IN (SELECT person_id FROM erased)
)
UPDATE question AS q SET close_note = '' FROM erased AS e
WHERE q.closer_person_id = e.person_id AND e.everything AND q.close_note <> ''
	AND q.author_person_id NOT IN (SELECT person_id FROM erased);

-- The topics and words of what is still on its way to others.
-- name: outbox_forget   in: event.DeliverEventsRequest   out: none
WITH erased AS MATERIALIZED (
	{erased}
), late AS (
	UPDATE outbox_late SET topic = '', words = ''
	WHERE person_id IN (SELECT person_id FROM erased) AND (topic <> '' OR words <> '')
), dead AS (
	UPDATE outbox_dead SET topic = '', words = ''
	WHERE person_id IN (SELECT person_id FROM erased) AND (topic <> '' OR words <> '')
)
UPDATE outbox SET topic = '', words = ''
WHERE person_id IN (SELECT person_id FROM erased) AND (topic <> '' OR words <> '');

-- name: author_summary   in: content.GetAuthorSummaryRequest   out: content.AuthorSummary
SELECT count(*) FILTER (WHERE what = 'POST') AS post_count, count(*) FILTER (WHERE what = 'COMMENT') AS comment_count,
	count(*) FILTER (WHERE what = 'REACTION') AS reaction_count, count(*) FILTER (WHERE what = 'TASK') AS done_task_count,
	count(*) FILTER (WHERE what = 'VOTE') AS vote_count, count(*) FILTER (WHERE what = 'RATING') AS rating_count,
	(SELECT count(*) FROM post_share WHERE person_id = :person_id) AS share_count,
	(SELECT count(*) FROM bookmark WHERE person_id = :person_id) AS bookmark_count,
	(SELECT count(*) FROM person_mention WHERE person_id = :person_id) AS mention_count
FROM replica_membership m
CROSS JOIN LATERAL (
	SELECT 'POST' AS what FROM post p WHERE p.community_id = m.community_id AND p.author_person_id = m.person_id
	UNION ALL
	SELECT 'COMMENT' FROM comment k WHERE k.community_id = m.community_id AND k.author_person_id = m.person_id
	UNION ALL
	SELECT 'REACTION' FROM reaction r WHERE r.community_id = m.community_id AND r.person_id = m.person_id
	UNION ALL
	SELECT 'VOTE' FROM post_vote v WHERE v.community_id = m.community_id AND v.person_id = m.person_id
	UNION ALL
	SELECT 'RATING' FROM post_rating r WHERE r.community_id = m.community_id AND r.person_id = m.person_id
	UNION ALL
	SELECT 'TASK' FROM task_completion d WHERE d.community_id = m.community_id AND d.person_id = m.person_id
) AS his
WHERE m.person_id = :person_id;

-- What he was to see to is nobody's now. What he planned goes with all he wrote; why he let something go by, in any case.
-- name: slot_forget   in: event.DeliverEventsRequest   out: none
WITH erased AS MATERIALIZED (
	{erased}
)
UPDATE slot AS s
SET title = CASE WHEN planner.everything THEN '' ELSE s.title END, topic = CASE WHEN planner.everything THEN '' ELSE s.topic END,
    owner_person_id = CASE WHEN owner.person_id IS NULL THEN s.owner_person_id END,
    person_id = CASE WHEN planner.person_id IS NULL THEN s.person_id END,
    skip_reason = CASE WHEN skipper.person_id IS NULL THEN s.skip_reason ELSE '' END,
    skip_person_id = CASE WHEN skipper.person_id IS NULL THEN s.skip_person_id END
FROM slot AS old
LEFT JOIN erased AS owner ON owner.person_id = old.owner_person_id
LEFT JOIN erased AS planner ON planner.person_id = old.person_id
LEFT JOIN erased AS skipper ON skipper.person_id = old.skip_person_id
WHERE (old.owner_person_id = ANY (ARRAY(SELECT person_id FROM erased)) OR old.person_id = ANY (ARRAY(SELECT person_id FROM erased))
	OR old.skip_person_id = ANY (ARRAY(SELECT person_id FROM erased)))
	AND s.community_id = old.community_id AND s.slot_id = old.slot_id;

-- name: alert_forget   in: event.DeliverEventsRequest   out: none
UPDATE alert AS a SET acknowledge_person_id = NULL
FROM ({erased}) AS e
WHERE a.acknowledge_person_id = e.person_id;
