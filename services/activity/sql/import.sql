-- Imports: one statement a batch. Rows whose counters move are locked in the order of their keys, so that two batches
-- wait for each other and never deadlock. generate_series gives each item its place, and the planner a thousand rows to
-- expect: without it he joins the batch with itself row by row.

-- name: import_events   in: activity.ImportEventsRequest   out: activity.ImportEventsResponse
WITH item AS (
	SELECT community_id, event_id, title, mode, start_time,
		COALESCE(end_time, start_time + interval '2 hours') AS end_time,
		COALESCE(create_time, start_time) AS create_time, state, yes, waitlist
	FROM ROWS FROM (
		unnest(:items.community_id::uuid[]), unnest(:items.event_id::uuid[]), unnest(:items.title::text[]),
		unnest(:items.mode::text[]), unnest(:items.start_time::timestamptz[]),
		unnest(:items.end_time::timestamptz[]), unnest(:items.create_time::timestamptz[]),
		unnest(:items.state::text[]), unnest(:items.reported_yes_count::integer[]),
		unnest(:items.reported_waitlist_count::integer[]),
		generate_series(1, cardinality(:items.community_id::uuid[])))
	AS item(community_id, event_id, title, mode, start_time, end_time, create_time, state, yes, waitlist, place)
), v AS (
	INSERT INTO event (community_id, event_id, title, description, mode, venue, url, start_time, end_time, time_zone,
		capacity, state, reported_yes_count, reported_waitlist_count, create_time, update_time)
	SELECT item.community_id, event_id, title, '', COALESCE(mode, 'ONLINE'), '', '', start_time, end_time,
		COALESCE(c.time_zone, 'UTC'), 0,
		COALESCE(item.state, CASE WHEN end_time <= :now THEN 'ENDED' WHEN start_time <= :now THEN 'RUNNING'
			ELSE 'PUBLISHED' END),
		yes, waitlist, item.create_time, item.create_time
	FROM item LEFT JOIN replica_community c USING (community_id)
	ORDER BY item.community_id, event_id
	ON CONFLICT (community_id, event_id) DO NOTHING
	RETURNING *
), e AS (
	INSERT INTO outbox (community_id, type, occur_time, subject_id, state, version)
	SELECT community_id, 'EVENT_CHANGED', create_time, event_id, state, version FROM v
), made AS (
	SELECT count(*)::int AS n FROM v
)
SELECT made.n AS created_count, (SELECT count(*)::int FROM item) - made.n AS unchanged_count FROM made;

