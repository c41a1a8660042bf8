-- Search. What it costs is bounded by steps: the newest 2,000 entries there are where one searches, then four times that
-- span of time, and so on, until enough is found. A word that is everywhere is found in the first step, a rare one is not
-- many rows in the last.

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

-- Each step is of the time before the one before; the last one of all the rest. Conditions on time that are followed by IS
-- TRUE are no conditions of an index: what is wanted is the index of words.
-- name: search   in: content.SearchQuery   out: content.SearchResponse.hits   page: score, publish_time, hit_id   batch: no
WITH place AS MATERIALIZED (
	SELECT LEAST(:now::timestamptz, :filter.to_time::timestamptz,
			CASE WHEN :newest THEN :after.publish_time::timestamptz END) AS start_time,
		(CASE WHEN :community_id::uuid IS NOT NULL THEN '''@c' || :community_id::uuid || ''''
		WHEN :person_id::uuid IS NOT NULL THEN (SELECT string_agg('''@c' || community_id || '''', '|')
			FROM replica_present WHERE person_id = :person_id)
		ELSE :query END)::tsquery AS area,
		topic_terms(:community_id::uuid, :filter.topic) AS topics, :query::text::tsquery AS words,
		(:query || COALESCE(' & ''@a' || :filter.author_person_id::uuid || '''', ''))::tsquery AS terms
), pace AS MATERIALIZED (
	SELECT CASE WHEN :community_id::uuid IS NOT NULL THEN start_time - (SELECT publish_time FROM search_entry
			WHERE community_id = :community_id AND publish_time < start_time
			ORDER BY publish_time DESC OFFSET 2000 LIMIT 1)
		WHEN :person_id::uuid IS NOT NULL THEN (SELECT 2000 / sum(20 / GREATEST(1, extract(epoch FROM start_time - (
				SELECT publish_time FROM search_entry e
				WHERE e.community_id = m.community_id AND publish_time < start_time
				ORDER BY publish_time DESC OFFSET 20 LIMIT 1)))) * interval '1 second'
			FROM replica_present m WHERE person_id = :person_id)
		ELSE start_time - (SELECT publish_time FROM search_entry
			WHERE publish_time < start_time ORDER BY publish_time DESC OFFSET 2000 LIMIT 1)
		END AS span
	FROM place
), step AS (
	SELECT n, CASE WHEN n = 6 OR COALESCE(4 ^ n * span > interval '10 years', true) THEN '-infinity'
			ELSE start_time - 4 ^ n * span END AS low,
		CASE n WHEN 0 THEN COALESCE(:filter.to_time::timestamptz, 'infinity') ELSE start_time - 4 ^ (n - 1) * span END AS high
	FROM place, pace, generate_series(0, 6) AS n
	WHERE n = 0 OR NOT COALESCE(4 ^ (n - 1) * span > interval '10 years', true)
), found AS MATERIALIZED (
	SELECT row.*
	FROM (SELECT n, low, high, area, topics, terms,
			CASE WHEN low > '-infinity' THEN search_spans(low, LEAST(high, start_time)) ELSE area END AS spans
		FROM step, place
		ORDER BY n) AS step
	CROSS JOIN LATERAL (
		SELECT w.community_id, w.post_id, w.entry_id, w.publish_time, w.words
		FROM search_entry w JOIN post p USING (community_id, post_id)
		WHERE w.words @@ step.terms AND w.words @@ step.area AND w.words @@ step.spans
		  AND (w.publish_time >= step.low AND w.publish_time < step.high) IS TRUE
		  AND {asked_for} AND {findable}
		ORDER BY w.publish_time DESC, w.entry_id DESC LIMIT CASE WHEN :newest THEN :limit ELSE 500 END
	) AS row
	ORDER BY step.n LIMIT CASE WHEN :newest THEN :limit ELSE 500 END
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
