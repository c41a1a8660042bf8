-- Whom a community raises: key opinion leaders and managers, each by the same stages.
CREATE TABLE kol (
	community_id uuid NOT NULL REFERENCES community (community_id),
	person_id uuid NOT NULL,
	track text NOT NULL CHECK (track IN ('KOL', 'MANAGER')),
	stage text NOT NULL CHECK (stage IN ('PROSPECT', 'CANDIDATE', 'KOL', 'AMBASSADOR', 'DROPPED')),
	reason text NOT NULL DEFAULT '',
	version bigint NOT NULL DEFAULT 1,
	create_time timestamptz NOT NULL,
	update_time timestamptz NOT NULL,
	PRIMARY KEY (community_id, track, person_id)
);

CREATE INDEX kol_by_stage ON kol (community_id, track, stage, person_id);

-- Every step of everybody, for ever, with what was known of him then.
CREATE TABLE kol_change (
	community_id uuid NOT NULL,
	person_id uuid NOT NULL,
	track text NOT NULL CHECK (track IN ('KOL', 'MANAGER')),
	version bigint NOT NULL,
	from_stage text CHECK (from_stage IN ('PROSPECT', 'CANDIDATE', 'KOL', 'AMBASSADOR', 'DROPPED')),
	to_stage text NOT NULL CHECK (to_stage IN ('PROSPECT', 'CANDIDATE', 'KOL', 'AMBASSADOR', 'DROPPED')),
	forced boolean NOT NULL,
	reason text NOT NULL,
	by_person_id uuid,
	change_time timestamptz NOT NULL,
	post_weeks integer NOT NULL,
	post_count bigint NOT NULL,
	answer_count bigint NOT NULL,
	engaged_weeks integer NOT NULL,
	reach integer NOT NULL,
	member_days integer NOT NULL,
	muted boolean NOT NULL,
	PRIMARY KEY (community_id, track, person_id, version)
);

-- What a community demands, where that is not the default of sql/kol.sql.
CREATE TABLE kol_policy (
	community_id uuid PRIMARY KEY REFERENCES community (community_id),
	version bigint NOT NULL DEFAULT 1
);

CREATE TABLE kol_requirement (
	community_id uuid NOT NULL REFERENCES kol_policy (community_id),
	track text NOT NULL CHECK (track IN ('KOL', 'MANAGER')),
	stage text NOT NULL CHECK (stage IN ('PROSPECT', 'CANDIDATE', 'KOL', 'AMBASSADOR', 'DROPPED')),
	post_weeks integer NOT NULL,
	post_count bigint NOT NULL,
	answer_count bigint NOT NULL,
	engaged_weeks integer NOT NULL,
	reach integer NOT NULL,
	member_days integer NOT NULL,
	PRIMARY KEY (community_id, track, stage)
);

-- Who answered a person or reacted to what he said, and when last.
CREATE TABLE reached (
	community_id uuid NOT NULL,
	person_id uuid NOT NULL,
	by_person_id uuid NOT NULL,
	last_time timestamptz NOT NULL,
	PRIMARY KEY (community_id, person_id, by_person_id)
);
