-- Raw interactions: how they come in.

-- An interaction's id follows from person, kind and ref; with community and time it is the key. Sorted, so that two
-- batches of the same interactions wait for each other in one order.
-- name: interaction_ingest   in: evaluation.IngestInteractionsRequest   out: evaluation.IngestInteractionsResponse
WITH item AS (
	SELECT community_id, occur_time, person_id, kind, ref, reply_to,
		encode(substr(sha256(convert_to(person_id || ':' || kind || ':' || ref, 'UTF8')), 1, 16), 'hex')::uuid AS interaction_id
	FROM unnest(:items.community_id::uuid[], :items.occur_time::timestamptz[], :items.person_id::uuid[],
		:items.kind::smallint[], :items.ref::text[], :items.reply_to::text[])
		AS i (community_id, occur_time, person_id, kind, ref, reply_to)
), raw AS (
	INSERT INTO interaction (community_id, occur_time, interaction_id, person_id, kind, ref, reply_to)
	SELECT community_id, occur_time, interaction_id, person_id, kind, ref, reply_to FROM item
	ORDER BY community_id, occur_time, interaction_id
	ON CONFLICT DO NOTHING
	RETURNING community_id, occur_time, interaction_id, person_id, kind
), pend AS (
	INSERT INTO pending (community_id, occur_time, interaction_id, person_id, kind)
	SELECT community_id, occur_time, interaction_id, person_id, kind FROM raw
)
SELECT (SELECT count(*) FROM raw) AS created_count,
	(SELECT count(*) FROM item) - (SELECT count(*) FROM raw) AS unchanged_count;

-- When something last happened.
-- name: interaction_last   in: evaluation.CommunityKey   out: evaluation.LastInteraction
SELECT (SELECT occur_time FROM interaction WHERE community_id = :community_id::uuid AND NOT removed
	ORDER BY occur_time DESC LIMIT 1) AS last_interaction_time;

-- A year of partitions ahead, and the zones that the server has learnt.
-- name: interaction_make_partitions   in: none
WITH z AS (
	INSERT INTO zone SELECT name FROM pg_timezone_names ON CONFLICT DO NOTHING
)
SELECT make_interaction_partitions(:now::timestamptz + interval '12 months');
