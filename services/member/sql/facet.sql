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
-- they are exact, whatever the fold has yet to do.
-- name: facet_read   in: member.FacetQuery   out: member.FacetAnswer.rows
WITH unseen AS MATERIALIZED (
	SELECT number FROM membership WHERE community_id = :community_id AND indexed_version <> version
	UNION
	SELECT m.number FROM facet_index AS i JOIN membership AS m USING (community_id)
	WHERE i.community_id = :community_id AND i.renew_after_number IS NOT NULL AND m.number > i.renew_after_number
	UNION
	SELECT number FROM facet_member
	WHERE community_id = :community_id AND loose_names <> '{}' AND loose_names && :names::text[]
), unseen_values AS (
	SELECT u.number, array_agg(f.name ORDER BY f.name, f.value) AS names,
		array_agg(f.value ORDER BY f.name, f.value) AS values
	FROM unseen AS u
	CROSS JOIN LATERAL (SELECT * FROM membership AS r WHERE r.community_id = :community_id AND r.number = u.number) AS m
	{facets}
	WHERE f.name = ANY (:names::text[])
	GROUP BY u.number
), wanted AS (
	SELECT w.term, f.facet_id, f.value
	FROM unnest(:equals.term::integer[], :equals.name::text[], :equals.text::text[]) AS w (term, name, text)
	JOIN facet AS f ON f.community_id = :community_id AND f.name = w.name AND f.scale = 0 AND f.value = w.text
	UNION ALL
	SELECT w.term, f.facet_id, f.value
	FROM unnest(:contained.term::integer[], :contained.name::text[], :contained.text::text[]) AS w (term, name, text)
	JOIN facet AS f ON f.community_id = :community_id AND f.name = w.name AND f.scale = 0 AND strpos(f.value, w.text) > 0
	UNION ALL
	SELECT w.term, f.facet_id, f.value
	FROM unnest(:ranges.term::integer[], :ranges.name::text[], :ranges.scale::smallint[], :ranges.low::bigint[],
		:ranges.high::bigint[]) AS w (term, name, scale, low, high)
	JOIN facet AS f ON f.community_id = :community_id AND f.name = w.name AND f.scale = w.scale
		AND f.number IS NOT NULL AND f.number BETWEEN w.low AND w.high
)
SELECT w.term, w.value, b.bits, NULL::integer[] AS numbers, NULL::text[] AS names, NULL::text[] AS values
FROM wanted AS w JOIN facet_bits AS b ON b.community_id = :community_id AND b.facet_id = w.facet_id
UNION ALL
SELECT -1, NULL, NULL, array_agg(u.number::integer), v.names, v.values
FROM unseen AS u LEFT JOIN unseen_values AS v ON v.number = u.number
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

-- Locks unseen members of these communities, but none that a writer holds: who says that a member must be looked at again waits
-- until the bite is done, so nothing he says is missed.
-- name: facet_take   in: member.FacetFoldQuery   out: member.FacetFold.members
SELECT community_id, number FROM membership
WHERE community_id = ANY (:community_ids::uuid[]) AND indexed_version <> version
ORDER BY community_id, number LIMIT :row_limit::integer
FOR NO KEY UPDATE SKIP LOCKED;

