-- What is said: posts, comments, reactions, and the totals of a community.

CREATE TABLE post (
	community_id uuid NOT NULL,
	post_id uuid NOT NULL,
	author_person_id uuid NOT NULL,
	kind text NOT NULL CHECK (kind IN ('TEXT', 'IMAGE', 'VIDEO', 'AUDIO', 'ARTICLE', 'QUESTION', 'RESOURCE', 'LESSON')),
	state text NOT NULL CHECK (state IN ('DRAFT', 'PUBLISHED', 'REMOVED')),
	visibility text NOT NULL CHECK (visibility IN ('PUBLIC', 'MEMBER')),
	title text NOT NULL,
	body text NOT NULL,
	topic text NOT NULL,
	comment_count integer NOT NULL DEFAULT 0 CHECK (comment_count >= 0),
	reaction_count integer NOT NULL DEFAULT 0 CHECK (reaction_count >= 0),
	was_published boolean NOT NULL, -- what a removed one returns to
	create_time timestamptz NOT NULL,
	publish_time timestamptz NOT NULL, -- of a draft: create_time
	update_time timestamptz NOT NULL,
	remove_time timestamptz,
	version bigint NOT NULL DEFAULT 1,
	PRIMARY KEY (community_id, post_id)
) WITH (fillfactor = 90);

CREATE INDEX post_list ON post (community_id, state, publish_time, post_id);
CREATE INDEX post_list_of_author ON post (community_id, author_person_id, state, publish_time, post_id);
CREATE INDEX post_list_of_topic ON post (community_id, topic, state, publish_time, post_id) WHERE topic <> '';

CREATE TABLE comment (
	community_id uuid NOT NULL,
	comment_id uuid NOT NULL,
	post_id uuid NOT NULL,
	parent_id uuid,
	author_person_id uuid NOT NULL,
	state text NOT NULL CHECK (state IN ('PUBLISHED', 'REMOVED')),
	body text NOT NULL,
	reaction_count integer NOT NULL DEFAULT 0 CHECK (reaction_count >= 0),
	create_time timestamptz NOT NULL,
	remove_time timestamptz,
	version bigint NOT NULL DEFAULT 1,
	PRIMARY KEY (community_id, comment_id),
	CONSTRAINT post_missing FOREIGN KEY (community_id, post_id) REFERENCES post,
	CONSTRAINT parent_missing FOREIGN KEY (community_id, parent_id) REFERENCES comment
) WITH (fillfactor = 90);

CREATE INDEX comment_list ON comment (community_id, post_id, create_time, comment_id);

-- The target is a post or a comment: ids are unique among both.
CREATE TABLE reaction (
	community_id uuid NOT NULL,
	target_id uuid NOT NULL,
	person_id uuid NOT NULL,
	emoji text NOT NULL,
	create_time timestamptz NOT NULL,
	PRIMARY KEY (community_id, target_id, person_id, emoji)
);

CREATE INDEX reaction_list ON reaction (community_id, target_id, create_time, person_id, emoji);

-- A community's totals are the sum of its rows here. Writers add a row each, so that they never wait for one another;
-- a job folds the rows of a community into one.
CREATE TABLE tally (
	community_id uuid NOT NULL,
	tally_id uuid NOT NULL DEFAULT gen_random_uuid(),
	post_count bigint NOT NULL DEFAULT 0,
	comment_count bigint NOT NULL DEFAULT 0,
	reaction_count bigint NOT NULL DEFAULT 0,
	folded boolean NOT NULL DEFAULT false,
	PRIMARY KEY (community_id, tally_id)
);

CREATE INDEX tally_to_fold ON tally (community_id) WHERE NOT folded;
