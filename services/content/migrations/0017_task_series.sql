-- Task series, their tasks, and who has done them.

-- The civil day by the community's clock.
CREATE FUNCTION local_date(community uuid, at timestamptz) RETURNS date LANGUAGE sql STABLE AS $$
	SELECT (at AT TIME ZONE COALESCE((SELECT time_zone FROM replica_community WHERE community_id = community), 'UTC'))::date
$$;

CREATE TABLE task_series (
	community_id uuid NOT NULL,
	series_id uuid NOT NULL,
	title text NOT NULL,
	description text NOT NULL,
	start_date date NOT NULL,
	day_count integer NOT NULL CHECK (day_count BETWEEN 1 AND 366),
	last_date date NOT NULL GENERATED ALWAYS AS (start_date + day_count - 1) STORED,
	check_in_programme_id uuid,
	late_policy text NOT NULL CHECK (late_policy IN ('ON_ITS_DAY', 'UNTIL_END')),
	state text NOT NULL DEFAULT 'DRAFT' CHECK (state IN ('DRAFT', 'ACTIVE', 'ENDED', 'CANCELLED')),
	participant_count bigint NOT NULL DEFAULT 0,
	create_time timestamptz NOT NULL,
	end_time timestamptz,
	version bigint NOT NULL DEFAULT 1,
	PRIMARY KEY (community_id, series_id)
);

CREATE INDEX task_series_by_start ON task_series (community_id, state, start_date, series_id);
CREATE INDEX task_series_by_programme ON task_series (community_id, check_in_programme_id)
	WHERE check_in_programme_id IS NOT NULL;
CREATE INDEX task_series_to_end ON task_series (last_date) WHERE state = 'ACTIVE';

CREATE TABLE task (
	community_id uuid NOT NULL,
	series_id uuid NOT NULL,
	day integer NOT NULL CHECK (day BETWEEN 1 AND 366),
	task_id uuid NOT NULL,
	title text NOT NULL,
	body text NOT NULL,
	minutes integer NOT NULL,
	done_count bigint NOT NULL DEFAULT 0,
	punctual_count bigint NOT NULL DEFAULT 0,
	PRIMARY KEY (community_id, series_id, day),
	FOREIGN KEY (community_id, series_id) REFERENCES task_series (community_id, series_id)
);

-- The sums of a person's completions in a series.
CREATE TABLE task_participant (
	community_id uuid NOT NULL,
	series_id uuid NOT NULL,
	person_id uuid NOT NULL,
	done_count integer NOT NULL,
	punctual_count integer NOT NULL,
	PRIMARY KEY (community_id, series_id, person_id)
);

CREATE TABLE task_completion (
	community_id uuid NOT NULL,
	series_id uuid NOT NULL,
	person_id uuid NOT NULL,
	day integer NOT NULL,
	done_time timestamptz NOT NULL,
	punctual boolean NOT NULL,
	source text NOT NULL CHECK (source IN ('MEMBER', 'CHECK_IN')),
	PRIMARY KEY (community_id, series_id, person_id, day),
	FOREIGN KEY (community_id, series_id, day) REFERENCES task (community_id, series_id, day)
);

CREATE INDEX task_completion_by_person ON task_completion (person_id, community_id);
