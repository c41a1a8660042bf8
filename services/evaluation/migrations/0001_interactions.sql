-- Raw interactions and what is counted from them.

-- Every interaction, for ever. Partitioned by time: years up to 2024, then months, made a year ahead. There is no default
-- partition, since one with rows in it can no longer be split without a scan; ingest refuses what lies further ahead.
CREATE TABLE interaction (
	community_id   uuid NOT NULL,
	occur_time     timestamptz NOT NULL,
	-- Follows from person, kind and ref, so that the same interaction has the same id.
	interaction_id uuid NOT NULL,
	person_id      uuid NOT NULL,
	kind           smallint NOT NULL,
	-- Taken back: does not count.
	removed        boolean NOT NULL DEFAULT false,
	ref            text NOT NULL DEFAULT '',
	reply_to       text NOT NULL DEFAULT '',
	PRIMARY KEY (community_id, occur_time, interaction_id)
) PARTITION BY RANGE (occur_time);

CREATE INDEX interaction_time ON interaction USING brin (occur_time);

-- Makes the partitions that are missing up to the month of `until`. Made aside and attached, so that nobody who writes or
-- reads waits for it.
CREATE FUNCTION make_interaction_partitions(until timestamptz) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
	start timestamp;
	stop timestamp;
	partition text;
	made integer := 0;
BEGIN
	LOCK TABLE interaction IN SHARE UPDATE EXCLUSIVE MODE;
	FOR start, stop, partition IN
		SELECT '-infinity'::timestamp, '2000-01-01'::timestamp, 'interaction_before_2000'
		UNION ALL
		SELECT y, y + interval '1 year', 'interaction_' || to_char(y, 'YYYY')
		FROM generate_series('2000-01-01'::timestamp, '2024-01-01', '1 year') y
		UNION ALL
		SELECT m, m + interval '1 month', 'interaction_' || to_char(m, 'YYYY_MM')
		FROM generate_series('2025-01-01'::timestamp, until AT TIME ZONE 'UTC', '1 month') m
	LOOP
		CONTINUE WHEN EXISTS (
			SELECT FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
			WHERE inhparent = 'interaction'::regclass AND relname = partition);
		EXECUTE format('CREATE TABLE %I (LIKE interaction INCLUDING DEFAULTS)', partition);
		EXECUTE format('ALTER TABLE interaction ATTACH PARTITION %I FOR VALUES FROM (%s) TO (%L)', partition,
			CASE WHEN start = '-infinity' THEN 'MINVALUE' ELSE quote_literal(start || '+00') END,
			stop || '+00');
		made := made + 1;
	END LOOP;
	RETURN made;
END
$$;

SELECT make_interaction_partitions(now() + interval '12 months');

-- Interactions not yet in the bitmaps. Written with the raw row, taken by the fold.
CREATE TABLE pending (
	community_id   uuid NOT NULL,
	occur_time     timestamptz NOT NULL,
	interaction_id uuid NOT NULL,
	person_id      uuid NOT NULL,
	kind           smallint NOT NULL,
	PRIMARY KEY (community_id, occur_time, interaction_id)
);

-- Those of people or communities that are not known here yet.
CREATE TABLE waiting (
	community_id   uuid NOT NULL,
	person_id      uuid NOT NULL,
	occur_time     timestamptz NOT NULL,
	interaction_id uuid NOT NULL,
	kind           smallint NOT NULL,
	try_time       timestamptz NOT NULL,
	try_count      integer NOT NULL DEFAULT 0,
	PRIMARY KEY (community_id, person_id, occur_time, interaction_id)
);

CREATE INDEX waiting_try ON waiting (try_time);

-- Moments whose day must be counted again from the raw rows; '-infinity' means every day there is.
CREATE TABLE dirty (
	community_id uuid NOT NULL,
	occur_time   timestamptz NOT NULL,
	PRIMARY KEY (community_id, occur_time)
);

-- Whoever changes the bitmaps of a community first takes its row here.
CREATE TABLE fold (
	community_id uuid PRIMARY KEY,
	fold_count   bigint NOT NULL DEFAULT 0,
	-- The zone in whose days all bitmaps are; NULL until they were first made from all raw rows.
	time_zone    text
);

-- Who did something: portable CRoaring bitmaps of member numbers, one for 65,536 of them.
CREATE TABLE bitmap (
	community_id      uuid NOT NULL,
	day               integer NOT NULL, -- since 1970-01-01, in the community's zone
	kind              smallint NOT NULL, -- an InteractionKind; 0 any of them, -1 any of the engaged
	chunk             integer NOT NULL, -- member number / 65,536
	bits              bytea NOT NULL,
	member_count      integer NOT NULL,
	interaction_count bigint NOT NULL,
	PRIMARY KEY (community_id, day, kind, chunk)
) WITH (fillfactor = 70);

-- They do not compress.
ALTER TABLE bitmap ALTER COLUMN bits SET STORAGE EXTERNAL;

-- The last word on each interaction that is known by its subject and may be taken back.
CREATE TABLE fact (
	community_id  uuid NOT NULL,
	kind          smallint NOT NULL,
	subject_id    uuid NOT NULL,
	person_id     uuid NOT NULL,
	version       bigint NOT NULL,
	occur_time    timestamptz NOT NULL,
	present       boolean NOT NULL,
	-- When it stood before this version; NULL if it did not.
	replaced_time timestamptz,
	PRIMARY KEY (community_id, kind, subject_id, person_id)
);

-- From when to when somebody was a member, as of that version of his membership. A later version replaces it, unless
-- that one is a return after this one's end.
CREATE TABLE tenure (
	community_id uuid NOT NULL,
	person_id    uuid NOT NULL,
	version      bigint NOT NULL,
	number       bigint NOT NULL,
	join_time    timestamptz NOT NULL,
	leave_time   timestamptz,
	leave_reason text NOT NULL DEFAULT '',
	PRIMARY KEY (community_id, person_id, version)
);

CREATE INDEX tenure_join ON tenure (community_id, join_time);
CREATE INDEX tenure_leave ON tenure (community_id, leave_time) WHERE leave_time IS NOT NULL;

-- The zones this server can compute with: a name it does not know must not stop everybody's count.
CREATE TABLE zone (
	name text PRIMARY KEY
);

INSERT INTO zone SELECT name FROM pg_timezone_names;
