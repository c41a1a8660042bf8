-- Taking events to their consumers. A late row is one that a consumer did not take at once.

-- A row of the outbox, as it moves to those who take it late.
-- fragment: outbox_row
sequence, event_id, community_id, type, occur_time, person_id, subject_id, parent_id, other_person_id, state, version,
       membership_number, membership_role, membership_state, membership_join_time, membership_leave_time,
       membership_leave_reason, membership_mute_until_time, community_time_zone, community_state, community_create_time,
       write_time, membership_level, membership_plan_id, membership_rules_version, community_rules_version, topic, kind,
       activity_date, words, community_type, place, activity_count

-- The same as a message.
-- fragment: outbox_event
sequence, write_time, event_id AS "event.event_id", community_id AS "event.community_id", type AS "event.type",
       occur_time AS "event.occur_time", person_id AS "event.person_id", subject_id AS "event.subject_id",
       parent_id AS "event.parent_id", other_person_id AS "event.other_person_id", state AS "event.state",
       version AS "event.version", membership_number AS "event.membership.number",
       membership_role AS "event.membership.role", membership_state AS "event.membership.state",
       membership_join_time AS "event.membership.join_time", membership_leave_time AS "event.membership.leave_time",
       membership_leave_reason AS "event.membership.leave_reason",
       membership_mute_until_time AS "event.membership.mute_until_time",
       community_time_zone AS "event.community.time_zone", community_state AS "event.community.state",
       community_create_time AS "event.community.create_time",
       membership_level AS "event.membership.level", membership_plan_id AS "event.membership.plan_id",
       membership_rules_version AS "event.membership.rules_version",
       community_rules_version AS "event.community.rules_version", topic AS "event.topic", kind AS "event.kind",
       activity_date AS "event.date", words AS "event.words", community_type AS "event.community.type", place AS "event.place",
       activity_count AS "event.count"

-- name: outbox_take   in: event.TakeOutboxRequest   out: event.TakeOutboxResponse.rows
SELECT {outbox_event}
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
INSERT INTO outbox_late (consumer, {outbox_row})
SELECT consumer, {outbox_row} FROM settled, unnest(:late_consumers::text[]) AS c(consumer);

-- name: late_take   in: event.TakeLateRequest   out: event.TakeOutboxResponse.rows
SELECT {outbox_event}
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
INSERT INTO outbox_dead (consumer, error, dead_time, {outbox_row})
SELECT consumer, :error, now(), {outbox_row}
FROM buried;

-- Gives a consumer another chance with all that it refused.
-- name: dead_replay   in: event.ReplayDeadRequest   out: event.CountResponse
WITH raised AS (
	DELETE FROM outbox_dead WHERE consumer = :consumer RETURNING *
), late AS (
	INSERT INTO outbox_late (consumer, {outbox_row})
	SELECT consumer, {outbox_row} FROM raised
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
