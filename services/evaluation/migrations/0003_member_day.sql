-- What each member did on each day of his community: how many interactions of a kind stand now. Member is told of every
-- change. A row that has come to nothing stays, so that its version goes on growing.
CREATE TABLE member_day (
	community_id uuid NOT NULL,
	day          integer NOT NULL, -- since 1970-01-01, in the community's zone
	person_id    uuid NOT NULL,
	kind         smallint NOT NULL,
	count        bigint NOT NULL,
	version      bigint NOT NULL DEFAULT 1,
	PRIMARY KEY (community_id, day, person_id, kind)
) WITH (fillfactor = 80);

-- Communities that were counted before there was this table: counted once more, and told. Not in `dirty`, where the binary
-- before this one would take them.
CREATE TABLE undigested (
	community_id uuid PRIMARY KEY
);

INSERT INTO undigested SELECT community_id FROM fold;
