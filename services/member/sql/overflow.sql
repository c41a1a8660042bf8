-- Where those go who find a community full.

-- The groups that follow the community, each once, at most one more than a chain may have.
-- fragment: chain
RECURSIVE chain AS (
	SELECT overflow_community_id AS community_id, 1 AS depth, ARRAY[community_id, overflow_community_id] AS path
	FROM overflow WHERE community_id = :community_id
	UNION ALL
	SELECT next.overflow_community_id, chain.depth + 1, chain.path || next.overflow_community_id
	FROM chain JOIN overflow AS next USING (community_id)
	WHERE chain.depth <= 20 AND next.overflow_community_id <> ALL (chain.path)
)

-- name: overflow_get   in: member.GetOverflowRequest   out: member.Overflow
WITH {chain}
SELECT community_id, overflow_community_id, update_time,
	ARRAY(SELECT chain.community_id FROM chain ORDER BY depth) AS chain_community_ids
FROM overflow WHERE community_id = :community_id;

-- name: overflow_set   in: member.UpdateOverflowRequest
INSERT INTO overflow (community_id, overflow_community_id, update_time)
SELECT :community_id, :overflow_community_id::uuid, :now WHERE :overflow_community_id::uuid IS NOT NULL
ON CONFLICT (community_id) DO UPDATE SET
	overflow_community_id = EXCLUDED.overflow_community_id, update_time = EXCLUDED.update_time;

-- name: overflow_clear   in: member.UpdateOverflowRequest
DELETE FROM overflow WHERE community_id = :community_id;

-- name: overflow_groups   in: member.JoinCommunityRequest   out: member.OverflowChain.groups
WITH {chain}
SELECT chain.community_id, m.state AS membership_state
FROM chain LEFT JOIN membership AS m ON m.community_id = chain.community_id AND m.person_id = :person_id
WHERE depth <= 20
ORDER BY depth;

-- Like a join, but the decision was the first community's; here only the place matters. No row: there was none.
-- name: overflow_admit   in: member.JoinCommunityRequest   out: member.Membership
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
	INSERT INTO membership (community_id, person_id, number, join_time, source, inviter_person_id)
	SELECT community_id, :person_id, last_number, :now, :source, :inviter_person_id FROM place
	ON CONFLICT (community_id, person_id) DO UPDATE SET
		role = 'MEMBER', state = 'ACTIVE', join_time = EXCLUDED.join_time, join_time_implied = false,
		leave_time = NULL, leave_reason = '', source = EXCLUDED.source,
		inviter_person_id = EXCLUDED.inviter_person_id, version = membership.version + 1
	RETURNING *
), told AS (
	{tell_membership} FROM joined
)
SELECT {membership}
FROM (SELECT * FROM joined UNION ALL SELECT * FROM was WHERE state = 'ACTIVE') AS either;
