-- What a community shows of itself, and what is said of it outside.
CREATE TABLE showcase (
	community_id uuid NOT NULL,
	post_id uuid NOT NULL,
	place integer NOT NULL DEFAULT 0,
	note text NOT NULL DEFAULT '',
	until_time timestamptz,
	feature_time timestamptz NOT NULL,
	PRIMARY KEY (community_id, post_id)
);

CREATE INDEX showcase_by_place ON showcase (community_id, place, post_id);

CREATE TABLE outside_mention (
	community_id uuid NOT NULL,
	mention_id uuid NOT NULL,
	url text NOT NULL,
	-- Addresses may be longer than a key of an index.
	url_hash bytea NOT NULL,
	channel text NOT NULL DEFAULT '',
	post_id uuid,
	note text NOT NULL DEFAULT '',
	reach bigint NOT NULL DEFAULT 0,
	mention_time timestamptz NOT NULL,
	PRIMARY KEY (community_id, mention_id)
);

CREATE UNIQUE INDEX outside_mention_taken ON outside_mention (community_id, url_hash);
CREATE INDEX outside_mention_by_time ON outside_mention (community_id, mention_time DESC, mention_id DESC);
