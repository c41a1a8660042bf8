-- Taking questions to those who know. Which experts there are, member tells.

-- The highest version of each stands, in whatever order they come.
-- name: expert_told   in: event.DeliverEventsRequest
INSERT INTO expert AS x (community_id, topic, person_id, place, designate_time, withdrawn, version)
SELECT DISTINCT ON (community_id, topic, person_id) community_id, topic, person_id, place, occur_time, state = '', version
FROM unnest(:events.type::text[], :events.community_id::uuid[], :events.topic::text[], :events.person_id::uuid[],
	:events.place::bigint[], :events.occur_time::timestamptz[], :events.state::text[], :events.version::bigint[])
	AS e (type, community_id, topic, person_id, place, occur_time, state, version)
WHERE type = 'EXPERT_CHANGED'
ORDER BY community_id, topic, person_id, version DESC
ON CONFLICT (community_id, topic, person_id) DO UPDATE SET
	place = EXCLUDED.place, designate_time = EXCLUDED.designate_time, withdrawn = EXCLUDED.withdrawn,
	version = EXCLUDED.version
WHERE x.version < EXCLUDED.version;

-- Whose turn it is; what is given up any moment is nobody's.
-- name: question_route_due   in: none   out: content.QuestionKeys.keys
SELECT community_id, post_id FROM question
WHERE state = 'OPEN' AND NOT withdrawn AND route_time <= :now::timestamptz
	AND (resolve_due_time IS NULL OR resolve_due_time > :now::timestamptz)
ORDER BY route_time LIMIT 50
FOR NO KEY UPDATE SKIP LOCKED;

-- fragment: route_log
INSERT INTO question_route (community_id, post_id, step, person_id, by_person_id, route_time)
	SELECT qu.community_id, qu.post_id, 1 + (SELECT count(*) FROM question_route AS r
			WHERE r.community_id = qu.community_id AND r.post_id = qu.post_id)

-- When the one who is asked has had his time: the rest of that to answer it, or as much again.
-- fragment: route_until
CASE WHEN question.response_due_time > :now::timestamptz THEN question.response_due_time
	ELSE service_time(question.community_id, :now::timestamptz, {question_response_minutes}) END

-- The next expert of the topic who was not asked yet: by his place, then who has the fewest open questions, then who was
-- asked longest ago. Where there is none, the moderators: once the time to answer is over, or when the last one passed it on.
-- name: question_take   in: content.QuestionKey   out: none
WITH due AS (
	SELECT * FROM question
	WHERE community_id = :community_id AND post_id = :post_id AND state = 'OPEN' AND route_time <= :now::timestamptz
), next AS (
	SELECT x.person_id
	FROM due
	CROSS JOIN LATERAL unnest(topic_terms(due.community_id, due.topic)) AS m (term)
	JOIN expert AS x ON x.community_id = due.community_id AND x.topic = m.term AND NOT x.withdrawn
		AND x.person_id <> due.author_person_id
	JOIN replica_membership AS member ON member.community_id = x.community_id AND member.person_id = x.person_id
		AND member.state = 'ACTIVE' AND member.role <> 'MEMBER' AND member.join_time <= x.designate_time
		AND (member.mute_until_time IS NULL OR member.mute_until_time <= :now::timestamptz)
	CROSS JOIN LATERAL (SELECT count(*) AS n FROM question AS o
		WHERE o.community_id = x.community_id AND o.expert_person_id = x.person_id AND o.rank = 0 AND NOT o.withdrawn) AS open
	CROSS JOIN LATERAL (SELECT max(o.assign_time) AS time FROM question AS o
		WHERE o.community_id = x.community_id AND o.expert_person_id = x.person_id) AS last
	WHERE NOT EXISTS (SELECT FROM question_route AS r
		WHERE r.community_id = due.community_id AND r.post_id = due.post_id AND r.person_id = x.person_id)
	ORDER BY x.place, open.n, last.time NULLS FIRST, x.designate_time, x.person_id LIMIT 1
), found AS (
	SELECT due.community_id, due.post_id, (SELECT person_id FROM next) AS person_id,
		COALESCE(due.response_due_time <= :now::timestamptz, false)
			OR (due.expert_person_id IS NULL AND EXISTS (SELECT FROM question_route AS r
				WHERE r.community_id = due.community_id AND r.post_id = due.post_id)) AS over
	FROM due
), qu AS (
	UPDATE question SET
		expert_person_id = COALESCE(found.person_id, question.expert_person_id),
		assign_time = CASE WHEN found.person_id IS NULL THEN question.assign_time ELSE :now::timestamptz END,
		escalated = found.person_id IS NULL AND found.over,
		route_time = CASE WHEN found.person_id IS NOT NULL THEN {route_until}
			WHEN NOT found.over THEN question.response_due_time END,
		version = question.version + 1
	FROM found
	WHERE question.community_id = found.community_id AND question.post_id = found.post_id
	RETURNING question.*, found.person_id AS found_person_id
)
{route_log}, found_person_id, NULL, :now::timestamptz
FROM qu WHERE escalated OR found_person_id IS NOT NULL;

-- By a moderator's word.
-- name: question_assign   in: content.AssignQuestionRequest   out: content.Question
WITH qu AS (
	UPDATE question SET expert_person_id = :person_id, assign_time = :now::timestamptz, escalated = false,
		route_time = CASE state WHEN 'OPEN' THEN {route_until} END, version = version + 1
	WHERE community_id = :community_id AND post_id = :post_id
	RETURNING *
), l AS (
	{route_log}, qu.expert_person_id, :caller_id::uuid, :now::timestamptz
	FROM qu
)
SELECT {question} FROM qu {question_post};

-- By who was asked last; nobody is, until its turn comes at once.
-- name: question_pass   in: content.PassQuestionRequest   out: content.Question
WITH qu AS (
	UPDATE question SET expert_person_id = NULL, assign_time = NULL, route_time = :now::timestamptz, version = version + 1
	WHERE community_id = :community_id AND post_id = :post_id
	RETURNING *
), r AS (
	UPDATE question_route SET pass_time = :now::timestamptz
	WHERE community_id = :community_id AND post_id = :post_id
		AND step = (SELECT count(*) FROM question_route AS r WHERE r.community_id = :community_id AND r.post_id = :post_id)
)
SELECT {question} FROM qu {question_post};

-- name: question_route_list   in: content.ListQuestionRoutesRequest   out: content.ListQuestionRoutesResponse.routes   page: step
SELECT step, person_id, by_person_id, route_time, pass_time FROM question_route
WHERE community_id = :community_id AND post_id = :post_id AND step > COALESCE(:after.step::integer, 0)
ORDER BY step LIMIT :limit;
