-- Imports: one statement a batch. Rows whose counters move are locked in the order of their keys, so that two batches
-- wait for each other and never deadlock. generate_series gives each item its place, and the planner a thousand rows to
-- expect: without it he joins the batch with itself row by row.

-- name: import_posts   in: content.ImportPostsRequest   out: content.ImportPostsResponse
WITH item AS (
	SELECT * FROM ROWS FROM (
		unnest(:items.community_id::uuid[]), unnest(:items.post_id::uuid[]),
		unnest(:items.author_person_id::uuid[]), unnest(:items.create_time::timestamptz[]),
		unnest(:items.kind::text[]), unnest(:items.visibility::text[]), unnest(:items.title::text[]),
		unnest(:items.body::text[]), unnest(:items.topic::text[]),
		generate_series(1, cardinality(:items.community_id::uuid[])))
	AS item(community_id, post_id, author_person_id, create_time, kind, visibility, title, body, topic, place)
), p AS (
	INSERT INTO post (community_id, post_id, author_person_id, kind, state, visibility, title, body, topic,
		was_published, create_time, publish_time, update_time, has_question)
	SELECT community_id, post_id, author_person_id, COALESCE(kind, 'TEXT'), 'PUBLISHED',
		COALESCE(visibility, 'MEMBER'), title, body, topic, true, create_time, create_time, create_time,
		kind IS NOT DISTINCT FROM 'QUESTION'
	FROM item
	ORDER BY community_id, post_id
	ON CONFLICT DO NOTHING
	RETURNING *
), t AS (
	INSERT INTO tally (community_id, post_count)
	SELECT community_id, count(*) FROM p GROUP BY community_id
), q AS (
	{question_open}
), e AS (
	INSERT INTO outbox (community_id, type, occur_time, person_id, subject_id, state, version, topic, kind)
	SELECT community_id, 'POST_PUBLISHED', publish_time, author_person_id, post_id, state, version, topic, kind FROM p
), made AS (
	SELECT count(*)::int AS n FROM p
)
SELECT made.n AS created_count, (SELECT count(*)::int FROM item) - made.n AS unchanged_count FROM made;

-- A parent that is not there is no reason to lose the answer: it then answers the post.
-- name: import_comments   in: content.ImportCommentsRequest   out: content.ImportCommentsResponse
WITH item AS (
	SELECT * FROM ROWS FROM (
		unnest(:items.community_id::uuid[]), unnest(:items.comment_id::uuid[]),
		unnest(:items.post_id::uuid[]), unnest(:items.parent_id::uuid[]),
		unnest(:items.author_person_id::uuid[]), unnest(:items.create_time::timestamptz[]),
		unnest(:items.body::text[]), generate_series(1, cardinality(:items.community_id::uuid[])))
	AS item(community_id, comment_id, post_id, parent_id, author_person_id, create_time, body, place)
), target AS MATERIALIZED (
	SELECT community_id, post_id, author_person_id, topic, kind, has_question
	FROM post
	WHERE (community_id, post_id) IN (SELECT community_id, post_id FROM item)
	ORDER BY community_id, post_id
	FOR NO KEY UPDATE
), known AS (
	SELECT DISTINCT ON (item.community_id, item.comment_id) item.*, target.author_person_id AS post_author, target.topic,
		target.kind = 'QUESTION' AS of_question
	FROM item JOIN target USING (community_id, post_id)
	ORDER BY item.community_id, item.comment_id, item.place
), answer AS (
	SELECT known.*, COALESCE(old.comment_id, new.comment_id) AS answered_id,
		COALESCE(old.author_person_id, new.author_person_id, known.post_author) AS answered_person_id
	FROM known
	LEFT JOIN comment old
		ON old.community_id = known.community_id AND old.comment_id = known.parent_id AND old.post_id = known.post_id
	LEFT JOIN known new
		ON new.community_id = known.community_id AND new.comment_id = known.parent_id AND new.post_id = known.post_id
), k AS (
	INSERT INTO comment (community_id, comment_id, post_id, parent_id, author_person_id, state, body, create_time, answer)
	SELECT community_id, comment_id, post_id, answered_id, author_person_id, 'PUBLISHED', body, create_time,
		of_question AND answered_id IS NULL AND author_person_id <> post_author
	FROM answer
	ORDER BY community_id, comment_id
	ON CONFLICT DO NOTHING
	RETURNING *
), n AS (
	UPDATE post
	SET comment_count = post.comment_count + sum.n,
	    hot_time = hot_time(post.publish_time, post.comment_count + sum.n::integer, post.reaction_count)
	FROM (SELECT community_id, post_id, count(*) AS n FROM k GROUP BY community_id, post_id) AS sum
	WHERE post.community_id = sum.community_id AND post.post_id = sum.post_id
), t AS (
	INSERT INTO tally (community_id, comment_count)
	SELECT community_id, count(*) FROM k GROUP BY community_id
), q AS (
	{question_answered}
	FROM (SELECT k.community_id, k.post_id, count(*) AS n, min(k.create_time) AS first_time, max(k.create_time) AS last_time
		FROM k JOIN target USING (community_id, post_id)
		WHERE target.has_question AND k.parent_id IS NULL AND k.author_person_id <> target.author_person_id
		GROUP BY k.community_id, k.post_id) AS new
	WHERE question.community_id = new.community_id AND question.post_id = new.post_id
), due AS (
	INSERT INTO quality_due (community_id, post_id) SELECT DISTINCT community_id, post_id FROM k
), e AS (
	INSERT INTO outbox (community_id, type, occur_time, person_id, subject_id, parent_id, other_person_id, state, version,
		topic, kind)
	SELECT k.community_id, 'COMMENT_CREATED', k.create_time, k.author_person_id, k.comment_id, k.post_id,
		answer.answered_person_id, k.state, k.version, answer.topic, CASE WHEN k.answer THEN 'ANSWER' END
	FROM k JOIN answer USING (community_id, comment_id)
), made AS (
	SELECT count(*)::int AS n FROM k
), unknown AS (
	SELECT COALESCE(array_agg((place - 1)::int ORDER BY place), '{}') AS places
	FROM item
	WHERE NOT EXISTS (SELECT FROM target t WHERE t.community_id = item.community_id AND t.post_id = item.post_id)
)
SELECT made.n AS created_count,
	(SELECT count(*)::int FROM item) - made.n - cardinality(unknown.places) AS unchanged_count,
	unknown.places AS unknown_items
