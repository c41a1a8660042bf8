-- Changes of published posts that wait for a moderator, and the archive counted by itself.

CREATE TABLE post_edit (
	community_id uuid NOT NULL,
	post_id uuid NOT NULL,
	author_person_id uuid NOT NULL,
	title text NOT NULL,
	body text NOT NULL,
	topic text NOT NULL,
	kind text NOT NULL,
	propose_time timestamptz NOT NULL,
	return_time timestamptz, -- when a moderator gave it back; NULL while it waits
	note text NOT NULL DEFAULT '',
	version bigint NOT NULL DEFAULT 1,
	PRIMARY KEY (community_id, post_id)
);

CREATE INDEX post_edit_waiting ON post_edit (community_id, propose_time, post_id) WHERE return_time IS NULL;
CREATE INDEX post_edit_by_author ON post_edit (author_person_id, community_id, propose_time, post_id);

-- Whether a post counts as archived, and returns to the archive when it is restored.
ALTER TABLE post ADD COLUMN was_archived boolean NOT NULL DEFAULT false;
ALTER TABLE tally ADD COLUMN archived_count bigint NOT NULL DEFAULT 0;

WITH archived AS (
	UPDATE post SET was_archived = true WHERE state = 'ARCHIVED' RETURNING community_id
)
INSERT INTO tally (community_id, post_count, archived_count)
SELECT community_id, -count(*), count(*) FROM archived GROUP BY community_id;
