-- How one gets in, and whence.

-- The ways into a community, where its join_mode alone does not say it, and the settings around them. A way is the names of
-- its modes with blanks between; it is read only while community.join_mode is MIXED. Questions, conditions and the rest hold
-- for every mode. No row: as the defaults say.
CREATE TABLE join_policy (
	community_id uuid PRIMARY KEY REFERENCES community (community_id),
	ways text[] NOT NULL DEFAULT '{}',
	condition_filters text[] NOT NULL DEFAULT '{}',
	condition_messages text[] NOT NULL DEFAULT '{}',
	questions text[] NOT NULL DEFAULT '{}',
	request_valid_days integer NOT NULL DEFAULT 7 CHECK (request_valid_days > 0),
	invite_quota integer NOT NULL DEFAULT 10 CHECK (invite_quota >= 0),
	invite_role text NOT NULL DEFAULT 'MEMBER'
		CHECK (invite_role IN ('MEMBER', 'EXPERT', 'MODERATOR', 'ADMIN', 'OWNER'))
);

-- What a person has acquired elsewhere, for instance a course.
CREATE TABLE entitlement (
	person_id uuid NOT NULL,
	key text NOT NULL,
	source text NOT NULL DEFAULT '',
	until_time timestamptz,
	grant_time timestamptz NOT NULL,
	PRIMARY KEY (person_id, key)
);

CREATE TABLE join_request (
	community_id uuid NOT NULL REFERENCES community (community_id),
	join_request_id uuid NOT NULL,
	person_id uuid NOT NULL,
	state text NOT NULL DEFAULT 'PENDING'
		CHECK (state IN ('PENDING', 'APPROVED', 'REJECTED', 'EXPIRED', 'CANCELLED')),
	-- As they were asked when he answered.
	questions text[] NOT NULL,
	answers text[] NOT NULL,
	source text NOT NULL DEFAULT '',
	campaign text NOT NULL DEFAULT '',
	scene text NOT NULL DEFAULT '',
	inviter_person_id uuid,
	invitation_id uuid,
	create_time timestamptz NOT NULL,
	expire_time timestamptz NOT NULL,
	decide_time timestamptz,
	decider_person_id uuid,
	reason text NOT NULL DEFAULT '',
	PRIMARY KEY (community_id, join_request_id),
	CONSTRAINT join_request_decided CHECK ((state = 'PENDING') = (decide_time IS NULL))
);

CREATE UNIQUE INDEX join_request_pending ON join_request (community_id, person_id) WHERE state = 'PENDING';
CREATE INDEX join_request_due ON join_request (expire_time) WHERE state = 'PENDING';
CREATE INDEX join_request_by_time ON join_request (community_id, create_time, join_request_id);
CREATE INDEX join_request_by_person ON join_request (person_id);

CREATE TABLE invitation (
	community_id uuid NOT NULL REFERENCES community (community_id),
	invitation_id uuid NOT NULL,
	code text NOT NULL,
	-- Who made it; NULL when the platform did.
	inviter_person_id uuid,
	-- Only he may use it; NULL when anybody may.
	target_person_id uuid,
	max_uses integer NOT NULL CHECK (max_uses > 0),
	use_count integer NOT NULL DEFAULT 0,
	expire_time timestamptz,
	revoke_time timestamptz,
	source text NOT NULL DEFAULT '',
	campaign text NOT NULL DEFAULT '',
	scene text NOT NULL DEFAULT '',
	create_time timestamptz NOT NULL,
	PRIMARY KEY (community_id, invitation_id),
	CONSTRAINT invitation_used_up CHECK (use_count BETWEEN 0 AND max_uses)
);

CREATE INDEX invitation_by_time ON invitation (community_id, create_time, invitation_id);
CREATE INDEX invitation_by_inviter ON invitation (community_id, inviter_person_id);

-- Codes are unique among all communities: a table of their own, keyed by them.
CREATE TABLE invitation_code (
	code text CONSTRAINT invitation_code_taken PRIMARY KEY,
	community_id uuid NOT NULL,
	invitation_id uuid NOT NULL
);

-- Who came in by which; each person counts once.
CREATE TABLE invitation_use (
	community_id uuid NOT NULL,
	invitation_id uuid NOT NULL,
	person_id uuid NOT NULL,
	use_time timestamptz NOT NULL,
	PRIMARY KEY (community_id, invitation_id, person_id),
	FOREIGN KEY (community_id, invitation_id) REFERENCES invitation (community_id, invitation_id)
);

-- Who brought whom when he came for the first time. The inviter's number is always the lower one, so there are no circles.
CREATE TABLE referral (
	community_id uuid NOT NULL,
	person_id uuid NOT NULL,
	inviter_person_id uuid NOT NULL,
	PRIMARY KEY (community_id, person_id)
);

CREATE INDEX referral_by_inviter ON referral (community_id, inviter_person_id);

INSERT INTO referral (community_id, person_id, inviter_person_id)
SELECT m.community_id, m.person_id, m.inviter_person_id
FROM membership AS m
JOIN membership AS i ON i.community_id = m.community_id AND i.person_id = m.inviter_person_id
WHERE i.number < m.number;

-- The stays before the one that membership tells of: a row is written when he comes back.
CREATE TABLE stay (
	community_id uuid NOT NULL,
	person_id uuid NOT NULL,
	sequence integer NOT NULL,
	state text NOT NULL CHECK (state IN ('ACTIVE', 'LEFT', 'REMOVED', 'BANNED', 'EXPIRED', 'MERGED', 'MOVED')),
	join_time timestamptz NOT NULL,
	leave_time timestamptz,
	leave_reason text NOT NULL,
	source text NOT NULL,
	campaign text NOT NULL,
	scene text NOT NULL,
	inviter_person_id uuid,
	PRIMARY KEY (community_id, person_id, sequence)
);

CREATE INDEX stay_by_person ON stay (person_id);
