-- Questions. A question changes under its post's lock, or by itself when its time has come.

-- Opens the questions of posts p, with the answers that are there already.
-- fragment: question_open
INSERT INTO question (community_id, post_id, author_person_id, topic, withdrawn, open_time, response_due_time,
		resolve_due_time, route_time, response_time, answer_count, state)
	SELECT p.community_id, p.post_id, p.author_person_id, p.topic, p.state <> 'PUBLISHED', p.publish_time,
		service_time(p.community_id, p.publish_time, COALESCE(sla.question_response_minutes, 1440)),
		service_time(p.community_id, p.publish_time, COALESCE(sla.question_resolve_minutes, 4320)),
		CASE said.n WHEN 0 THEN p.publish_time END, said.first_time, said.n,
		CASE said.n WHEN 0 THEN 'OPEN' ELSE 'ANSWERED' END
	FROM p
	LEFT JOIN sla ON sla.community_id = p.community_id
	CROSS JOIN LATERAL (
		SELECT count(*)::integer AS n, min(a.create_time) AS first_time FROM comment AS a
		WHERE a.community_id = p.community_id AND a.post_id = p.post_id AND a.parent_id IS NULL
			AND a.state = 'PUBLISHED' AND a.author_person_id <> p.author_person_id) AS said
	WHERE p.has_question
	ON CONFLICT DO NOTHING

-- What has become of the posts p. Nobody is asked a question that cannot be read.
-- fragment: question_follow
UPDATE question SET withdrawn = p.state <> 'PUBLISHED' OR p.kind <> 'QUESTION', topic = p.topic, version = question.version + 1
	FROM p
	WHERE p.has_question AND question.community_id = p.community_id AND question.post_id = p.post_id

-- fragment: question_resolve_minutes
COALESCE((SELECT s.question_resolve_minutes FROM sla AS s WHERE s.community_id = question.community_id), 4320)

-- fragment: question_response_minutes
COALESCE((SELECT s.question_response_minutes FROM sla AS s WHERE s.community_id = question.community_id), 1440)

-- Takes new.n answers, given from new.first_time to new.last_time. What was given up is not any more.
-- fragment: question_answered
UPDATE question SET answer_count = question.answer_count + new.n,
		response_time = LEAST(question.response_time, new.first_time),
		state = CASE WHEN question.state IN ('OPEN', 'STALE') THEN 'ANSWERED' ELSE question.state END,
		resolve_due_time = CASE question.state WHEN 'STALE'
			THEN service_time(question.community_id, new.last_time, {question_resolve_minutes})
			ELSE question.resolve_due_time END,
		route_time = NULL, version = question.version + 1

-- Takes the comment k, which is removed or held, from the answers to p. Where it was accepted, the time to settle the question begins anew.
-- fragment: question_lose_answer
UPDATE question SET answer_count = question.answer_count - 1, response_time = rest.first_time,
		state = CASE WHEN question.state <> 'ANSWERED' AND question.accepted_comment_id IS DISTINCT FROM k.comment_id
			THEN question.state WHEN question.answer_count > 1 THEN 'ANSWERED' ELSE 'OPEN' END,
		resolve_due_time = CASE question.accepted_comment_id WHEN k.comment_id
			THEN service_time(question.community_id, :now::timestamptz, {question_resolve_minutes})
			ELSE question.resolve_due_time END,
		resolve_time = CASE question.accepted_comment_id WHEN k.comment_id THEN NULL ELSE question.resolve_time END,
		accepted_person_id = CASE question.accepted_comment_id WHEN k.comment_id THEN NULL
			ELSE question.accepted_person_id END,
		accepted_comment_id = NULLIF(question.accepted_comment_id, k.comment_id),
		route_time = CASE question.answer_count WHEN 1 THEN question.response_due_time END,
		version = question.version + 1
	FROM k JOIN p ON p.community_id = k.community_id AND p.post_id = k.post_id
	CROSS JOIN LATERAL (
		SELECT min(a.create_time) AS first_time FROM comment AS a
		WHERE a.community_id = k.community_id AND a.post_id = k.post_id AND a.parent_id IS NULL
			AND a.state = 'PUBLISHED' AND a.author_person_id <> p.author_person_id AND a.comment_id <> k.comment_id) AS rest
	WHERE p.has_question AND k.parent_id IS NULL AND k.author_person_id <> p.author_person_id
		AND question.community_id = k.community_id AND question.post_id = k.post_id
	RETURNING question.*

