-- The rules of communities, a version at a time. `pending`: comes into force at accept_by_time.
CREATE TABLE rule_set (
	community_id uuid NOT NULL REFERENCES community (community_id),
	version integer NOT NULL CHECK (version > 0),
	note text NOT NULL DEFAULT '',
	publisher_person_id uuid,
	publish_time timestamptz NOT NULL,
	accept_by_time timestamptz,
	pending boolean NOT NULL,
	force_time timestamptz,
	accepted_count bigint NOT NULL DEFAULT 0,
	PRIMARY KEY (community_id, version)
) WITH (fillfactor = 80); -- counted in place

CREATE INDEX rule_set_pending ON rule_set (accept_by_time) WHERE pending;

CREATE TABLE rule (
	community_id uuid NOT NULL,
	version integer NOT NULL,
	place integer NOT NULL,
	kind text NOT NULL CHECK (kind IN ('SPEECH', 'QUALITY', 'ADVERTISING', 'PRIVACY')),
	text text NOT NULL,
	pattern text NOT NULL,
	"limit" integer NOT NULL,
	action text NOT NULL CHECK (action IN ('WARN', 'HOLD', 'REJECT', 'MUTE')),
	PRIMARY KEY (community_id, version, place),
	FOREIGN KEY (community_id, version) REFERENCES rule_set
);

CREATE TABLE rule_acceptance (
	community_id uuid NOT NULL,
	version integer NOT NULL,
	person_id uuid NOT NULL,
	accept_time timestamptz NOT NULL,
	PRIMARY KEY (community_id, version, person_id),
	FOREIGN KEY (community_id, version) REFERENCES rule_set
);
