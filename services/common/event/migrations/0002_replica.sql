-- What a service knows of the communities and memberships that member decides on. Empty in member's own schema.

CREATE TABLE replica_community (
	community_id uuid PRIMARY KEY,
	time_zone text NOT NULL DEFAULT 'UTC',
	state text NOT NULL,
	create_time timestamptz,
	version bigint NOT NULL
);

CREATE TABLE replica_membership (
	community_id uuid NOT NULL,
	person_id uuid NOT NULL,
	number bigint NOT NULL,
	role text NOT NULL,
	state text NOT NULL,
	join_time timestamptz,
	leave_time timestamptz,
	mute_until_time timestamptz,
	version bigint NOT NULL,
	PRIMARY KEY (community_id, person_id)
);

-- Who may do something in a community now: active members of communities that are not archived.
CREATE VIEW replica_present AS
SELECT m.community_id, m.person_id, m.number, m.role, m.mute_until_time
FROM replica_membership m
WHERE m.state = 'ACTIVE'
  AND NOT EXISTS (SELECT 1 FROM replica_community c WHERE c.community_id = m.community_id AND c.state = 'ARCHIVED');
