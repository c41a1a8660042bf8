-- The calendar. A slot stands with the post that fills it, and its state is that one's.

-- fragment: slot
s.community_id, s.slot_id, s.date, s.minute, s.kind,
	COALESCE((SELECT meant_name FROM meant_topic WHERE meant_in = s.community_id AND meant_by = s.topic), s.topic) AS topic,
	s.title, s.owner_person_id, s.person_id, n.state, s.due_time,
	CASE WHEN n.state <> 'IDEA' THEN s.post_id END AS post_id, CASE WHEN p.was_published THEN p.publish_time END
	AS publish_time, n.overdue, s.skip_reason, s.skip_person_id, s.skip_time, s.version::text AS etag

-- A slot s with its post p, and how it stands now: n. What is scheduled and due is about to be published.
-- fragment: as_it_stands
LEFT JOIN post AS p ON p.community_id = s.community_id AND p.post_id = s.post_id
CROSS JOIN LATERAL (
	SELECT CASE WHEN p.was_published THEN 'PUBLISHED' WHEN s.skip_time IS NOT NULL THEN 'SKIPPED'
			WHEN p.state IS NULL OR p.state = 'REMOVED' THEN 'IDEA' ELSE p.state END AS state,
		s.due_time <= :now::timestamptz AND s.skip_time IS NULL AND p.was_published IS NOT TRUE
			AND (p.state = 'SCHEDULED' AND p.schedule_time <= :now::timestamptz) IS NOT TRUE AS overdue
) AS n

-- Where it is now. Held until the transaction ends, so that no moment is reckoned in a zone that is just given up.
-- fragment: place
SELECT community_id, time_zone FROM replica_community WHERE community_id = :community_id FOR SHARE

-- No row: its moment is over.
-- name: slot_create   in: content.CreateSlotRequest   out: content.Slot
WITH place AS (
	{place}
), s AS (
	INSERT INTO slot (community_id, slot_id, date, minute, time_zone, due_time, kind, topic, title, owner_person_id,
		person_id)
	SELECT community_id, :new_id::uuid, :slot.date::date, :slot.minute::integer, time_zone, due_time, :slot.kind::text,
		:slot.topic, :slot.title, :slot.owner_person_id::uuid, :caller_id::uuid
	FROM place
	CROSS JOIN LATERAL local_moment(:slot.date::date, :slot.minute::integer, time_zone) AS due_time
	WHERE due_time > :now::timestamptz
	RETURNING *
)
SELECT {slot} FROM s {as_it_stands};

-- None at all where the moment of one is over.
-- name: slot_create_weekly   in: content.CreateWeeklySlotsRequest   out: content.CreateWeeklySlotsResponse.slots
WITH place AS (
	{place}
), day AS (
	SELECT community_id, time_zone, day::date AS date,
		local_moment(day::date, :slot.minute::integer, time_zone) AS due_time
	FROM place
	CROSS JOIN generate_series(:start_date::date::timestamp, :end_date::date::timestamp, interval '1 day') AS day
	WHERE extract(isodow FROM day) = ANY (:weekdays::integer[])
), s AS (
	INSERT INTO slot (community_id, date, minute, time_zone, due_time, kind, topic, title, owner_person_id, person_id)
	SELECT community_id, date, :slot.minute::integer, time_zone, due_time, :slot.kind::text, :slot.topic, :slot.title,
		:slot.owner_person_id::uuid, :caller_id::uuid
	FROM day
	WHERE (SELECT min(due_time) FROM day) > :now::timestamptz
	RETURNING *
)
SELECT {slot} FROM s {as_it_stands}
ORDER BY s.date;

-- name: slot_get   in: content.GetSlotRequest   out: content.Slot
SELECT {slot} FROM slot AS s {as_it_stands}
WHERE s.community_id = :community_id AND s.slot_id = :slot_id;

-- Before its post, always: who locks both does so in this order.
-- name: slot_lock   in: content.GetSlotRequest   out: content.Slot
SELECT community_id, slot_id, post_id FROM slot
WHERE community_id = :community_id AND slot_id = :slot_id
FOR NO KEY UPDATE;

-- Of whom the handler names as the only owner, where it names one.
-- name: slot_list   in: content.ListSlotsRequest   out: content.ListSlotsResponse.slots   page: date, minute, slot_id
SELECT {slot} FROM slot AS s {as_it_stands}
WHERE s.community_id = :community_id AND s.date BETWEEN :start_date::date AND :end_date::date
	AND (s.date, s.minute, s.slot_id) > (COALESCE(:after.date::date, '-infinity'), COALESCE(:after.minute::integer, -1),
		COALESCE(:after.slot_id::uuid, '00000000-0000-0000-0000-000000000000'))
	AND (:owner_person_id::uuid IS NULL OR s.owner_person_id = :owner_person_id)
	AND s.kind = COALESCE(:kind::text, s.kind) AND n.state = COALESCE(:state::text, n.state) AND (NOT :overdue OR n.overdue)
