-- What readers think of posts, and the scores that follow.

-- The published formula (quality.proto). `marks` is the sum of three marks a rating.
CREATE FUNCTION quality_rating(marks bigint, ratings bigint, mean double precision) RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT (marks / 3.0 + 10 * mean) / (ratings + 10)
$$;

CREATE FUNCTION quality_score(useful_weight double precision, rating_weight double precision, depth_weight double precision,
	useful bigint, votes bigint, marks bigint, ratings bigint, mean double precision, depth bigint, upheld bigint,
	judged bigint) RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT 100 * (useful_weight * (wilson(useful, votes))[1] + rating_weight * quality_rating(marks, ratings, mean) / 5
		+ depth_weight * depth / (depth + 3)) * (1 - upheld::double precision / (judged + 1))
$$;

-- `former` is what a vote said before it was changed: the sums move by the difference.
CREATE TABLE post_vote (
	community_id uuid NOT NULL,
	post_id uuid NOT NULL,
	person_id uuid NOT NULL,
	useful boolean NOT NULL,
	former boolean,
	vote_time timestamptz NOT NULL,
	PRIMARY KEY (community_id, post_id, person_id)
);

CREATE INDEX post_vote_by_person ON post_vote (person_id, community_id, post_id);

CREATE TABLE post_rating (
	community_id uuid NOT NULL,
	post_id uuid NOT NULL,
	person_id uuid NOT NULL,
	value integer NOT NULL CHECK (value BETWEEN 1 AND 5),
	quality integer NOT NULL CHECK (quality BETWEEN 1 AND 5),
	timeliness integer NOT NULL CHECK (timeliness BETWEEN 1 AND 5),
	former_value integer,
	former_quality integer,
	former_timeliness integer,
	rate_time timestamptz NOT NULL,
	PRIMARY KEY (community_id, post_id, person_id)
);

CREATE INDEX post_rating_by_person ON post_rating (person_id, community_id, post_id);

-- Cases about posts that member has judged, with the number of their reports.
CREATE TABLE post_report (
	community_id uuid NOT NULL,
	case_id uuid NOT NULL,
	post_id uuid NOT NULL,
	upheld boolean NOT NULL,
	report_count bigint NOT NULL,
	version bigint NOT NULL,
	PRIMARY KEY (community_id, case_id)
);

CREATE INDEX post_report_by_post ON post_report (community_id, post_id);

-- The sums of votes and ratings move with them; the rest is what the fold found last. No score before the first fold.
CREATE TABLE post_quality (
	community_id uuid NOT NULL,
	post_id uuid NOT NULL,
	useful_count bigint NOT NULL DEFAULT 0,
	vote_count bigint NOT NULL DEFAULT 0,
	rating_count bigint NOT NULL DEFAULT 0,
	value_sum bigint NOT NULL DEFAULT 0,
	quality_sum bigint NOT NULL DEFAULT 0,
	timeliness_sum bigint NOT NULL DEFAULT 0,
	depth bigint NOT NULL DEFAULT 0,
	upheld_count bigint NOT NULL DEFAULT 0,
	judged_count bigint NOT NULL DEFAULT 0,
	score double precision,
	epoch bigint NOT NULL DEFAULT 0, -- of the community's mean and weights that the score is made with
	PRIMARY KEY (community_id, post_id)
) WITH (fillfactor = 80);

CREATE INDEX post_quality_by_score ON post_quality (community_id, score DESC, post_id DESC) WHERE score IS NOT NULL;
CREATE INDEX post_quality_by_epoch ON post_quality (community_id, epoch);

-- The ratings of a community together, and the mean that its scores are made with.
CREATE TABLE community_quality (
	community_id uuid NOT NULL,
	rating_count bigint NOT NULL DEFAULT 0,
	mark_sum bigint NOT NULL DEFAULT 0,
	mean double precision NOT NULL DEFAULT 3,
	weights text NOT NULL,
	epoch bigint NOT NULL DEFAULT 1,
	behind boolean NOT NULL DEFAULT false, -- some of its posts are of an epoch before
	PRIMARY KEY (community_id)
);

CREATE INDEX community_quality_behind ON community_quality (community_id) WHERE behind;
CREATE INDEX community_quality_by_weights ON community_quality (weights);

-- Posts to be scored anew, with what the ratings of their communities have changed by. Writers add a row each, so that they
-- never wait for one another.
CREATE TABLE quality_due (
	community_id uuid NOT NULL,
	post_id uuid NOT NULL,
	due_id uuid NOT NULL DEFAULT gen_random_uuid(),
	rating_count bigint NOT NULL DEFAULT 0,
	mark_sum bigint NOT NULL DEFAULT 0,
	PRIMARY KEY (community_id, post_id, due_id)
);
