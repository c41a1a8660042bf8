-- Experts. What changes one follows community_lock.

-- Joined to the designation d: the membership in which it was given lasts, and he is an expert at least.
-- fragment: designated
JOIN membership AS m ON m.community_id = d.community_id AND m.person_id = d.person_id AND m.state = 'ACTIVE'
	AND m.role <> 'MEMBER' AND m.join_time <= d.designate_time

-- What content routes questions by. The membership's version, which every designation and withdrawal raises, orders it.
-- fragment: tell_expert
INSERT INTO outbox (community_id, type, occur_time, person_id, topic, place, version, state)
	SELECT d.community_id, 'EXPERT_CHANGED', d.designate_time, d.person_id, d.topic, d.place, changed.version

-- No row: he is no active member.
-- name: expert_designate   in: member.DesignateExpertRequest   out: member.Expert
WITH member AS (
	SELECT * FROM membership WHERE community_id = :community_id AND person_id = :person_id AND state = 'ACTIVE'
), stale AS (
	DELETE FROM designation AS d USING member AS m
	WHERE d.community_id = :community_id AND d.person_id = :person_id AND d.topic <> ALL (:topics::text[])
		AND (m.role = 'MEMBER' OR m.join_time > d.designate_time)
	RETURNING topic
), designated AS (
	INSERT INTO designation AS d (community_id, topic, person_id, place, designate_time)
	SELECT DISTINCT m.community_id, t.topic, m.person_id, :place::integer, GREATEST(:now, m.join_time)
	FROM member AS m, unnest(:topics::text[]) AS t (topic)
	ON CONFLICT (community_id, topic, person_id) DO UPDATE
	SET place = EXCLUDED.place, designate_time = EXCLUDED.designate_time
	RETURNING *
), changed AS (
	UPDATE membership SET role = CASE role WHEN 'MEMBER' THEN 'EXPERT' ELSE role END, version = version + 1
	WHERE community_id = :community_id AND person_id = :person_id AND state = 'ACTIVE'
	RETURNING *
), told_expert AS (
	{tell_expert}, 'DESIGNATED' FROM designated AS d, changed
), told AS (
	{tell_membership} FROM changed
)
SELECT m.community_id, m.person_id, ARRAY(
	SELECT topic FROM designated
	UNION SELECT d.topic FROM designation AS d
	WHERE d.community_id = m.community_id AND d.person_id = m.person_id AND d.topic NOT IN (SELECT topic FROM stale)
	ORDER BY topic) AS topics
FROM member AS m;

-- No row: he is expert of none of them.
-- name: expert_withdraw   in: member.WithdrawExpertRequest   out: member.Expert
WITH held AS (
	SELECT d.* FROM designation AS d
	{designated}
	WHERE d.community_id = :community_id AND d.person_id = :person_id
), gone AS (
	DELETE FROM designation AS d USING held
	WHERE d.community_id = :community_id AND d.person_id = :person_id AND d.topic = held.topic
		AND (cardinality(:topics::text[]) = 0 OR d.topic = ANY (:topics::text[]))
	RETURNING d.*
), kept AS (
	SELECT topic FROM held WHERE topic NOT IN (SELECT topic FROM gone)
), changed AS (
	UPDATE membership SET
		role = CASE WHEN role = 'EXPERT' AND NOT EXISTS (SELECT FROM kept) THEN 'MEMBER' ELSE role END, version = version + 1
	WHERE community_id = :community_id AND person_id = :person_id AND EXISTS (SELECT FROM gone)
	RETURNING *
), told_expert AS (
	{tell_expert}, '' FROM gone AS d, changed
), told AS (
	{tell_membership} FROM changed
)
SELECT :community_id::uuid AS community_id, :person_id::uuid AS person_id, ARRAY(SELECT topic FROM kept ORDER BY topic) AS topics
WHERE EXISTS (SELECT FROM gone);

-- name: expert_list   in: member.ListExpertsRequest   out: member.ListExpertsResponse.designations   page: topic, place, designate_time, person_id
SELECT d.community_id, d.topic, d.place, d.person_id, d.designate_time
FROM designation AS d
{designated}
WHERE d.community_id = :community_id AND :topic IN ('', d.topic)
	AND (d.topic, d.place, d.designate_time, d.person_id) > (COALESCE(:after.topic::text, ''),
		COALESCE(:after.place::integer, -1), COALESCE(:after.designate_time::timestamptz, '-infinity'),
		COALESCE(:after.person_id::uuid, '00000000-0000-0000-0000-000000000000'))
ORDER BY d.topic, d.place, d.designate_time, d.person_id LIMIT :limit;

-- name: designation_erase   in: member.GetPersonRequest   out: none
DELETE FROM designation AS d USING membership AS m
WHERE m.person_id = :person_id AND d.community_id = m.community_id AND d.person_id = m.person_id;
