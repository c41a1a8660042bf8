-- Events.

-- name: event_create   in: activity.CreateEventRequest   out: activity.Event
WITH v AS (
	INSERT INTO event (community_id, event_id, host_person_id, title, description, mode, venue, url, start_time,
		end_time, time_zone, capacity, state, create_time, update_time)
	SELECT community_id, :new_id::uuid, COALESCE(:event.host_person_id::uuid, :caller_id::uuid), :event.title,
		:event.description, COALESCE(:event.mode::text, 'ONLINE'), :event.venue, :event.url,
		:event.start_time, :event.end_time, time_zone, :event.capacity, COALESCE(:event.state::text, 'DRAFT'),
		:now::timestamptz, :now::timestamptz
	FROM replica_community
	WHERE community_id = :community_id AND state <> 'ARCHIVED'
	RETURNING *
), e AS (
	INSERT INTO outbox (community_id, type, occur_time, person_id, subject_id, state, version)
	SELECT community_id, 'EVENT_CHANGED', update_time, host_person_id, event_id, state, version FROM v
)
SELECT community_id, event_id, host_person_id, title, description, mode, venue, url, start_time, end_time, time_zone,
	capacity, state, going_count, waitlist_count, attended_count, reported_yes_count, reported_waitlist_count,
	create_time, update_time, version::text AS etag
FROM v;

-- Drafts are for moderators.
-- name: event_get   in: activity.GetEventRequest   out: activity.Event
SELECT v.community_id, v.event_id, v.host_person_id, v.title, v.description, v.mode, v.venue, v.url, v.start_time,
	v.end_time, v.time_zone, v.capacity, v.state, v.going_count, v.waitlist_count, v.attended_count,
	v.reported_yes_count, v.reported_waitlist_count, v.create_time, v.update_time, v.version::text AS etag
FROM event v
WHERE v.community_id = :community_id AND v.event_id = :event_id
  AND (v.state <> 'DRAFT' OR :caller_id::uuid IS NULL OR EXISTS (
	SELECT FROM replica_acting
	WHERE community_id = :community_id AND person_id = :caller_id AND role IN ('MODERATOR', 'ADMIN', 'OWNER')));

-- name: event_list   in: activity.ListEventsRequest   out: activity.ListEventsResponse.events   page: start_time, event_id
SELECT v.community_id, v.event_id, v.host_person_id, v.title, v.description, v.mode, v.venue, v.url, v.start_time,
	v.end_time, v.time_zone, v.capacity, v.state, v.going_count, v.waitlist_count, v.attended_count,
	v.reported_yes_count, v.reported_waitlist_count, v.create_time, v.update_time, v.version::text AS etag
FROM event v
WHERE v.community_id = :community_id
  AND v.state = COALESCE(:state::text, v.state)
  AND v.start_time >= COALESCE(:start_from::timestamptz, '-infinity')
  AND v.start_time < COALESCE(:start_before::timestamptz, 'infinity')
  AND (v.start_time, v.event_id) > (COALESCE(:after.start_time::timestamptz, '-infinity'),
	COALESCE(:after.event_id::uuid, '00000000-0000-0000-0000-000000000000'))
  AND (v.state <> 'DRAFT' OR :caller_id::uuid IS NULL OR EXISTS (
	SELECT FROM replica_acting
	WHERE community_id = :community_id AND person_id = :caller_id AND role IN ('MODERATOR', 'ADMIN', 'OWNER')))
ORDER BY v.start_time, v.event_id
LIMIT :limit;

-- Every change of an event or of its registrations begins with this one: what follows sees all that was decided before.
-- name: event_lock   in: activity.GetEventRequest   out: activity.Event
SELECT community_id, event_id, host_person_id, title, description, mode, venue, url, start_time, end_time, time_zone,
	capacity, state, going_count, waitlist_count, attended_count, reported_yes_count, reported_waitlist_count,
	create_time, update_time, version::text AS etag
FROM event
WHERE community_id = :community_id AND event_id = :event_id
FOR NO KEY UPDATE;

-- The seats that a greater capacity brings go to who waits, the first first.
-- name: event_update   in: activity.UpdateEventRequest   out: activity.Event
WITH room AS (
	SELECT CASE WHEN NOT :mask.capacity THEN 0
		WHEN :event.capacity::integer = 0 THEN waitlist_count
		ELSE greatest(0, least(waitlist_count, :event.capacity::integer - going_count)) END AS seats
	FROM event
	WHERE community_id = :community_id AND event_id = :event_id
), next AS (
	SELECT person_id
	FROM registration
	WHERE community_id = :community_id AND event_id = :event_id AND state = 'WAITLISTED'
	ORDER BY waitlist_number
	LIMIT (SELECT seats FROM room)
), promoted AS (
	UPDATE registration r
	SET state = 'GOING', waitlist_number = NULL, update_time = :now, version = r.version + 1
	FROM next
	WHERE r.community_id = :community_id AND r.event_id = :event_id AND r.person_id = next.person_id
	RETURNING r.*
), v AS (
	UPDATE event
	SET title = CASE WHEN :mask.title THEN :event.title ELSE title END,
	    description = CASE WHEN :mask.description THEN :event.description ELSE description END,
	    mode = CASE WHEN :mask.mode THEN COALESCE(:event.mode::text, 'ONLINE') ELSE mode END,
	    venue = CASE WHEN :mask.venue THEN :event.venue ELSE venue END,
	    url = CASE WHEN :mask.url THEN :event.url ELSE url END,
	    start_time = CASE WHEN :mask.start_time THEN :event.start_time ELSE start_time END,
	    end_time = CASE WHEN :mask.end_time THEN :event.end_time ELSE end_time END,
	    capacity = CASE WHEN :mask.capacity THEN :event.capacity ELSE capacity END,
	    host_person_id = CASE WHEN :mask.host_person_id THEN :event.host_person_id ELSE host_person_id END,
	    going_count = going_count + (SELECT count(*) FROM promoted),
	    waitlist_count = waitlist_count - (SELECT count(*) FROM promoted),
	    update_time = :now,
	    version = version + 1
	WHERE community_id = :community_id AND event_id = :event_id
	RETURNING *
), e AS (
	INSERT INTO outbox (community_id, type, occur_time, person_id, subject_id, parent_id, state, version)
	SELECT community_id, 'EVENT_CHANGED', update_time, host_person_id, event_id, NULL, state, version FROM v
	UNION ALL
	SELECT community_id, 'REGISTRATION_CHANGED', update_time, person_id, event_id, event_id, state, version
	FROM promoted
)
SELECT community_id, event_id, host_person_id, title, description, mode, venue, url, start_time, end_time, time_zone,
	capacity, state, going_count, waitlist_count, attended_count, reported_yes_count, reported_waitlist_count,
	create_time, update_time, version::text AS etag
