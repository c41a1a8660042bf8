-- Who belongs to which community. Every change first locks the community's row, so what a community's memberships say
-- together (numbers without holes, capacity, one owner) is decided by one writer at a time.
CREATE TABLE membership (
	community_id uuid NOT NULL REFERENCES community (community_id),
	person_id uuid NOT NULL,
	number bigint NOT NULL CHECK (number > 0),
	role text NOT NULL DEFAULT 'MEMBER'
		CHECK (role IN ('MEMBER', 'EXPERT', 'MODERATOR', 'ADMIN', 'OWNER')),
	state text NOT NULL DEFAULT 'ACTIVE' CHECK (state IN ('ACTIVE', 'LEFT', 'REMOVED', 'BANNED')),
	join_time timestamptz NOT NULL,
	-- join_time is nothing but the first time somebody was seen; an earlier sight makes it earlier.
	join_time_implied boolean NOT NULL DEFAULT false,
	leave_time timestamptz,
	leave_reason text NOT NULL DEFAULT '',
	mute_until_time timestamptz,
	source text NOT NULL DEFAULT '',
	inviter_person_id uuid,
	version bigint NOT NULL DEFAULT 1,
	PRIMARY KEY (community_id, person_id),
	CONSTRAINT membership_number_taken UNIQUE (community_id, number),
	CONSTRAINT membership_leave_time CHECK ((state = 'ACTIVE') = (leave_time IS NULL)),
	CONSTRAINT owner_cannot_leave CHECK (role <> 'OWNER' OR state = 'ACTIVE')
);

CREATE UNIQUE INDEX community_owner_unique ON membership (community_id) WHERE role = 'OWNER';

-- The list by number for each combination of its filters.
CREATE INDEX membership_by_filter ON membership (community_id, role, state, number);

-- Ranks of roles, ascending; 0 for who has none.
CREATE FUNCTION role_rank(role text) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT COALESCE(array_position(ARRAY['MEMBER', 'EXPERT', 'MODERATOR', 'ADMIN', 'OWNER'], role), 0) $$;
