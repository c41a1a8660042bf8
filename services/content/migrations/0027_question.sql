-- Questions: when each is to be answered and settled, who is asked, what was accepted.

CREATE TABLE question (
	community_id uuid NOT NULL,
	post_id uuid NOT NULL,
	author_person_id uuid NOT NULL,
	topic text NOT NULL,
	state text NOT NULL CHECK (state IN ('OPEN', 'ANSWERED', 'RESOLVED', 'STALE')),
	withdrawn boolean NOT NULL, -- its post cannot be read, or asks no more
	open_time timestamptz NOT NULL,
	response_due_time timestamptz,
	resolve_due_time timestamptz,
	response_time timestamptz,
	resolve_time timestamptz,
	answer_count integer NOT NULL DEFAULT 0 CHECK (answer_count >= 0),
	accepted_comment_id uuid,
	accepted_person_id uuid,
	close_note text NOT NULL DEFAULT '',
	closer_person_id uuid, -- who wrote the note
	expert_person_id uuid,
	assign_time timestamptz,
	escalated boolean NOT NULL DEFAULT false,
	route_time timestamptz, -- when the next is to be asked
	reopen_count integer NOT NULL DEFAULT 0,
	version bigint NOT NULL DEFAULT 1,
	-- The queue: who waits for an answer before who waits for an end, each by the time that runs for him.
	rank integer NOT NULL GENERATED ALWAYS AS (CASE state WHEN 'OPEN' THEN 0 WHEN 'ANSWERED' THEN 1 WHEN 'STALE' THEN 2
		ELSE 3 END) STORED,
	due_time timestamptz NOT NULL GENERATED ALWAYS AS (CASE state WHEN 'OPEN' THEN COALESCE(response_due_time, 'infinity')
		WHEN 'ANSWERED' THEN COALESCE(resolve_due_time, 'infinity') ELSE 'infinity' END) STORED,
	PRIMARY KEY (community_id, post_id),
	CHECK (accepted_comment_id IS NULL OR state = 'RESOLVED'),
	CHECK ((state <> 'ANSWERED' OR answer_count > 0) AND (state <> 'OPEN' OR answer_count = 0))
);

CREATE INDEX question_queue ON question (community_id, rank, due_time, post_id) WHERE NOT withdrawn;
CREATE INDEX question_queue_of_expert ON question (community_id, expert_person_id, rank, due_time, post_id) WHERE NOT withdrawn;
CREATE INDEX question_queue_of_topic ON question (community_id, topic, rank, due_time, post_id) WHERE NOT withdrawn;
CREATE INDEX question_by_assignment ON question (community_id, expert_person_id, assign_time);
CREATE INDEX question_by_time ON question (community_id, open_time);
CREATE INDEX question_by_author ON question (community_id, author_person_id);
CREATE INDEX question_by_closer ON question (closer_person_id) WHERE closer_person_id IS NOT NULL;
CREATE INDEX question_to_route ON question (route_time) WHERE state = 'OPEN' AND NOT withdrawn;
CREATE INDEX question_to_give_up ON question (resolve_due_time) WHERE state IN ('OPEN', 'ANSWERED') AND NOT withdrawn;

-- Whom each was taken to, step by step; NULL: the moderators.
CREATE TABLE question_route (
	community_id uuid NOT NULL,
	post_id uuid NOT NULL,
	step integer NOT NULL,
	person_id uuid,
	by_person_id uuid, -- the moderator who said so; NULL: it was his turn
	route_time timestamptz NOT NULL,
	PRIMARY KEY (community_id, post_id, step)
);

-- Who is asked about what, as member tells it. A designation lasts as long as the membership in which it was given.
CREATE TABLE expert (
	community_id uuid NOT NULL,
	topic text NOT NULL,
	person_id uuid NOT NULL,
	place bigint NOT NULL,
	designate_time timestamptz NOT NULL,
	withdrawn boolean NOT NULL,
	version bigint NOT NULL,
	PRIMARY KEY (community_id, topic, person_id)
);

CREATE INDEX expert_by_person ON expert (person_id);

-- Whether the question that it asks stands in its table.
ALTER TABLE post ADD COLUMN has_question boolean NOT NULL DEFAULT false;
-- Whether it was told as an answer when it was written.
ALTER TABLE comment ADD COLUMN answer boolean NOT NULL DEFAULT false;
