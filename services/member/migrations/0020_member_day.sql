-- What members did, as evaluation tells it: how often one kind of thing on one day of their community. The highest version
-- stands, so the order in which it is told does not matter.
CREATE TABLE member_day (
	community_id uuid NOT NULL,
	person_id uuid NOT NULL,
	day date NOT NULL,
	kind text NOT NULL,
	count bigint NOT NULL,
	version bigint NOT NULL,
	PRIMARY KEY (community_id, person_id, day, kind)
) WITH (fillfactor = 80);

-- More than having been there and looked.
CREATE FUNCTION is_engaged(kind text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT kind IN ('POST', 'COMMENT', 'ANSWER', 'REACTION', 'ATTENDANCE', 'CHECK_IN') $$;

-- Communities all of whose members are looked at again once it is due, in bites by their numbers.
CREATE TABLE review (
	community_id uuid PRIMARY KEY REFERENCES community (community_id),
	due_time timestamptz NOT NULL,
	-- The last one of this round who has been looked at.
	after_number bigint NOT NULL DEFAULT 0,
	-- What a change of level in this round is due to.
	cause text NOT NULL DEFAULT 'TIME' CHECK (cause IN ('ACTIVITY', 'TIME', 'LADDER'))
);

CREATE INDEX review_due ON review (due_time);
