-- From raw interactions to bitmaps, and to what member is to be told of each member's days.

-- Writes down the changed rows of member_day, `digest`, for member to be told.
-- fragment: tell_later
INSERT INTO untold (community_id, cell_count, days, person_ids, kinds, counts, versions)
SELECT community_id, count(*), array_agg(day), array_agg(person_id), array_agg(kind), array_agg(count), array_agg(version)
FROM (SELECT *, row_number() OVER (PARTITION BY community_id) / 4096 AS part FROM digest) d
GROUP BY community_id, part

-- Takes the communities of the oldest pending rows after a community, so that one that never rests keeps nobody waiting,
-- and locks them in one order.
-- name: fold_claim   in: evaluation.FoldQuery   out: evaluation.CommunityList.communities
INSERT INTO fold (community_id, fold_count)
SELECT DISTINCT community_id, 1
FROM (
	SELECT community_id FROM pending
	WHERE community_id > COALESCE(:after_community_id::uuid, '00000000-0000-0000-0000-000000000000')
	ORDER BY community_id, occur_time, interaction_id LIMIT :row_limit::integer) p
ORDER BY community_id
ON CONFLICT (community_id) DO UPDATE SET fold_count = fold.fold_count + 1
RETURNING community_id;

-- Locks the communities in one order.
-- name: fold_lock   in: evaluation.CommunityIds
INSERT INTO fold (community_id, fold_count)
SELECT DISTINCT community_id, 1 FROM unnest(:community_ids::uuid[]) c (community_id)
ORDER BY community_id
ON CONFLICT (community_id) DO UPDATE SET fold_count = fold.fold_count + 1;

-- Takes pending rows of locked communities: what each adds to which cell, and what that cell holds. Rows of people or
-- communities not known yet are set aside.
-- name: fold_take   in: evaluation.FoldQuery   out: evaluation.Cells.cells
WITH taken AS (
	DELETE FROM pending p USING (
		SELECT community_id, occur_time, interaction_id FROM pending
		WHERE community_id = ANY (:community_ids::uuid[])
		ORDER BY community_id, occur_time, interaction_id LIMIT :row_limit::integer) t
	WHERE p.community_id = t.community_id AND p.occur_time = t.occur_time AND p.interaction_id = t.interaction_id
	RETURNING p.*
), place AS MATERIALIZED (
	SELECT community_id, name AS zone FROM replica_community JOIN zone ON name = time_zone
	WHERE community_id = ANY (:community_ids::uuid[])
), known AS (
	SELECT t.*, m.number::integer AS number,
		CASE WHEN p.zone IS NOT NULL THEN (t.occur_time AT TIME ZONE p.zone)::date - DATE '1970-01-01' END AS day
	FROM taken t
	LEFT JOIN replica_membership m USING (community_id, person_id)
	LEFT JOIN place p USING (community_id)
), wait AS (
	INSERT INTO waiting (community_id, person_id, occur_time, interaction_id, kind, try_time)
	SELECT community_id, person_id, occur_time, interaction_id, kind, :now::timestamptz
	FROM known WHERE number IS NULL OR day IS NULL
	ON CONFLICT DO NOTHING
), digest AS (
	INSERT INTO member_day AS d (community_id, day, person_id, kind, count)
	SELECT community_id, day, person_id, kind, count(*) FROM known
	WHERE number IS NOT NULL AND day IS NOT NULL
	GROUP BY 1, 2, 3, 4
	ORDER BY 1, 2, 3, 4
	ON CONFLICT (community_id, day, person_id, kind) DO UPDATE
	SET count = d.count + EXCLUDED.count, version = d.version + 1
	RETURNING *
), later AS (
	{tell_later}
), cell AS (
	SELECT community_id, day, each.kind, number >> 16 AS chunk, array_agg(number) AS numbers, count(*) AS found_count
	FROM known CROSS JOIN LATERAL unnest(
		CASE WHEN known.kind IN (2, 3, 4, 5, 7, 8) THEN ARRAY[known.kind, 0, -1] ELSE ARRAY[known.kind, 0] END) each (kind)
	WHERE number IS NOT NULL AND day IS NOT NULL
	GROUP BY 1, 2, 3, 4
)
SELECT cell.*, b.bits, b.interaction_count
FROM cell LEFT JOIN bitmap b USING (community_id, day, kind, chunk);

