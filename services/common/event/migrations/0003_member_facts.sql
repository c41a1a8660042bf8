-- What more the other services keep of members and communities, and what evaluation tells of a member's days.
ALTER TABLE outbox ADD COLUMN membership_level integer;
ALTER TABLE outbox ADD COLUMN membership_plan_id uuid;
ALTER TABLE outbox ADD COLUMN membership_rules_version integer;
ALTER TABLE outbox ADD COLUMN community_rules_version integer;
ALTER TABLE outbox ADD COLUMN activity_date date;
ALTER TABLE outbox ADD COLUMN activity_count bigint;

ALTER TABLE outbox_late ADD COLUMN membership_level integer;
ALTER TABLE outbox_late ADD COLUMN membership_plan_id uuid;
ALTER TABLE outbox_late ADD COLUMN membership_rules_version integer;
ALTER TABLE outbox_late ADD COLUMN community_rules_version integer;
ALTER TABLE outbox_late ADD COLUMN activity_date date;
ALTER TABLE outbox_late ADD COLUMN activity_count bigint;

ALTER TABLE outbox_dead ADD COLUMN membership_level integer;
ALTER TABLE outbox_dead ADD COLUMN membership_plan_id uuid;
ALTER TABLE outbox_dead ADD COLUMN membership_rules_version integer;
ALTER TABLE outbox_dead ADD COLUMN community_rules_version integer;
ALTER TABLE outbox_dead ADD COLUMN activity_date date;
ALTER TABLE outbox_dead ADD COLUMN activity_count bigint;

ALTER TABLE replica_community ADD COLUMN rules_version integer NOT NULL DEFAULT 0;
ALTER TABLE replica_membership ADD COLUMN level integer NOT NULL DEFAULT 0;
ALTER TABLE replica_membership ADD COLUMN plan_id uuid;
ALTER TABLE replica_membership ADD COLUMN rules_version integer NOT NULL DEFAULT 0;

-- Operators: who acts in a community with a rank whether he belongs to it or not. '' when no longer.
CREATE TABLE replica_duty (
	community_id uuid NOT NULL,
	person_id uuid NOT NULL,
	role text NOT NULL,
	version bigint NOT NULL,
	PRIMARY KEY (community_id, person_id)
);

CREATE OR REPLACE VIEW replica_present AS
SELECT m.community_id, m.person_id, m.number, m.role, m.mute_until_time, m.level, m.plan_id,
	COALESCE(m.rules_version >= c.rules_version, true) AS rules_accepted
FROM replica_membership m
LEFT JOIN replica_community c ON c.community_id = m.community_id
WHERE m.state = 'ACTIVE' AND c.state IS DISTINCT FROM 'ARCHIVED';
