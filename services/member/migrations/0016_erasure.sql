-- Who was erased: nothing here tells who he was.
CREATE TABLE erasure (
	person_id uuid PRIMARY KEY,
	reason text NOT NULL,
	content text NOT NULL CONSTRAINT erasure_content CHECK (content IN ('KEEP_CONTENT', 'ERASE_CONTENT')),
	actor_key_id text NOT NULL,
	actor_person_id uuid,
	erase_time timestamptz NOT NULL
);
