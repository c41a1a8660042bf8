-- Who a person is in the places he comes from. Unique among all: keyed by kind and id.
CREATE TABLE identity (
	kind text NOT NULL,
	external_id text NOT NULL,
	person_id uuid NOT NULL,
	name text NOT NULL DEFAULT '',
	link_time timestamptz NOT NULL,
	CONSTRAINT identity_taken PRIMARY KEY (kind, external_id)
);

CREATE INDEX identity_by_person ON identity (person_id, kind, external_id);

-- Persons who turned out to be one. person.merged_into_person_id always names the last survivor, so that one look finds
-- him; the way there is here.
CREATE TABLE person_merge (
	merge_id uuid PRIMARY KEY,
	-- In the order of a person's merges, who is locked meanwhile.
	sequence bigint GENERATED ALWAYS AS IDENTITY,
	person_id uuid NOT NULL,
	merged_person_id uuid NOT NULL,
	reason text NOT NULL DEFAULT '',
	merge_time timestamptz NOT NULL,
	undo_time timestamptz
);

CREATE INDEX person_merge_by_survivor ON person_merge (person_id, sequence DESC);
CREATE INDEX person_merge_by_merged ON person_merge (merged_person_id, sequence DESC);

-- What a merge moved: the survivor's row and the merged one's as they were, the survivor's as the merge made it. Whatever is
-- of no community stands under the nil id.
CREATE TABLE person_merge_row (
	community_id uuid NOT NULL,
	merge_id uuid NOT NULL,
	kind text NOT NULL,
	key text NOT NULL,
	survivor jsonb,
	merged jsonb,
	made jsonb,
	-- Whether undoing the merge put it back; NULL before.
	put_back boolean,
	PRIMARY KEY (community_id, merge_id, kind, key)
);

CREATE INDEX person_merge_row_by_merge ON person_merge_row (merge_id, kind);
CREATE INDEX subscription_by_person ON subscription (person_id, community_id);
