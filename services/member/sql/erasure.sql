-- Forgetting a person. The handler has locked the rows of the person, who can then do nothing new, and those of his
-- communities. Each eraser is one statement about one noun's rows.

-- Himself and who was merged into him, in one order for all.
-- name: erasure_lock_persons   in: member.GetPersonRequest   out: member.ErasedPersons.persons
SELECT {person}
FROM person
WHERE person_id = ANY (ARRAY(
	WITH RECURSIVE he (person_id) AS (
		SELECT :person_id::uuid
		UNION
		SELECT p.person_id FROM person p JOIN he ON p.merged_into_person_id = he.person_id
	)
	SELECT person_id FROM he))
ORDER BY person_id FOR UPDATE;

-- name: erasure_lock_communities   in: member.ErasedPersons   out: member.CommunityLock.locked
SELECT community_id FROM community
WHERE community_id IN (SELECT community_id FROM membership WHERE person_id = ANY (:person_ids::uuid[]))
ORDER BY community_id FOR NO KEY UPDATE;

-- A community that he has to hand over.
-- name: erasure_owned   in: member.ErasedPersons   out: member.Community
SELECT community_id FROM community
WHERE community_id = ANY (ARRAY(
		SELECT community_id FROM (
			SELECT community_id, role FROM membership WHERE person_id = ANY (:person_ids::uuid[]) OFFSET 0) AS his
		WHERE role = 'OWNER'))
	AND state = 'ACTIVE'
ORDER BY community_id LIMIT 1;

-- The person himself, when all else of him is gone.
-- name: erasure_write   in: member.Erasure   out: member.Person
WITH written AS (
	INSERT INTO erasure (person_id, reason, content, actor_key_id, actor_person_id, erase_time)
	VALUES (:person_id, :reason, :content, :caller_key, :caller_id, :now)
), gone AS (
	UPDATE person SET
		state = 'ERASED', external_id = '', display_name = '', locale = '', time_zone = '', verify_time = NULL,
		merged_into_person_id = NULL, version = version + 1, update_time = :now
	WHERE person_id = :person_id
	RETURNING *
), told AS (
	INSERT INTO outbox (community_id, type, occur_time, person_id, state, version)
	SELECT '00000000-0000-0000-0000-000000000000', 'PERSON_ERASED', :now, person_id, :content, version FROM gone
)
SELECT {person} FROM gone;

-- name: erasure_get   in: member.GetErasureRequest   out: member.Erasure
SELECT person_id, reason, content, actor_key_id, actor_person_id, erase_time FROM erasure WHERE person_id = :person_id;

-- His memberships end, with their numbers kept; an archived community loses its owner.
-- name: erase_memberships   in: member.GetPersonRequest   out: none
WITH was AS (
	SELECT community_id, state FROM membership WHERE person_id = :person_id
), gone AS (
	UPDATE membership SET
		role = 'MEMBER', state = CASE state WHEN 'ACTIVE' THEN 'LEFT' ELSE state END,
		leave_time = COALESCE(leave_time, :now), leave_reason = CASE state WHEN 'ACTIVE' THEN 'erased' ELSE '' END,
		mute_until_time = NULL, source = '', campaign = '', scene = '', tags = '{}', version = version + 1
	WHERE person_id = :person_id
	RETURNING *
), counted AS (
	UPDATE community SET
		member_count = member_count - CASE was.state WHEN 'ACTIVE' THEN 1 ELSE 0 END,
		owner_person_id = NULLIF(owner_person_id, :person_id::uuid)
	FROM was
	WHERE community.community_id = was.community_id
)
{tell_membership} FROM gone;

-- What is on its way to the other services.
-- name: erase_outbox   in: member.GetPersonRequest   out: none
WITH late AS (
	UPDATE outbox_late SET membership_leave_reason = ''
	WHERE person_id = :person_id AND membership_leave_reason NOT IN ('', 'erased')
), dead AS (
	UPDATE outbox_dead SET membership_leave_reason = '', error = ''
	WHERE person_id = :person_id AND membership_leave_reason NOT IN ('', 'erased')
)
UPDATE outbox SET membership_leave_reason = ''
WHERE person_id = :person_id AND membership_leave_reason NOT IN ('', 'erased');

-- name: erase_api_keys   in: member.GetPersonRequest   out: none
UPDATE api_key SET revoke_time = COALESCE(revoke_time, :now), name = '' WHERE person_id = :person_id;

-- name: erase_attributes   in: member.GetPersonRequest   out: none
DELETE FROM person_attribute WHERE person_id = :person_id;

-- name: erase_contributions   in: member.GetPersonRequest   out: none
DELETE FROM contribution WHERE person_id = :person_id;

-- name: erase_interests   in: member.GetPersonRequest   out: none
WITH trace AS (
	DELETE FROM interest_trace WHERE person_id = :person_id
)
DELETE FROM interest WHERE person_id = :person_id;

-- That somebody looked stays; why may say something of him.
-- name: erase_audits   in: member.GetPersonRequest   out: none
UPDATE member_audit SET reason = '' WHERE person_id = :person_id OR actor_person_id = :person_id;
