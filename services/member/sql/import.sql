-- Imports: each deed is one statement, however many items it has.

-- The communities that items speak of, locked in one order for all importers. One that is missing does not come back.
-- name: import_lock   in: member.CommunityLock   out: member.CommunityLock.locked
SELECT community_id FROM community WHERE community_id = ANY (:community_ids::uuid[])
ORDER BY community_id FOR NO KEY UPDATE;

-- Who of those that items make members is somebody else; the others are kept from becoming so. Who is a member already has
-- a row that a merge would find.
-- name: import_persons   in: member.MergedPersons   out: member.MergedPersons.merged
WITH taken AS (
	SELECT person_id, merged_into_person_id FROM person
	WHERE person_id IN (
		SELECT i.person_id FROM unnest(:person_ids::uuid[], :community_ids::uuid[]) AS i (person_id, community_id)
		WHERE NOT EXISTS (
			SELECT FROM membership AS m
			WHERE m.community_id = i.community_id AND m.person_id = i.person_id AND m.state <> 'MERGED'))
	ORDER BY person_id FOR SHARE
)
SELECT person_id, merged_into_person_id FROM taken WHERE merged_into_person_id IS NOT NULL ORDER BY person_id;

-- name: import_communities   in: member.ImportCommunitiesRequest   out: member.ImportCommunitiesResponse
WITH item AS (
	SELECT DISTINCT ON (community_id) *
	FROM unnest(:items.community_id::uuid[], :items.external_id::text[], :items.name::text[], :items.kind::text[],
		:items.time_zone::text[], :items.create_time::timestamptz[], :items.join_mode::text[],
		:items.reported_member_count::bigint[]) WITH ORDINALITY
		AS i (community_id, external_id, name, kind, time_zone, create_time, join_mode, reported_member_count, place)
	ORDER BY community_id, place DESC
), wanted AS (
	SELECT i.community_id, i.external_id,
		COALESCE(NULLIF(i.name, ''), c.name, i.external_id) AS name,
		COALESCE(i.kind, c.type, 'INTEREST') AS type,
		COALESCE(NULLIF(i.time_zone, ''), c.time_zone, 'UTC') AS time_zone,
		COALESCE(i.create_time, c.create_time, :now) AS create_time,
		COALESCE(i.join_mode, c.join_mode, 'OPEN') AS join_mode,
		COALESCE(NULLIF(i.reported_member_count, 0), c.reported_member_count, 0) AS reported_member_count
	FROM item AS i LEFT JOIN community AS c USING (community_id)
), written AS (
	INSERT INTO community AS c (community_id, external_id, name, type, time_zone, join_mode, reported_member_count,
		create_time, update_time)
	SELECT community_id, external_id, name, type, time_zone, join_mode, reported_member_count, create_time, :now
	FROM wanted ORDER BY community_id
	ON CONFLICT (community_id) DO UPDATE SET
		name = EXCLUDED.name, type = EXCLUDED.type, time_zone = EXCLUDED.time_zone,
		join_mode = EXCLUDED.join_mode, reported_member_count = EXCLUDED.reported_member_count,
		create_time = EXCLUDED.create_time, update_time = EXCLUDED.update_time, version = c.version + 1
	WHERE (c.name, c.type, c.time_zone, c.join_mode, c.reported_member_count, c.create_time)
		IS DISTINCT FROM (EXCLUDED.name, EXCLUDED.type, EXCLUDED.time_zone, EXCLUDED.join_mode,
			EXCLUDED.reported_member_count, EXCLUDED.create_time)
	RETURNING *
), renewed AS (
	-- The index of facets has the old zone's days.
	INSERT INTO facet_index AS i (community_id, renew_after_number)
	SELECT community_id, 0 FROM written AS c JOIN community AS old USING (community_id) WHERE c.time_zone <> old.time_zone
	ON CONFLICT (community_id) DO UPDATE SET renew_after_number = 0
), told AS (
	INSERT INTO outbox (community_id, type, occur_time, version, community_time_zone, community_state,
		community_create_time, community_rules_version, community_type)
	SELECT community_id, 'COMMUNITY_CHANGED', CASE version WHEN 1 THEN create_time ELSE update_time END, version,
		time_zone, state, create_time, rules_version, type
	FROM written
)
SELECT count(*) FILTER (WHERE version = 1) AS created_count, count(*) FILTER (WHERE version > 1) AS changed_count,
	(SELECT count(*) FROM item) - count(*) AS unchanged_count
