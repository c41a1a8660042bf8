-- Reading, asking for and bringing up to date what member has decided.

-- fragment: membership_news
number = EXCLUDED.number, role = EXCLUDED.role, state = EXCLUDED.state, join_time = EXCLUDED.join_time,
	leave_time = EXCLUDED.leave_time, mute_until_time = EXCLUDED.mute_until_time, version = EXCLUDED.version,
	level = EXCLUDED.level, plan_id = EXCLUDED.plan_id, rules_version = EXCLUDED.rules_version

-- name: replica_membership   in: member.GetMembershipRequest   out: member.Membership
SELECT community_id, person_id, number, role, state, join_time, leave_time, mute_until_time, version, level, plan_id,
	rules_version
FROM replica_membership
WHERE community_id = :community_id AND person_id = :person_id;

-- name: replica_community   in: member.GetCommunityRequest   out: member.Community
SELECT community_id, time_zone, state, create_time, rules_version, type
FROM replica_community
WHERE community_id = :community_id;

-- What he acts with as an operator; nothing when no longer.
-- name: replica_duty   in: member.GetDutyRequest   out: member.Duty
SELECT community_id, person_id, NULLIF(role, '') AS role, version
FROM replica_duty
WHERE community_id = :community_id AND person_id = :person_id;

-- What member answered when asked. An event may have told something newer meanwhile.
-- name: replica_membership_store   in: member.Membership   out: none
INSERT INTO replica_membership (community_id, person_id, number, role, state, join_time, leave_time, mute_until_time, version,
	level, plan_id, rules_version)
VALUES (:community_id, :person_id, :number, :role, :state, :join_time, :leave_time, :mute_until_time, :version, :level,
	:plan_id, :rules_version)
ON CONFLICT (community_id, person_id) DO UPDATE
SET {membership_news}
WHERE replica_membership.version < EXCLUDED.version;

-- name: replica_duty_store   in: member.Duty   out: none
INSERT INTO replica_duty (community_id, person_id, role, version)
VALUES (:community_id, :person_id, COALESCE(:role::text, ''), :version)
ON CONFLICT (community_id, person_id) DO UPDATE SET role = EXCLUDED.role, version = EXCLUDED.version
WHERE replica_duty.version < EXCLUDED.version;

-- Version 0: whatever an event tells is newer, or the same.
-- name: replica_community_store   in: member.Community   out: none
INSERT INTO replica_community (community_id, time_zone, state, create_time, rules_version, type, version)
VALUES (:community_id, :time_zone, :state, :create_time, :rules_version, :type, 0)
ON CONFLICT (community_id) DO UPDATE SET type = EXCLUDED.type WHERE replica_community.type IS NULL;

-- Claims the events that are new and applies them; of one membership the highest version wins, in whatever order they
-- come. generate_series tells the planner to expect many rows, else he joins them with themselves row by row.
-- name: replica_apply   in: event.DeliverEventsRequest   out: event.DeliverEventsResponse
WITH sent AS (
	SELECT * FROM ROWS FROM (
		unnest(:events.event_id::uuid[]), unnest(:events.community_id::uuid[]), unnest(:events.type::text[]),
		unnest(:events.person_id::uuid[]), unnest(:events.version::bigint[]),
		unnest(:events.membership.number::bigint[]), unnest(:events.membership.role::text[]),
		unnest(:events.membership.state::text[]), unnest(:events.membership.join_time::timestamptz[]),
		unnest(:events.membership.leave_time::timestamptz[]),
		unnest(:events.membership.mute_until_time::timestamptz[]),
		unnest(:events.community.time_zone::text[]), unnest(:events.community.state::text[]),
		unnest(:events.community.create_time::timestamptz[]), unnest(:events.membership.level::integer[]),
		unnest(:events.membership.plan_id::uuid[]), unnest(:events.membership.rules_version::integer[]),
		unnest(:events.community.rules_version::integer[]), unnest(:events.state::text[]),
		unnest(:events.community.type::text[]), generate_series(1, cardinality(:events.event_id::uuid[])))
	AS sent(event_id, community_id, type, person_id, version, number, role, state, join_time, leave_time,
		mute_until_time, time_zone, community_state, create_time, level, plan_id, rules_version,
		community_rules_version, duty, community_type, place)
), fresh AS (
	INSERT INTO inbox (event_id, receive_time)
	SELECT DISTINCT event_id, :now::timestamptz FROM sent
	ON CONFLICT DO NOTHING
	RETURNING event_id
), told AS (
	SELECT sent.* FROM sent JOIN fresh USING (event_id)
), memberships AS (
	INSERT INTO replica_membership (community_id, person_id, number, role, state, join_time, leave_time,
		mute_until_time, version, level, plan_id, rules_version)
	SELECT DISTINCT ON (community_id, person_id) community_id, person_id, number, role, state, join_time,
		leave_time, mute_until_time, version, COALESCE(level, 0), plan_id, COALESCE(rules_version, 0)
	FROM told WHERE type = 'MEMBERSHIP_CHANGED'
	ORDER BY community_id, person_id, version DESC
	ON CONFLICT (community_id, person_id) DO UPDATE
	SET {membership_news}
	WHERE replica_membership.version < EXCLUDED.version
), communities AS (
	INSERT INTO replica_community AS known (community_id, time_zone, state, create_time, version, rules_version, type)
	SELECT DISTINCT ON (community_id) community_id, time_zone, community_state, create_time, version,
		COALESCE(community_rules_version, 0), NULLIF(community_type, '')
	FROM told WHERE type = 'COMMUNITY_CHANGED'
	ORDER BY community_id, version DESC
	ON CONFLICT (community_id) DO UPDATE
	SET time_zone = EXCLUDED.time_zone, state = EXCLUDED.state, create_time = EXCLUDED.create_time,
	    version = EXCLUDED.version, rules_version = EXCLUDED.rules_version, type = COALESCE(EXCLUDED.type, known.type)
	WHERE known.version < EXCLUDED.version
), duties AS (
	INSERT INTO replica_duty (community_id, person_id, role, version)
	SELECT DISTINCT ON (community_id, person_id) community_id, person_id, COALESCE(duty, ''), version
	FROM told WHERE type = 'DUTY_CHANGED'
	ORDER BY community_id, person_id, version DESC
	ON CONFLICT (community_id, person_id) DO UPDATE
	SET role = EXCLUDED.role, version = EXCLUDED.version
	WHERE replica_duty.version < EXCLUDED.version
)
SELECT count(*)::int AS applied_count FROM fresh;
