-- The id of a community that comes from outside follows from its external id, so the primary key also keeps those unique.
CREATE TABLE community (
	community_id uuid CONSTRAINT community_external_id_taken PRIMARY KEY,
	slug text NOT NULL DEFAULT '',
	external_id text NOT NULL DEFAULT '',
	name text NOT NULL CONSTRAINT community_without_name CHECK (name <> ''),
	avatar_url text NOT NULL DEFAULT '',
	notice text NOT NULL DEFAULT '',
	theme text NOT NULL DEFAULT '',
	type text NOT NULL DEFAULT 'INTEREST'
		CHECK (type IN ('INDUSTRY', 'INTEREST', 'REGION', 'PRODUCT', 'LEARNING')),
	time_zone text NOT NULL DEFAULT 'UTC',
	locale text NOT NULL DEFAULT '',
	capacity bigint NOT NULL DEFAULT 0 CHECK (capacity >= 0),
	join_mode text NOT NULL DEFAULT 'OPEN'
		CHECK (join_mode IN ('OPEN', 'INVITE', 'APPROVAL', 'PAID', 'VERIFIED', 'CONDITION')),
	state text NOT NULL DEFAULT 'ACTIVE' CHECK (state IN ('ACTIVE', 'ARCHIVED')),
	member_count bigint NOT NULL DEFAULT 0 CHECK (member_count >= 0),
	-- The number of the last member who came; numbers are given from here and never again.
	last_number bigint NOT NULL DEFAULT 0 CHECK (last_number >= member_count),
	reported_member_count bigint NOT NULL DEFAULT 0 CHECK (reported_member_count >= 0),
	size_class text NOT NULL GENERATED ALWAYS AS (
		CASE WHEN GREATEST(member_count, reported_member_count) < 100 THEN 'SMALL'
			WHEN GREATEST(member_count, reported_member_count) < 1000 THEN 'MEDIUM'
			WHEN GREATEST(member_count, reported_member_count) < 10000 THEN 'LARGE'
			ELSE 'HUGE' END) STORED,
	owner_person_id uuid,
	version bigint NOT NULL DEFAULT 1,
	create_time timestamptz NOT NULL,
	update_time timestamptz NOT NULL
) WITH (fillfactor = 80); -- joins and leaves update in place

-- The list, newest first; and the same for each combination of its filters.
CREATE INDEX community_by_time ON community (create_time DESC, community_id DESC);
CREATE INDEX community_by_filter ON community (type, state, size_class, create_time DESC, community_id DESC);

-- Slugs are unique among all communities: a table of their own, keyed by them.
CREATE TABLE community_slug (
	slug text CONSTRAINT community_slug_taken PRIMARY KEY,
	community_id uuid NOT NULL
);