-- Of the question qu, which was `had`.
-- fragment: tell_unaccepted
INSERT INTO outbox (community_id, type, occur_time, person_id, subject_id, parent_id, other_person_id, version, topic)
	SELECT qu.community_id, 'ANSWER_UNACCEPTED', :now::timestamptz, :caller_id::uuid, had.accepted_comment_id, qu.post_id,
		had.accepted_person_id, qu.version, qu.topic

-- The question qu of the post p.
-- fragment: question
qu.community_id, qu.post_id, qu.author_person_id, p.title,
	COALESCE((SELECT meant_name FROM meant_topic WHERE meant_in = qu.community_id AND meant_by = p.topic), p.topic) AS topic,
	qu.state, qu.open_time, qu.response_due_time, qu.resolve_due_time, qu.response_time, qu.resolve_time,
	COALESCE(COALESCE(qu.response_time, :now::timestamptz) > qu.response_due_time, false) AS response_breached,
	COALESCE(COALESCE(qu.resolve_time, :now::timestamptz) > qu.resolve_due_time, false) AS resolve_breached, qu.answer_count,
	qu.accepted_comment_id, qu.accepted_person_id, qu.close_note, qu.expert_person_id, qu.assign_time, qu.escalated,
	qu.reopen_count, qu.version

-- fragment: question_post
JOIN post AS p ON p.community_id = qu.community_id AND p.post_id = qu.post_id

-- name: question_get   in: content.GetQuestionRequest   out: content.Question
SELECT {question} FROM question AS qu {question_post}
WHERE qu.community_id = :community_id AND qu.post_id = :post_id AND NOT qu.withdrawn;

-- name: question_lock   in: content.GetQuestionRequest   out: content.Question
SELECT community_id, post_id, author_person_id, state, answer_count, accepted_comment_id, expert_person_id FROM question
WHERE community_id = :community_id AND post_id = :post_id AND NOT withdrawn
FOR NO KEY UPDATE;

-- name: question_accept   in: content.AcceptAnswerRequest   out: content.Question
WITH qu AS (
	UPDATE question SET state = 'RESOLVED', accepted_comment_id = k.comment_id, accepted_person_id = k.author_person_id,
		resolve_time = :now::timestamptz, route_time = NULL, version = question.version + 1
	FROM comment AS k
	WHERE question.community_id = :community_id AND question.post_id = :post_id AND question.state IN ('ANSWERED', 'STALE')
		AND k.community_id = :community_id AND k.comment_id = :comment_id
	RETURNING question.*
), due AS (
	INSERT INTO quality_due (community_id, post_id) SELECT community_id, post_id FROM qu
), e AS (
	INSERT INTO outbox (community_id, type, occur_time, person_id, subject_id, parent_id, other_person_id, version, topic)
	SELECT community_id, 'ANSWER_ACCEPTED', resolve_time, :caller_id::uuid, accepted_comment_id, post_id,
		accepted_person_id, version, topic
	FROM qu
)
SELECT {question} FROM qu {question_post};

-- Settled without an answer.
-- name: question_close   in: content.CloseQuestionRequest   out: content.Question
WITH qu AS (
	UPDATE question SET state = 'RESOLVED', close_note = :note, closer_person_id = :caller_id::uuid,
		resolve_time = :now::timestamptz, route_time = NULL, version = version + 1
	WHERE community_id = :community_id AND post_id = :post_id
	RETURNING *
)
SELECT {question} FROM qu {question_post};

-- Not settled after all: the time to settle it begins anew, and if nobody has answered that to answer it, too.
-- name: question_reopen   in: content.QuestionReopening   out: content.Question
WITH had AS (
	SELECT * FROM question WHERE community_id = :community_id AND post_id = :post_id
), qu AS (
	UPDATE question SET state = CASE question.answer_count WHEN 0 THEN 'OPEN' ELSE 'ANSWERED' END,
		accepted_comment_id = NULL, accepted_person_id = NULL, close_note = '', closer_person_id = NULL,
		resolve_time = NULL,
		reopen_count = reopen_count + CASE WHEN :counts THEN 1 ELSE 0 END,
		resolve_due_time = service_time(community_id, :now::timestamptz, {question_resolve_minutes}),
		response_due_time = CASE question.answer_count WHEN 0
			THEN service_time(community_id, :now::timestamptz, {question_response_minutes})
			ELSE response_due_time END,
		route_time = CASE question.answer_count WHEN 0 THEN :now::timestamptz END, escalated = false,
		version = version + 1
	WHERE community_id = :community_id AND post_id = :post_id
	RETURNING *
), due AS (
	INSERT INTO quality_due (community_id, post_id) SELECT community_id, post_id FROM qu
), e AS (
	{tell_unaccepted}
	FROM qu JOIN had USING (community_id, post_id) WHERE had.accepted_comment_id IS NOT NULL
)
SELECT {question} FROM qu {question_post};

