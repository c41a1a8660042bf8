-- How members come closer. Where nothing or 0 stands, the defaults of sql/journey.sql hold.
CREATE TABLE journey_policy (
	community_id uuid PRIMARY KEY REFERENCES community (community_id),
	window_days integer NOT NULL CHECK (window_days >= 0),
	fan_days integer NOT NULL CHECK (fan_days >= 0),
	core_days integer NOT NULL CHECK (core_days >= 0),
	core_level integer NOT NULL CHECK (core_level >= 0),
	version bigint NOT NULL DEFAULT 1,
	update_time timestamptz NOT NULL
);

-- When a member reached which step, and by what; the step where he is now stands in his membership. AUDIENCE is written
-- with the first step beyond it: until then it is the time he joined.
CREATE TABLE journey_step (
	community_id uuid NOT NULL,
	person_id uuid NOT NULL,
	step text NOT NULL CHECK (step IN ('AUDIENCE', 'TRIAL', 'FAN', 'CORE')),
	reach_time timestamptz NOT NULL,
	cause text NOT NULL CHECK (cause IN ('JOINED', 'ENGAGED', 'LEVEL', 'ROLE', 'SET')),
	reason text NOT NULL DEFAULT '',
	set_by_person_id uuid,
	PRIMARY KEY (community_id, person_id, step)
);

CREATE FUNCTION journey_rank(step text) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT array_position(ARRAY['AUDIENCE', 'TRIAL', 'FAN', 'CORE'], step) $$;
