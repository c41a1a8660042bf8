-- Who has looked behind whose masks, and why.
CREATE TABLE member_audit (
	community_id uuid NOT NULL,
	audit_id uuid NOT NULL,
	actor_key_id text NOT NULL,
	actor_person_id uuid,
	person_id uuid NOT NULL,
	attribute_names text[] NOT NULL,
	reason text NOT NULL,
	create_time timestamptz NOT NULL,
	PRIMARY KEY (community_id, audit_id)
);

CREATE INDEX member_audit_by_time ON member_audit (community_id, create_time DESC, audit_id DESC);
CREATE INDEX member_audit_by_person ON member_audit (person_id);
