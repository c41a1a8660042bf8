-- What the nouns that stand around a community, a person and a membership keep in their rows. Each with a constant default,
-- so that no row is rewritten, and each check for later, so that none is read.
ALTER TABLE community ADD COLUMN stage text NOT NULL DEFAULT 'LAUNCH';
ALTER TABLE community ADD CONSTRAINT community_stage
	CHECK (stage IN ('LAUNCH', 'GROWTH', 'MATURITY', 'DECLINE', 'TRANSFORM')) NOT VALID;
ALTER TABLE community ADD COLUMN product_strategy text NOT NULL DEFAULT 'COMMUNITY_FIRST';
ALTER TABLE community ADD CONSTRAINT community_product_strategy
	CHECK (product_strategy IN ('COMMUNITY_FIRST', 'PRODUCT_FIRST')) NOT VALID;
-- The rules in force; 0 while there are none.
ALTER TABLE community ADD COLUMN rules_version integer NOT NULL DEFAULT 0;

ALTER TABLE person ADD COLUMN state text NOT NULL DEFAULT 'ACTIVE';
ALTER TABLE person ADD CONSTRAINT person_state
	CHECK (state IN ('ACTIVE', 'MERGED', 'ERASED')) NOT VALID;
ALTER TABLE person ADD COLUMN merged_into_person_id uuid;
-- When his real name was verified; NULL unless it is.
ALTER TABLE person ADD COLUMN verify_time timestamptz;

ALTER TABLE membership ADD COLUMN level integer NOT NULL DEFAULT 0;
ALTER TABLE membership ADD COLUMN score bigint NOT NULL DEFAULT 0;
ALTER TABLE membership ADD COLUMN tags text[] NOT NULL DEFAULT '{}';
-- The paid plan he has now.
ALTER TABLE membership ADD COLUMN plan_id uuid;
-- The rules he has accepted.
ALTER TABLE membership ADD COLUMN rules_version integer NOT NULL DEFAULT 0;
ALTER TABLE membership ADD COLUMN journey_step text NOT NULL DEFAULT 'AUDIENCE';
ALTER TABLE membership ADD CONSTRAINT membership_journey_step
	CHECK (journey_step IN ('AUDIENCE', 'TRIAL', 'FAN', 'CORE')) NOT VALID;
ALTER TABLE membership ADD COLUMN campaign text NOT NULL DEFAULT '';
ALTER TABLE membership ADD COLUMN scene text NOT NULL DEFAULT '';

-- New ways for a membership to end; who stands in the table already is within them.
ALTER TABLE membership DROP CONSTRAINT membership_state_check;
ALTER TABLE membership ADD CONSTRAINT membership_state_known
	CHECK (state IN ('ACTIVE', 'LEFT', 'REMOVED', 'BANNED', 'EXPIRED', 'MERGED', 'MOVED')) NOT VALID;
ALTER TABLE community DROP CONSTRAINT community_join_mode_check;
ALTER TABLE community ADD CONSTRAINT community_join_mode_known
	CHECK (join_mode IN ('OPEN', 'INVITE', 'APPROVAL', 'PAID', 'VERIFIED', 'CONDITION', 'MIXED')) NOT VALID;

-- What a person says of himself: one row an attribute. MASKED: others see that there is something, and its shape.
CREATE TABLE person_attribute (
	person_id uuid NOT NULL,
	name text NOT NULL,
	value text NOT NULL,
	visibility text NOT NULL DEFAULT 'MEMBERS'
		CHECK (visibility IN ('PUBLIC', 'MEMBERS', 'STAFF', 'SELF')),
	masked boolean NOT NULL DEFAULT false,
	update_time timestamptz NOT NULL,
	PRIMARY KEY (person_id, name)
);