ORDER BY s.date, s.minute, s.slot_id LIMIT :limit;

-- No row: its new moment is over. What is scheduled for its moment moves with it.
-- name: slot_update   in: content.UpdateSlotRequest   out: content.Slot
WITH place AS (
	{place}
), was AS (
	SELECT place.time_zone AS zone_now, old.due_time AS former_time,
		CASE WHEN :mask.date OR :mask.minute THEN local_moment(
			CASE WHEN :mask.date THEN :slot.date::date ELSE old.date END,
			CASE WHEN :mask.minute THEN :slot.minute::integer ELSE old.minute END, place.time_zone) END AS new_time
	FROM slot AS old JOIN place USING (community_id)
	WHERE community_id = :community_id AND slot_id = :slot_id
), s AS (
	UPDATE slot
	SET date = CASE WHEN :mask.date THEN :slot.date::date ELSE date END,
	    minute = CASE WHEN :mask.minute THEN :slot.minute::integer ELSE minute END,
	    time_zone = CASE WHEN new_time IS NULL THEN time_zone ELSE zone_now END,
	    due_time = COALESCE(new_time, due_time),
	    awaited = awaited OR new_time IS NOT NULL,
	    kind = CASE WHEN :mask.kind THEN :slot.kind::text ELSE kind END,
	    topic = CASE WHEN :mask.topic THEN :slot.topic ELSE topic END,
	    title = CASE WHEN :mask.title THEN :slot.title ELSE title END,
	    owner_person_id = CASE WHEN :mask.owner_person_id THEN :slot.owner_person_id::uuid ELSE owner_person_id END,
	    version = version + 1
	FROM was
	WHERE slot.community_id = :community_id AND slot.slot_id = :slot_id
		AND (new_time IS NULL OR new_time > :now::timestamptz)
	RETURNING slot.*
), moved AS (
	UPDATE post AS m SET schedule_time = new_time, update_time = :now::timestamptz, version = m.version + 1
	FROM s, was
	WHERE m.community_id = s.community_id AND m.post_id = s.post_id AND m.state = 'SCHEDULED'
		AND m.schedule_time = former_time AND new_time <> former_time
)
SELECT {slot} FROM s {as_it_stands};

-- name: slot_delete   in: content.DeleteSlotRequest   out: none
DELETE FROM slot WHERE community_id = :community_id AND slot_id = :slot_id;

-- name: slot_fill   in: content.FillSlotRequest   out: none
UPDATE slot SET post_id = :post_id::uuid, version = version + 1
WHERE community_id = :community_id AND slot_id = :slot_id;

-- name: slot_clear   in: content.ClearSlotRequest   out: none
UPDATE slot SET post_id = NULL, version = version + 1
WHERE community_id = :community_id AND slot_id = :slot_id;

-- name: slot_skip   in: content.SkipSlotRequest   out: none
UPDATE slot SET skip_time = :now::timestamptz, skip_reason = :reason, skip_person_id = :caller_id::uuid, version = version + 1
WHERE community_id = :community_id AND slot_id = :slot_id;

-- name: slot_reopen   in: content.ReopenSlotRequest   out: none
UPDATE slot SET skip_time = NULL, skip_reason = '', skip_person_id = NULL, awaited = true, version = version + 1
WHERE community_id = :community_id AND slot_id = :slot_id;

-- Communities of which member has just told: where the zone is another, what is still to come comes at other moments.
-- name: slot_rezone   in: event.DeliverEventsRequest   out: none
WITH moved AS (
	SELECT s.community_id, s.slot_id, c.time_zone AS zone_now, s.due_time AS former_time,
		local_moment(s.date, s.minute, c.time_zone) AS new_time
	FROM replica_community AS c
	JOIN slot AS s ON s.community_id = c.community_id
	LEFT JOIN post AS p ON p.community_id = s.community_id AND p.post_id = s.post_id
	WHERE c.community_id = ANY (:events.community_id::uuid[]) AND s.time_zone <> c.time_zone
		AND p.was_published IS NOT TRUE
), changed AS (
	UPDATE slot AS s
	SET time_zone = zone_now, due_time = new_time, awaited = awaited OR new_time > :now::timestamptz, version = version + 1
	FROM moved AS m
	WHERE s.community_id = m.community_id AND s.slot_id = m.slot_id
	RETURNING s.community_id, s.post_id, former_time, new_time
)
UPDATE post AS p SET schedule_time = new_time, update_time = :now::timestamptz, version = p.version + 1
FROM changed AS s
WHERE p.community_id = s.community_id AND p.post_id = s.post_id AND p.state = 'SCHEDULED' AND p.schedule_time = former_time;

