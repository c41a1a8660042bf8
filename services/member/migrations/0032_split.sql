-- Splits of a community. Every change of one but the plan itself first locks the community's row, then its own.
CREATE TABLE split (
	community_id uuid NOT NULL REFERENCES community (community_id),
	split_id uuid NOT NULL,
	reason text NOT NULL CHECK (reason IN ('HEAD_COUNT', 'MESSAGE_LOAD')),
	strategy text NOT NULL CHECK (strategy IN ('FILL', 'LEAST_LOADED', 'BY_TAG', 'BY_ATTRIBUTE', 'BY_GRAPH')),
	state text NOT NULL DEFAULT 'PLANNING' CHECK (state IN
		('PLANNING', 'PLANNED', 'RUNNING', 'DONE', 'CANCELLED', 'REVERTING', 'REVERTED')),
	min_size bigint NOT NULL,
	max_size bigint NOT NULL,
	attribute text NOT NULL,
	pinned_person_ids uuid[] NOT NULL,
	-- What the plan knows.
	member_count bigint NOT NULL DEFAULT 0,
	tie_count bigint NOT NULL DEFAULT 0,
	tie_weight bigint NOT NULL DEFAULT 0,
	move_count bigint NOT NULL DEFAULT 0,
	cut_tie_count bigint NOT NULL DEFAULT 0,
	cut_tie_weight bigint NOT NULL DEFAULT 0,
	random_cut_tie_count bigint NOT NULL DEFAULT 0,
	random_cut_tie_weight bigint NOT NULL DEFAULT 0,
	number_cut_tie_count bigint NOT NULL DEFAULT 0,
	number_cut_tie_weight bigint NOT NULL DEFAULT 0,
	-- How far it has come.
	moved_count bigint NOT NULL DEFAULT 0,
	skipped_count bigint NOT NULL DEFAULT 0,
	reverted_count bigint NOT NULL DEFAULT 0,
	create_time timestamptz NOT NULL,
	-- The last step; of several splits that wait, the one that has waited longest is next.
	update_time timestamptz NOT NULL,
	plan_time timestamptz,
	start_time timestamptz,
	end_time timestamptz,
	PRIMARY KEY (community_id, split_id)
);

CREATE INDEX split_at_work ON split (state, update_time) WHERE state IN ('PLANNING', 'RUNNING', 'REVERTING');
CREATE UNIQUE INDEX split_running ON split (community_id) WHERE state IN ('RUNNING', 'REVERTING');

-- The parts of a split; position 0 is the source.
CREATE TABLE split_part (
	community_id uuid NOT NULL,
	split_id uuid NOT NULL,
	position integer NOT NULL,
	-- NULL until it is made.
	part_community_id uuid,
	name text NOT NULL DEFAULT '',
	values text[] NOT NULL DEFAULT '{}',
	present_count bigint NOT NULL DEFAULT 0,
	arriving_count bigint NOT NULL DEFAULT 0,
	load bigint NOT NULL DEFAULT 0,
	PRIMARY KEY (community_id, split_id, position),
	FOREIGN KEY (community_id, split_id) REFERENCES split (community_id, split_id)
);

-- Who moves where, by his number in the source.
CREATE TABLE split_move (
	community_id uuid NOT NULL,
	split_id uuid NOT NULL,
	number bigint NOT NULL,
	person_id uuid NOT NULL,
	position integer NOT NULL,
	state text NOT NULL DEFAULT 'PLANNED' CHECK (state IN ('PLANNED', 'MOVED', 'SKIPPED', 'REVERTED', 'KEPT')),
	why text NOT NULL DEFAULT '',
	-- The version that his new membership had when he came; NULL when he was there before.
	arrive_version bigint,
	move_time timestamptz,
	PRIMARY KEY (community_id, split_id, number),
	FOREIGN KEY (community_id, split_id) REFERENCES split (community_id, split_id)
);

CREATE INDEX split_move_by_state ON split_move (community_id, split_id, state, position, number);
