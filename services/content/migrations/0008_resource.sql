-- Free things that bring people, the links to them, and who followed those.
CREATE TABLE resource (
	community_id uuid NOT NULL,
	resource_id uuid NOT NULL,
	title text NOT NULL,
	description text NOT NULL DEFAULT '',
	url text NOT NULL,
	state text NOT NULL DEFAULT 'ACTIVE' CHECK (state IN ('ACTIVE', 'ARCHIVED')),
	visitor_count bigint NOT NULL DEFAULT 0,
	create_time timestamptz NOT NULL,
	version bigint NOT NULL DEFAULT 1,
	PRIMARY KEY (community_id, resource_id)
);

CREATE INDEX resource_by_time ON resource (community_id, state, create_time DESC, resource_id DESC);

CREATE TABLE resource_link (
	community_id uuid NOT NULL,
	resource_id uuid NOT NULL,
	link_id uuid NOT NULL,
	code text NOT NULL,
	channel text NOT NULL DEFAULT '',
	campaign text NOT NULL DEFAULT '',
	person_id uuid,
	create_time timestamptz NOT NULL,
	visitor_count bigint NOT NULL DEFAULT 0,
	download_count bigint NOT NULL DEFAULT 0,
	join_count bigint NOT NULL DEFAULT 0,
	purchase_count bigint NOT NULL DEFAULT 0,
	PRIMARY KEY (community_id, link_id),
	FOREIGN KEY (community_id, resource_id) REFERENCES resource (community_id, resource_id)
);

CREATE INDEX resource_link_by_time ON resource_link (community_id, resource_id, create_time DESC, link_id DESC);

-- Codes are unique among all communities: a table of their own, keyed by them.
CREATE TABLE resource_code (
	code text CONSTRAINT resource_code_taken PRIMARY KEY,
	community_id uuid NOT NULL,
	link_id uuid NOT NULL
);

-- A visitor of a link by a hash of his name, and what he did: that he came is VISIT.
CREATE TABLE resource_visit (
	community_id uuid NOT NULL,
	link_id uuid NOT NULL,
	visitor_hash bytea NOT NULL,
	deed text NOT NULL CHECK (deed IN ('VISIT', 'DOWNLOAD', 'JOIN', 'PURCHASE')),
	visit_time timestamptz NOT NULL,
	PRIMARY KEY (community_id, link_id, visitor_hash, deed)
);
