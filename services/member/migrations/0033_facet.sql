-- The index of facets: for each thing that a member may be filtered by, a bitmap of the numbers of those who have it. What it
-- has not seen yet are the memberships whose indexed_version is not their version; readers look at those row by row.

-- One row a community: its lock, and where its next facet's id comes from.
CREATE TABLE facet_index (
	community_id uuid PRIMARY KEY REFERENCES community (community_id),
	last_facet_id integer NOT NULL DEFAULT 0,
	fold_count bigint NOT NULL DEFAULT 0,
	-- The community's days have changed: who has a greater number is indexed by the old ones. NULL when nobody is.
	renew_after_number bigint
);

CREATE INDEX facet_index_renewal ON facet_index (community_id) WHERE renew_after_number IS NOT NULL;

-- A value that somebody has. No two of its indexes begin alike, so that a plan made while the table is empty cannot take the
-- wrong one. Of a counted facet (numbers, days) also the blocks of 8, 64, 512 and 4,096 numbers at scales 3,
-- 6, 9 and 12, so that a range is a few blocks.
CREATE TABLE facet (
	community_id uuid NOT NULL,
	facet_id integer NOT NULL,
	name text NOT NULL,
	scale smallint NOT NULL,
	value text NOT NULL,
	-- The value as a number, where it reads as one.
	number bigint,
	counted boolean NOT NULL,
	PRIMARY KEY (facet_id, community_id),
	CONSTRAINT facet_value_taken UNIQUE (name, scale, community_id, value)
);

CREATE INDEX facet_by_number ON facet (name, scale, community_id, number) WHERE number IS NOT NULL;

-- Who has it, in chunks of 65,536 member numbers.
CREATE TABLE facet_bits (
	community_id uuid NOT NULL,
	facet_id integer NOT NULL,
	chunk integer NOT NULL,
	bits bytea NOT NULL,
	PRIMARY KEY (community_id, facet_id, chunk)
);

-- Bitmaps are compressed already.
ALTER TABLE facet_bits ALTER COLUMN bits SET STORAGE EXTERNAL;

-- What the index has seen of a member: the difference to what he is now tells which bits change.
CREATE TABLE facet_member (
	community_id uuid NOT NULL,
	number bigint NOT NULL,
	facet_ids integer[] NOT NULL,
	-- Names of facets of which he has a value that is not indexed, because it is long or there are too many.
	loose_names text[] NOT NULL DEFAULT '{}',
	PRIMARY KEY (community_id, number)
);

CREATE INDEX facet_member_loose ON facet_member (community_id, number) WHERE loose_names <> '{}';
