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
