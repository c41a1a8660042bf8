-- What posts are about, and where they come from.

CREATE TABLE topic (
	community_id uuid NOT NULL,
	topic_id uuid NOT NULL,
	name text NOT NULL,
	description text NOT NULL DEFAULT '',
	parent_id uuid,
	position integer NOT NULL DEFAULT 0,
	state text NOT NULL DEFAULT 'ACTIVE' CHECK (state IN ('ACTIVE', 'ARCHIVED', 'MERGED')),
	merged_into_id uuid,
	version bigint NOT NULL DEFAULT 1,
	create_time timestamptz NOT NULL,
	PRIMARY KEY (community_id, topic_id)
);

CREATE INDEX topic_by_name ON topic (community_id, name) WHERE state <> 'MERGED';
CREATE INDEX topic_by_parent ON topic (community_id, parent_id);

-- The words that mean a topic: its name, those it had before, those of topics merged into it. Posts keep the words with
-- which they were written, so that a new name changes no post.
CREATE TABLE topic_term (
	community_id uuid NOT NULL,
	term text NOT NULL,
	topic_id uuid NOT NULL,
	CONSTRAINT topic_name_taken PRIMARY KEY (community_id, term)
);

CREATE INDEX topic_term_by_topic ON topic_term (community_id, topic_id, term);

-- The name of today of what words mean. Its columns are named as those of no other table, so that a list of columns which
-- reads it needs no alias of the row it belongs to.
CREATE VIEW meant_topic AS
SELECT t.community_id AS meant_in, m.term AS meant_by, t.name AS meant_name, t.topic_id AS meant_topic_id
FROM topic_term AS m JOIN topic AS t ON t.community_id = m.community_id AND t.topic_id = m.topic_id;

-- All words that mean what these mean.
CREATE FUNCTION topic_terms(community uuid, words text) RETURNS text[] LANGUAGE sql STABLE PARALLEL SAFE AS $$
	SELECT COALESCE(array_agg(b.term), ARRAY[words])
	FROM topic_term AS a JOIN topic_term AS b ON b.community_id = a.community_id AND b.topic_id = a.topic_id
	WHERE a.community_id = community AND a.term = words
$$;

ALTER TABLE content_settings ADD COLUMN topics_only boolean NOT NULL DEFAULT false;

ALTER TABLE post ADD COLUMN source text NOT NULL DEFAULT 'ORIGINAL';
ALTER TABLE post ADD COLUMN source_name text NOT NULL DEFAULT '';
ALTER TABLE post ADD COLUMN source_url text NOT NULL DEFAULT '';
ALTER TABLE post ADD COLUMN off_topic boolean NOT NULL DEFAULT false;
ALTER TABLE post ADD CONSTRAINT post_source_check
	CHECK (source IN ('ORIGINAL', 'MEMBER', 'PARTNER', 'QUOTED')) NOT VALID;
-- Who is forgotten says nothing any more, nor from where.
ALTER TABLE post ADD CONSTRAINT source_missing
	CHECK (source <> 'QUOTED' OR source_name <> '' OR source_url <> '' OR title = '' AND body = '') NOT VALID;