-- What locked members are now beside what the index has seen of them: cells whose bits change. Values get their ids here, at
-- most 10,000 a name and of 200 bytes at most.
-- name: facet_fold   in: member.FacetFold   out: member.FacetFold.cells
WITH m AS MATERIALIZED (
	SELECT r.*
	FROM unnest(:members.community_id::uuid[], :members.number::bigint[]) AS i (community_id, number)
	CROSS JOIN LATERAL (
		SELECT * FROM membership AS r WHERE r.community_id = i.community_id AND r.number = i.number) AS r
), present AS MATERIALIZED (
	SELECT m.community_id, m.number, f.name, f.value, f.counted
	FROM m
	{facets}
	WHERE f.name <> 'muted'
), value AS MATERIALIZED (
	SELECT d.community_id, d.name, d.value, d.counted, f.facet_id,
		row_number() OVER (PARTITION BY d.community_id, d.name, f.facet_id IS NULL ORDER BY d.value) AS place
	FROM (SELECT DISTINCT community_id, name, value, counted FROM present WHERE octet_length(value) <= 200) AS d
	LEFT JOIN facet AS f ON f.community_id = d.community_id AND f.name = d.name AND f.scale = 0 AND f.value = d.value
), filled AS (
	SELECT community_id, name, (SELECT count(*) FROM facet AS f
		WHERE f.community_id = v.community_id AND f.name = v.name AND f.scale = 0) AS n
	FROM value AS v WHERE facet_id IS NULL GROUP BY community_id, name
), admitted AS (
	SELECT v.* FROM value AS v LEFT JOIN filled AS f USING (community_id, name)
	WHERE v.facet_id IS NOT NULL OR v.place + f.n <= 10000
), exact AS MATERIALIZED (
	SELECT p.*, a.facet_id, a.value IS NOT NULL AS admitted
	FROM present AS p LEFT JOIN admitted AS a USING (community_id, name, value)
), seen AS (
	SELECT m.community_id, m.number, f.name, f.value, f.counted
	FROM m JOIN facet_member AS k USING (community_id, number)
	CROSS JOIN LATERAL unnest(k.facet_ids) AS i (facet_id)
	JOIN facet AS f ON f.community_id = m.community_id AND f.facet_id = i.facet_id
), change AS (
	SELECT community_id, number, name, value, counted, sum(difference) AS difference
	FROM (SELECT community_id, number, name, value, counted, 1 AS difference FROM exact WHERE admitted
		UNION ALL SELECT community_id, number, name, value, counted, -1 FROM seen) AS both_sides
	GROUP BY community_id, number, name, value, counted HAVING sum(difference) <> 0
), block AS (
	SELECT community_id, number, name, scale, (value::bigint >> scale)::text AS value, sum(difference) AS difference
	FROM change CROSS JOIN unnest(ARRAY[3, 6, 9, 12]) AS s (scale)
	WHERE counted
	GROUP BY community_id, number, name, scale, value::bigint >> scale HAVING sum(difference) <> 0
), cell AS MATERIALIZED (
	SELECT community_id, name, scale, value, counted, number >> 16 AS chunk,
		array_agg(number) FILTER (WHERE difference > 0) AS added_numbers,
		array_agg(number) FILTER (WHERE difference < 0) AS removed_numbers
	FROM (SELECT community_id, number, name, 0 AS scale, value, counted, difference FROM change
		UNION ALL SELECT community_id, number, name, scale, value, true, difference FROM block) AS each
	GROUP BY community_id, name, scale, value, counted, number >> 16
), known AS MATERIALIZED (
	SELECT d.*, f.facet_id,
		row_number() OVER (PARTITION BY d.community_id, f.facet_id IS NULL ORDER BY d.name, d.scale, d.value) AS place
	FROM (SELECT DISTINCT community_id, name, scale, value, counted FROM cell) AS d
	LEFT JOIN facet AS f ON f.community_id = d.community_id AND f.name = d.name AND f.scale = d.scale AND f.value = d.value
), born AS (
	INSERT INTO facet (community_id, facet_id, name, scale, value, number, counted)
	SELECT k.community_id, i.last_facet_id + k.place, k.name, k.scale, k.value,
		CASE WHEN k.value ~ '^-?[0-9]+$' AND k.value::numeric BETWEEN -9223372036854775808 AND 9223372036854775807
			THEN k.value::bigint END, k.counted
	FROM known AS k JOIN facet_index AS i USING (community_id) WHERE k.facet_id IS NULL
	RETURNING community_id, facet_id, name, scale, value
), numbered AS (
	UPDATE facet_index AS i SET last_facet_id = i.last_facet_id + b.n
	FROM (SELECT community_id, count(*)::integer AS n FROM born GROUP BY community_id) AS b
	WHERE i.community_id = b.community_id
), id AS MATERIALIZED (
	SELECT community_id, name, scale, value, facet_id FROM known WHERE facet_id IS NOT NULL
	UNION ALL SELECT community_id, name, scale, value, facet_id FROM born
), remembered AS (
	INSERT INTO facet_member (community_id, number, facet_ids, loose_names)
	SELECT e.community_id, e.number,
		COALESCE(array_agg(COALESCE(e.facet_id, b.facet_id)) FILTER (WHERE e.admitted), '{}'),
		COALESCE(array_agg(DISTINCT e.name) FILTER (WHERE NOT e.admitted), '{}')
	FROM exact AS e
	LEFT JOIN born AS b ON e.facet_id IS NULL AND b.community_id = e.community_id AND b.name = e.name AND b.scale = 0
		AND b.value = e.value
	GROUP BY e.community_id, e.number
	ON CONFLICT (community_id, number) DO UPDATE SET
		facet_ids = EXCLUDED.facet_ids, loose_names = EXCLUDED.loose_names
), marked AS (
	UPDATE membership AS r SET indexed_version = m.version
	FROM m WHERE r.community_id = m.community_id AND r.number = m.number
)
SELECT c.community_id, id.facet_id AS facet, c.chunk, b.bits, c.added_numbers, c.removed_numbers
FROM cell AS c JOIN id USING (community_id, name, scale, value)
LEFT JOIN facet_bits AS b ON b.community_id = c.community_id AND b.facet_id = id.facet_id AND b.chunk = c.chunk;

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
