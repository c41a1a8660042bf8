-- Splits of a community. The handler has locked the community's row before it runs a writing statement, so that the state
-- it has seen is the state there is.

-- What a split is to its readers.
-- fragment: split
split_id, community_id, reason, strategy, min_size, max_size, attribute, pinned_person_ids, state, member_count, tie_count,
	tie_weight, move_count, cut_tie_count AS "cut.tie_count", cut_tie_weight AS "cut.tie_weight",
	random_cut_tie_count AS "random_cut.tie_count", random_cut_tie_weight AS "random_cut.tie_weight",
	number_cut_tie_count AS "number_cut.tie_count", number_cut_tie_weight AS "number_cut.tie_weight", moved_count,
	skipped_count, reverted_count, create_time, plan_time, start_time, end_time

-- Plans that are neither carried out nor given up.
-- name: split_open   in: member.CreateSplitRequest   out: member.OpenSplits
SELECT count(*) AS open_count FROM split WHERE community_id = :community_id AND state IN ('PLANNING', 'PLANNED');

-- name: split_create   in: member.CreateSplitRequest   out: member.Split
WITH made AS (
	INSERT INTO split (community_id, split_id, reason, strategy, min_size, max_size, attribute, pinned_person_ids,
		create_time, update_time)
	VALUES (:community_id, :new_id, COALESCE(:split.reason, 'HEAD_COUNT'), :split.strategy, :split.min_size,
		:split.max_size, :split.attribute, :split.pinned_person_ids::uuid[], :now, :now)
	RETURNING *
), source AS (
	INSERT INTO split_part (community_id, split_id, position, part_community_id)
	SELECT community_id, split_id, 0, community_id FROM made
)
SELECT {split} FROM made;

-- name: split_create_part   in: member.SplitPartRow
INSERT INTO split_part (community_id, split_id, position, part_community_id, name, values)
VALUES (:community_id, :split_id, :position, :part.community_id::uuid, :part.name, :part.values);

-- name: split_get   in: member.SplitKey   out: member.Split
SELECT {split} FROM split WHERE community_id = :community_id AND split_id = :split_id;

-- The same before it is changed: the planner, who does not lock the community, has come to its end or will find it changed.
-- name: split_lock   in: member.SplitKey   out: member.Split
SELECT {split} FROM split WHERE community_id = :community_id AND split_id = :split_id FOR NO KEY UPDATE;

-- name: split_parts   in: member.SplitKey   out: member.Split.parts
SELECT position, part_community_id AS community_id, name, values, present_count, arriving_count, load,
	inner_tie_count, inner_tie_weight
FROM split_part WHERE community_id = :community_id AND split_id = :split_id
ORDER BY position;

-- name: split_list   in: member.ListSplitsRequest   out: member.ListSplitsResponse.splits   page: split_id
SELECT {split} FROM split
WHERE community_id = :community_id
	AND split_id < COALESCE(:after.split_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
ORDER BY split_id DESC LIMIT :limit;

-- name: split_move_list   in: member.ListSplitMovesRequest   out: member.ListSplitMovesResponse.moves   page: number
SELECT number, person_id, position, state, why, move_time
FROM split_move
WHERE community_id = :community_id AND split_id = :split_id AND number > COALESCE(:after.number::bigint, 0)
ORDER BY number LIMIT :limit;

-- name: split_part_made   in: member.SplitPartRow
UPDATE split_part SET part_community_id = :part.community_id::uuid
WHERE community_id = :community_id AND split_id = :split_id AND position = :position;

-- name: split_start   in: member.SplitKey   out: member.Split
UPDATE split SET state = 'RUNNING', start_time = :now, update_time = :now
WHERE community_id = :community_id AND split_id = :split_id
RETURNING {split};

-- What was only planned is forgotten.
-- name: split_cancel   in: member.SplitKey   out: member.Split
WITH forgotten AS (
	DELETE FROM split_move WHERE community_id = :community_id AND split_id = :split_id AND state = 'PLANNED'
)
UPDATE split SET state = 'CANCELLED', end_time = :now, update_time = :now
WHERE community_id = :community_id AND split_id = :split_id
RETURNING {split};

-- name: split_revert   in: member.SplitKey   out: member.Split
UPDATE split SET state = 'REVERTING', end_time = NULL, update_time = :now
WHERE community_id = :community_id AND split_id = :split_id
RETURNING {split};
