-- How soon things are to be answered, and the tickets of which it is asked.

CREATE TABLE sla (
	community_id uuid PRIMARY KEY,
	holidays date[] NOT NULL DEFAULT '{}',
	question_response_minutes bigint NOT NULL DEFAULT 1440,
	question_resolve_minutes bigint NOT NULL DEFAULT 4320,
	feedback_response_minutes bigint NOT NULL DEFAULT 1440,
	feedback_resolve_minutes bigint NOT NULL DEFAULT 10080,
	complaint_response_minutes bigint NOT NULL DEFAULT 240,
	complaint_resolve_minutes bigint NOT NULL DEFAULT 2880,
	version bigint NOT NULL DEFAULT 1
);

-- Hours of a weekday (1: Monday) in which somebody is there; none at all: always.
CREATE TABLE service_hours (
	community_id uuid NOT NULL,
	weekday integer NOT NULL CHECK (weekday BETWEEN 1 AND 7),
	open_minute integer NOT NULL,
	close_minute integer NOT NULL,
	PRIMARY KEY (community_id, weekday, open_minute),
	CONSTRAINT bad_service_hours CHECK (0 <= open_minute AND open_minute < close_minute AND close_minute <= 1440)
);

-- The moment by which so many minutes of service hours have gone since `start`: in the community's own time, so that a
-- day of a clock change has the hours its people have. NULL when they do not come within two years.
CREATE FUNCTION service_time(community uuid, start timestamptz, minutes bigint) RETURNS timestamptz
LANGUAGE sql STABLE PARALLEL SAFE AS $$
	SELECT CASE WHEN NOT EXISTS (SELECT FROM service_hours WHERE community_id = community)
		AND NOT EXISTS (SELECT FROM sla WHERE community_id = community AND holidays <> '{}')
		THEN start + minutes * interval '1 minute'
	ELSE (
		WITH place AS (
			SELECT COALESCE((SELECT time_zone FROM replica_community WHERE community_id = community), 'UTC') AS zone,
				COALESCE((SELECT holidays FROM sla WHERE community_id = community), '{}') AS holidays
		), hours AS (
			SELECT weekday, open_minute, close_minute FROM service_hours WHERE community_id = community
			UNION ALL
			SELECT weekday, 0, 1440 FROM generate_series(1, 7) AS weekday
			WHERE NOT EXISTS (SELECT FROM service_hours WHERE community_id = community)
		), span AS (
			SELECT GREATEST((day + open_minute * interval '1 minute') AT TIME ZONE zone, start) AS from_time,
				(day + close_minute * interval '1 minute') AT TIME ZONE zone AS to_time
			FROM place
			CROSS JOIN generate_series(date_trunc('day', start AT TIME ZONE zone),
				date_trunc('day', start AT TIME ZONE zone) + interval '2 years', interval '1 day') AS day
			JOIN hours ON weekday = extract(isodow FROM day)
			WHERE NOT day::date = ANY (holidays)
		), passed AS (
			SELECT from_time, to_time, sum(to_time - from_time) OVER (ORDER BY from_time) AS total
			FROM span WHERE to_time > from_time
		)
		SELECT to_time - (total - minutes * interval '1 minute')
		FROM passed WHERE total >= minutes * interval '1 minute'
		ORDER BY from_time LIMIT 1)
	END
$$;

CREATE TABLE ticket (
	community_id uuid NOT NULL,
	ticket_id uuid NOT NULL,
	person_id uuid NOT NULL,
	kind text NOT NULL CHECK (kind IN ('FEEDBACK', 'COMPLAINT')),
	subject text NOT NULL,
	body text NOT NULL DEFAULT '',
	subject_id uuid,
	state text NOT NULL DEFAULT 'NEW'
		CHECK (state IN ('NEW', 'ACKNOWLEDGED', 'IN_PROGRESS', 'RESOLVED', 'CLOSED', 'REOPENED')),
	assignee_person_id uuid,
	resolution text NOT NULL DEFAULT '',
	create_time timestamptz NOT NULL,
	response_time timestamptz,
	resolve_time timestamptz,
	close_time timestamptz,
	response_due_time timestamptz,
	resolve_due_time timestamptz,
	reopen_count integer NOT NULL DEFAULT 0,
	satisfaction integer NOT NULL DEFAULT 0 CHECK (satisfaction BETWEEN 0 AND 5),
	satisfaction_comment text NOT NULL DEFAULT '',
	version bigint NOT NULL DEFAULT 1,
	-- What the queue is ordered by: the time that runs now; last, what no time runs for.
	due_time timestamptz NOT NULL GENERATED ALWAYS AS (CASE
		WHEN state IN ('RESOLVED', 'CLOSED') THEN 'infinity'
		WHEN response_time IS NULL THEN COALESCE(response_due_time, 'infinity')
		ELSE COALESCE(resolve_due_time, 'infinity') END) STORED,
	PRIMARY KEY (community_id, ticket_id)
);

CREATE INDEX ticket_by_due ON ticket (community_id, state, due_time, ticket_id);
CREATE INDEX ticket_by_person ON ticket (community_id, person_id, due_time, ticket_id);
CREATE INDEX ticket_resolved ON ticket (resolve_time) WHERE state = 'RESOLVED';

-- Append only: all that was said and done.
CREATE TABLE ticket_note (
	community_id uuid NOT NULL,
	ticket_id uuid NOT NULL,
	note_id uuid NOT NULL,
	person_id uuid,
	state text,
	text text NOT NULL DEFAULT '',
	internal boolean NOT NULL DEFAULT false,
	create_time timestamptz NOT NULL,
	PRIMARY KEY (community_id, ticket_id, note_id),
	FOREIGN KEY (community_id, ticket_id) REFERENCES ticket (community_id, ticket_id)
);
