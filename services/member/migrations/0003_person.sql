-- The id of a person who comes from outside follows from his external id, so the primary key also keeps those unique.
CREATE TABLE person (
	person_id uuid CONSTRAINT person_external_id_taken PRIMARY KEY,
	external_id text NOT NULL DEFAULT '',
	display_name text NOT NULL DEFAULT '',
	locale text NOT NULL DEFAULT '',
	time_zone text NOT NULL DEFAULT '',
	version bigint NOT NULL DEFAULT 1,
	create_time timestamptz NOT NULL,
	update_time timestamptz NOT NULL
);
