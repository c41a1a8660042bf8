-- API keys. The secret itself is nowhere.
CREATE TABLE api_key (
	key_id text PRIMARY KEY,
	secret_hash bytea NOT NULL,
	name text NOT NULL,
	scopes text[] NOT NULL,
	community_ids uuid[] NOT NULL DEFAULT '{}',
	person_id uuid,
	create_time timestamptz NOT NULL,
	expire_time timestamptz,
	revoke_time timestamptz
);

CREATE INDEX api_key_by_time ON api_key (create_time DESC, key_id DESC);
