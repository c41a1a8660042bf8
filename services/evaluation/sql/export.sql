-- All that is kept under one person's id: one statement a noun, in the order in which they are read.

-- Before all others.
-- fragment: nil
'00000000-0000-0000-0000-000000000000'::uuid

-- The community that the page before ended in.
-- fragment: after_community
COALESCE(:after.community_id::uuid, {nil})

-- Raw rows have no index by person, for which every one of them would have to pay: his days tell where they are.
-- name: export_interactions   in: evaluation.ListEvaluationRecordsRequest   out: evaluation.PersonRecords.interactions
-- page: community_id, day, occur_time, interaction_id
WITH his AS (
	SELECT DISTINCT community_id, day FROM member_day
	WHERE person_id = :person_id
		AND (community_id, day) >= ({after_community}, COALESCE(:after.day::integer, -2147483648))
)
SELECT his.community_id, his.day, i.occur_time, i.interaction_id, i.person_id, i.kind, i.ref, i.reply_to, i.removed
FROM his
JOIN fold AS f USING (community_id)
CROSS JOIN LATERAL (
	SELECT * FROM interaction
	WHERE community_id = his.community_id AND person_id = :person_id
		AND occur_time >= (DATE '1970-01-01' + his.day)::timestamp AT TIME ZONE f.time_zone
		AND occur_time < (DATE '1970-01-01' + his.day + 1)::timestamp AT TIME ZONE f.time_zone
	OFFSET 0) AS i
WHERE (his.community_id, his.day, i.occur_time, i.interaction_id) > ({after_community},
	COALESCE(:after.day::integer, -2147483648), COALESCE(:after.occur_time::timestamptz, '-infinity'),
	COALESCE(:after.interaction_id::uuid, {nil}))
ORDER BY his.community_id, his.day, i.occur_time, i.interaction_id LIMIT :limit;

-- name: export_uncounted_interactions   in: evaluation.ListEvaluationRecordsRequest
-- out: evaluation.PersonRecords.uncounted_interactions   page: community_id, occur_time, interaction_id
SELECT i.community_id, i.occur_time, i.interaction_id, i.person_id, i.kind, i.ref, i.reply_to, i.removed
FROM (
	SELECT * FROM waiting
	WHERE person_id = :person_id
		AND (community_id, occur_time, interaction_id) > ({after_community},
			COALESCE(:after.occur_time::timestamptz, '-infinity'), COALESCE(:after.interaction_id::uuid, {nil}))) AS w
JOIN interaction AS i ON i.community_id = w.community_id AND i.occur_time = w.occur_time
	AND i.interaction_id = w.interaction_id
ORDER BY i.community_id, i.occur_time, i.interaction_id LIMIT :limit;
