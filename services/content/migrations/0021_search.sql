-- What orders posts by warmth, and the index of words that search reads.

-- When a post counts as published in the order HOT; NULL until something has been said to it.
ALTER TABLE post ADD COLUMN hot_time timestamptz;

-- Each doubling of 1 + reactions + 2 x comments makes a post four hours newer, so that ten times as much of an echo is worth
-- some thirteen hours. A logarithm of votes plus the time of publication is how reddit ranked while its source was open
-- (github.com/reddit-archive/reddit, r2/lib/db/_sorts.pyx): the order does not change as time goes by, so it can be an
-- index. In whole steps the value seldom changes, so that counting seldom touches the index.
CREATE FUNCTION hot_time(published timestamptz, comments integer, reactions integer) RETURNS timestamptz
LANGUAGE sql STABLE PARALLEL SAFE AS $$
	SELECT CASE WHEN reactions > 0 OR comments > 0
		THEN published + floor(ln(1 + reactions + 2 * comments) / ln(2) + 1e-9) * interval '4 hours' END
$$;

-- The version that search knows: who falls behind is taken up by a job.
ALTER TABLE post ADD COLUMN indexed_version bigint NOT NULL DEFAULT 0;
ALTER TABLE comment ADD COLUMN indexed_version bigint NOT NULL DEFAULT 0;

-- The words of what can be found: posts, and comments under their posts. What is out of sight keeps its row, without words,
-- so that an older version never comes back.
CREATE TABLE search_entry (
	community_id uuid NOT NULL,
	entry_id uuid NOT NULL, -- of the post or the comment
	post_id uuid NOT NULL,
	author_person_id uuid NOT NULL,
	publish_time timestamptz NOT NULL, -- not later than when it was indexed
	version bigint NOT NULL,
	words tsvector NOT NULL,
	PRIMARY KEY (community_id, entry_id)
);

-- Words are found within a community, of an author, and in a span of hours, of 32 or of 1024 hours: each of these is a word
-- too, which begins with a sign that no word of a text has. An index of words skips to where all of a query's meet, so a
-- question costs what it finds in the span, not what there is.
CREATE FUNCTION search_tags(community uuid, author uuid, published timestamptz) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT '''@c' || community || ''' ''@a' || author || ''' ''@0_' || hour || ''' ''@5_' || (hour >> 5) || ''' ''@10_'
		|| (hour >> 10) || ''''
	FROM (SELECT floor(extract(epoch FROM published - timestamptz '1970-01-01Z') / 3600)::bigint AS hour) AS at
$$;

-- The spans that cover the time from low to high, at most some dozens, as what search_tags says of them. NULL: all time.
CREATE FUNCTION search_spans(low timestamptz, high timestamptz) RETURNS tsquery
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT string_agg('''@' || size || '_' || span || '''', '|')::tsquery
	FROM (SELECT from_hour, to_hour, CASE WHEN to_hour - from_hour < 48 THEN 0 WHEN to_hour - from_hour < 48 << 5 THEN 5
			ELSE 10 END AS size
		FROM (SELECT floor(extract(epoch FROM low - timestamptz '1970-01-01Z') / 3600)::bigint AS from_hour,
			floor(extract(epoch FROM high - timestamptz '1970-01-01Z') / 3600)::bigint AS to_hour) AS hours) AS sized,
		generate_series(from_hour >> size, to_hour >> size) AS span
$$;

-- Written by one job only, in batches: searches should not have to read what waits.
CREATE INDEX search_entry_words ON search_entry USING gin (words) WITH (fastupdate = off);
CREATE INDEX search_entry_by_time ON search_entry (community_id, publish_time, entry_id);
CREATE INDEX search_entry_by_time_of_all ON search_entry (publish_time);
CREATE INDEX search_entry_by_author ON search_entry (author_person_id, community_id);
