-- Who was erased: nothing here tells who he was.
CREATE TABLE erasure (
	person_id uuid PRIMARY KEY,
	reason text NOT NULL,
	content text NOT NULL CONSTRAINT erasure_content CHECK (content IN ('KEEP_CONTENT', 'ERASE_CONTENT')),
	actor_key_id text NOT NULL,
	actor_person_id uuid,
	erase_time timestamptz NOT NULL
);

CREATE INDEX person_merged ON person (merged_into_person_id) WHERE merged_into_person_id IS NOT NULL;
