-- The content calendar, the cadence a community sets itself, and what is said when either is missed.

-- The first moment at which the zone's clocks show that time of that day, or a later one: the end of the gap for a time
-- that a change of the clocks leaves out, the first of two for one that comes twice. Where the zone's offset changes within
-- a day of it, each minute between the two readings is looked at.
CREATE FUNCTION local_moment(day date, minute integer, zone text) RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE AS $$
	WITH clock AS (
		SELECT day + minute * interval '1 minute' AS shown, (day + minute * interval '1 minute') AT TIME ZONE 'UTC' AS utc
	), zone_offset AS (
		SELECT shown, utc, (utc - interval '1 day') AT TIME ZONE zone - (utc - interval '1 day') AT TIME ZONE 'UTC' AS before,
			(utc + interval '1 day') AT TIME ZONE zone - (utc + interval '1 day') AT TIME ZONE 'UTC' AS after
		FROM clock
	)
	SELECT min(moment)
	FROM zone_offset
	CROSS JOIN generate_series(utc - GREATEST(before, after), utc - LEAST(before, after), interval '1 minute') AS moment
	WHERE moment AT TIME ZONE zone >= shown
$$;

-- Its state is its post's, once it has one: nothing of that is kept here.
CREATE TABLE slot (
	community_id uuid NOT NULL,
	slot_id uuid NOT NULL DEFAULT gen_random_uuid(),
	date date NOT NULL,
	minute integer NOT NULL CHECK (minute BETWEEN 0 AND 1439),
	time_zone text NOT NULL,
	due_time timestamptz NOT NULL, -- local_moment(date, minute, time_zone)
	kind text NOT NULL,
	topic text NOT NULL,
	title text NOT NULL,
	owner_person_id uuid,
	person_id uuid,
	post_id uuid,
	skip_time timestamptz,
	skip_reason text NOT NULL DEFAULT '',
	skip_person_id uuid,
	awaited boolean NOT NULL DEFAULT true, -- its moment has not come, or nobody has looked whether it was kept
	version bigint NOT NULL DEFAULT 1,
	PRIMARY KEY (community_id, slot_id),
	FOREIGN KEY (community_id, post_id) REFERENCES post (community_id, post_id)
);

CREATE INDEX slot_by_date ON slot (community_id, date, minute, slot_id);
CREATE UNIQUE INDEX slot_post_taken ON slot (community_id, post_id) WHERE post_id IS NOT NULL;
CREATE INDEX slot_awaited ON slot (due_time) WHERE awaited;
CREATE INDEX slot_by_owner ON slot (owner_person_id) WHERE owner_person_id IS NOT NULL;
CREATE INDEX slot_by_person ON slot (person_id) WHERE person_id IS NOT NULL;
CREATE INDEX slot_by_skipper ON slot (skip_person_id) WHERE skip_person_id IS NOT NULL;

CREATE TABLE cadence_target (
	community_id uuid NOT NULL,
	kind text NOT NULL, -- '' is any
	period text NOT NULL CHECK (period IN ('DAY', 'WEEK', 'MONTH')),
	count integer NOT NULL CHECK (count > 0),
	since_date date NOT NULL,
	-- The period that is judged next, and when: a little after its end, so that what was published in its last second is
	-- written by then.
	start_date date NOT NULL,
	judge_time timestamptz NOT NULL,
	PRIMARY KEY (community_id, kind, period)
);

CREATE INDEX cadence_target_by_time ON cadence_target (judge_time);

CREATE TABLE alert (
	community_id uuid NOT NULL,
	alert_id uuid NOT NULL DEFAULT gen_random_uuid(),
	kind text NOT NULL CHECK (kind IN ('SLOT_OVERDUE', 'CADENCE_MISSED')),
	slot_id uuid,
	due_time timestamptz,
	post_kind text NOT NULL DEFAULT '',
	period text NOT NULL DEFAULT '',
	start_date date,
	target_count integer,
	actual_count bigint,
	create_time timestamptz NOT NULL,
	acknowledge_time timestamptz,
	acknowledge_person_id uuid,
	PRIMARY KEY (community_id, alert_id)
);

CREATE INDEX alert_by_time ON alert (community_id, create_time DESC, alert_id DESC);
CREATE INDEX alert_by_person ON alert (acknowledge_person_id) WHERE acknowledge_person_id IS NOT NULL;
-- Each once, whatever its maker believes.
CREATE UNIQUE INDEX alert_of_slot_raised ON alert (community_id, slot_id, due_time) WHERE kind = 'SLOT_OVERDUE';
CREATE UNIQUE INDEX alert_of_target_raised ON alert (community_id, post_kind, period, start_date)
	WHERE kind = 'CADENCE_MISSED';
