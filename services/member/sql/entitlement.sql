-- Entitlements: what persons have acquired elsewhere.

-- fragment: entitlement
person_id, key, source, until_time, grant_time

-- name: entitlement_grant   in: member.GrantEntitlementRequest   out: member.Entitlement
INSERT INTO entitlement (person_id, key, source, until_time, grant_time)
VALUES (:person_id, :key, :source, :until_time, :now)
ON CONFLICT (person_id, key) DO UPDATE SET source = EXCLUDED.source, until_time = EXCLUDED.until_time
RETURNING {entitlement};

-- name: entitlement_revoke   in: member.RevokeEntitlementRequest   out: member.Entitlement
DELETE FROM entitlement WHERE person_id = {named} AND key = :key
RETURNING {entitlement};

-- name: entitlement_list   in: member.ListEntitlementsRequest   out: member.ListEntitlementsResponse.entitlements   page: key
SELECT {entitlement}
FROM entitlement WHERE person_id = {named} AND key > COALESCE(:after.key::text, '')
ORDER BY key LIMIT :limit;

-- name: entitlement_erase   in: member.GetPersonRequest   out: none
DELETE FROM entitlement WHERE person_id = :person_id;
