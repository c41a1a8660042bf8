-- Memberships. The handler has locked the community's row before it runs one of the writing statements. A statement that
-- finds nothing to change answers the membership as it is; the handler tells from that what was refused.

-- What a membership is to its readers.
-- fragment: membership
community_id, person_id, number, role, state, join_time, leave_time, leave_reason, mute_until_time, source,
	inviter_person_id, version, level, score, tags, plan_id, rules_version, journey_step, campaign, scene

-- What the other services keep of it; FROM the changed rows.
-- fragment: tell_membership
INSERT INTO outbox (community_id, type, occur_time, person_id, version, membership_number, membership_role,
	membership_state, membership_join_time, membership_leave_time, membership_leave_reason, membership_mute_until_time,
	membership_level, membership_plan_id, membership_rules_version)
SELECT community_id, 'MEMBERSHIP_CHANGED', :now::timestamptz, person_id, version, number, role, state, join_time,
	leave_time, leave_reason, mute_until_time, level, plan_id, rules_version

-- name: membership_get   in: member.GetMembershipRequest   out: member.Membership
SELECT {membership}
FROM membership WHERE community_id = :community_id AND person_id = {named};

-- The rank of who calls, against whom he may act on.
-- fragment: caller_rank
(SELECT max(role_rank(role)) FROM (
	SELECT role FROM membership
	WHERE community_id = :community_id AND person_id = {caller} AND state = 'ACTIVE'
	UNION ALL
	SELECT role FROM duty
	WHERE community_id = :community_id AND person_id = {caller} AND revoke_time IS NULL) AS acting)

-- The highest role that a person acts with, as a member or as an operator.
-- name: membership_rank   in: member.GetMembershipRequest   out: member.Membership
SELECT role FROM (
	SELECT role FROM membership WHERE community_id = :community_id AND person_id = {named} AND state = 'ACTIVE'
	UNION ALL
	SELECT role FROM duty WHERE community_id = :community_id AND person_id = {named} AND revoke_time IS NULL
) AS acting
ORDER BY role_rank(role) DESC LIMIT 1;

-- name: membership_list   in: member.ListMembershipsRequest   out: member.ListMembershipsResponse.memberships   page: number
SELECT {membership}
FROM membership WHERE community_id = :community_id AND number > COALESCE(:after.number::bigint, 0)
ORDER BY number LIMIT :limit;

-- How many there are: numbers have no holes.
-- name: membership_total   in: member.ListMembershipsRequest   out: member.ListMembershipsResponse
SELECT last_number AS total_size FROM community WHERE community_id = :community_id;

-- No row: there was no place, or the community is closed. Active or banned: unchanged. Whether he may come in has been
-- decided before. Who comes back leaves his stay before behind; who comes first is counted with who brought him.
-- name: membership_join   in: member.JoinCommunityRequest   out: member.Membership
WITH was AS (
	SELECT * FROM membership WHERE community_id = :community_id AND person_id = :person_id
), place AS (
	UPDATE community SET
		member_count = member_count + 1,
		last_number = last_number + CASE WHEN EXISTS (SELECT FROM was) THEN 0 ELSE 1 END
	WHERE community_id = :community_id AND state = 'ACTIVE' AND (capacity = 0 OR member_count < capacity)
		AND NOT EXISTS (SELECT FROM was WHERE state IN ('ACTIVE', 'BANNED'))
	RETURNING community_id, last_number
), joined AS (
	INSERT INTO membership (community_id, person_id, number, join_time, source, inviter_person_id, campaign, scene, plan_id)
	SELECT community_id, :person_id, last_number, :now, :source, :inviter_person_id, :campaign, :scene,
		(SELECT plan_id FROM subscription AS s -- paid for before he came
		WHERE s.community_id = place.community_id AND s.person_id = :person_id AND s.state IN ('ACTIVE', 'GRACE'))
	FROM place
	ON CONFLICT (community_id, person_id) DO UPDATE SET
		role = 'MEMBER', state = 'ACTIVE', join_time = EXCLUDED.join_time, join_time_implied = false,
		leave_time = NULL, leave_reason = '', source = EXCLUDED.source,
		inviter_person_id = EXCLUDED.inviter_person_id, campaign = EXCLUDED.campaign, scene = EXCLUDED.scene,
		plan_id = EXCLUDED.plan_id,
		version = membership.version + 1
	RETURNING *
), left_behind AS (
	{keep_stay} JOIN joined USING (community_id, person_id)
), referred AS (
	INSERT INTO referral (community_id, person_id, inviter_person_id)
	SELECT community_id, person_id, inviter_person_id FROM joined
	WHERE inviter_person_id IS NOT NULL AND NOT EXISTS (SELECT FROM was)
), asked_no_more AS (
	UPDATE join_request SET state = 'CANCELLED', decide_time = :now
	WHERE community_id = :community_id AND person_id = :person_id AND state = 'PENDING'
		AND EXISTS (SELECT FROM joined)
), told AS (
	{tell_membership} FROM joined
)
SELECT {membership}
FROM (SELECT * FROM joined UNION ALL SELECT * FROM was WHERE state IN ('ACTIVE', 'BANNED')) AS either;

-- Still active: he is the owner.
-- name: membership_leave   in: member.LeaveCommunityRequest   out: member.Membership
WITH gone AS (
	UPDATE membership SET
		role = 'MEMBER', state = 'LEFT', leave_time = :now, leave_reason = :reason, version = version + 1
	WHERE community_id = :community_id AND person_id = {named} AND state = 'ACTIVE' AND role <> 'OWNER'
	RETURNING *
), counted AS (
	UPDATE community SET member_count = member_count - 1
	WHERE community_id = :community_id AND EXISTS (SELECT FROM gone)
), told AS (
	{tell_membership} FROM gone
)
SELECT {membership}
FROM (SELECT * FROM gone
	UNION ALL SELECT * FROM membership
	WHERE community_id = :community_id AND person_id = {named} AND NOT EXISTS (SELECT FROM gone)) AS either;

