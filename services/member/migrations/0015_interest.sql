-- What members care for, as it follows from what they say and do.

-- The last word on each thing that somebody said or did about a topic. `amount` is what it is worth, in units of the
-- reference day (sql/portrait.sql); 0 when it was taken back. What it was worth before stands beside it, so that the sums
-- below move by the difference.
CREATE TABLE interest_trace (
	community_id uuid NOT NULL,
	person_id uuid NOT NULL,
	subject_id uuid NOT NULL,
	source text NOT NULL CONSTRAINT interest_trace_source CHECK (source IN ('POST', 'COMMENT', 'REACTION')),
	version bigint NOT NULL,
	kind text NOT NULL,
	tag text NOT NULL,
	amount numeric NOT NULL,
	occur_time timestamptz NOT NULL,
	replaced_kind text,
	replaced_tag text,
	replaced_amount numeric,
	PRIMARY KEY (community_id, person_id, subject_id)
);

CREATE INDEX interest_trace_by_tag ON interest_trace (community_id, person_id, kind, tag, occur_time) WHERE amount > 0;
CREATE INDEX interest_trace_by_person ON interest_trace (person_id);

-- The sums of those. numeric, because it adds up to the same in every order.
CREATE TABLE interest (
	community_id uuid NOT NULL,
	person_id uuid NOT NULL,
	kind text NOT NULL CONSTRAINT interest_kind CHECK (kind IN ('INTEREST', 'NEED')),
	tag text NOT NULL,
	amount numeric NOT NULL,
	post_count integer NOT NULL,
	comment_count integer NOT NULL,
	reaction_count integer NOT NULL,
	PRIMARY KEY (community_id, person_id, kind, tag)
);

CREATE INDEX interest_by_person ON interest (person_id);
