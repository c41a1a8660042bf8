-- Topics, and what is said about them.

-- The name of today of what the row's words mean.
-- fragment: topic_now
CASE topic WHEN '' THEN '' ELSE COALESCE((SELECT meant_name FROM meant_topic WHERE meant_in = community_id AND meant_by = topic),
	topic) END

-- The topic t with the words that mean it and what was said about it.
-- fragment: topic
t.topic_id, t.name AS topic, t.description, t.parent_id, t.position, t.state, t.merged_into_id, t.version::text AS etag,
	array_remove(m.terms, t.name) AS other_names, said.post_count, said.last_post_time

-- fragment: topic_said
CROSS JOIN LATERAL (
	SELECT COALESCE(array_agg(term ORDER BY term), '{}') AS terms FROM topic_term
	WHERE community_id = t.community_id AND topic_id = t.topic_id) AS m
CROSS JOIN LATERAL (
	SELECT count(*) AS post_count, max(publish_time) AS last_post_time FROM post
	WHERE community_id = t.community_id AND topic <> '' AND topic = ANY (m.terms) AND state = 'PUBLISHED') AS said

-- name: topic_create   in: content.CreateTopicRequest   out: content.Topic
WITH named AS (
	INSERT INTO topic_term (community_id, term, topic_id) VALUES (:community_id, :topic.topic, :new_id::uuid)
	RETURNING term
), t AS (
	INSERT INTO topic (community_id, topic_id, name, description, parent_id, position, create_time)
	SELECT :community_id, :new_id::uuid, term, :topic.description, :topic.parent_id::uuid, :topic.position, :now FROM named
	RETURNING *
)
SELECT t.topic_id, t.name AS topic, t.description, t.parent_id, t.position, t.state, t.version::text AS etag,
	said.post_count, said.last_post_time
FROM t
CROSS JOIN LATERAL (
	SELECT count(*) AS post_count, max(publish_time) AS last_post_time FROM post
	WHERE community_id = t.community_id AND topic <> '' AND topic = t.name AND state = 'PUBLISHED') AS said;

-- name: topic_get   in: content.GetTopicRequest   out: content.Topic
SELECT {topic} FROM topic AS t
{topic_said}
WHERE t.community_id = :community_id AND t.topic_id = :topic_id;

-- name: topic_lock   in: content.GetTopicRequest   out: content.Topic
SELECT topic_id, name AS topic, parent_id, state, version::text AS etag FROM topic
WHERE community_id = :community_id AND topic_id = :topic_id FOR NO KEY UPDATE;

-- How many stand under it, but for one.
-- name: topic_below   in: content.TopicBelow   out: content.TopicCount
SELECT count(*) AS count FROM topic
WHERE community_id = :community_id AND parent_id = :topic_id AND topic_id IS DISTINCT FROM :but_topic_id::uuid;

-- A name that meant another topic is refused by the key; one that meant this one already is its name again.
-- name: topic_update   in: content.UpdateTopicRequest   out: none
WITH named AS (
	INSERT INTO topic_term (community_id, term, topic_id)
	SELECT :community_id, :topic.topic, :topic_id
	WHERE :mask.topic AND NOT EXISTS (SELECT FROM topic_term
		WHERE community_id = :community_id AND term = :topic.topic AND topic_id = :topic_id)
)
UPDATE topic SET
	name = CASE WHEN :mask.topic THEN :topic.topic ELSE name END,
	description = CASE WHEN :mask.description THEN :topic.description ELSE description END,
	parent_id = CASE WHEN :mask.parent_id THEN :topic.parent_id::uuid ELSE parent_id END,
	position = CASE WHEN :mask.position THEN :topic.position ELSE position END,
	version = version + 1
WHERE community_id = :community_id AND topic_id = :topic_id;

-- name: topic_move   in: content.TopicMove   out: none
UPDATE topic SET state = :state, version = version + 1 WHERE community_id = :community_id AND topic_id = :topic_id;