-- Slots whose moment has come: an alert for each that nothing comes of. Another replica's row is left to it. What is about
-- to be published is looked at when that is done.
-- name: slot_look_at_due   in: none   out: content.DueSlots
WITH due AS (
	SELECT s.community_id, s.slot_id, n.overdue
	FROM slot AS s {as_it_stands}
	WHERE s.awaited AND s.due_time <= :now::timestamptz AND (n.overdue OR n.state IN ('PUBLISHED', 'SKIPPED'))
	ORDER BY s.due_time LIMIT 100
	FOR NO KEY UPDATE OF s SKIP LOCKED
), seen AS (
	UPDATE slot AS s SET awaited = false
	FROM due AS d
	WHERE s.community_id = d.community_id AND s.slot_id = d.slot_id AND s.awaited
	RETURNING s.community_id, s.slot_id, s.due_time, d.overdue
), raised AS (
	INSERT INTO alert (community_id, kind, slot_id, due_time, create_time)
	SELECT community_id, 'SLOT_OVERDUE', slot_id, due_time, :now::timestamptz
	FROM seen
	WHERE overdue AND NOT EXISTS (SELECT FROM replica_community AS c
		WHERE c.community_id = seen.community_id AND c.state = 'ARCHIVED')
	ON CONFLICT (community_id, slot_id, due_time) WHERE kind = 'SLOT_OVERDUE' DO NOTHING
)
SELECT count(*) AS count FROM seen;

-- name: day_span   in: content.DaySpan   out: content.DaySpan
SELECT community_id, time_zone, COALESCE(:end_date::date, (:now::timestamptz AT TIME ZONE time_zone)::date) AS end_date,
	COALESCE(:start_date::date, COALESCE(:end_date::date, (:now::timestamptz AT TIME ZONE time_zone)::date) - 27) AS start_date
FROM replica_community WHERE community_id = :community_id;

-- What was planned for these days and what was said in them; the whole of it, and by kind, owner and week.
-- name: calendar_report   in: content.DaySpan   out: content.ReportGroups.groups
WITH planned AS (
	SELECT s.kind, s.owner_person_id, date_trunc('week', s.date)::date AS start_date,
		CASE WHEN n.overdue THEN 'OVERDUE' WHEN n.state = 'SKIPPED' THEN 'SKIPPED' WHEN n.state <> 'PUBLISHED' THEN 'UPCOMING'
			WHEN p.publish_time <= s.due_time + :tolerance_minutes::integer * interval '1 minute' THEN 'ON_TIME'
			ELSE 'LATE' END AS outcome
	FROM slot AS s {as_it_stands}
	WHERE s.community_id = :community_id AND s.date BETWEEN :start_date::date AND :end_date::date
), unplanned AS (
	SELECT kind, author_person_id AS owner_person_id,
		date_trunc('week', publish_time AT TIME ZONE :time_zone)::date AS start_date, 'UNPLANNED' AS outcome
	FROM post AS p
	WHERE p.community_id = :community_id AND p.state IN ('PUBLISHED', 'ARCHIVED')
		AND p.publish_time >= local_moment(:start_date::date, 0, :time_zone)
		AND p.publish_time < local_moment(:end_date::date + 1, 0, :time_zone)
		AND NOT EXISTS (SELECT FROM slot AS s WHERE s.community_id = p.community_id AND s.post_id = p.post_id)
)
SELECT CASE GROUPING(kind, owner_person_id, start_date) WHEN 7 THEN 'ALL' WHEN 3 THEN 'KIND' WHEN 5 THEN 'OWNER'
		ELSE 'WEEK' END AS "of",
	kind, owner_person_id, start_date,
	count(*) FILTER (WHERE outcome <> 'UNPLANNED') AS "counts.planned_count",
	count(*) FILTER (WHERE outcome = 'ON_TIME') AS "counts.on_time_count",
	count(*) FILTER (WHERE outcome = 'LATE') AS "counts.late_count",
	count(*) FILTER (WHERE outcome = 'SKIPPED') AS "counts.skipped_count",
	count(*) FILTER (WHERE outcome = 'OVERDUE') AS "counts.overdue_count",
	count(*) FILTER (WHERE outcome = 'UPCOMING') AS "counts.upcoming_count",
	count(*) FILTER (WHERE outcome = 'UNPLANNED') AS "counts.unplanned_count"
FROM (SELECT * FROM planned UNION ALL SELECT * FROM unplanned) AS fact
GROUP BY GROUPING SETS ((), (kind), (owner_person_id), (start_date))
HAVING GROUPING(kind, owner_person_id, start_date) <> 5 OR bool_or(outcome <> 'UNPLANNED')
ORDER BY kind, owner_person_id NULLS FIRST, start_date;
