-- Where a community is going: its stages, its goals, for whom it is, by what means, in what spirit.
CREATE TABLE stage_change (
	community_id uuid NOT NULL REFERENCES community (community_id),
	number bigint NOT NULL,
	from_stage text NOT NULL CHECK (from_stage IN ('LAUNCH', 'GROWTH', 'MATURITY', 'DECLINE', 'TRANSFORM')),
	to_stage text NOT NULL CHECK (to_stage IN ('LAUNCH', 'GROWTH', 'MATURITY', 'DECLINE', 'TRANSFORM')),
	reason text NOT NULL,
	change_time timestamptz NOT NULL,
	PRIMARY KEY (community_id, number)
);

CREATE TABLE goal (
	community_id uuid NOT NULL REFERENCES community (community_id),
	goal_id uuid NOT NULL,
	kind text NOT NULL CHECK (kind IN ('FANS', 'BRAND', 'SALES', 'SERVICE', 'CAREER')),
	metric text NOT NULL CHECK (metric IN ('MEMBERS', 'ACTIVE_DAY', 'ENGAGED_DAY', 'ACTIVE_WEEK', 'ACTIVE_MONTH',
		'JOINS_MONTH', 'INTERACTIONS_DAY', 'STICKINESS')),
	target bigint NOT NULL,
	deadline_time timestamptz NOT NULL,
	"primary" boolean NOT NULL,
	note text NOT NULL,
	state text NOT NULL DEFAULT 'OPEN' CHECK (state IN ('OPEN', 'ACHIEVED', 'MISSED', 'DROPPED')),
	baseline bigint NOT NULL,
	baseline_time timestamptz,
	create_time timestamptz NOT NULL,
	close_time timestamptz,
	final_value bigint NOT NULL DEFAULT 0,
	final_value_time timestamptz,
	version bigint NOT NULL DEFAULT 1,
	PRIMARY KEY (community_id, goal_id)
);

CREATE UNIQUE INDEX goal_primary_taken ON goal (community_id) WHERE "primary" AND state = 'OPEN';
CREATE INDEX goal_by_time ON goal (community_id, create_time DESC, goal_id DESC);

-- A row is never changed: each version stands as it was said.
CREATE TABLE positioning (
	community_id uuid NOT NULL REFERENCES community (community_id),
	version integer NOT NULL,
	age_min integer NOT NULL,
	age_max integer NOT NULL,
	genders text[] NOT NULL,
	interests text[] NOT NULL,
	occupations text[] NOT NULL,
	regions text[] NOT NULL,
	need text NOT NULL,
	benefit text NOT NULL,
	create_time timestamptz NOT NULL,
	PRIMARY KEY (community_id, version)
);

-- What a community made its own of the strategy that its type brings.
CREATE TABLE strategy_item (
	community_id uuid NOT NULL REFERENCES community (community_id),
	kind text NOT NULL CHECK (kind IN ('OFFLINE_EVENTS', 'MEMBER_BENEFITS', 'EXPERT_IMAGE', 'ONLINE_ACTIVITIES',
		'EXCLUSIVE_PERKS', 'THEME_FESTIVAL', 'LOCAL_SERVICES', 'LOCAL_EVENTS', 'LOCAL_IDENTITY', 'USER_SUPPORT',
		'PRODUCT_FEEDBACK', 'FAN_REFERRAL', 'STUDY_PLAN', 'DAILY_CHECK_IN', 'PEER_HELP')),
	enabled boolean NOT NULL,
	text text NOT NULL,
	note text NOT NULL,
	PRIMARY KEY (community_id, kind)
);

CREATE TABLE culture (
	community_id uuid PRIMARY KEY REFERENCES community (community_id),
	"values" text[] NOT NULL,
	slogan text NOT NULL,
	anthem_title text NOT NULL,
	anthem_lyrics text NOT NULL,
	anthem_url text NOT NULL,
	rituals text[] NOT NULL,
	version bigint NOT NULL DEFAULT 1
);
