-- Invitations. Whoever makes, uses or revokes one has locked the community, so quotas and uses are counted by one at a time.

-- Whoever was put out lets nobody in any more.
-- fragment: invitation_state
CASE WHEN revoke_time IS NOT NULL OR EXISTS (
			SELECT FROM membership AS m
			WHERE m.community_id = invitation.community_id AND m.person_id = invitation.inviter_person_id
				AND m.state IN ('REMOVED', 'BANNED')) THEN 'REVOKED'
		WHEN expire_time <= :now::timestamptz THEN 'EXPIRED'
		WHEN use_count >= max_uses THEN 'USED_UP'
		ELSE 'ACTIVE' END

-- fragment: invitation
community_id, invitation_id, code, inviter_person_id, target_person_id, max_uses, use_count, expire_time, revoke_time,
	source, campaign, scene, create_time, {invitation_state} AS state

-- The code is drawn here, from the server's strong random numbers: 12 letters and digits.
-- name: invitation_create   in: member.CreateInvitationRequest   out: member.Invitation
WITH drawn AS MATERIALIZED (
	SELECT translate(encode(substring(sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())) FOR 9),
		'base64'), '+/', 'Kk') AS code
), named AS (
	INSERT INTO invitation_code (code, community_id, invitation_id)
	SELECT code, :community_id, :new_id FROM drawn
)
INSERT INTO invitation (community_id, invitation_id, code, inviter_person_id, target_person_id, max_uses, expire_time,
	source, campaign, scene, create_time)
SELECT :community_id, :new_id, code, {caller}, :target_person_id, GREATEST(:max_uses, 1), :expire_time, :source,
	:campaign, :scene, :now
FROM drawn
RETURNING {invitation};

-- How many persons the caller's invitations have brought or may still bring.
-- name: invitation_promised   in: member.CreateInvitationRequest   out: member.InvitationPromise
SELECT COALESCE(sum(CASE WHEN {invitation_state} = 'ACTIVE' THEN max_uses ELSE use_count END), 0)::bigint AS promised
FROM invitation
WHERE community_id = :community_id AND inviter_person_id = {caller};

-- name: invitation_preview   in: member.GetInvitationRequest   out: member.InvitationPreview
SELECT c.community_id, c.name AS community_name, c.avatar_url, c.theme, c.type, c.member_count,
	{invitation_state} AS state, invitation.expire_time, invitation.target_person_id IS NOT NULL AS personal
FROM invitation_code AS k
JOIN invitation ON invitation.community_id = k.community_id AND invitation.invitation_id = k.invitation_id
JOIN community AS c ON c.community_id = k.community_id
WHERE k.code = :code;

-- name: invitation_pick   in: member.InvitationUse   out: member.Invitation
SELECT {invitation}
FROM invitation
WHERE community_id = :community_id
	AND invitation_id = COALESCE(:invitation_id::uuid, (SELECT k.invitation_id FROM invitation_code AS k WHERE k.code = :code));

-- Under whichever of his ids he came.
-- name: invitation_used_by   in: member.InvitationUse   out: member.InvitationUse
SELECT person_id FROM invitation_use
WHERE community_id = :community_id AND invitation_id = :invitation_id AND person_id = ANY ({ids})
LIMIT 1;

-- name: invitation_take   in: member.InvitationUse   out: none
WITH used AS (
	INSERT INTO invitation_use (community_id, invitation_id, person_id, use_time)
	SELECT :community_id, :invitation_id, :person_id, :now
	WHERE NOT EXISTS (SELECT FROM invitation_use
		WHERE community_id = :community_id AND invitation_id = :invitation_id AND person_id = ANY ({ids}))
	RETURNING community_id
)
UPDATE invitation SET use_count = use_count + 1
WHERE community_id = :community_id AND invitation_id = :invitation_id AND EXISTS (SELECT FROM used);

-- name: invitation_list   in: member.ListInvitationsRequest   out: member.ListInvitationsResponse.invitations   page: create_time, invitation_id
SELECT {invitation}
FROM invitation
WHERE community_id = :community_id AND (:person_id::uuid IS NULL OR inviter_person_id = {named})
	AND (create_time, invitation_id) > (COALESCE(:after.create_time::timestamptz, '-infinity'),
		COALESCE(:after.invitation_id::uuid, '00000000-0000-0000-0000-000000000000'))
ORDER BY create_time, invitation_id LIMIT :limit;

-- name: invitation_revoke   in: member.RevokeInvitationRequest   out: member.Invitation
UPDATE invitation SET revoke_time = COALESCE(revoke_time, :now)
WHERE community_id = :community_id AND invitation_id = :invitation_id
	AND (:person_id::uuid IS NULL OR inviter_person_id = {named})
RETURNING {invitation};

-- Nobody comes in his name any more, nor he by name.
-- name: invitation_erase   in: member.GetPersonRequest   out: none
UPDATE invitation SET revoke_time = :now
WHERE (inviter_person_id = :person_id OR target_person_id = :person_id) AND revoke_time IS NULL;
