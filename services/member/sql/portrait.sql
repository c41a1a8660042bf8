-- Portraits. What is said or done at time t weighs, at time T,
--
--	points * 2 ^ ((t - T) / 30 days)        post 3, comment 2, reaction 1
--
-- What is stored is the weight on the reference day, 2020-01-01 UTC: that of different times can be added, and the sum is
-- brought to any day by one factor.

-- The seconds of the half-life, and those since the reference day.
-- fragment: half_life
2592000::double precision

-- fragment: weight
amount::double precision
	* power(2::double precision, -extract(epoch FROM :now::timestamptz - TIMESTAMPTZ '2020-01-01+00')::double precision / {half_life})

-- What has just been told. Of each subject the highest version stands, in whatever order they come; nothing more is kept of
-- who was erased. generate_series tells the planner to expect many rows.
-- name: interest_hear   in: event.DeliverEventsRequest   out: none
WITH told AS (
	SELECT DISTINCT ON (community_id, person_id, subject_id) community_id, person_id, subject_id, version, topic,
		occur_time, source, points, CASE WHEN e.kind = 'QUESTION' THEN 'NEED' ELSE 'INTEREST' END AS kind
	FROM ROWS FROM (
		unnest(:events.community_id::uuid[]), unnest(:events.person_id::uuid[]), unnest(:events.subject_id::uuid[]),
		unnest(:events.version::bigint[]), unnest(:events.type::text[]), unnest(:events.topic::text[]),
		unnest(:events.kind::text[]), unnest(:events.occur_time::timestamptz[]),
		generate_series(1, cardinality(:events.community_id::uuid[])))
		AS e (community_id, person_id, subject_id, version, type, topic, kind, occur_time, place)
	JOIN (VALUES ('POST_PUBLISHED', 'POST', 3), ('POST_REMOVED', 'POST', 0),
		('COMMENT_CREATED', 'COMMENT', 2), ('COMMENT_REMOVED', 'COMMENT', 0),
		('REACTION_ADDED', 'REACTION', 1), ('REACTION_REMOVED', 'REACTION', 0))
		AS meaning (type, source, points) USING (type)
	WHERE topic <> '' AND person_id IS NOT NULL AND subject_id IS NOT NULL
	ORDER BY community_id, person_id, subject_id, version DESC
), present AS MATERIALIZED (
	SELECT person_id FROM person
	WHERE person_id IN (SELECT person_id FROM told) AND state <> 'ERASED'
	ORDER BY person_id FOR KEY SHARE
), changed AS (
	INSERT INTO interest_trace AS t (community_id, person_id, subject_id, source, version, kind, tag, amount, occur_time)
	SELECT community_id, person_id, subject_id, source, version, kind, topic,
		(points * power(2::double precision, extract(epoch FROM occur_time - TIMESTAMPTZ '2020-01-01+00')::double precision
			/ {half_life}))::numeric,
		occur_time
	FROM told JOIN present USING (person_id)
	ORDER BY community_id, person_id, subject_id
	ON CONFLICT (community_id, person_id, subject_id) DO UPDATE SET
		version = EXCLUDED.version, kind = EXCLUDED.kind, tag = EXCLUDED.tag, amount = EXCLUDED.amount,
		occur_time = EXCLUDED.occur_time, replaced_kind = t.kind, replaced_tag = t.tag, replaced_amount = t.amount
	WHERE t.version < EXCLUDED.version
	RETURNING *
), difference AS (
	SELECT community_id, person_id, kind, tag, source, amount, 1 AS n FROM changed WHERE amount > 0
	UNION ALL
	SELECT community_id, person_id, replaced_kind, replaced_tag, source, -replaced_amount, -1 FROM changed
	WHERE replaced_amount > 0
)
INSERT INTO interest AS i (community_id, person_id, kind, tag, amount, post_count, comment_count, reaction_count)
SELECT community_id, person_id, kind, tag, sum(amount), COALESCE(sum(n) FILTER (WHERE source = 'POST'), 0),
	COALESCE(sum(n) FILTER (WHERE source = 'COMMENT'), 0), COALESCE(sum(n) FILTER (WHERE source = 'REACTION'), 0)
