-- Join policies. The short form, join_mode, stands in the community; its version is the policy's etag too.

-- name: join_policy_get   in: member.GetJoinPolicyRequest   out: member.JoinPolicy
SELECT c.community_id, join_mode, COALESCE(questions, '{}') AS questions,
	COALESCE(request_valid_days, 7) AS request_valid_days, COALESCE(invite_quota, 10) AS invite_quota,
	COALESCE(invite_role, 'MEMBER') AS invite_role, version::text AS etag
FROM community AS c LEFT JOIN join_policy AS p USING (community_id)
WHERE c.community_id = :community_id;

-- A mix that came without its ways, from outside or as a copy, is closed but for approvals.
-- name: join_way_list   in: member.GetJoinPolicyRequest   out: member.JoinPolicy.ways
SELECT string_to_array(modes, ' ') AS modes
FROM community AS c LEFT JOIN join_policy AS p USING (community_id)
CROSS JOIN LATERAL unnest(CASE WHEN join_mode <> 'MIXED' THEN ARRAY[join_mode]
	ELSE COALESCE(NULLIF(ways, '{}'), ARRAY['APPROVAL']) END) WITH ORDINALITY AS w (modes, place)
WHERE c.community_id = :community_id
ORDER BY place;

-- name: join_condition_list   in: member.GetJoinPolicyRequest   out: member.JoinPolicy.conditions
SELECT filter, message
FROM join_policy AS p
CROSS JOIN LATERAL unnest(condition_filters, condition_messages) WITH ORDINALITY AS w (filter, message, place)
WHERE p.community_id = :community_id
ORDER BY place;

-- name: join_policy_store   in: member.StoredJoinPolicy   out: none
WITH changed AS (
	UPDATE community SET join_mode = :join_policy.join_mode, version = version + 1, update_time = :now
	WHERE community_id = :join_policy.community_id
	RETURNING *
), told AS (
	{tell_community} FROM changed
)
INSERT INTO join_policy (community_id, ways, condition_filters, condition_messages, questions, request_valid_days,
	invite_quota, invite_role)
SELECT :join_policy.community_id, :ways::text[], :join_policy.conditions.filter::text[],
	:join_policy.conditions.message::text[], :join_policy.questions::text[], :join_policy.request_valid_days,
	:join_policy.invite_quota, :join_policy.invite_role
ON CONFLICT (community_id) DO UPDATE SET
	ways = EXCLUDED.ways, condition_filters = EXCLUDED.condition_filters,
	condition_messages = EXCLUDED.condition_messages, questions = EXCLUDED.questions,
	request_valid_days = EXCLUDED.request_valid_days, invite_quota = EXCLUDED.invite_quota,
	invite_role = EXCLUDED.invite_role;