FROM made, unknown;

-- name: import_reactions   in: content.ImportReactionsRequest   out: content.ImportReactionsResponse
WITH item AS (
	SELECT * FROM ROWS FROM (
		unnest(:items.community_id::uuid[]), unnest(:items.target_id::uuid[]),
		unnest(:items.other_target_id::uuid[]), unnest(:items.person_id::uuid[]),
		unnest(:items.emoji::text[]), unnest(:items.create_time::timestamptz[]),
		generate_series(1, cardinality(:items.community_id::uuid[])))
	AS item(community_id, target_id, other_id, person_id, emoji, create_time, place)
), candidate AS (
	SELECT community_id, target_id FROM item UNION SELECT community_id, other_id FROM item
), target_post AS MATERIALIZED (
	SELECT community_id, post_id AS target_id, author_person_id, topic
	FROM post
	WHERE (community_id, post_id) IN (SELECT community_id, target_id FROM candidate)
	ORDER BY community_id, post_id
	FOR NO KEY UPDATE
), target_comment AS MATERIALIZED (
	SELECT community_id, comment_id AS target_id, author_person_id,
		(SELECT topic FROM post p WHERE p.community_id = comment.community_id AND p.post_id = comment.post_id) AS topic
	FROM comment
	WHERE (community_id, comment_id) IN (SELECT community_id, target_id FROM candidate)
	ORDER BY community_id, comment_id
	FOR NO KEY UPDATE
), target AS (
	SELECT * FROM target_post UNION ALL SELECT * FROM target_comment
), known AS (
	SELECT item.community_id, COALESCE(a.target_id, b.target_id) AS target_id,
		COALESCE(a.author_person_id, b.author_person_id) AS author_person_id, item.person_id, item.emoji,
		item.create_time, item.place
	FROM item
	LEFT JOIN target a ON a.community_id = item.community_id AND a.target_id = item.target_id
	LEFT JOIN target b ON b.community_id = item.community_id AND b.target_id = item.other_id
), fresh AS (
	INSERT INTO reaction (community_id, target_id, person_id, emoji, create_time)
	SELECT DISTINCT ON (community_id, target_id, person_id, emoji) community_id, target_id, person_id, emoji, create_time
	FROM known
	WHERE target_id IS NOT NULL
	ORDER BY community_id, target_id, person_id, emoji, create_time
	ON CONFLICT DO NOTHING
	RETURNING *
), n AS (
	SELECT community_id, target_id, count(*) AS n FROM fresh GROUP BY community_id, target_id
), p AS (
	UPDATE post
	SET reaction_count = reaction_count + n.n,
	    hot_time = hot_time(publish_time, comment_count, reaction_count + n.n::integer)
	FROM n
	WHERE post.community_id = n.community_id AND post.post_id = n.target_id
), k AS (
	UPDATE comment
	SET reaction_count = reaction_count + n.n
	FROM n
	WHERE comment.community_id = n.community_id AND comment.comment_id = n.target_id
), t AS (
	INSERT INTO tally (community_id, reaction_count)
	SELECT community_id, count(*) FROM fresh GROUP BY community_id
), e AS (
	INSERT INTO outbox (community_id, type, occur_time, person_id, subject_id, parent_id, other_person_id, state, version,
		topic)
	SELECT fresh.community_id, 'REACTION_ADDED', fresh.create_time, fresh.person_id,
		md5(fresh.target_id || fresh.emoji)::uuid, fresh.target_id, target.author_person_id, fresh.emoji,
		fresh.version, target.topic
	FROM fresh JOIN target USING (community_id, target_id)
), made AS (
	SELECT count(*)::int AS n FROM fresh
), unknown AS (
	SELECT COALESCE(array_agg((place - 1)::int ORDER BY place), '{}') AS places FROM known WHERE target_id IS NULL
)
SELECT made.n AS created_count,
	(SELECT count(*)::int FROM item) - made.n - cardinality(unknown.places) AS unchanged_count,
	unknown.places AS unknown_items
FROM made, unknown;
