-- Join requests. One whose time is over is read as expired, also before the schedule has written that down.

-- fragment: join_request
community_id, join_request_id, person_id,
	CASE WHEN state = 'PENDING' AND expire_time <= :now::timestamptz THEN 'EXPIRED' ELSE state END AS state,
	questions, answers, source, campaign, scene, inviter_person_id, invitation_id, create_time, expire_time, decide_time,
	decider_person_id, reason

-- name: join_request_create   in: member.NewJoinRequest   out: member.JoinRequest
INSERT INTO join_request (community_id, join_request_id, person_id, questions, answers, source, campaign, scene,
	inviter_person_id, invitation_id, create_time, expire_time)
VALUES (:join_request.community_id, :new_id, :join_request.person_id, :join_request.questions::text[],
	:join_request.answers::text[], :join_request.source, :join_request.campaign, :join_request.scene,
	:join_request.inviter_person_id, :join_request.invitation_id, :now,
	:now::timestamptz + make_interval(days => :valid_days))
RETURNING {join_request};

-- name: join_request_get   in: member.GetJoinRequestRequest   out: member.JoinRequest
SELECT {join_request}
FROM join_request
WHERE community_id = :community_id AND join_request_id = :join_request_id
	AND (:person_id::uuid IS NULL OR person_id = {named});

-- The handler has locked the community: nobody else decides meanwhile.
-- name: join_request_decide   in: member.JoinRequestDecision   out: member.JoinRequest
UPDATE join_request SET
	state = :state, decide_time = :now, decider_person_id = :caller_id, reason = :reason
WHERE community_id = :community_id AND join_request_id = :join_request_id AND state = 'PENDING'
RETURNING {join_request};

-- name: join_request_list   in: member.ListJoinRequestsRequest   out: member.ListJoinRequestsResponse.join_requests   page: create_time, join_request_id
SELECT * FROM (
	SELECT {join_request}
	FROM join_request
	WHERE community_id = :community_id AND (:person_id::uuid IS NULL OR person_id = {named})
		AND (create_time, join_request_id) > (COALESCE(:after.create_time::timestamptz, '-infinity'),
			COALESCE(:after.join_request_id::uuid, '00000000-0000-0000-0000-000000000000'))
) AS r
WHERE :state::text IS NULL OR state = :state
ORDER BY create_time, join_request_id LIMIT :limit;

-- name: join_request_due   in: none   out: member.JoinRequestDue
SELECT community_id FROM join_request
WHERE state = 'PENDING' AND expire_time <= :now
ORDER BY expire_time LIMIT 1;

-- name: join_request_expire   in: member.JoinRequestDue   out: none
UPDATE join_request SET state = 'EXPIRED', decide_time = expire_time
WHERE community_id = :community_id AND state = 'PENDING' AND expire_time <= :now;

-- Whoever is no more asks no more.
-- name: join_request_erase   in: member.GetPersonRequest   out: none
UPDATE join_request SET
	answers = '{}', reason = '', source = '', campaign = '', scene = '', decide_time = COALESCE(decide_time, :now),
	state = CASE WHEN state = 'PENDING' THEN 'CANCELLED' ELSE state END
WHERE person_id = :person_id;
