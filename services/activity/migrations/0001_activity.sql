-- What is done together: events, who registers for them and attends, and what is bought.

CREATE TABLE event (
	community_id uuid NOT NULL,
	event_id uuid NOT NULL,
	host_person_id uuid,
	title text NOT NULL,
	description text NOT NULL,
	mode text NOT NULL CHECK (mode IN ('ONLINE', 'OFFLINE', 'HYBRID')),
	venue text NOT NULL,
	url text NOT NULL,
	start_time timestamptz NOT NULL,
	end_time timestamptz NOT NULL,
	time_zone text NOT NULL,
	capacity integer NOT NULL CHECK (capacity >= 0), -- 0: no limit
	state text NOT NULL CHECK (state IN ('DRAFT', 'PUBLISHED', 'OPEN', 'RUNNING', 'ENDED', 'CANCELLED')),
	going_count integer NOT NULL DEFAULT 0 CHECK (going_count >= 0),
	waitlist_count integer NOT NULL DEFAULT 0 CHECK (waitlist_count >= 0),
	attended_count integer NOT NULL DEFAULT 0 CHECK (attended_count >= 0),
	last_waitlist_number bigint NOT NULL DEFAULT 0,
	reported_yes_count integer NOT NULL DEFAULT 0,
	reported_waitlist_count integer NOT NULL DEFAULT 0,
	create_time timestamptz NOT NULL,
	update_time timestamptz NOT NULL,
	version bigint NOT NULL DEFAULT 1,
	PRIMARY KEY (community_id, event_id),
	CONSTRAINT event_ends_before_start CHECK (end_time >= start_time),
	CONSTRAINT capacity_below_going CHECK (capacity = 0 OR going_count <= capacity)
) WITH (fillfactor = 80);

CREATE INDEX event_list ON event (community_id, start_time, event_id);
CREATE INDEX event_list_of_state ON event (community_id, state, start_time, event_id);
CREATE INDEX event_to_start ON event (start_time) WHERE state IN ('PUBLISHED', 'OPEN');
CREATE INDEX event_to_end ON event (end_time) WHERE state = 'RUNNING';

CREATE TABLE registration (
	community_id uuid NOT NULL,
	event_id uuid NOT NULL,
	person_id uuid NOT NULL,
	state text NOT NULL CHECK (state IN ('GOING', 'WAITLISTED', 'CANCELLED')),
	waitlist_number bigint, -- of who waits: the lowest is the first
	register_time timestamptz NOT NULL,
	update_time timestamptz NOT NULL,
	attend_time timestamptz,
	version bigint NOT NULL DEFAULT 1,
	PRIMARY KEY (community_id, event_id, person_id),
	CONSTRAINT event_missing FOREIGN KEY (community_id, event_id) REFERENCES event,
	CHECK ((state = 'WAITLISTED') = (waitlist_number IS NOT NULL))
);

CREATE INDEX registration_list ON registration (community_id, event_id, register_time, person_id);
CREATE INDEX registration_waitlist ON registration (community_id, event_id, waitlist_number) WHERE state = 'WAITLISTED';

CREATE TABLE orders (
	community_id uuid NOT NULL,
	order_id uuid NOT NULL,
	person_id uuid NOT NULL,
	amount bigint NOT NULL, -- minor units
	currency text NOT NULL,
	state text NOT NULL CHECK (state IN ('CREATED', 'PAID', 'FULFILLED', 'REFUNDED', 'CANCELLED')),
	create_time timestamptz NOT NULL,
	update_time timestamptz NOT NULL,
	version bigint NOT NULL DEFAULT 1,
	PRIMARY KEY (community_id, order_id),
	CONSTRAINT bad_currency CHECK (currency ~ '^[A-Z]{3}$')
);

CREATE INDEX orders_list ON orders (community_id, create_time, order_id);
CREATE INDEX orders_list_of_person ON orders (community_id, person_id, create_time, order_id);
