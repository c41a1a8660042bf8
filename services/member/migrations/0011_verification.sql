-- Reviews of real names. Neither the name nor the document's number is here: a mask, the last characters, a keyed hash.
CREATE TABLE verification (
	person_id uuid NOT NULL,
	verification_id uuid NOT NULL,
	state text NOT NULL DEFAULT 'SUBMITTED' CHECK (state IN ('SUBMITTED', 'UNDER_REVIEW', 'VERIFIED', 'REJECTED')),
	masked_name text NOT NULL,
	document_kind text NOT NULL CHECK (document_kind IN ('ID_CARD', 'PASSPORT', 'RESIDENCE_PERMIT', 'DRIVING_LICENCE')),
	document_tail text NOT NULL,
	document_hash bytea NOT NULL,
	create_time timestamptz NOT NULL,
	review_time timestamptz,
	decide_time timestamptz,
	reviewer text NOT NULL DEFAULT '',
	reason text NOT NULL DEFAULT '',
	PRIMARY KEY (person_id, verification_id),
	CONSTRAINT verification_decided
		CHECK ((state = 'VERIFIED' OR state = 'REJECTED') = (decide_time IS NOT NULL))
);

-- What reviewers look through, oldest first.
CREATE INDEX verification_by_state ON verification (state, create_time, verification_id);

-- Whose a document is, from the moment he submits it until it is rejected: a table of its own, keyed by it.
CREATE TABLE real_document (
	document_hash bytea PRIMARY KEY,
	person_id uuid NOT NULL
);