FROM written;

-- The rules, a membership at a time:
--   What explicit items say counts, the last one of several; implicit ones only tell when somebody was seen.
--   A join time that was said stays; one that is implied becomes the earliest time seen.
--   An owner stays owner and active. Who claims to be owner where there is one, or comes second, is an ADMIN.
--   Who was put out stays out; who left comes back when he is said to have joined after he left.
--   Of who was erased nothing is taken in: what is said of him counts as unchanged.
-- name: import_memberships   in: member.ImportMembershipsRequest   out: member.ImportMembershipsResponse
WITH item AS (
	SELECT DISTINCT ON (community_id, person_id) *,
		NOT implicit AND join_time IS NOT NULL AS join_time_said,
		min(join_time) FILTER (WHERE implicit) OVER (PARTITION BY community_id, person_id) AS seen_time
	FROM unnest(:items.community_id::uuid[], :items.person_id::uuid[], :items.person_external_id::text[],
		:items.role::text[], :items.join_time::timestamptz[], :items.leave_time::timestamptz[],
		:items.leave_reason::text[], :items.implicit::boolean[]) WITH ORDINALITY
		AS i (community_id, person_id, person_external_id, role, join_time, leave_time, leave_reason, implicit, place)
	ORDER BY community_id, person_id, implicit, place DESC
), met AS (
	SELECT i.community_id, i.person_id, i.person_external_id, i.place,
		m.person_id IS NULL AS created, m.number AS old_number, m.role AS old_role, m.state AS old_state,
		m.join_time AS old_join_time, m.join_time_implied AS old_implied, m.leave_time AS old_leave_time,
		m.leave_reason AS old_leave_reason, COALESCE(m.version, 0) + 1 AS version,
		CASE WHEN i.implicit OR i.role IS NULL THEN COALESCE(m.role, 'MEMBER') ELSE i.role END AS said_role,
		CASE WHEN i.join_time_said THEN i.join_time
			WHEN NOT m.join_time_implied THEN m.join_time
			ELSE COALESCE(LEAST(m.join_time, i.seen_time), i.leave_time, :now) END AS join_time,
		NOT i.join_time_said AND COALESCE(m.join_time_implied, true) AS implied,
		CASE WHEN m.role = 'OWNER' THEN 'ACTIVE'
			WHEN m.state IN ('REMOVED', 'BANNED') THEN m.state
			WHEN NOT i.implicit AND i.leave_time IS NOT NULL THEN 'LEFT'
			WHEN i.join_time_said AND i.join_time > m.leave_time THEN 'ACTIVE'
			ELSE COALESCE(m.state, 'ACTIVE') END AS state,
		CASE WHEN i.implicit THEN m.leave_time ELSE COALESCE(i.leave_time, m.leave_time) END AS leave_time,
		CASE WHEN i.implicit OR i.leave_time IS NULL THEN COALESCE(m.leave_reason, '') ELSE i.leave_reason END
			AS leave_reason,
		c.last_number, c.owner_person_id
	FROM item AS i
	JOIN community AS c USING (community_id)
	LEFT JOIN membership AS m USING (community_id, person_id)
	WHERE NOT EXISTS (SELECT FROM person AS p WHERE p.person_id = i.person_id AND p.state = 'ERASED')
), wanted AS (
	SELECT community_id, person_id, person_external_id, created, old_role, old_state, version, state, implied, join_time,
		CASE WHEN created THEN last_number + row_number() OVER (
			PARTITION BY community_id, created ORDER BY join_time, place) ELSE old_number END AS number,
		CASE WHEN old_role = 'OWNER' THEN 'OWNER'
			WHEN state <> 'ACTIVE' THEN 'MEMBER'
			WHEN said_role <> 'OWNER' THEN said_role
			WHEN owner_person_id IS NULL AND 1 = row_number() OVER (
				PARTITION BY community_id, state = 'ACTIVE' AND said_role = 'OWNER' ORDER BY place) THEN 'OWNER'
			ELSE 'ADMIN' END AS role,
		CASE WHEN state <> 'ACTIVE' THEN CASE WHEN state = old_state AND state <> 'LEFT'
			THEN old_leave_time ELSE leave_time END END AS leave_time,
		CASE WHEN state <> 'ACTIVE' THEN CASE WHEN state = old_state AND state <> 'LEFT'
			THEN old_leave_reason ELSE leave_reason END ELSE '' END AS leave_reason,
		old_join_time, old_implied, old_leave_time, old_leave_reason
	FROM met
), changed AS (
	SELECT * FROM wanted
	WHERE created OR (role, state, join_time, implied, leave_time, leave_reason)
		IS DISTINCT FROM (old_role, old_state, old_join_time, old_implied, old_leave_time, old_leave_reason)
), left_behind AS (
	{keep_stay} JOIN changed USING (community_id, person_id)
	WHERE changed.old_state <> 'ACTIVE' AND changed.state = 'ACTIVE'
), persons AS (
	INSERT INTO person (person_id, external_id, create_time, update_time)
	SELECT DISTINCT ON (person_id) person_id, person_external_id, :now, :now FROM changed WHERE created
	ORDER BY person_id, person_external_id DESC
	ON CONFLICT DO NOTHING
	RETURNING person_id
), written AS (
	INSERT INTO membership (community_id, person_id, number, role, state, join_time, join_time_implied, leave_time,
		leave_reason, version)
	SELECT community_id, person_id, number, role, state, join_time, implied, leave_time, leave_reason, version
	FROM changed
	ON CONFLICT (community_id, person_id) DO UPDATE SET
		role = EXCLUDED.role, state = EXCLUDED.state, join_time = EXCLUDED.join_time,
		join_time_implied = EXCLUDED.join_time_implied, leave_time = EXCLUDED.leave_time,
		leave_reason = EXCLUDED.leave_reason, version = EXCLUDED.version
	RETURNING *
), counted AS (
	UPDATE community SET
		last_number = last_number + difference.numbers,
		member_count = member_count + difference.members,
		owner_person_id = COALESCE(difference.owner, owner_person_id)
	FROM (
		SELECT community_id, count(*) FILTER (WHERE created) AS numbers,
			count(*) FILTER (WHERE state = 'ACTIVE')
				- count(*) FILTER (WHERE old_state = 'ACTIVE') AS members,
			(array_agg(person_id) FILTER (WHERE role = 'OWNER'))[1] AS owner
		FROM changed GROUP BY community_id
	) AS difference
	WHERE community.community_id = difference.community_id
), told AS (
	INSERT INTO outbox (community_id, type, occur_time, person_id, version, membership_number, membership_role,
		membership_state, membership_join_time, membership_leave_time, membership_leave_reason,
		membership_mute_until_time, membership_level, membership_plan_id, membership_rules_version)
	SELECT community_id, 'MEMBERSHIP_CHANGED', COALESCE(leave_time, join_time), person_id, version, number, role,
		state, join_time, leave_time, leave_reason, mute_until_time, level, plan_id, rules_version
	FROM written
)
SELECT count(*) FILTER (WHERE created) AS created_count, count(*) FILTER (WHERE NOT created) AS changed_count,
	(SELECT count(*) FROM item) - count(*) AS unchanged_count,
	(SELECT count(*) FROM persons) AS person_created_count
FROM changed;
