-- Search. What it costs is bounded by steps of time: at first as much as holds some thousand of the newest entries there
-- are where one searches. How many of them are found says how far the next step has to go to find enough; should that not
-- do, the next go three times as far. A word that is everywhere is found in the first step, a rare one is not many rows in
-- the last.

-- fragment: findable
(p.state = 'PUBLISHED' OR :filter.include_archived AND p.state = 'ARCHIVED')
	AND (w.entry_id = w.post_id OR (SELECT k.state FROM comment k
		WHERE k.community_id = w.community_id AND k.comment_id = w.entry_id) = 'PUBLISHED')
	AND (:viewer_id::uuid IS NULL OR p.visibility = 'PUBLIC' OR :belongs AND p.visibility = 'MEMBER'
		OR p.author_person_id = :viewer_id OR EXISTS (SELECT FROM replica_present m
			WHERE m.community_id = w.community_id AND m.person_id = :viewer_id
			  AND (m.role IN ('MODERATOR', 'ADMIN', 'OWNER') OR p.visibility = 'PAID' AND p.plan_id = m.plan_id
				OR p.visibility = 'LEVEL' AND p.min_level <= m.level)))

-- fragment: asked_for
p.kind = COALESCE(:filter.kind::text, p.kind) AND (COALESCE(:filter.topic, '') = '' OR p.topic = ANY (step.topics))
	AND (COALESCE(:filter.scope::text, 'ALL') = 'ALL' OR (w.entry_id = w.post_id) = (:filter.scope::text = 'POSTS'))
	AND (w.publish_time >= COALESCE(:filter.from_time::timestamptz, '-infinity')) IS TRUE
	AND (NOT :newest OR (w.publish_time, w.entry_id) < (COALESCE(:after.publish_time::timestamptz, 'infinity'),
		COALESCE(:after.hit_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))) IS TRUE

-- fragment: enough
CASE WHEN :newest THEN :limit ELSE 500 END

-- fragment: spans
CASE WHEN low > '-infinity' THEN search_spans(low, LEAST(high, start_time)) END

-- What a step finds of the time from low to high. The index of words is asked three things at once, which it answers by
-- skipping from one to the next; as one question it would read all the step's time. What there is nothing to ask of, area or
-- spans, asks the other again: a word's beginning, asked twice, would be read twice. Conditions on time that are followed by IS
-- TRUE are no conditions of an index: what is wanted is the index of words.
-- fragment: found_in_step
CROSS JOIN LATERAL (
	SELECT w.community_id, w.post_id, w.entry_id, w.publish_time, w.words
	FROM search_entry w JOIN post p USING (community_id, post_id)
	WHERE w.words @@ terms AND w.words @@ COALESCE(area, spans, terms) AND w.words @@ COALESCE(spans, area, terms)
	  AND (w.publish_time >= low AND w.publish_time < high) IS TRUE
	  AND (:person_id::uuid IS NULL OR w.community_id IN (SELECT community_id FROM replica_present WHERE person_id = :person_id))
	  AND {asked_for} AND {findable}
	ORDER BY w.publish_time DESC, w.entry_id DESC LIMIT {enough}
) AS row