-- A person's lines about an event become one registration. What is known already only learns that he was there.
-- name: import_attendances   in: activity.ImportAttendancesRequest   out: activity.ImportAttendancesResponse
WITH item AS (
	SELECT * FROM ROWS FROM (
		unnest(:items.community_id::uuid[]), unnest(:items.event_id::uuid[]),
		unnest(:items.person_id::uuid[]), unnest(:items.create_time::timestamptz[]),
		unnest(:items.rsvp::text[]), unnest(:items.attended::boolean[]),
		generate_series(1, cardinality(:items.community_id::uuid[])))
	AS item(community_id, event_id, person_id, at, rsvp, attended, place)
), target AS MATERIALIZED (
	SELECT community_id, event_id, last_waitlist_number
	FROM event
	WHERE (community_id, event_id) IN (SELECT community_id, event_id FROM item)
	ORDER BY community_id, event_id
	FOR NO KEY UPDATE
), known AS (
	SELECT community_id, event_id, person_id, min(at) AS register_time, min(at) FILTER (WHERE attended) AS attend_time,
		CASE WHEN bool_or(attended OR COALESCE(rsvp, 'YES') = 'YES') THEN 'GOING'
			WHEN bool_or(rsvp = 'WAITLIST') THEN 'WAITLISTED' ELSE 'CANCELLED' END AS state,
		min(last_waitlist_number) AS last_waitlist_number
	FROM item JOIN target USING (community_id, event_id)
	GROUP BY community_id, event_id, person_id
), old AS (
	SELECT r.*
	FROM registration r JOIN known USING (community_id, event_id, person_id)
), fresh AS (
	INSERT INTO registration (community_id, event_id, person_id, state, waitlist_number, register_time, update_time,
		attend_time)
	SELECT community_id, event_id, person_id, state,
		CASE WHEN state = 'WAITLISTED' THEN last_waitlist_number + row_number() OVER (
			PARTITION BY community_id, event_id ORDER BY register_time, person_id) END,
		register_time, COALESCE(attend_time, register_time), attend_time
	FROM known
	WHERE NOT EXISTS (SELECT FROM old WHERE old.community_id = known.community_id AND old.event_id = known.event_id
		AND old.person_id = known.person_id)
	ON CONFLICT DO NOTHING
	RETURNING *
), learned AS (
	UPDATE registration r
	SET attend_time = known.attend_time, state = 'GOING', waitlist_number = NULL, version = r.version + 1
	FROM known
	WHERE r.community_id = known.community_id AND r.event_id = known.event_id AND r.person_id = known.person_id
	  AND r.attend_time IS NULL AND known.attend_time IS NOT NULL
	RETURNING r.*
), n AS (
	SELECT community_id, event_id, sum(going) AS going, sum(waiting) AS waiting, sum(attended) AS attended,
		max(waitlist_number) AS waitlist_number
	FROM (
		SELECT community_id, event_id, (state = 'GOING')::int AS going, (state = 'WAITLISTED')::int AS waiting,
			(attend_time IS NOT NULL)::int AS attended, waitlist_number
		FROM fresh
		UNION ALL
		SELECT community_id, event_id, (old.state <> 'GOING')::int, -(old.state = 'WAITLISTED')::int, 1, NULL
		FROM learned JOIN old USING (community_id, event_id, person_id)
	) AS change
	GROUP BY community_id, event_id
), v AS (
	UPDATE event
	SET going_count = going_count + n.going, waitlist_count = waitlist_count + n.waiting,
	    attended_count = attended_count + n.attended,
	    last_waitlist_number = COALESCE(n.waitlist_number, last_waitlist_number)
	FROM n
	WHERE event.community_id = n.community_id AND event.event_id = n.event_id
), e AS (
	INSERT INTO outbox (community_id, type, occur_time, person_id, subject_id, parent_id, state, version)
	SELECT community_id, 'REGISTRATION_CHANGED', register_time, person_id, event_id, event_id, state, version
	FROM fresh
	UNION ALL
	SELECT community_id, 'ATTENDANCE_RECORDED', attend_time, person_id, event_id, event_id, 'ATTENDED', version
	FROM fresh WHERE attend_time IS NOT NULL
	UNION ALL
	SELECT community_id, 'ATTENDANCE_RECORDED', attend_time, person_id, event_id, event_id, 'ATTENDED', version
	FROM learned
), made AS (
	SELECT (SELECT count(*)::int FROM fresh) AS created, (SELECT count(*)::int FROM learned) AS updated
), unknown AS (
	SELECT COALESCE(array_agg((place - 1)::int ORDER BY place), '{}') AS places
	FROM item
	WHERE NOT EXISTS (SELECT FROM target t WHERE t.community_id = item.community_id AND t.event_id = item.event_id)
)
SELECT made.created AS created_count, made.updated AS updated_count,
	(SELECT count(*)::int FROM item) - made.created - made.updated - cardinality(unknown.places) AS unchanged_count,
	unknown.places AS unknown_items
FROM made, unknown;

-- Of several lines about an order the latest counts, in this batch and for ever.
-- name: import_orders   in: activity.ImportOrdersRequest   out: activity.ImportOrdersResponse
WITH item AS (
	SELECT * FROM ROWS FROM (
		unnest(:items.community_id::uuid[]), unnest(:items.order_id::uuid[]),
		unnest(:items.person_id::uuid[]), unnest(:items.amount::bigint[]), unnest(:items.currency::text[]),
		unnest(:items.state::text[]), unnest(:items.create_time::timestamptz[]),
		generate_series(1, cardinality(:items.community_id::uuid[])))
	AS item(community_id, order_id, person_id, amount, currency, state, at, place)
), latest AS (
	SELECT DISTINCT ON (community_id, order_id) *, min(at) OVER (PARTITION BY community_id, order_id) AS create_time
	FROM item
	ORDER BY community_id, order_id, at DESC
), o AS (
	INSERT INTO orders AS old (community_id, order_id, person_id, amount, currency, state, create_time, update_time)
	SELECT community_id, order_id, person_id, amount, currency, state, create_time, at
	FROM latest
	ORDER BY community_id, order_id
	ON CONFLICT (community_id, order_id) DO UPDATE
	SET state = EXCLUDED.state, amount = EXCLUDED.amount, update_time = EXCLUDED.update_time, version = old.version + 1
	WHERE old.update_time < EXCLUDED.update_time AND (old.state, old.amount) <> (EXCLUDED.state, EXCLUDED.amount)
	RETURNING *
), e AS (
	INSERT INTO outbox (community_id, type, occur_time, person_id, subject_id, state, version)
	SELECT community_id, 'ORDER_CHANGED', update_time, person_id, order_id, state, version FROM o
), made AS (
	SELECT count(*) FILTER (WHERE version = 1)::int AS created, count(*) FILTER (WHERE version > 1)::int AS updated
	FROM o
)
SELECT made.created AS created_count, made.updated AS updated_count,
	(SELECT count(*)::int FROM item) - made.created - made.updated AS unchanged_count
FROM made;
