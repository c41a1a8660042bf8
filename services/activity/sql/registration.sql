-- Registrations. Each change follows event_lock in its transaction, so the event's counters are what they say.

-- A seat while there is one and nobody waits, else the last place of the waitlist. Who is registered stays as he is.
-- name: registration_create   in: activity.RegisterForEventRequest   out: activity.Registration
WITH v AS (
	SELECT community_id, event_id, last_waitlist_number + 1 AS next_number,
		capacity = 0 OR (going_count < capacity AND waitlist_count = 0) AS has_seat
	FROM event
	WHERE community_id = :community_id AND event_id = :event_id
), m AS (
	SELECT person_id
	FROM replica_present
	WHERE community_id = :community_id AND person_id = COALESCE(:person_id::uuid, :caller_id::uuid)
), r AS (
	INSERT INTO registration AS old (community_id, event_id, person_id, state, waitlist_number, register_time, update_time)
	SELECT v.community_id, v.event_id, m.person_id, CASE WHEN has_seat THEN 'GOING' ELSE 'WAITLISTED' END,
		CASE WHEN has_seat THEN NULL ELSE next_number END, :now::timestamptz, :now::timestamptz
	FROM v, m
	ON CONFLICT (community_id, event_id, person_id) DO UPDATE
	SET state = EXCLUDED.state, waitlist_number = EXCLUDED.waitlist_number, register_time = EXCLUDED.register_time,
	    update_time = EXCLUDED.update_time, version = old.version + 1
	WHERE old.state = 'CANCELLED'
	RETURNING *
), n AS (
	UPDATE event
	SET going_count = going_count + (r.state = 'GOING')::int,
	    waitlist_count = waitlist_count + (r.state = 'WAITLISTED')::int,
	    last_waitlist_number = COALESCE(r.waitlist_number, last_waitlist_number)
	FROM r
	WHERE event.community_id = r.community_id AND event.event_id = r.event_id
	RETURNING event.waitlist_count
), e AS (
	INSERT INTO outbox (community_id, type, occur_time, person_id, subject_id, parent_id, state, version)
	SELECT community_id, 'REGISTRATION_CHANGED', update_time, person_id, event_id, event_id, state, version FROM r
)
SELECT r.community_id, r.event_id, r.person_id, r.state,
	CASE WHEN r.state = 'WAITLISTED' THEN n.waitlist_count ELSE 0 END AS waitlist_position,
	r.register_time, r.update_time, r.attend_time
FROM r, n
UNION ALL
SELECT g.community_id, g.event_id, g.person_id, g.state,
	(SELECT count(*)::int FROM registration w
	 WHERE w.community_id = g.community_id AND w.event_id = g.event_id AND w.state = 'WAITLISTED'
	   AND w.waitlist_number <= g.waitlist_number),
	g.register_time, g.update_time, g.attend_time
FROM registration g, m
WHERE g.community_id = :community_id AND g.event_id = :event_id AND g.person_id = m.person_id
  AND g.state <> 'CANCELLED';

-- name: registration_get   in: activity.GetRegistrationRequest   out: activity.Registration
SELECT r.community_id, r.event_id, r.person_id, r.state,
	(SELECT count(*)::int FROM registration w
	 WHERE w.community_id = r.community_id AND w.event_id = r.event_id AND w.state = 'WAITLISTED'
	   AND w.waitlist_number <= r.waitlist_number) AS waitlist_position,
	r.register_time, r.update_time, r.attend_time
FROM registration r
WHERE r.community_id = :community_id AND r.event_id = :event_id AND r.person_id = :person_id;

-- name: registration_list   in: activity.ListRegistrationsRequest   out: activity.ListRegistrationsResponse.registrations   page: register_time, person_id
SELECT r.community_id, r.event_id, r.person_id, r.state,
	(SELECT count(*)::int FROM registration w
	 WHERE w.community_id = r.community_id AND w.event_id = r.event_id AND w.state = 'WAITLISTED'
	   AND w.waitlist_number <= r.waitlist_number) AS waitlist_position,
	r.register_time, r.update_time, r.attend_time