-- Each step is of the time before the one before; the last one of all the rest. To have the index tell some hundred
-- communities apart costs more than to look at what is found, unless three of four entries are of other communities: where
-- the time of 2,000 of theirs has 8,000 of all. How many are found in a step is a matter of chance: it goes as far as 1.5
-- standard deviations less would need.
-- name: search   in: content.SearchQuery   out: content.SearchResponse.hits   page: score, publish_time, hit_id   batch: no
WITH place AS MATERIALIZED (
	SELECT LEAST(:now::timestamptz, :filter.to_time::timestamptz,
			CASE WHEN :newest THEN :after.publish_time::timestamptz END) AS start_time,
		topic_terms(:community_id::uuid, :filter.topic) AS topics, :query::text::tsquery AS words,
		(:query || COALESCE(' & ''@a' || :filter.author_person_id::uuid || '''', ''))::tsquery AS terms
), pace AS MATERIALIZED (
	SELECT place.*, CASE WHEN :community_id::uuid IS NOT NULL THEN (
				SELECT min(publish_time) FROM search_entry WHERE community_id = :community_id)
			ELSE (SELECT min(publish_time) FROM search_entry)
		END AS oldest,
		CASE WHEN :community_id::uuid IS NOT NULL THEN extract(epoch FROM start_time - (
				SELECT publish_time FROM search_entry
				WHERE community_id = :community_id AND publish_time < start_time
				ORDER BY publish_time DESC OFFSET :first_entries LIMIT 1))
			WHEN :person_id::uuid IS NOT NULL THEN (
				SELECT :first_entries / sum(20 / GREATEST(1, extract(epoch FROM start_time - (SELECT publish_time FROM search_entry e
					WHERE e.community_id = m.community_id AND publish_time < start_time
					ORDER BY publish_time DESC OFFSET 20 LIMIT 1))))
				FROM replica_present m WHERE person_id = :person_id)
			ELSE extract(epoch FROM start_time - (
				SELECT publish_time FROM search_entry WHERE publish_time < start_time
				ORDER BY publish_time DESC OFFSET :first_entries LIMIT 1))
		END::double precision AS seconds
	FROM place
), ground AS MATERIALIZED (
	SELECT pace.*, (CASE WHEN :community_id::uuid IS NOT NULL THEN '''@c' || :community_id::uuid || ''''
			WHEN :person_id::uuid IS NOT NULL AND COALESCE(
					start_time - seconds * 2000 / :first_entries * interval '1 second', '-infinity') < (
				SELECT publish_time FROM search_entry WHERE publish_time < start_time
				ORDER BY publish_time DESC OFFSET 8000 LIMIT 1) THEN (
				SELECT COALESCE(string_agg('''@c' || community_id || '''', '|'), '''@nowhere''')
				FROM replica_present WHERE person_id = :person_id)
		END)::tsquery AS area
	FROM pace
), near AS MATERIALIZED (
	SELECT row.*
	FROM (SELECT *, {spans} AS spans
		FROM ground, LATERAL (SELECT COALESCE(start_time - seconds * interval '1 second', '-infinity') AS low,
			COALESCE(:filter.to_time::timestamptz, 'infinity') AS high) AS span
		OFFSET 0) AS step
	{found_in_step}
), farther AS (
	SELECT n, CASE WHEN n = 0 THEN start_time - seconds * interval '1 second'
			WHEN n < 6 AND at > oldest THEN at
			ELSE '-infinity' END AS low
	FROM ground, (SELECT count(*) AS found_count FROM near) AS so_far, generate_series(0, 6) AS n,
		LATERAL (SELECT start_time - LEAST(1e10, seconds * {enough} / GREATEST(found_count - 1.5 * sqrt(found_count), 0.5) * 3 ^ (n - 1))
			* interval '1 second' AS at) AS reach
	WHERE seconds IS NOT NULL AND found_count < {enough}
), found AS MATERIALIZED (
	SELECT * FROM near
	UNION ALL
	(SELECT row.*
	FROM (SELECT *, {spans} AS spans
		FROM (SELECT n, low, lag(low) OVER (ORDER BY n) AS high FROM farther) AS span, ground
		WHERE high > '-infinity'
		ORDER BY n OFFSET 0) AS step
	{found_in_step}
	ORDER BY step.n LIMIT {enough} - (SELECT count(*) FROM near))
	ORDER BY publish_time DESC, entry_id DESC LIMIT {enough}
), scored AS MATERIALIZED (
	SELECT found.*, CASE WHEN :newest THEN 0 ELSE ln(GREATEST(ts_rank('{0.1, 0.2, 0.4, 1}', found.words, place.words, 1), 1e-9))
		/ ln(2) + extract(epoch FROM publish_time)::double precision / (180 * 86400) END AS score
	FROM found, place
), page AS (
	SELECT * FROM scored
	WHERE (score, publish_time, entry_id) < (COALESCE(:after.score::double precision, 'infinity'),
		COALESCE(:after.publish_time::timestamptz, 'infinity'),
		COALESCE(:after.hit_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
	ORDER BY score DESC, publish_time DESC, entry_id DESC LIMIT :limit
)
SELECT g.community_id, g.post_id, k.comment_id, COALESCE(k.author_person_id, p.author_person_id) AS author_person_id, p.kind,
	(SELECT {topic_now} FROM (SELECT p.community_id, p.topic) AS of_post) AS topic, g.publish_time, p.title AS title_html,
	left(COALESCE(k.body, p.body), 20000) AS snippet_html, g.score, g.entry_id AS hit_id
FROM page g
JOIN post p ON p.community_id = g.community_id AND p.post_id = g.post_id
LEFT JOIN comment k ON k.community_id = g.community_id AND k.comment_id = g.entry_id
ORDER BY g.score DESC, g.publish_time DESC, g.entry_id DESC;

-- What falls behind, the newest first: an import of years must not keep what is said now from being found.
-- name: search_take   in: content.SearchTake   out: content.SearchBatch.texts
(SELECT community_id, post_id AS entry_id, post_id, author_person_id, LEAST(publish_time, :now::timestamptz) AS publish_time,
	version, state IN ('PUBLISHED', 'ARCHIVED') AS seen,
	CASE WHEN state IN ('PUBLISHED', 'ARCHIVED') THEN title ELSE '' END AS title,
	CASE WHEN state IN ('PUBLISHED', 'ARCHIVED') THEN topic ELSE '' END AS topic,
	CASE WHEN state IN ('PUBLISHED', 'ARCHIVED') THEN body ELSE '' END AS body
FROM post WHERE indexed_version <> version ORDER BY update_time DESC LIMIT :row_limit)
UNION ALL
(SELECT community_id, comment_id, post_id, author_person_id, LEAST(create_time, :now::timestamptz), version,
	state = 'PUBLISHED', '', '', CASE state WHEN 'PUBLISHED' THEN body ELSE '' END
FROM comment WHERE indexed_version <> version ORDER BY create_time DESC LIMIT :row_limit);

-- name: search_store   in: content.SearchBatch   out: none
INSERT INTO search_entry (community_id, entry_id, post_id, author_person_id, publish_time, version, words)
SELECT community_id, entry_id, post_id, author_person_id, publish_time, version,
	(CASE WHEN seen THEN search_tags(community_id, author_person_id, publish_time) || words ELSE '' END)::tsvector
FROM unnest(:texts.community_id::uuid[], :texts.entry_id::uuid[], :texts.post_id::uuid[], :texts.author_person_id::uuid[],
	:texts.publish_time::timestamptz[], :texts.version::bigint[], :texts.seen::boolean[], :texts.words::text[])
	AS t (community_id, entry_id, post_id, author_person_id, publish_time, version, seen, words)
ORDER BY community_id, entry_id
ON CONFLICT (community_id, entry_id) DO UPDATE
SET author_person_id = EXCLUDED.author_person_id, publish_time = EXCLUDED.publish_time, version = EXCLUDED.version,
    words = EXCLUDED.words
WHERE search_entry.version < EXCLUDED.version;

-- Last in its transaction, since whoever answers a post waits for its row. What has changed meanwhile is still behind.
-- name: search_settle   in: content.SearchBatch   out: none
WITH known AS (
	SELECT * FROM unnest(:texts.community_id::uuid[], :texts.entry_id::uuid[], :texts.version::bigint[])
		AS t (community_id, entry_id, version)
), locked AS MATERIALIZED (
	SELECT p.community_id, p.post_id, t.version
	FROM known t JOIN post p ON p.community_id = t.community_id AND p.post_id = t.entry_id
	ORDER BY p.community_id, p.post_id
	FOR NO KEY UPDATE OF p
), posts AS (
	UPDATE post
	SET indexed_version = locked.version, hot_time = hot_time(post.publish_time, post.comment_count, post.reaction_count)
	FROM locked
	WHERE post.community_id = locked.community_id AND post.post_id = locked.post_id
)
UPDATE comment SET indexed_version = t.version
FROM known t
WHERE comment.community_id = t.community_id AND comment.comment_id = t.entry_id;
