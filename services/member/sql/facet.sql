-- The index of facets: what is read from it, and the fold that keeps it.

-- All that a member may be filtered by, as rows f (name, value, counted) beside the memberships m. Its own attributes are
-- nobody's but the person's when he shows them to himself alone or masked.
-- fragment: facets
JOIN community AS c ON c.community_id = m.community_id
LEFT JOIN person AS p ON p.person_id = m.person_id
LEFT JOIN standing AS s ON s.community_id = m.community_id AND s.person_id = m.person_id
CROSS JOIN LATERAL (
	SELECT name, value, counted
	FROM (VALUES
		('state', m.state, false),
		('role', m.role, false),
		('journey_step', m.journey_step, false),
		('source', NULLIF(m.source, ''), false),
		('campaign', NULLIF(m.campaign, ''), false),
		('scene', NULLIF(m.scene, ''), false),
		('plan', m.plan_id::text, false),
		('verified', CASE WHEN p.verify_time IS NOT NULL THEN 'true' END, false),
		('level', m.level::text, true),
		('rules', m.rules_version::text, true),
		('joined', ((m.join_time AT TIME ZONE c.time_zone)::date - DATE '1970-01-01')::text, true),
		('last_active', (s.last_active_date - DATE '1970-01-01')::text, true),
		('first_engaged', (s.first_engaged_date - DATE '1970-01-01')::text, true),
		('last_engaged', (s.last_engaged_date - DATE '1970-01-01')::text, true)
	) AS v (name, value, counted)
	WHERE value IS NOT NULL
	UNION ALL
	SELECT DISTINCT 'tags', tag, false FROM unnest(m.tags) AS tag
	UNION ALL
	SELECT 'attributes.' || a.name, a.value, false FROM person_attribute AS a
	WHERE a.person_id = m.person_id AND a.visibility <> 'SELF' AND NOT a.masked
	UNION ALL
	SELECT 'muted', 'true', false WHERE m.mute_until_time > :now::timestamptz
) AS f (name, value, counted)

-- name: facet_today   in: member.FacetQuery   out: member.FacetToday
SELECT (:now::timestamptz AT TIME ZONE time_zone)::date - DATE '1970-01-01' AS today, rules_version
FROM community WHERE community_id = :community_id;

-- The bits of what was asked for, and the members whom the index has not seen as they are now, in one snapshot: together
-- they are exact, whatever the fold has yet to do. OFFSET 0 keeps each look-up one by its index, where the planner would
-- read a whole table for what it takes for many.
-- name: facet_read   in: member.FacetQuery   out: member.FacetAnswer.rows
WITH unseen AS MATERIALIZED (
	SELECT number FROM membership WHERE community_id = :community_id AND indexed_version <> version
	UNION
	SELECT m.number FROM facet_index AS i JOIN membership AS m USING (community_id)
	WHERE i.community_id = :community_id AND i.renew_after_number IS NOT NULL AND m.number > i.renew_after_number
	UNION
	SELECT number FROM facet_member
	WHERE community_id = :community_id AND loose_names <> '{}' AND loose_names && :names::text[]
), wanted AS (
	SELECT w.term, f.facet_id, f.value
	FROM unnest(:equals.term::integer[], :equals.name::text[], :equals.text::text[]) AS w (term, name, text)
	CROSS JOIN LATERAL (
		SELECT facet_id, value FROM facet AS f
		WHERE f.community_id = :community_id AND f.name = w.name AND f.scale = 0 AND f.value = w.text OFFSET 0) AS f
	UNION ALL
	SELECT w.term, f.facet_id, f.value
	FROM unnest(:contained.term::integer[], :contained.name::text[], :contained.text::text[]) AS w (term, name, text)
	CROSS JOIN LATERAL (
		SELECT facet_id, value FROM facet AS f
		WHERE f.community_id = :community_id AND f.name = w.name AND f.scale = 0 AND strpos(f.value, w.text) > 0
		OFFSET 0) AS f
	UNION ALL
	SELECT w.term, f.facet_id, f.value
	FROM unnest(:ranges.term::integer[], :ranges.name::text[], :ranges.scale::smallint[], :ranges.low::bigint[],
		:ranges.high::bigint[]) AS w (term, name, scale, low, high)
	CROSS JOIN LATERAL (
		SELECT facet_id, value FROM facet AS f
		WHERE f.community_id = :community_id AND f.name = w.name AND f.scale = w.scale
			AND f.number IS NOT NULL AND f.number BETWEEN w.low AND w.high OFFSET 0) AS f
)
SELECT w.term, w.value, b.bits, NULL::integer[] AS numbers, NULL::text[] AS names, NULL::text[] AS values
FROM wanted AS w
CROSS JOIN LATERAL (
	SELECT bits FROM facet_bits AS b
	WHERE b.community_id = :community_id AND b.facet_id = w.facet_id OFFSET 0) AS b