-- A topic that stood under the one which is merged into it stands under none.
-- name: topic_merge   in: content.MergeTopicRequest   out: none
WITH terms AS (
	UPDATE topic_term SET topic_id = :into_topic_id WHERE community_id = :community_id AND topic_id = :topic_id
), below AS (
	UPDATE topic SET parent_id = CASE topic_id WHEN :into_topic_id THEN NULL ELSE :into_topic_id::uuid END,
		version = version + 1
	WHERE community_id = :community_id AND parent_id = :topic_id
)
UPDATE topic SET state = 'MERGED', merged_into_id = :into_topic_id, parent_id = NULL, version = version + 1
WHERE community_id = :community_id AND topic_id = :topic_id;

-- name: topic_meant   in: content.TopicWords   out: content.MeantTopic
SELECT COALESCE(t.name, asked.words) AS topic, t.state,
	COALESCE((SELECT topics_only FROM content_settings WHERE community_id = :community_id), false) AS topics_only
FROM (SELECT :community_id::uuid AS community_id, :topic::text AS words) AS asked
LEFT JOIN topic_term AS m ON m.community_id = asked.community_id AND m.term = asked.words
LEFT JOIN topic AS t ON t.community_id = m.community_id AND t.topic_id = m.topic_id;

-- The community's topics, and other words of posts that are published. Those are found word by word: a step of the index
-- for each, however many posts have it.
-- name: topic_list   in: content.ListTopicsRequest   out: content.ListTopicsResponse.topics   page: topic
WITH RECURSIVE word (topic) AS (
	(SELECT topic FROM post
	WHERE community_id = :community_id AND topic <> '' AND topic > COALESCE(:after.topic::text, '')
	ORDER BY topic LIMIT 1)
	UNION ALL
	SELECT (SELECT p.topic FROM post AS p
		WHERE p.community_id = :community_id AND p.topic <> '' AND p.topic > word.topic
		ORDER BY p.topic LIMIT 1)
	FROM word WHERE word.topic IS NOT NULL
), other AS (
	SELECT topic FROM word
	WHERE topic IS NOT NULL
		AND NOT EXISTS (SELECT FROM topic_term AS m WHERE m.community_id = :community_id AND m.term = word.topic)
		AND EXISTS (SELECT FROM post AS p WHERE p.community_id = :community_id AND p.topic = word.topic
			AND p.topic <> '' AND p.state = 'PUBLISHED')
	LIMIT :limit
), own AS (
	SELECT * FROM topic
	WHERE community_id = :community_id AND state <> 'MERGED' AND name > COALESCE(:after.topic::text, '')
	ORDER BY name LIMIT :limit
), named AS (
	SELECT name, topic_id, description, parent_id, position, state, version::text AS etag,
		ARRAY(SELECT term FROM topic_term AS m
			WHERE m.community_id = own.community_id AND m.topic_id = own.topic_id ORDER BY term) AS terms
	FROM own
	UNION ALL
	SELECT topic, NULL, '', NULL, 0, NULL, '', ARRAY[topic] FROM other
	ORDER BY name LIMIT :limit
)
SELECT named.name AS topic, topic_id, description, parent_id, position, named.state, etag,
	array_remove(terms, named.name) AS other_names, post_count, last_post_time
FROM named
CROSS JOIN LATERAL (
	SELECT count(*) AS post_count, max(publish_time) AS last_post_time FROM post AS p
	WHERE p.community_id = :community_id AND p.topic <> '' AND p.topic = ANY (named.terms) AND p.state = 'PUBLISHED') AS said
ORDER BY topic LIMIT :limit;

-- name: post_mark   in: content.MarkPostOffTopicRequest   out: content.OffTopicMark
UPDATE post SET off_topic = NOT :on_topic, update_time = :now, version = version + 1
WHERE community_id = :community_id AND post_id = :post_id AND off_topic = :on_topic
RETURNING community_id, post_id, off_topic;