-- One row: the questions that a list begins with, and those it ends with.
-- fragment: question_span
(SELECT CASE :state::text WHEN 'ANSWERED' THEN 1 WHEN 'STALE' THEN 2 WHEN 'RESOLVED' THEN 3 ELSE 0 END AS first_rank,
	CASE :state::text WHEN 'OPEN' THEN 0 WHEN 'STALE' THEN 2 WHEN 'RESOLVED' THEN 3 ELSE 1 END AS last_rank) AS span

-- fragment: question_page
qu.community_id = :community_id AND NOT qu.withdrawn AND qu.rank >= span.first_rank AND qu.rank <= span.last_rank
	AND (qu.rank, qu.due_time, qu.post_id) > (COALESCE(:after.rank::integer, -1),
		COALESCE(:after.due_time::timestamptz, '-infinity'),
		COALESCE(:after.post_id::uuid, '00000000-0000-0000-0000-000000000000'))
	AND (NOT :escalated OR qu.escalated)
	AND (NOT :breached OR COALESCE(qu.response_time, :now::timestamptz) > qu.response_due_time
		OR COALESCE(qu.resolve_time, :now::timestamptz) > qu.resolve_due_time)
	AND {seen}
ORDER BY qu.rank, qu.due_time, qu.post_id LIMIT :limit

-- name: question_list   in: content.ListQuestionsRequest   out: content.ListQuestionsResponse.questions   page: rank, due_time, post_id
SELECT {question}, qu.rank, qu.due_time
FROM {question_span} CROSS JOIN question AS qu {question_post} {viewer}
WHERE {question_page};

-- name: question_list_of_expert   in: content.ListQuestionsRequest   out: content.ListQuestionsResponse.questions   page: rank, due_time, post_id
SELECT {question}, qu.rank, qu.due_time
FROM {question_span} CROSS JOIN question AS qu {question_post} {viewer}
WHERE qu.expert_person_id = :expert_person_id
	AND (:topic = '' OR qu.topic = ANY (topic_terms(:community_id, :topic))) AND {question_page};

-- One short index scan for each of the words that mean the topic.
-- name: question_list_of_topic   in: content.ListQuestionsRequest   out: content.ListQuestionsResponse.questions   page: rank, due_time, post_id
SELECT found.*
FROM unnest(topic_terms(:community_id, :topic)) AS m (term)
CROSS JOIN LATERAL (
	SELECT {question}, qu.rank, qu.due_time
	FROM {question_span} CROSS JOIN question AS qu {question_post} {viewer}
	WHERE qu.topic = m.term AND {question_page}
) AS found
ORDER BY rank, due_time, post_id LIMIT :limit;

-- Posts that asked before Kith had questions, or by an older version of it.
-- name: question_find   in: none   out: content.QuestionKeys.keys
SELECT community_id, post_id FROM post
WHERE kind = 'QUESTION' AND was_published AND NOT has_question AND publish_time <= :now::timestamptz
ORDER BY publish_time LIMIT 100
FOR NO KEY UPDATE SKIP LOCKED;

-- name: question_found   in: content.QuestionKeys
WITH p AS (
	UPDATE post SET has_question = true
	FROM unnest(:keys.community_id::uuid[], :keys.post_id::uuid[]) AS key (community_id, post_id)
	WHERE post.community_id = key.community_id AND post.post_id = key.post_id
	RETURNING post.*
)
{question_open};

-- Until when nobody has found an answer that holds.
-- name: question_give_up   in: none   out: content.QuestionCount
WITH due AS (
	SELECT community_id, post_id FROM question
	WHERE state IN ('OPEN', 'ANSWERED') AND NOT withdrawn AND resolve_due_time <= :now::timestamptz
	ORDER BY resolve_due_time LIMIT 500
), stale AS (
	UPDATE question SET state = 'STALE', route_time = NULL, version = version + 1
	FROM due
	WHERE question.community_id = due.community_id AND question.post_id = due.post_id
		AND question.state IN ('OPEN', 'ANSWERED') AND question.resolve_due_time <= :now::timestamptz
	RETURNING 1
)
SELECT count(*) AS count FROM stale;
