-- What several nouns read of a member beside his membership.

-- What he has done, by the days of his community, as evaluation tells it. Engaged: more than a visit.
CREATE TABLE standing (
	community_id uuid NOT NULL,
	person_id uuid NOT NULL,
	first_active_date date,
	last_active_date date,
	first_engaged_date date,
	last_engaged_date date,
	PRIMARY KEY (community_id, person_id)
);

-- The paid plan of a person in a community: one row a person, also before he is a member and after.
CREATE TABLE subscription (
	community_id uuid NOT NULL REFERENCES community (community_id),
	person_id uuid NOT NULL,
	plan_id uuid NOT NULL,
	state text NOT NULL CONSTRAINT subscription_state CHECK (state IN ('ACTIVE', 'GRACE', 'EXPIRED', 'REFUNDED')),
	start_time timestamptz NOT NULL,
	end_time timestamptz NOT NULL,
	grace_end_time timestamptz NOT NULL,
	version bigint NOT NULL DEFAULT 1,
	PRIMARY KEY (community_id, person_id)
);

-- The version of the membership that the index of facets has seen; 0: look again.
ALTER TABLE membership ADD COLUMN indexed_version bigint NOT NULL DEFAULT 0;