-- name: fold_store   in: evaluation.Cells
INSERT INTO bitmap (community_id, day, kind, chunk, bits, member_count, interaction_count)
SELECT * FROM unnest(:cells.community_id::uuid[], :cells.day::integer[], :cells.kind::smallint[], :cells.chunk::integer[],
	:cells.bits::bytea[], :cells.member_count::integer[], :cells.interaction_count::bigint[])
ON CONFLICT (community_id, day, kind, chunk) DO UPDATE
SET bits = EXCLUDED.bits, member_count = EXCLUDED.member_count, interaction_count = EXCLUDED.interaction_count;

-- The day whose bits are to be rebuilt begins somewhere in the day before or after its UTC namesake: the bounds on time
-- are wide, for the partitions and the index; the local day decides.
-- What the raw rows of these days say beside what is stored. Pending rows of the days are in it, and so no longer pending.
-- name: rebuild_take   in: evaluation.DaySpan   out: evaluation.Cells.cells
WITH c AS MATERIALIZED (
	SELECT z.name AS zone, ((DATE '1970-01-01' + :start_day::integer)::timestamp - interval '1 day') AT TIME ZONE 'UTC' AS low,
		((DATE '1970-01-01' + :end_day::integer)::timestamp + interval '2 days') AT TIME ZONE 'UTC' AS high
	FROM replica_community JOIN zone z ON z.name = time_zone
	WHERE community_id = :community_id::uuid
), unpend AS (
	DELETE FROM pending p USING c, replica_membership m
	WHERE p.community_id = :community_id::uuid AND p.occur_time >= c.low AND p.occur_time < c.high
		AND (p.occur_time AT TIME ZONE c.zone)::date - DATE '1970-01-01' BETWEEN :start_day::integer AND :end_day::integer
		AND m.community_id = p.community_id AND m.person_id = p.person_id
), unwait AS (
	DELETE FROM waiting w USING c, replica_membership m
	WHERE w.community_id = :community_id::uuid AND w.occur_time >= c.low AND w.occur_time < c.high
		AND (w.occur_time AT TIME ZONE c.zone)::date - DATE '1970-01-01' BETWEEN :start_day::integer AND :end_day::integer
		AND m.community_id = w.community_id AND m.person_id = w.person_id
), raw AS (
	SELECT (i.occur_time AT TIME ZONE c.zone)::date - DATE '1970-01-01' AS day, i.kind, m.number::integer AS number,
		i.person_id
	FROM c JOIN interaction i ON i.community_id = :community_id::uuid AND i.occur_time >= c.low AND i.occur_time < c.high
	JOIN replica_membership m ON m.community_id = i.community_id AND m.person_id = i.person_id
	WHERE NOT i.removed
), said AS (
	SELECT day, each.kind::smallint, number >> 16 AS chunk, array_agg(number) AS numbers, count(*) AS found_count
	FROM raw CROSS JOIN LATERAL unnest(
		CASE WHEN raw.kind IN (2, 3, 4, 5, 7, 8) THEN ARRAY[raw.kind, 0, -1] ELSE ARRAY[raw.kind, 0] END) each (kind)
	WHERE day BETWEEN :start_day::integer AND :end_day::integer
	GROUP BY 1, 2, 3
), did AS (
	SELECT day, person_id, kind, count(*) AS count FROM raw
	WHERE day BETWEEN :start_day::integer AND :end_day::integer
	GROUP BY 1, 2, 3
), digest AS (
	INSERT INTO member_day AS d (community_id, day, person_id, kind, count)
	SELECT :community_id::uuid, day, person_id, kind, COALESCE(did.count, 0)
	FROM did FULL JOIN (
		SELECT day, person_id, kind, count FROM member_day
		WHERE community_id = :community_id::uuid AND day BETWEEN :start_day::integer AND :end_day::integer) stood
		USING (day, person_id, kind)
	WHERE did.count IS DISTINCT FROM NULLIF(stood.count, 0)
	ORDER BY 2, 3, 4
	ON CONFLICT (community_id, day, person_id, kind) DO UPDATE SET count = EXCLUDED.count, version = d.version + 1
	RETURNING *
), later AS (
	{tell_later}
), stored AS (
	SELECT day, kind, chunk, bits, interaction_count FROM bitmap
	WHERE community_id = :community_id::uuid AND day BETWEEN :start_day::integer AND :end_day::integer
)
SELECT :community_id::uuid AS community_id, day, kind, chunk, numbers, COALESCE(found_count, 0) AS found_count,
	bits, interaction_count