FROM difference
GROUP BY community_id, person_id, kind, tag
ORDER BY community_id, person_id, kind, tag
ON CONFLICT (community_id, person_id, kind, tag) DO UPDATE SET
	amount = i.amount + EXCLUDED.amount, post_count = i.post_count + EXCLUDED.post_count,
	comment_count = i.comment_count + EXCLUDED.comment_count, reaction_count = i.reaction_count + EXCLUDED.reaction_count;

-- Under all of his ids: what was told of one stays with it.
-- name: portrait_interests   in: member.GetPortraitRequest   out: member.Portrait.interests
SELECT i.tag, i.kind, {weight} AS weight, i.post_count, i.comment_count, i.reaction_count,
	(SELECT max(t.occur_time) FROM interest_trace t
		WHERE t.community_id = :community_id AND t.person_id = ANY ({ids}) AND t.kind = i.kind AND t.tag = i.tag
			AND t.amount > 0) AS last_seen_time
FROM (
	SELECT kind, tag, sum(amount) AS amount, sum(post_count)::integer AS post_count,
		sum(comment_count)::integer AS comment_count, sum(reaction_count)::integer AS reaction_count
	FROM interest
	WHERE community_id = :community_id AND person_id = ANY ({ids}) AND amount > 0
	GROUP BY kind, tag) AS i
ORDER BY i.amount DESC, i.kind, i.tag LIMIT 100;

-- Cells of fewer than five members are not told, and with them goes the smallest of the others, so that what is missing in
-- a sum is at least two cells and five members. What a person keeps for himself, or behind a mask, is in no cell.
-- name: community_portrait   in: member.GetCommunityPortraitRequest   out: member.CommunityPortrait.cells
WITH present AS (
	SELECT person_id FROM membership WHERE community_id = :community_id AND state = 'ACTIVE'
), said AS (
	SELECT person_id, a.name, word FROM present JOIN person_attribute a USING (person_id)
	CROSS JOIN LATERAL regexp_split_to_table(
		CASE a.name WHEN 'birth_year' THEN left(a.value, 3) || '0s' ELSE lower(a.value) END,
		CASE a.name WHEN 'interests' THEN '[,，、]' ELSE '\n' END) AS w (word)
	WHERE a.name IN ('gender', 'birth_year', 'region', 'occupation', 'interests') AND a.visibility <> 'SELF'
		AND NOT a.masked
), cell AS (
	SELECT 'attributes.' || name AS dimension, btrim(word) AS value, count(DISTINCT person_id) AS member_count,
		0::double precision AS weight
	FROM said WHERE btrim(word) <> '' GROUP BY 1, 2
	UNION ALL
	SELECT lower(kind), tag, count(*), sum(weight)
	FROM (
		SELECT person_id, kind, tag, sum({weight}) AS weight
		FROM (
			SELECT COALESCE((SELECT p.merged_into_person_id FROM person AS p WHERE p.person_id = i.person_id),
				i.person_id) AS person_id, kind, tag, amount
			FROM interest AS i WHERE community_id = :community_id AND amount > 0) AS i
		JOIN present USING (person_id)
		GROUP BY person_id, kind, tag) AS felt
	WHERE weight >= 0.1
	GROUP BY 1, 2
), ranked AS (
	SELECT *, row_number() OVER (PARTITION BY dimension ORDER BY member_count, value) AS place,
		count(*) FILTER (WHERE member_count < 5) OVER (PARTITION BY dimension) AS n_small,
		row_number() OVER (PARTITION BY dimension ORDER BY member_count DESC, value) AS rank
	FROM cell
)
SELECT dimension, value, member_count, weight FROM ranked
WHERE (n_small = 0 OR place > n_small + 1) AND rank <= 100
ORDER BY dimension, rank;
