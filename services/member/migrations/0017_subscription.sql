-- What communities sell.
CREATE TABLE plan (
	community_id uuid NOT NULL REFERENCES community (community_id),
	plan_id uuid NOT NULL,
	name text NOT NULL,
	price bigint NOT NULL CHECK (price >= 0),
	currency text NOT NULL,
	period_months integer NOT NULL,
	period_days integer NOT NULL,
	grace_days integer NOT NULL CHECK (grace_days >= 0),
	benefits text[] NOT NULL DEFAULT '{}',
	state text NOT NULL DEFAULT 'ACTIVE' CHECK (state IN ('ACTIVE', 'RETIRED')),
	version bigint NOT NULL DEFAULT 1,
	create_time timestamptz NOT NULL,
	update_time timestamptz NOT NULL,
	PRIMARY KEY (community_id, plan_id),
	CONSTRAINT plan_without_period CHECK (
		period_months >= 0 AND period_days >= 0 AND period_months + period_days > 0)
);

CREATE INDEX plan_by_time ON plan (community_id, create_time DESC, plan_id DESC);

-- What has been paid for since start_time: the end is reckoned from there, so that months do not wear down to the
-- shortest one.
ALTER TABLE subscription ADD COLUMN months integer NOT NULL DEFAULT 0;
ALTER TABLE subscription ADD COLUMN days integer NOT NULL DEFAULT 0;
ALTER TABLE subscription ADD COLUMN renewal_cancelled boolean NOT NULL DEFAULT false;
-- The join time of the membership that it began: it ends that one, and no other.
ALTER TABLE subscription ADD COLUMN entry_time timestamptz;

-- What falls due, and the list.
CREATE INDEX subscription_ends ON subscription (end_time) WHERE state = 'ACTIVE';
CREATE INDEX subscription_grace_ends ON subscription (grace_end_time) WHERE state = 'GRACE';
CREATE INDEX subscription_by_end ON subscription (community_id, state, end_time, person_id);

-- Every change of a subscription, written once. The amounts are the money that was taken and given back.
CREATE TABLE subscription_event (
	community_id uuid NOT NULL REFERENCES community (community_id),
	person_id uuid NOT NULL,
	sequence bigint GENERATED ALWAYS AS IDENTITY,
	version bigint NOT NULL,
	kind text NOT NULL CHECK (kind IN (
		'STARTED', 'RENEWED', 'RENEWAL_CANCELLED', 'GRACE_BEGAN', 'EXPIRED', 'REFUNDED')),
	state text NOT NULL CHECK (state IN ('ACTIVE', 'GRACE', 'EXPIRED', 'REFUNDED')),
	plan_id uuid NOT NULL,
	order_ref text NOT NULL DEFAULT '',
	amount bigint NOT NULL DEFAULT 0,
	currency text NOT NULL DEFAULT '',
	end_time timestamptz NOT NULL,
	event_time timestamptz NOT NULL,
	actor_person_id uuid,
	note text NOT NULL DEFAULT '',
	PRIMARY KEY (community_id, person_id, sequence)
);

CREATE UNIQUE INDEX order_ref_taken ON subscription_event (community_id, order_ref) WHERE order_ref <> '';
CREATE INDEX subscription_event_by_person ON subscription_event (person_id) WHERE note <> '';
