-- Operators. A revoked duty stays as a row, so that its version goes on when the person is called back.
CREATE TABLE duty (
	community_id uuid NOT NULL REFERENCES community (community_id),
	person_id uuid NOT NULL,
	role text NOT NULL CHECK (role IN ('MODERATOR', 'ADMIN')),
	kinds text[] NOT NULL,
	-- The community's: a portfolio is listed by it.
	community_create_time timestamptz NOT NULL,
	assign_time timestamptz NOT NULL,
	revoke_time timestamptz,
	version bigint NOT NULL DEFAULT 1,
	PRIMARY KEY (community_id, person_id)
);

CREATE INDEX duty_portfolio ON duty (person_id, community_create_time DESC, community_id DESC) WHERE revoke_time IS NULL;

-- How many communities a person operates. Its row is locked before his duties change, so the count is what it says.
CREATE TABLE portfolio (
	person_id uuid PRIMARY KEY,
	community_count bigint NOT NULL DEFAULT 0 CHECK (community_count >= 0)
);
