-- What a post shows besides its words, and what its readers do with it: they pass it on, keep it, and are named in it.

ALTER TABLE post ADD COLUMN media_count integer NOT NULL DEFAULT 0;
ALTER TABLE post ADD COLUMN share_count integer NOT NULL DEFAULT 0;
ALTER TABLE post ADD COLUMN sharer_count integer NOT NULL DEFAULT 0;
ALTER TABLE post ADD COLUMN bookmark_count integer NOT NULL DEFAULT 0;
ALTER TABLE post ADD CONSTRAINT post_counts CHECK (media_count >= 0 AND share_count >= sharer_count AND sharer_count >= 0
	AND bookmark_count >= 0) NOT VALID;

ALTER TABLE tally ADD COLUMN share_count bigint NOT NULL DEFAULT 0;
ALTER TABLE tally ADD COLUMN bookmark_count bigint NOT NULL DEFAULT 0;

-- What is not said has the value that holds when nobody says anything.
ALTER TABLE content_settings ADD COLUMN media_types text[] NOT NULL DEFAULT '{}';
ALTER TABLE content_settings ADD COLUMN media_max_count integer;
ALTER TABLE content_settings ADD COLUMN image_max_bytes bigint;
ALTER TABLE content_settings ADD COLUMN video_max_bytes bigint;
ALTER TABLE content_settings ADD COLUMN audio_max_bytes bigint;
ALTER TABLE content_settings ADD COLUMN document_max_bytes bigint;

-- Version 0 is what a post has; a greater one, what it had in that revision; -1, what an edit that waits will give it.
CREATE TABLE post_media (
	community_id uuid NOT NULL,
	post_id uuid NOT NULL,
	version bigint NOT NULL,
	position integer NOT NULL,
	url text NOT NULL,
	media_type text NOT NULL,
	size_bytes bigint NOT NULL,
	width integer NOT NULL,
	height integer NOT NULL,
	duration_ms bigint NOT NULL,
	alt_text text NOT NULL,
	sha256 text NOT NULL,
	PRIMARY KEY (community_id, post_id, version, position),
	FOREIGN KEY (community_id, post_id) REFERENCES post
);

ALTER TABLE post_edit ADD COLUMN media_count integer; -- NULL: it leaves them as they are

CREATE TABLE post_share (
	community_id uuid NOT NULL,
	post_id uuid NOT NULL,
	share_id uuid NOT NULL,
	person_id uuid NOT NULL,
	channel text NOT NULL,
	to_community_id uuid,
	share_time timestamptz NOT NULL,
	PRIMARY KEY (community_id, post_id, share_id),
	FOREIGN KEY (community_id, post_id) REFERENCES post
);

CREATE INDEX post_share_by_time ON post_share (community_id, post_id, share_time DESC, share_id DESC);
CREATE INDEX post_share_by_person ON post_share (person_id);

-- Who has passed a post on, and how often: his first time makes the post one sharer more.
CREATE TABLE post_sharer (
	community_id uuid NOT NULL,
	post_id uuid NOT NULL,
	person_id uuid NOT NULL,
	share_count integer NOT NULL,
	PRIMARY KEY (community_id, post_id, person_id)
);

CREATE TABLE bookmark (
	community_id uuid NOT NULL,
	post_id uuid NOT NULL,
	person_id uuid NOT NULL,
	create_time timestamptz NOT NULL,
	PRIMARY KEY (community_id, post_id, person_id),
	FOREIGN KEY (community_id, post_id) REFERENCES post
);

CREATE INDEX bookmark_of_person ON bookmark (person_id, create_time DESC, post_id DESC);

-- The subject is a post or a comment on it. While its post is a draft, a mention has no time.
CREATE TABLE person_mention (
	community_id uuid NOT NULL,
	subject_id uuid NOT NULL,
	person_id uuid NOT NULL,
	post_id uuid NOT NULL,
	author_person_id uuid NOT NULL,
	mention_time timestamptz,
	read_time timestamptz,
	PRIMARY KEY (community_id, subject_id, person_id),
	FOREIGN KEY (community_id, post_id) REFERENCES post
);

CREATE INDEX person_mention_by_time ON person_mention (person_id, mention_time DESC, subject_id DESC);
CREATE INDEX person_mention_unread ON person_mention (person_id, mention_time DESC, subject_id DESC) WHERE read_time IS NULL;
