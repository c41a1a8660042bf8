-- Word lists. The platform's stands under the nil community. Whoever changes a list has locked its row.

-- fragment: word_list
NULLIF(community_id, '00000000-0000-0000-0000-000000000000') AS community_id, version, word_count, update_time

-- name: word_list_change   in: content.GetWordListRequest   out: none
INSERT INTO word_list (community_id, version, word_count, update_time)
VALUES (:community_id, 1, 0, :now)
ON CONFLICT (community_id) DO UPDATE SET version = word_list.version + 1, update_time = EXCLUDED.update_time;

-- name: word_add   in: content.AddWordsRequest   out: content.WordList
WITH given AS (
	SELECT DISTINCT ON (word) word, action, category
	FROM unnest(:words.word::text[], :words.action::text[], :words.category::text[]) WITH ORDINALITY
		AS w (word, action, category, place)
	ORDER BY word, place DESC
), fresh AS (
	SELECT count(*) AS n FROM given AS g
	WHERE NOT EXISTS (SELECT FROM word AS w WHERE w.community_id = :community_id AND w.word = g.word)
), put AS (
	INSERT INTO word (community_id, word, action, category)
	SELECT :community_id::uuid, word, action, category FROM given ORDER BY word
	ON CONFLICT (community_id, word) DO UPDATE SET action = EXCLUDED.action, category = EXCLUDED.category
)
UPDATE word_list SET word_count = word_count + fresh.n
FROM fresh
WHERE community_id = :community_id
RETURNING {word_list};

-- name: word_remove   in: content.RemoveWordsRequest   out: content.WordList
WITH gone AS (
	DELETE FROM word WHERE community_id = :community_id AND word = ANY (:words::text[])
	RETURNING word
), counted AS (
	SELECT count(*) AS n FROM gone
)
UPDATE word_list SET word_count = word_count - counted.n
FROM counted
WHERE community_id = :community_id
RETURNING {word_list};

-- name: word_list_words   in: content.ListWordsRequest   out: content.ListWordsResponse.words   page: word
SELECT word, action, category FROM word
WHERE community_id = :community_id AND word > COALESCE(:after.word::text, '')
ORDER BY word LIMIT :limit;

-- name: word_list_get   in: content.GetWordListRequest   out: content.WordList
SELECT NULLIF(:community_id::uuid, '00000000-0000-0000-0000-000000000000') AS community_id,
	COALESCE(l.version, 0) AS version, COALESCE(l.word_count, 0) AS word_count, l.update_time
FROM (SELECT) AS one LEFT JOIN word_list AS l ON l.community_id = :community_id;

-- Of lists that have never had a word as well.
-- name: word_list_versions   in: content.WordListKeys   out: content.WordListVersions.lists
SELECT k.community_id, COALESCE(l.version, 0) AS version, COALESCE(l.word_count, 0) AS word_count
FROM unnest(:community_ids::uuid[]) AS k (community_id) LEFT JOIN word_list AS l ON l.community_id = k.community_id;

-- name: word_page   in: content.WordPage   out: content.Words.words
SELECT word, action, category FROM word
WHERE community_id = :community_id AND word > :after
ORDER BY word LIMIT 10000;
