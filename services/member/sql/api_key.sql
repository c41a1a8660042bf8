-- API keys. The secret is drawn here, from the server's strong random numbers, and leaves once.

-- A key acts for who its person is now.
-- fragment: api_key
key_id, name, scopes, community_ids, COALESCE(
	(SELECT p.merged_into_person_id FROM person AS p WHERE p.person_id = api_key.person_id), api_key.person_id) AS person_id,
	expire_time, create_time, revoke_time

-- name: api_key_create   in: member.CreateApiKeyRequest   out: member.CreateApiKeyResponse
WITH drawn AS MATERIALIZED (
	SELECT left(replace(gen_random_uuid()::text, '-', ''), 16) AS key_id,
		replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '') AS secret
), created AS (
	INSERT INTO api_key (key_id, secret_hash, name, scopes, community_ids, person_id, create_time, expire_time)
	SELECT key_id, sha256(convert_to(secret, 'UTF8')), :name, :scopes, :community_ids::uuid[], :person_id, :now,
		:expire_time
	FROM drawn
	RETURNING *
)
SELECT created.key_id AS "api_key.key_id", name AS "api_key.name", scopes AS "api_key.scopes",
	community_ids AS "api_key.community_ids", person_id AS "api_key.person_id",
	expire_time AS "api_key.expire_time", create_time AS "api_key.create_time",
	'kith_' || drawn.key_id || '_' || drawn.secret AS key
FROM created CROSS JOIN drawn;

-- name: api_key_list   in: member.ListApiKeysRequest   out: member.ListApiKeysResponse.api_keys   page: create_time, key_id
SELECT {api_key}
FROM api_key
WHERE (create_time, key_id) < (COALESCE(:after.create_time::timestamptz, 'infinity'), COALESCE(:after.key_id::text, ''))
ORDER BY create_time DESC, key_id DESC LIMIT :limit;

-- name: api_key_revoke   in: member.RevokeApiKeyRequest   out: member.ApiKey
UPDATE api_key SET revoke_time = COALESCE(revoke_time, :now) WHERE key_id = :key_id
RETURNING {api_key};

-- name: api_key_verify   in: member.VerifyApiKeyRequest   out: member.ApiKey
SELECT {api_key}
FROM api_key
WHERE split_part(:key, '_', 1) = 'kith' AND key_id = split_part(:key, '_', 2)
	AND secret_hash = sha256(convert_to(substr(:key, length(split_part(:key, '_', 2)) + 7), 'UTF8'));