-- Not in the state asked for: he is the owner, or his role is not below the caller's. Who has left by himself is only
-- touched by a ban.
-- name: membership_remove   in: member.RemoveMembershipRequest   out: member.Membership
WITH was AS (
	SELECT * FROM membership WHERE community_id = :community_id AND person_id = {named}
), gone AS (
	UPDATE membership SET
		role = 'MEMBER', state = CASE WHEN :ban THEN 'BANNED' ELSE 'REMOVED' END,
		leave_time = COALESCE(leave_time, :now), leave_reason = :reason, version = version + 1
	WHERE community_id = :community_id AND person_id = {named} AND role <> 'OWNER'
		AND (state = 'ACTIVE' OR state = CASE WHEN :ban THEN 'REMOVED' ELSE 'BANNED' END
			OR state IN ('LEFT', 'EXPIRED') AND :ban)
		AND (:caller_id::uuid IS NULL OR role_rank(role) < {caller_rank})
	RETURNING *
), counted AS (
	UPDATE community SET member_count = member_count - 1
	WHERE community_id = :community_id AND EXISTS (SELECT FROM gone) AND EXISTS (SELECT FROM was WHERE state = 'ACTIVE')
), told AS (
	{tell_membership} FROM gone
)
SELECT {membership}
FROM (SELECT * FROM gone UNION ALL SELECT * FROM was WHERE NOT EXISTS (SELECT FROM gone)) AS either;

-- Without the role asked for: he is no member now, he is the owner, or a rank is not below the caller's.
-- name: membership_set_role   in: member.UpdateMembershipRoleRequest   out: member.Membership
WITH changed AS (
	UPDATE membership SET
		role = :role, version = version + 1,
		journey_step = CASE WHEN role_rank(:role) > 1 THEN 'CORE' ELSE journey_step END
	WHERE community_id = :community_id AND person_id = {named} AND state = 'ACTIVE' AND role <> 'OWNER'
		AND role <> :role::text
		AND (:caller_id::uuid IS NULL
			OR GREATEST(role_rank(role), role_rank(:role)) < {caller_rank})
	RETURNING *
), told AS (
	{tell_membership} FROM changed
), stepped AS (
	{journey_by_role}
)
SELECT {membership}
FROM (SELECT * FROM changed
	UNION ALL SELECT * FROM membership
	WHERE community_id = :community_id AND person_id = {named} AND NOT EXISTS (SELECT FROM changed)) AS either;

-- Without all of the tags asked for: there would be too many.
-- name: membership_set_tags   in: member.SetMembershipTagsRequest   out: member.Membership
WITH wanted AS (
	SELECT m.community_id, m.person_id, COALESCE(array_agg(DISTINCT t.tag ORDER BY t.tag) FILTER (WHERE t.tag IS NOT NULL), '{}') AS tags
	FROM membership AS m
	LEFT JOIN LATERAL (
		SELECT unnest(m.tags || :add_tags::text[]) AS tag EXCEPT SELECT unnest(:remove_tags::text[])) AS t ON true
	WHERE m.community_id = :community_id AND m.person_id = {named}
	GROUP BY m.community_id, m.person_id
), changed AS (
	UPDATE membership AS m SET tags = w.tags, version = version + 1
	FROM wanted AS w
	WHERE m.community_id = w.community_id AND m.person_id = w.person_id AND m.tags <> w.tags AND cardinality(w.tags) <= 50
	RETURNING m.*
), told AS (
	{tell_membership} FROM changed
)
SELECT {membership}
FROM (SELECT * FROM changed
	UNION ALL SELECT * FROM membership
	WHERE community_id = :community_id AND person_id = {named} AND NOT EXISTS (SELECT FROM changed)) AS either;

-- Without the new owner: he is no active member. The owner so far steps down before the new one steps up, because the
-- index that allows one owner looks at every row as it is written.
-- name: ownership_transfer   in: member.TransferOwnershipRequest   out: member.Community
WITH heir AS (
	SELECT person_id FROM membership
	WHERE community_id = :community_id AND person_id = :new_owner_person_id AND state = 'ACTIVE' AND role <> 'OWNER'
), stepped_down AS (
	UPDATE membership SET role = 'ADMIN', version = version + 1
	WHERE community_id = :community_id AND role = 'OWNER' AND EXISTS (SELECT FROM heir)
	RETURNING *
), stepped_up AS (
	UPDATE membership SET role = 'OWNER', version = version + 1
	WHERE community_id = :community_id AND person_id = (SELECT person_id FROM heir)
		AND (SELECT count(*) FROM stepped_down) >= 0
	RETURNING *
), changed AS (
	UPDATE community SET owner_person_id = :new_owner_person_id, version = version + 1, update_time = :now
	WHERE community_id = :community_id AND EXISTS (SELECT FROM stepped_up)
	RETURNING *
), told AS (
	{tell_membership} FROM (SELECT * FROM stepped_down UNION ALL SELECT * FROM stepped_up) AS both_sides
), told_community AS (
	{tell_community} FROM changed
)
SELECT {community}
FROM (SELECT * FROM changed
	UNION ALL SELECT * FROM community
	WHERE community_id = :community_id AND NOT EXISTS (SELECT FROM changed)) AS either;