UNION ALL
SELECT -1, NULL, NULL, array_agg(u.number::integer), v.names, v.values
FROM unseen AS u
CROSS JOIN LATERAL (
	SELECT array_agg(f.name ORDER BY f.name, f.value) AS names, array_agg(f.value ORDER BY f.name, f.value) AS values
	FROM (SELECT * FROM membership AS r WHERE r.community_id = :community_id AND r.number = u.number) AS m
	{facets}
	WHERE f.name = ANY (:names::text[])
) AS v
GROUP BY v.names, v.values
UNION ALL
SELECT :muted_term::integer, NULL, NULL, array_agg(number::integer), NULL, NULL
FROM membership
WHERE :muted_term::integer >= 0 AND community_id = :community_id AND mute_until_time > :now::timestamptz
HAVING count(*) > 0;

-- name: facet_person   in: member.FacetOf   out: member.FacetRow
SELECT array_agg(f.name) AS names, array_agg(f.value) AS values
FROM membership AS m
{facets}
WHERE m.community_id = :community_id AND m.person_id = :person_id
HAVING count(*) > 0;

-- The page of a list whose numbers the index has told.
-- name: membership_numbered   in: member.NumberedMemberships   out: member.NumberedMemberships.memberships
SELECT {membership}
FROM membership WHERE community_id = :community_id AND number = ANY (:numbers::bigint[])
ORDER BY number;

-- Takes the communities of some unseen members after a community, so that one that never rests keeps nobody waiting, and locks
-- them in one order.
-- name: facet_claim   in: member.FacetFoldQuery   out: member.FacetFold.communities
INSERT INTO facet_index (community_id, fold_count)
SELECT DISTINCT community_id, 1
FROM (
	SELECT community_id FROM membership
	WHERE indexed_version <> version
		AND community_id > COALESCE(:after_community_id::uuid, '00000000-0000-0000-0000-000000000000')
	ORDER BY community_id, number LIMIT :row_limit::integer) AS unseen
ORDER BY community_id
ON CONFLICT (community_id) DO UPDATE SET fold_count = facet_index.fold_count + 1
RETURNING community_id;

-- Locks unseen members of a claimed community, but none that a writer holds: who says that a member must be looked at again
-- waits until the bite is done, so nothing he says is missed.
-- name: facet_take   in: member.FacetFoldQuery   out: member.FacetFold.members
SELECT community_id, number FROM membership
WHERE community_id = :community_id AND indexed_version <> version
ORDER BY number LIMIT :row_limit::integer
FOR NO KEY UPDATE SKIP LOCKED;

-- The members whose facets are folded, as they are now.
-- fragment: folded
(
	SELECT r.*
	FROM unnest(:members.community_id::uuid[], :members.number::bigint[]) AS i (community_id, number)
	CROSS JOIN LATERAL (
		SELECT * FROM membership AS r WHERE r.community_id = i.community_id AND r.number = i.number) AS r
) AS m

-- Below, facets are looked up one by one by their whole key, in subqueries of their own: the planner does not know how many
-- there will be, and joins them by less of the key when there are none yet.