FROM said FULL JOIN stored USING (day, kind, chunk);

-- Cells that hold nobody any more.
-- name: rebuild_drop   in: evaluation.Cells
DELETE FROM bitmap b
USING unnest(:cells.community_id::uuid[], :cells.day::integer[], :cells.kind::smallint[], :cells.chunk::integer[])
	AS e (community_id, day, kind, chunk)
WHERE b.community_id = e.community_id AND b.day = e.day AND b.kind = e.kind AND b.chunk = e.chunk;

-- Communities with days to count again.
-- name: rebuild_list   in: evaluation.FoldQuery   out: evaluation.CommunityList.communities
SELECT DISTINCT community_id FROM (
	(SELECT community_id FROM dirty
	WHERE community_id > COALESCE(:after_community_id::uuid, '00000000-0000-0000-0000-000000000000')
	ORDER BY community_id, occur_time LIMIT :row_limit::integer)
	UNION ALL
	(SELECT community_id FROM undigested
	WHERE community_id > COALESCE(:after_community_id::uuid, '00000000-0000-0000-0000-000000000000')
	ORDER BY community_id LIMIT :row_limit::integer)) d
ORDER BY community_id;

-- The days a locked community has to count again, as spans of one day. Where everything is in doubt, its whole history: the
-- months that hold something, as many together as make some 50,000 interactions; and the zone that is right from now on.
-- name: rebuild_begin   in: evaluation.CommunityKey   out: evaluation.DaySpans.spans
WITH c AS MATERIALIZED (
	SELECT z.name AS zone FROM replica_community JOIN zone z ON z.name = time_zone
	WHERE community_id = :community_id::uuid
), cleared AS (
	DELETE FROM dirty WHERE community_id = :community_id::uuid RETURNING occur_time
), first_time AS (
	DELETE FROM undigested WHERE community_id = :community_id::uuid RETURNING community_id
), taken AS (
	SELECT occur_time FROM cleared UNION ALL SELECT '-infinity' FROM first_time
), whole AS (
	UPDATE fold SET time_zone = c.zone FROM c
	WHERE fold.community_id = :community_id::uuid
		AND EXISTS (SELECT FROM taken WHERE occur_time = '-infinity')
	RETURNING fold.community_id
), month AS (
	SELECT start, sum(n) AS n FROM (
		SELECT date_trunc('month', occur_time AT TIME ZONE c.zone) AS start, count(*) AS n
		FROM interaction CROSS JOIN c
		WHERE community_id = :community_id::uuid AND EXISTS (SELECT FROM whole)
		GROUP BY 1
		UNION ALL
		SELECT DISTINCT date_trunc('month', (DATE '1970-01-01' + day)::timestamp), 0
		FROM bitmap WHERE community_id = :community_id::uuid AND EXISTS (SELECT FROM whole)) m
	GROUP BY start
), part AS (
	SELECT start, (sum(n) OVER (ORDER BY start)) / 50000 AS full_spans FROM month
)
SELECT min(start)::date - DATE '1970-01-01' AS start_day,
	(max(start) + interval '1 month')::date - DATE '1970-01-01' - 1 AS end_day
FROM part
GROUP BY floor(full_spans)
UNION ALL
SELECT DISTINCT (occur_time AT TIME ZONE c.zone)::date - DATE '1970-01-01',
	(occur_time AT TIME ZONE c.zone)::date - DATE '1970-01-01'
FROM taken CROSS JOIN c
WHERE NOT EXISTS (SELECT FROM whole) AND occur_time > '-infinity'
ORDER BY 1;

-- Puts the whole of a community in doubt.
-- name: rebuild_doubt   in: evaluation.CommunityKey
INSERT INTO dirty (community_id, occur_time) VALUES (:community_id::uuid, '-infinity') ON CONFLICT DO NOTHING;
