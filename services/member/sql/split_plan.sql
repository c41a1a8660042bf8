-- What a plan is made from, and the plan.

-- name: split_to_plan   out: member.SplitKey
SELECT community_id, split_id FROM split WHERE state = 'PLANNING' ORDER BY update_time LIMIT 1;

-- A value that is hidden from the staff, or shown to them masked, must not come out by who goes where.
-- name: split_members   in: member.SplitKey   out: member.SplitMembers
SELECT COALESCE(array_agg(m.number ORDER BY m.number), '{}') AS numbers,
	COALESCE(array_agg(role_rank(m.role) > role_rank('EXPERT') OR m.person_id = ANY (ARRAY(
		SELECT COALESCE((SELECT p.merged_into_person_id FROM person AS p WHERE p.person_id = pinned.person_id),
			pinned.person_id)
		FROM unnest(s.pinned_person_ids) AS pinned (person_id)))
		ORDER BY m.number), '{}') AS fixed,
	COALESCE(array_agg(COALESCE(CASE s.strategy
		WHEN 'BY_TAG' THEN (SELECT min(p.position) FROM split_part AS p
			WHERE p.community_id = s.community_id AND p.split_id = s.split_id AND p.values && m.tags)
		WHEN 'BY_ATTRIBUTE' THEN (SELECT min(p.position) FROM split_part AS p
			WHERE p.community_id = s.community_id AND p.split_id = s.split_id AND a.value = ANY (p.values))
		END, 0) ORDER BY m.number), '{}') AS wishes,
	COALESCE(array_agg(COALESCE(a.value, '') ORDER BY m.number), '{}') AS labels
FROM split AS s
JOIN membership AS m ON m.community_id = s.community_id AND m.state = 'ACTIVE'
LEFT JOIN person_attribute AS a ON s.strategy = 'BY_ATTRIBUTE' AND a.person_id = m.person_id AND a.name = s.attribute
	AND a.visibility <> 'SELF' AND NOT a.masked
WHERE s.community_id = :community_id AND s.split_id = :split_id;

-- The number of the one of a `pair`, or of whom he was merged into; only who is no member himself is looked for twice.
-- fragment: number_of_one
COALESCE(
		(SELECT number FROM membership AS m
		WHERE m.community_id = :community_id AND m.person_id = pair.person_id AND m.state = 'ACTIVE'),
		(SELECT number FROM person AS p JOIN membership AS m ON m.person_id = p.merged_into_person_id
		WHERE p.person_id = pair.person_id AND m.community_id = :community_id AND m.state = 'ACTIVE'))

-- The same of the other.
-- fragment: number_of_other
COALESCE(
		(SELECT number FROM membership AS m
		WHERE m.community_id = :community_id AND m.person_id = pair.other_person_id AND m.state = 'ACTIVE'),
		(SELECT number FROM person AS p JOIN membership AS m ON m.person_id = p.merged_into_person_id
		WHERE p.person_id = pair.other_person_id AND m.community_id = :community_id AND m.state = 'ACTIVE'))

-- The heaviest two millions. Members are looked up one by one: whatever the statistics say, that costs the same. What came
-- and went under several ids of one person is added up; with himself he has no tie.
-- name: split_ties   in: member.SplitKey   out: member.SplitTies
WITH pair AS MATERIALIZED (
	SELECT person_id, other_person_id, sum(weight)::bigint AS weight
	FROM tie WHERE community_id = :community_id
	GROUP BY person_id, other_person_id
), numbered AS MATERIALIZED (
	SELECT LEAST(number, other_number) AS number, GREATEST(number, other_number) AS other_number,
		sum(weight)::bigint AS weight
	FROM (SELECT weight, {number_of_one} AS number, {number_of_other} AS other_number FROM pair OFFSET 0) AS each
	WHERE number <> other_number
	GROUP BY 1, 2 HAVING sum(weight) > 0
)
SELECT COALESCE(array_agg(number), '{}') AS numbers, COALESCE(array_agg(other_number), '{}') AS other_numbers,
	COALESCE(array_agg(weight), '{}') AS weights
FROM (
	SELECT number, other_number, weight FROM numbered
	ORDER BY weight DESC, number, other_number LIMIT 2000000
) AS heaviest;

-- What room the parts have. In one that is to be made there will be the owner. The load of existing targets only where it
-- matters.
-- name: split_rooms   in: member.SplitKey   out: member.SplitRooms.rooms
SELECT p.position, COALESCE(c.capacity, own.capacity) AS capacity, COALESCE(c.member_count, CASE WHEN own.owner_person_id IS NULL THEN 0 ELSE 1 END) AS member_count,
	CASE WHEN s.reason = 'MESSAGE_LOAD' AND p.position > 0 THEN
		COALESCE((SELECT 2 * sum(t.weight) FROM tie AS t WHERE t.community_id = p.part_community_id), 0)
		ELSE 0 END AS load
FROM split_part AS p
JOIN split AS s USING (community_id, split_id)
JOIN community AS own ON own.community_id = p.community_id
LEFT JOIN community AS c ON c.community_id = p.part_community_id
WHERE p.community_id = :community_id AND p.split_id = :split_id
ORDER BY p.position;

-- Nothing, when the split was cancelled or planned by somebody else meanwhile.
-- name: split_plan   in: member.SplitPlan
WITH planned AS (
	UPDATE split SET state = 'PLANNED', plan_time = :now, update_time = :now, member_count = :member_count,
		tie_count = :tie_count, tie_weight = :tie_weight, move_count = cardinality(:numbers::bigint[]),
		cut_tie_count = :cut.tie_count, cut_tie_weight = :cut.tie_weight,
		random_cut_tie_count = :random_cut.tie_count, random_cut_tie_weight = :random_cut.tie_weight,
		number_cut_tie_count = :number_cut.tie_count, number_cut_tie_weight = :number_cut.tie_weight
	WHERE community_id = :community_id AND split_id = :split_id AND state = 'PLANNING'
	RETURNING community_id, split_id
), parts AS (
	UPDATE split_part AS p SET
		present_count = f.present_count, arriving_count = f.arriving_count, load = f.load,
		inner_tie_count = f.inner_tie_count, inner_tie_weight = f.inner_tie_weight
	FROM planned, unnest(:present_counts::bigint[], :arriving_counts::bigint[], :loads::bigint[],
		:inner_tie_counts::bigint[], :inner_tie_weights::bigint[]) WITH ORDINALITY
		AS f (present_count, arriving_count, load, inner_tie_count, inner_tie_weight, place)
	WHERE p.community_id = planned.community_id AND p.split_id = planned.split_id AND p.position = f.place - 1
)
INSERT INTO split_move (community_id, split_id, number, person_id, position)
SELECT planned.community_id, planned.split_id, i.number, (SELECT person_id FROM membership AS m
		WHERE m.community_id = planned.community_id AND m.number = i.number), i.position
FROM planned
CROSS JOIN unnest(:numbers::bigint[], :positions::integer[]) AS i (number, position);