-- Values that nobody had so far get their ids, and so do the blocks of counted ones: at most 10,000 values a name, of 200
-- bytes at most.
-- name: facet_admit   in: member.FacetFold
WITH present AS (
	SELECT DISTINCT m.community_id, f.name, f.value, f.counted
	FROM {folded}
	{facets}
	WHERE f.name <> 'muted' AND octet_length(f.value) <= 200
), placed AS (
	SELECT *, row_number() OVER (PARTITION BY community_id, name ORDER BY value) AS place
	FROM present AS p
	WHERE (SELECT facet_id FROM facet AS k WHERE k.community_id = p.community_id AND k.name = p.name AND k.scale = 0
		AND k.value = p.value) IS NULL
), counted AS (
	SELECT *, max(CASE WHEN place = 1 THEN (SELECT count(*) FROM facet AS k
		WHERE k.community_id = p.community_id AND k.name = p.name AND k.scale = 0) END)
		OVER (PARTITION BY community_id, name) AS n
	FROM placed AS p
), wanted AS (
	SELECT DISTINCT p.community_id, p.name, s.scale,
		CASE WHEN s.scale = 0 THEN p.value ELSE (p.value::bigint >> s.scale)::text END AS value, p.counted
	FROM counted AS p
	CROSS JOIN unnest(CASE WHEN p.counted THEN ARRAY[0, 3, 6, 9, 12] ELSE ARRAY[0] END) AS s (scale)
	WHERE p.place + p.n <= 10000
), unknown AS (
	SELECT w.*, row_number() OVER (PARTITION BY w.community_id ORDER BY w.name, w.scale, w.value) AS place
	FROM wanted AS w
	WHERE (SELECT facet_id FROM facet AS k WHERE k.community_id = w.community_id AND k.name = w.name AND k.scale = w.scale
		AND k.value = w.value) IS NULL
), born AS (
	INSERT INTO facet (community_id, facet_id, name, scale, value, number, counted)
	SELECT u.community_id, u.place + (SELECT last_facet_id FROM facet_index AS i WHERE i.community_id = u.community_id),
		u.name, u.scale, u.value,
		CASE WHEN u.value ~ '^-?[0-9]+$' AND u.value::numeric BETWEEN -9223372036854775808 AND 9223372036854775807
			THEN u.value::bigint END, u.counted
	FROM unknown AS u
	RETURNING community_id
)
UPDATE facet_index AS i SET last_facet_id = i.last_facet_id + b.n
FROM (SELECT community_id, count(*)::integer AS n FROM born GROUP BY community_id) AS b
WHERE i.community_id = b.community_id;

-- What the members are now beside what the index has seen of them: the cells whose bits change.
-- name: facet_fold   in: member.FacetFold   out: member.FacetFold.cells
WITH present AS MATERIALIZED (
	SELECT m.community_id, m.number, f.name, (SELECT facet_id FROM facet AS k
		WHERE k.community_id = m.community_id AND k.name = f.name AND k.scale = 0 AND k.value = f.value) AS facet_id
	FROM {folded}
	{facets}
	WHERE f.name <> 'muted'
), seen AS (
	SELECT i.community_id, i.number, k.facet_id
	FROM unnest(:members.community_id::uuid[], :members.number::bigint[]) AS i (community_id, number)
	CROSS JOIN LATERAL (
		SELECT unnest(facet_ids) AS facet_id FROM facet_member AS r
		WHERE r.community_id = i.community_id AND r.number = i.number) AS k
), cell AS MATERIALIZED (
	SELECT community_id, facet_id, number >> 16 AS chunk,
		array_agg(number) FILTER (WHERE difference > 0) AS added_numbers,
		array_agg(number) FILTER (WHERE difference < 0) AS removed_numbers
	FROM (SELECT community_id, number, facet_id, sum(difference) AS difference
		FROM (SELECT community_id, number, facet_id, 1 AS difference FROM present WHERE facet_id IS NOT NULL
			UNION ALL SELECT community_id, number, facet_id, -1 FROM seen) AS both_sides
		GROUP BY community_id, number, facet_id HAVING sum(difference) <> 0) AS change
	GROUP BY community_id, facet_id, number >> 16
), block AS MATERIALIZED (
	SELECT c.*, (
		SELECT array_agg(b.facet_id)
		FROM facet AS k
		CROSS JOIN unnest(ARRAY[3, 6, 9, 12]) AS s (scale)
		CROSS JOIN LATERAL (
			SELECT b.facet_id FROM facet AS b
			WHERE b.community_id = k.community_id AND b.name = k.name AND b.scale = s.scale
				AND b.value = (k.number >> s.scale)::text LIMIT 1) AS b
		WHERE k.community_id = c.community_id AND k.facet_id = c.facet_id AND k.counted) AS block_ids
	FROM cell AS c
), block_cell AS (
	SELECT community_id, facet_id, chunk, array_agg(number) FILTER (WHERE difference > 0) AS added_numbers,
		array_agg(number) FILTER (WHERE difference < 0) AS removed_numbers
	FROM (SELECT community_id, facet_id, chunk, number, sum(difference) AS difference
		FROM (SELECT b.community_id, i.facet_id, b.chunk, a.number, 1 AS difference
			FROM block AS b CROSS JOIN unnest(b.block_ids) AS i (facet_id)
			CROSS JOIN unnest(b.added_numbers) AS a (number)
			UNION ALL
			SELECT b.community_id, i.facet_id, b.chunk, r.number, -1
			FROM block AS b CROSS JOIN unnest(b.block_ids) AS i (facet_id)
			CROSS JOIN unnest(b.removed_numbers) AS r (number)) AS both_sides
		GROUP BY community_id, facet_id, chunk, number HAVING sum(difference) <> 0) AS change
	GROUP BY community_id, facet_id, chunk
), remembered AS (
	INSERT INTO facet_member (community_id, number, facet_ids, loose_names)
	SELECT community_id, number, COALESCE(array_agg(facet_id) FILTER (WHERE facet_id IS NOT NULL), '{}'),
		COALESCE(array_agg(DISTINCT name) FILTER (WHERE facet_id IS NULL), '{}')
	FROM present GROUP BY community_id, number
	ON CONFLICT (community_id, number) DO UPDATE SET
		facet_ids = EXCLUDED.facet_ids, loose_names = EXCLUDED.loose_names
), marked AS (
	UPDATE membership AS r SET indexed_version = r.version
	FROM unnest(:members.community_id::uuid[], :members.number::bigint[]) AS i (community_id, number)
	WHERE r.community_id = i.community_id AND r.number = i.number
)
SELECT c.community_id, c.facet_id AS facet, c.chunk, (SELECT b.bits FROM facet_bits AS b
	WHERE b.community_id = c.community_id AND b.facet_id = c.facet_id AND b.chunk = c.chunk) AS bits,
	c.added_numbers, c.removed_numbers