FROM registration r
WHERE r.community_id = :community_id AND r.event_id = :event_id AND r.state = COALESCE(:state::text, r.state)
  AND (r.register_time, r.person_id) > (COALESCE(:after.register_time::timestamptz, '-infinity'),
	COALESCE(:after.person_id::uuid, '00000000-0000-0000-0000-000000000000'))
ORDER BY r.register_time, r.person_id
LIMIT :limit;

-- A seat given up goes to the first who waits. Who was there cannot give it up any more.
-- name: registration_cancel   in: activity.CancelRegistrationRequest   out: activity.Registration
WITH was AS (
	SELECT state
	FROM registration
	WHERE community_id = :community_id AND event_id = :event_id AND person_id = :person_id
), r AS (
	UPDATE registration
	SET state = 'CANCELLED', waitlist_number = NULL, update_time = :now, version = version + 1
	WHERE community_id = :community_id AND event_id = :event_id AND person_id = :person_id AND state <> 'CANCELLED'
	  AND attend_time IS NULL
	RETURNING *
), next AS (
	SELECT w.person_id
	FROM registration w
	WHERE w.community_id = :community_id AND w.event_id = :event_id AND w.state = 'WAITLISTED'
	  AND (SELECT state FROM was) = 'GOING' AND EXISTS (SELECT FROM r)
	ORDER BY w.waitlist_number
	LIMIT 1
), promoted AS (
	UPDATE registration w
	SET state = 'GOING', waitlist_number = NULL, update_time = :now, version = w.version + 1
	FROM next
	WHERE w.community_id = :community_id AND w.event_id = :event_id AND w.person_id = next.person_id
	RETURNING w.*
), n AS (
	UPDATE event
	SET going_count = going_count - (was.state = 'GOING')::int + (SELECT count(*) FROM promoted),
	    waitlist_count = waitlist_count - (was.state = 'WAITLISTED')::int - (SELECT count(*) FROM promoted)
	FROM was, r
	WHERE event.community_id = r.community_id AND event.event_id = r.event_id
), e AS (
	INSERT INTO outbox (community_id, type, occur_time, person_id, subject_id, parent_id, state, version)
	SELECT community_id, 'REGISTRATION_CHANGED', update_time, person_id, event_id, event_id, state, version FROM r
	UNION ALL
	SELECT community_id, 'REGISTRATION_CHANGED', update_time, person_id, event_id, event_id, state, version
	FROM promoted
)
SELECT community_id, event_id, person_id, state, register_time, update_time, attend_time FROM r
UNION ALL
SELECT community_id, event_id, person_id, state, register_time, update_time, attend_time
FROM registration
WHERE community_id = :community_id AND event_id = :event_id AND person_id = :person_id AND state = 'CANCELLED';

-- Checked in already, it answers as it is.
-- name: registration_check_in   in: activity.CheckInRequest   out: activity.Registration
WITH r AS (
	UPDATE registration
	SET attend_time = :now, update_time = :now, version = version + 1
	WHERE community_id = :community_id AND event_id = :event_id AND person_id = :person_id AND state = 'GOING'
	  AND attend_time IS NULL
	RETURNING *
), n AS (
	UPDATE event
	SET attended_count = attended_count + 1
	FROM r
	WHERE event.community_id = r.community_id AND event.event_id = r.event_id
), e AS (
	INSERT INTO outbox (community_id, type, occur_time, person_id, subject_id, parent_id, state, version)
	SELECT community_id, 'ATTENDANCE_RECORDED', attend_time, person_id, event_id, event_id, 'ATTENDED', version FROM r
)
SELECT community_id, event_id, person_id, state, register_time, update_time, attend_time FROM r
UNION ALL
SELECT community_id, event_id, person_id, state, register_time, update_time, attend_time
FROM registration
WHERE community_id = :community_id AND event_id = :event_id AND person_id = :person_id AND attend_time IS NOT NULL;
