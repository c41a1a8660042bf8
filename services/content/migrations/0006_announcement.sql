-- What everybody should know, and who has read it.
CREATE TABLE announcement (
	community_id uuid NOT NULL,
	announcement_id uuid NOT NULL,
	title text NOT NULL,
	body text NOT NULL DEFAULT '',
	pinned boolean NOT NULL DEFAULT false,
	start_time timestamptz NOT NULL,
	end_time timestamptz,
	person_id uuid,
	revision bigint NOT NULL DEFAULT 1,
	-- Receipts of this revision.
	read_count bigint NOT NULL DEFAULT 0,
	withdraw_time timestamptz,
	create_time timestamptz NOT NULL,
	update_time timestamptz NOT NULL,
	version bigint NOT NULL DEFAULT 1,
	PRIMARY KEY (community_id, announcement_id),
	CONSTRAINT bad_validity CHECK (end_time > start_time)
);

CREATE INDEX announcement_by_time ON announcement (community_id, pinned DESC, start_time DESC, announcement_id DESC);

-- The revision a member has read last.
CREATE TABLE announcement_receipt (
	community_id uuid NOT NULL,
	announcement_id uuid NOT NULL,
	person_id uuid NOT NULL,
	revision bigint NOT NULL,
	read_time timestamptz NOT NULL,
	PRIMARY KEY (community_id, announcement_id, person_id),
	FOREIGN KEY (community_id, announcement_id) REFERENCES announcement (community_id, announcement_id)
);

-- Lists of members in their order.
CREATE INDEX replica_membership_by_number ON replica_membership (community_id, number);
