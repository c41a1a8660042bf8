-- Who has to do with whom in a community: one row a pair and source, the lower id first.
CREATE TABLE tie (
	community_id uuid NOT NULL,
	person_id uuid NOT NULL,
	other_person_id uuid NOT NULL,
	source text NOT NULL,
	-- The sum of what came and went. Events come in any order, so it may be below zero for a moment.
	weight bigint NOT NULL,
	PRIMARY KEY (community_id, person_id, other_person_id, source),
	CONSTRAINT tie_in_order CHECK (person_id < other_person_id)
);

-- Each comment and reaction that a tie of the source "content" counts, so that what is taken back counts no more. The
-- difference to past_weight, the weight before the last change, is what the tie has to follow.
CREATE TABLE contact (
	community_id uuid NOT NULL,
	person_id uuid NOT NULL,
	subject_id uuid NOT NULL,
	-- NULL while only its end has been told.
	other_person_id uuid,
	weight bigint NOT NULL,
	past_weight bigint NOT NULL DEFAULT 0,
	version bigint NOT NULL,
	PRIMARY KEY (community_id, person_id, subject_id)
);
