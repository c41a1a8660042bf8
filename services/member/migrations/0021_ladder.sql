-- The ladder of a community: what counts how much, and from which score on one stands how high.
CREATE TABLE ladder (
	community_id uuid PRIMARY KEY REFERENCES community (community_id),
	-- How many days count, today included; 0 for all time.
	window_days integer NOT NULL CONSTRAINT ladder_window CHECK (window_days BETWEEN 0 AND 3660),
	version bigint NOT NULL DEFAULT 1,
	update_time timestamptz NOT NULL
);

CREATE TABLE ladder_weight (
	community_id uuid NOT NULL REFERENCES ladder (community_id),
	kind text NOT NULL,
	weight bigint NOT NULL,
	PRIMARY KEY (community_id, kind)
);

CREATE TABLE ladder_level (
	community_id uuid NOT NULL REFERENCES ladder (community_id),
	level integer NOT NULL CHECK (level > 0),
	name text NOT NULL,
	threshold bigint NOT NULL CHECK (threshold > 0),
	benefits text[] NOT NULL DEFAULT '{}',
	PRIMARY KEY (community_id, level)
);

-- Every step up or down, for ever. `version` is that of the membership which has the new level.
CREATE TABLE level_change (
	community_id uuid NOT NULL,
	person_id uuid NOT NULL,
	version bigint NOT NULL,
	from_level integer NOT NULL,
	to_level integer NOT NULL,
	score bigint NOT NULL,
	cause text NOT NULL CHECK (cause IN ('ACTIVITY', 'TIME', 'LADDER')),
	change_time timestamptz NOT NULL,
	PRIMARY KEY (community_id, person_id, version)
);

CREATE INDEX level_change_by_time ON level_change (community_id, change_time DESC, person_id DESC, version DESC);
