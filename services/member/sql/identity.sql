-- Identities. The handler has taken the person before it runs one of the writing statements.

-- What an identity is to its readers.
-- fragment: identity
person_id, kind, external_id, name, link_time

-- No row: somebody else goes by it.
-- name: identity_link   in: member.LinkIdentityRequest   out: member.Identity
INSERT INTO identity AS i (kind, external_id, person_id, name, link_time)
VALUES (:kind, :external_id, :person_id, :name, :now)
ON CONFLICT (kind, external_id) DO UPDATE SET name = EXCLUDED.name
WHERE i.person_id = EXCLUDED.person_id
RETURNING {identity};

-- name: identity_unlink   in: member.UnlinkIdentityRequest   out: member.Identity
DELETE FROM identity WHERE kind = :kind AND external_id = :external_id AND person_id = {named}
RETURNING {identity};

-- name: identity_list   in: member.ListIdentitiesRequest   out: member.ListIdentitiesResponse.identities   page: kind, external_id
SELECT {identity}
FROM identity
WHERE person_id = {named}
	AND (kind, external_id) > (COALESCE(:after.kind::text, ''), COALESCE(:after.external_id::text, ''))
ORDER BY kind, external_id LIMIT :limit;

-- name: identity_lookup   in: member.LookupIdentityRequest   out: member.Identity
SELECT {identity}
FROM identity WHERE kind = :kind AND external_id = :external_id;

-- name: identity_erase   in: member.GetPersonRequest
DELETE FROM identity WHERE person_id = :person_id;
