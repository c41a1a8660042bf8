-- Communities that a deed in another one reaches into. One that is missing does not come back.

-- name: reach_look   in: member.Reach   out: member.Reach.reached
SELECT community_id, c.state, c.member_count,
	(SELECT m.role FROM membership AS m
		WHERE m.community_id = c.community_id AND m.person_id = {caller} AND m.state = 'ACTIVE') AS role
FROM community AS c
WHERE community_id = ANY (:community_ids::uuid[])
ORDER BY community_id;