FROM (SELECT * FROM cell UNION ALL SELECT * FROM block_cell) AS c;

-- Cells without anybody go.
-- name: facet_store   in: member.FacetFold
WITH cell AS (
	SELECT * FROM unnest(:cells.community_id::uuid[], :cells.facet::integer[], :cells.chunk::integer[],
		:cells.bits::bytea[]) AS c (community_id, facet_id, chunk, bits)
), gone AS (
	DELETE FROM facet_bits AS b USING cell AS c
	WHERE b.community_id = c.community_id AND b.facet_id = c.facet_id AND b.chunk = c.chunk AND c.bits = ''
)
INSERT INTO facet_bits (community_id, facet_id, chunk, bits)
SELECT * FROM cell WHERE bits <> ''
ON CONFLICT (community_id, facet_id, chunk) DO UPDATE SET bits = EXCLUDED.bits;

-- Values that nobody has any more are forgotten, with the words in them.
-- name: facet_sweep   in: member.FacetFold
DELETE FROM facet AS f
USING unnest(:cells.community_id::uuid[], :cells.facet::integer[], :cells.bits::bytea[]) AS c (community_id, facet_id, bits)
WHERE c.bits = '' AND f.community_id = c.community_id AND f.facet_id = c.facet_id
	AND NOT EXISTS (SELECT FROM facet_bits AS b WHERE b.community_id = f.community_id AND b.facet_id = f.facet_id);

-- After a change of the community's days: some more of its members are to be looked at again.
-- name: facet_renew   in: member.FacetFoldQuery   out: member.FacetFold.communities
WITH due AS (
	SELECT i.community_id, i.renew_after_number AS low, i.renew_after_number + :row_limit::integer AS high
	FROM facet_index AS i WHERE i.renew_after_number IS NOT NULL
	ORDER BY i.community_id LIMIT 1 FOR NO KEY UPDATE
), marked AS (
	UPDATE membership AS m SET indexed_version = 0 FROM due
	WHERE m.community_id = due.community_id AND m.number > due.low AND m.number <= due.high
)
UPDATE facet_index AS i SET renew_after_number = CASE WHEN due.high < c.last_number THEN due.high END
FROM due JOIN community AS c USING (community_id)
WHERE i.community_id = due.community_id
RETURNING i.community_id;
