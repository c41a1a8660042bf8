-- The places outside that belong to a community.
CREATE TABLE channel (
	community_id uuid NOT NULL REFERENCES community (community_id),
	channel_id uuid NOT NULL,
	kind text NOT NULL CHECK (kind IN ('WECHAT', 'QQ', 'WEIBO', 'DINGTALK', 'FORUM', 'TELEGRAM', 'DISCORD', 'EMAIL', 'OTHER')),
	external_id text NOT NULL,
	name text NOT NULL,
	capacity bigint NOT NULL,
	member_count bigint NOT NULL,
	state text NOT NULL CHECK (state IN ('ACTIVE', 'PAUSED', 'FULL')),
	version bigint NOT NULL DEFAULT 1,
	create_time timestamptz NOT NULL,
	update_time timestamptz NOT NULL,
	PRIMARY KEY (community_id, channel_id)
);

CREATE INDEX channel_by_time ON channel (community_id, create_time, channel_id);

-- A place belongs to one community: a table of its own, keyed by the place.
CREATE TABLE channel_place (
	kind text NOT NULL,
	external_id text NOT NULL,
	community_id uuid NOT NULL,
	channel_id uuid NOT NULL,
	CONSTRAINT channel_taken PRIMARY KEY (kind, external_id)
);
