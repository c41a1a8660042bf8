-- What members did, and looking at what they have reached by it.

-- What somebody did, under whichever of his ids: the days of who was merged stay under the id that did them, and are read as
-- the survivor's too. One day and kind may stand there once for each id.
-- fragment: did
(
	SELECT community_id, person_id, day, kind, count FROM member_day
	UNION ALL
	SELECT d.community_id, p.merged_into_person_id, d.day, d.kind, d.count
	FROM person AS p JOIN member_day AS d ON d.person_id = p.person_id
	WHERE p.merged_into_person_id IS NOT NULL
)

-- The memberships that a ProgressQuery asks for, each once, and each as his who is meant by the id.
-- fragment: progress_asked
SELECT DISTINCT community_id, COALESCE(
	(SELECT p.merged_into_person_id FROM person AS p WHERE p.person_id = asked.person_id), asked.person_id) AS person_id
FROM unnest(:community_ids::uuid[], :person_ids::uuid[]) AS asked (community_id, person_id)

-- The active ones of them: m. One by one (OFFSET 0) and without a word on the state, so that a planner who believes the
-- community to be small cannot but take the key.
-- fragment: progress_members
({progress_asked}) AS asked
CROSS JOIN LATERAL (
	SELECT * FROM membership
	WHERE community_id = asked.community_id AND person_id = asked.person_id AND leave_time IS NULL OFFSET 0) AS m

-- What a community's members have reached is decided by one writer at a time, as is who belongs to it.
-- name: progress_lock   in: member.ProgressQuery
SELECT FROM community WHERE community_id = ANY (:community_ids::uuid[]) ORDER BY community_id FOR NO KEY UPDATE;

-- name: member_day_tell   in: member.DeliverDaysRequest
INSERT INTO member_day AS d (community_id, person_id, day, kind, count, version)
SELECT DISTINCT ON (community_id, person_id, day, kind) *
FROM unnest(:days.community_id::uuid[], :days.person_id::uuid[], :days.date::date[], :days.kind::text[],
	:days.count::bigint[], :days.version::bigint[])
	AS e (community_id, person_id, day, kind, count, version)
ORDER BY community_id, person_id, day, kind, version DESC
ON CONFLICT (community_id, person_id, day, kind) DO UPDATE SET count = EXCLUDED.count, version = EXCLUDED.version
WHERE d.version < EXCLUDED.version;

-- First and last days, as the days say now: what was taken back takes them back too.
-- name: standing_settle   in: member.ProgressQuery
WITH said AS (
	SELECT asked.community_id, asked.person_id, did.*
	FROM ({progress_asked}) AS asked
	CROSS JOIN LATERAL (
		SELECT min(day) AS a, max(day) AS b, min(day) FILTER (WHERE is_engaged(kind)) AS c,
			max(day) FILTER (WHERE is_engaged(kind)) AS d
		FROM {did} AS d
		WHERE community_id = asked.community_id AND person_id = asked.person_id AND count > 0) AS did
	WHERE NOT EXISTS (
		SELECT FROM standing s
		WHERE s.community_id = asked.community_id AND s.person_id = asked.person_id
			AND (first_active_date, last_active_date, first_engaged_date, last_engaged_date)
				IS NOT DISTINCT FROM (a, b, c, d))
), changed AS (
	INSERT INTO standing AS s (community_id, person_id, first_active_date, last_active_date, first_engaged_date,
		last_engaged_date)
	SELECT * FROM said
	ON CONFLICT (community_id, person_id) DO UPDATE SET
		first_active_date = EXCLUDED.first_active_date, last_active_date = EXCLUDED.last_active_date,
		first_engaged_date = EXCLUDED.first_engaged_date, last_engaged_date = EXCLUDED.last_engaged_date
	RETURNING community_id, person_id
)
UPDATE membership m SET indexed_version = 0 FROM changed
WHERE m.community_id = changed.community_id AND m.person_id = changed.person_id AND m.indexed_version <> 0;

-- A community whose turn it is.
-- name: review_due   in: none   out: member.Review
SELECT community_id FROM review WHERE due_time <= :now ORDER BY due_time LIMIT 1;

-- The same, looked at again once the community is locked: another replica may have been at it.
-- name: review_get   in: member.Review   out: member.Review
SELECT community_id, cause, after_number FROM review
WHERE community_id = :community_id AND due_time <= :now;

-- name: review_take   in: member.Review   out: member.ReviewBite.members
SELECT person_id, number FROM membership
WHERE community_id = :community_id AND number > :after_number
ORDER BY number LIMIT :row_limit;

-- name: review_continue   in: member.Review
UPDATE review SET after_number = :after_number WHERE community_id = :community_id;

-- All have been looked at; again when the community's next day begins.
-- name: review_finish   in: member.Review
UPDATE review SET after_number = 0, cause = 'TIME',
	due_time = (((:now::timestamptz AT TIME ZONE c.time_zone)::date + 1)::timestamp AT TIME ZONE c.time_zone)
FROM community c
WHERE review.community_id = :community_id AND c.community_id = review.community_id;