FROM v;

-- To the state given; whether the step is allowed was decided under the lock.
-- name: event_move   in: activity.Event   out: activity.Event
WITH v AS (
	UPDATE event
	SET state = :state, update_time = :now, version = version + 1
	WHERE community_id = :community_id AND event_id = :event_id
	RETURNING *
), e AS (
	INSERT INTO outbox (community_id, type, occur_time, person_id, subject_id, state, version)
	SELECT community_id, 'EVENT_CHANGED', update_time, host_person_id, event_id, state, version FROM v
)
SELECT community_id, event_id, host_person_id, title, description, mode, venue, url, start_time, end_time, time_zone,
	capacity, state, going_count, waitlist_count, attended_count, reported_yes_count, reported_waitlist_count,
	create_time, update_time, version::text AS etag
FROM v;

-- What the clock does to events. Replicas may do it at the same time: who comes second finds the state changed.
-- name: event_start   in: none   out: activity.ListEventsResponse.events
WITH due AS (
	SELECT community_id, event_id
	FROM event
	WHERE state IN ('PUBLISHED', 'OPEN') AND start_time <= :now
	ORDER BY start_time
	LIMIT 500
), v AS (
	UPDATE event
	SET state = CASE WHEN end_time <= :now THEN 'ENDED' ELSE 'RUNNING' END, update_time = :now, version = version + 1
	FROM due
	WHERE event.community_id = due.community_id AND event.event_id = due.event_id
	  AND event.state IN ('PUBLISHED', 'OPEN')
	RETURNING event.*
), e AS (
	INSERT INTO outbox (community_id, type, occur_time, person_id, subject_id, state, version)
	SELECT community_id, 'EVENT_CHANGED', update_time, host_person_id, event_id, state, version FROM v
)
SELECT community_id, event_id FROM v;

-- name: event_end   in: none   out: activity.ListEventsResponse.events
WITH due AS (
	SELECT community_id, event_id
	FROM event
	WHERE state = 'RUNNING' AND end_time <= :now
	ORDER BY end_time
	LIMIT 500
), v AS (
	UPDATE event
	SET state = 'ENDED', update_time = :now, version = version + 1
	FROM due
	WHERE event.community_id = due.community_id AND event.event_id = due.event_id AND event.state = 'RUNNING'
	RETURNING event.*
), e AS (
	INSERT INTO outbox (community_id, type, occur_time, person_id, subject_id, state, version)
	SELECT community_id, 'EVENT_CHANGED', update_time, host_person_id, event_id, state, version FROM v
)
SELECT community_id, event_id FROM v;

-- name: activity_summary   in: activity.GetActivitySummaryRequest   out: activity.ActivitySummary
WITH count AS (
	SELECT count(*) FILTER (WHERE state IN ('PUBLISHED', 'OPEN')) AS upcoming,
		count(*) FILTER (WHERE state = 'RUNNING') AS running,
		count(*) FILTER (WHERE state = 'ENDED') AS ended
	FROM event
	WHERE community_id = :community_id
), next AS (
	SELECT *
	FROM event
	WHERE community_id = :community_id AND state IN ('PUBLISHED', 'OPEN') AND start_time >= :now
	ORDER BY start_time, event_id
	LIMIT 1
), last AS (
	SELECT *
	FROM event
	WHERE community_id = :community_id AND state = 'ENDED'
	ORDER BY start_time DESC, event_id DESC
	LIMIT 1
)
SELECT :community_id::uuid AS community_id, count.upcoming::int AS upcoming_event_count,
	count.running::int AS running_event_count, count.ended::int AS ended_event_count,
	next.event_id AS next_event_id, next.title AS next_event_title, next.start_time AS next_start_time,
	next.going_count AS next_going_count, last.event_id AS last_event_id, last.title AS last_event_title,
	last.start_time AS last_start_time, last.going_count AS last_going_count,
	last.attended_count AS last_attended_count, last.reported_yes_count AS last_reported_yes_count
FROM count LEFT JOIN next ON true LEFT JOIN last ON true;
