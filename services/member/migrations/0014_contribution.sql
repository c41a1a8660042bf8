-- What members can bring to their communities.
CREATE TABLE contribution (
	community_id uuid NOT NULL,
	contribution_id uuid NOT NULL,
	person_id uuid NOT NULL,
	kind text NOT NULL CONSTRAINT contribution_kind CHECK (kind IN ('INFORMATION', 'CONTACTS', 'RESOURCES', 'SKILLS')),
	text text NOT NULL,
	availability text NOT NULL,
	version bigint NOT NULL DEFAULT 1,
	create_time timestamptz NOT NULL,
	update_time timestamptz NOT NULL,
	PRIMARY KEY (community_id, contribution_id)
);

CREATE INDEX contribution_by_time ON contribution (community_id, create_time DESC, contribution_id DESC);
CREATE INDEX contribution_by_kind ON contribution (community_id, kind, create_time DESC, contribution_id DESC);
CREATE INDEX contribution_by_person ON contribution (person_id, community_id);
