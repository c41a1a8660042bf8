-- Saved filters over a community's memberships.
CREATE TABLE segment (
	community_id uuid NOT NULL REFERENCES community (community_id),
	segment_id uuid NOT NULL,
	name text NOT NULL CONSTRAINT segment_without_name CHECK (name <> ''),
	description text NOT NULL DEFAULT '',
	filter text NOT NULL,
	version bigint NOT NULL DEFAULT 1,
	create_time timestamptz NOT NULL,
	update_time timestamptz NOT NULL,
	PRIMARY KEY (community_id, segment_id),
	CONSTRAINT segment_name_taken UNIQUE (community_id, name)
);
