-- Taking events to their consumers. A late row is one that a consumer did not take at once.

-- name: outbox_take   in: event.TakeOutboxRequest   out: event.TakeOutboxResponse.rows
SELECT sequence, write_time, event_id AS "event.event_id", community_id AS "event.community_id", type AS "event.type",
       occur_time AS "event.occur_time", person_id AS "event.person_id", subject_id AS "event.subject_id",
       parent_id AS "event.parent_id", other_person_id AS "event.other_person_id", state AS "event.state",
       version AS "event.version", membership_number AS "event.membership.number",
       membership_role AS "event.membership.role", membership_state AS "event.membership.state",
       membership_join_time AS "event.membership.join_time", membership_leave_time AS "event.membership.leave_time",
       membership_leave_reason AS "event.membership.leave_reason",
       membership_mute_until_time AS "event.membership.mute_until_time",
       community_time_zone AS "event.community.time_zone", community_state AS "event.community.state",
       community_create_time AS "event.community.create_time"
FROM outbox
ORDER BY sequence
LIMIT :max_rows;

-- name: outbox_settle   in: event.SettleOutboxRequest   out: none
WITH settled AS (
	DELETE FROM outbox o
	USING unnest(:rows.sequence::bigint[], :rows.event.community_id::uuid[]) AS r(sequence, community_id)
	WHERE o.sequence = r.sequence AND o.community_id = r.community_id
	RETURNING o.*
)
INSERT INTO outbox_late
SELECT c.consumer, settled.* FROM settled, unnest(:late_consumers::text[]) AS c(consumer);

-- name: late_take   in: event.TakeLateRequest   out: event.TakeOutboxResponse.rows
SELECT sequence, write_time, event_id AS "event.event_id", community_id AS "event.community_id", type AS "event.type",
       occur_time AS "event.occur_time", person_id AS "event.person_id", subject_id AS "event.subject_id",
       parent_id AS "event.parent_id", other_person_id AS "event.other_person_id", state AS "event.state",
       version AS "event.version", membership_number AS "event.membership.number",
       membership_role AS "event.membership.role", membership_state AS "event.membership.state",
       membership_join_time AS "event.membership.join_time", membership_leave_time AS "event.membership.leave_time",
       membership_leave_reason AS "event.membership.leave_reason",
       membership_mute_until_time AS "event.membership.mute_until_time",
       community_time_zone AS "event.community.time_zone", community_state AS "event.community.state",
       community_create_time AS "event.community.create_time"
FROM outbox_late
WHERE consumer = :consumer
ORDER BY sequence
LIMIT :max_rows;

-- name: late_settle   in: event.SettleLateRequest   out: none
DELETE FROM outbox_late o
USING unnest(:rows.sequence::bigint[], :rows.event.community_id::uuid[]) AS r(sequence, community_id)
WHERE o.consumer = :consumer AND o.sequence = r.sequence AND o.community_id = r.community_id;

-- name: late_bury   in: event.BuryLateRequest   out: none
WITH buried AS (
	DELETE FROM outbox_late
	WHERE consumer = :consumer AND sequence = :row.sequence AND community_id = :row.event.community_id
	RETURNING *
)
INSERT INTO outbox_dead
SELECT b.consumer, :error, now(), b.sequence, b.event_id, b.community_id, b.type, b.occur_time, b.person_id,
       b.subject_id, b.parent_id, b.other_person_id, b.state, b.version, b.membership_number, b.membership_role,
       b.membership_state, b.membership_join_time, b.membership_leave_time, b.membership_leave_reason,
       b.membership_mute_until_time, b.community_time_zone, b.community_state, b.community_create_time, b.write_time
FROM buried b;

-- Gives a consumer another chance with all that it refused.
-- name: dead_replay   in: event.ReplayDeadRequest   out: event.CountResponse
WITH raised AS (
	DELETE FROM outbox_dead WHERE consumer = :consumer RETURNING *
), late AS (
	INSERT INTO outbox_late
	SELECT r.consumer, r.sequence, r.event_id, r.community_id, r.type, r.occur_time, r.person_id, r.subject_id,
	       r.parent_id, r.other_person_id, r.state, r.version, r.membership_number, r.membership_role,
	       r.membership_state, r.membership_join_time, r.membership_leave_time, r.membership_leave_reason,
	       r.membership_mute_until_time, r.community_time_zone, r.community_state, r.community_create_time, r.write_time
	FROM raised r
)
SELECT count(*) AS count FROM raised;

-- Events a consumer has applied are remembered for as long as they might come again.
-- name: inbox_expire   in: event.ExpireRequest   out: event.CountResponse
WITH expired AS (
	DELETE FROM inbox WHERE event_id IN (
		SELECT event_id FROM inbox WHERE receive_time < :before_time ORDER BY receive_time LIMIT :max_rows)
	RETURNING 1
)
SELECT count(*) AS count FROM expired;
