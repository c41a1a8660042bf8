-- Duties of operators.

-- fragment: duty
community_id, person_id, role, kinds, assign_time, version

-- What the other services keep of it; FROM the changed rows.
-- fragment: tell_duty
INSERT INTO outbox (community_id, type, occur_time, person_id, state, version)
SELECT community_id, 'DUTY_CHANGED', :now::timestamptz, person_id, CASE WHEN revoke_time IS NULL THEN role ELSE '' END,
	version

-- Whoever changes a person's duties comes by here first: what follows sees all that was decided before.
-- name: portfolio_lock   in: member.GetPersonRequest   out: none
INSERT INTO portfolio AS p (person_id) VALUES (:person_id)
ON CONFLICT (person_id) DO UPDATE SET community_count = p.community_count;

-- Those of the communities that stand in the way, one of each sort.
-- name: duty_obstacles   in: member.AssignDutyRequest   out: member.DutyObstacles
SELECT (SELECT id FROM unnest(:community_ids::uuid[]) AS w (id)
	WHERE NOT EXISTS (SELECT FROM community WHERE community_id = w.id) LIMIT 1) AS unknown_community_id,
	(SELECT community_id FROM community
	WHERE community_id = ANY (:community_ids::uuid[]) AND state = 'ARCHIVED' LIMIT 1) AS archived_community_id;

-- name: duty_assign   in: member.AssignDutyRequest   out: member.AssignDutyResponse
WITH wanted AS (
	SELECT community_id, create_time,
		(SELECT array_agg(DISTINCT kind ORDER BY kind) FROM unnest(:kinds::text[]) AS k (kind)) AS kinds
	FROM community WHERE community_id = ANY (:community_ids::uuid[])
), held AS (
	SELECT count(*) AS n FROM duty
	WHERE person_id = :person_id AND community_id IN (SELECT community_id FROM wanted) AND revoke_time IS NULL
), changed AS (
	INSERT INTO duty AS d (community_id, person_id, role, kinds, community_create_time, assign_time)
	SELECT community_id, :person_id, :role, kinds, create_time, :now FROM wanted ORDER BY community_id
	ON CONFLICT (community_id, person_id) DO UPDATE SET
		role = EXCLUDED.role, kinds = EXCLUDED.kinds, community_create_time = EXCLUDED.community_create_time,
		assign_time = EXCLUDED.assign_time, revoke_time = NULL, version = d.version + 1
	WHERE (d.role, d.kinds, d.revoke_time) IS DISTINCT FROM (EXCLUDED.role, EXCLUDED.kinds, NULL::timestamptz)
	RETURNING *
), counted AS (
	UPDATE portfolio SET community_count = community_count + (SELECT count(*) FROM wanted) - (SELECT n FROM held)
	WHERE person_id = :person_id
), told AS (
	{tell_duty} FROM changed
)
SELECT count(*) AS assigned_count FROM changed;

-- name: duty_revoke   in: member.RevokeDutyRequest   out: member.RevokeDutyResponse
WITH changed AS (
	UPDATE duty SET revoke_time = :now, version = version + 1
	WHERE person_id = :person_id AND community_id = ANY (:community_ids::uuid[]) AND revoke_time IS NULL
	RETURNING *
), counted AS (
	UPDATE portfolio SET community_count = community_count - (SELECT count(*) FROM changed)
	WHERE person_id = :person_id
), told AS (
	{tell_duty} FROM changed
)
SELECT count(*) AS revoked_count FROM changed;

-- name: duty_get   in: member.GetDutyRequest   out: member.Duty
SELECT {duty}
FROM duty WHERE community_id = :community_id AND person_id = {named} AND revoke_time IS NULL;

-- name: duty_list   in: member.ListDutiesRequest   out: member.ListDutiesResponse.duties   page: person_id
SELECT {duty}
FROM duty
WHERE community_id = :community_id AND revoke_time IS NULL AND (:kind::text IS NULL OR :kind::text = ANY (kinds))
	AND person_id > COALESCE(:after.person_id::uuid, '00000000-0000-0000-0000-000000000000')
ORDER BY person_id LIMIT :limit;

-- A person's duties in some communities, in the order these are named.
-- name: duty_of_person   in: member.DutySearch   out: member.DutySearch.duties
SELECT {duty}
FROM unnest(:community_ids::uuid[]) WITH ORDINALITY AS w (community_id, place)
JOIN duty USING (community_id)
WHERE person_id = :person_id AND revoke_time IS NULL
ORDER BY place;

-- name: portfolio_count   in: member.ListPortfolioRequest   out: member.ListPortfolioResponse
SELECT COALESCE((SELECT community_count FROM portfolio WHERE person_id = :person_id), 0) AS community_count;

-- name: duty_erase   in: member.GetPersonRequest   out: none
WITH changed AS (
	UPDATE duty SET revoke_time = :now, version = version + 1
	WHERE person_id = :person_id AND revoke_time IS NULL
	RETURNING *
), counted AS (
	UPDATE portfolio SET community_count = 0 WHERE person_id = :person_id
)
{tell_duty} FROM changed;
