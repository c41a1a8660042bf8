-- Who is asked about what. A designation holds while the membership lasts in which it was given: the row of who left
-- stays, and says nothing.
CREATE TABLE designation (
	community_id uuid NOT NULL REFERENCES community (community_id),
	topic text NOT NULL,
	person_id uuid NOT NULL,
	place integer NOT NULL,
	designate_time timestamptz NOT NULL,
	PRIMARY KEY (community_id, topic, person_id)
);

CREATE INDEX designation_by_place ON designation (community_id, topic, place, designate_time, person_id);
CREATE INDEX designation_by_person ON designation (community_id, person_id);
