-- The 95 % score interval of k of n (E. B. Wilson, "Probable inference, the law of succession, and statistical inference",
-- 1927), as two numbers; 0 and 0 for nothing of nothing.
CREATE FUNCTION wilson(k bigint, n bigint) RETURNS double precision[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT CASE WHEN n <= 0 THEN ARRAY[0, 0]::double precision[] ELSE ARRAY[
		GREATEST(0, (p + z2 / (2 * n) - spread) / (1 + z2 / n)), LEAST(1, (p + z2 / (2 * n) + spread) / (1 + z2 / n))]
		END
	FROM (SELECT p, z2, sqrt(z2 * (p * (1 - p) / NULLIF(n, 0) + z2 / (4.0 * NULLIF(n, 0) * n))) AS spread
		FROM (SELECT k::double precision / NULLIF(n, 0) AS p, 1.959963984540054 ^ 2 AS z2) AS share) AS terms
$$;

-- Copy templates. Those of the library belong to the nil community: everybody reads them, nobody changes them.
CREATE TABLE copy_template (
	community_id uuid NOT NULL,
	template_id uuid NOT NULL,
	name text NOT NULL,
	stage text NOT NULL CHECK (stage IN ('LAUNCH', 'GROWTH', 'MATURITY', 'DECLINE', 'TRANSFORM')),
	channel text NOT NULL CHECK (channel IN ('GROUP', 'FEED', 'DIRECT', 'EMAIL', 'POSTER')),
	language text NOT NULL,
	body text NOT NULL,
	variables text[] NOT NULL,
	state text NOT NULL DEFAULT 'ACTIVE' CHECK (state IN ('ACTIVE', 'RETIRED')),
	version bigint NOT NULL DEFAULT 1,
	create_time timestamptz NOT NULL,
	update_time timestamptz NOT NULL,
	PRIMARY KEY (community_id, template_id)
);

CREATE UNIQUE INDEX copy_template_name_taken ON copy_template (community_id, name) WHERE state = 'ACTIVE';
CREATE INDEX copy_template_by_name ON copy_template (community_id, state, name, template_id);

-- What was sent, and who acted on it.
CREATE TABLE template_use (
	community_id uuid NOT NULL,
	use_id uuid NOT NULL,
	template_id uuid NOT NULL,
	person_id uuid,
	use_time timestamptz NOT NULL,
	audience_count bigint NOT NULL,
	conversion_count bigint NOT NULL DEFAULT 0,
	PRIMARY KEY (community_id, use_id)
);

CREATE INDEX template_use_by_time ON template_use (community_id, template_id, use_time DESC, use_id DESC);

-- A reader is kept by a hash: he counts once, and that is all there is to know of him.
CREATE TABLE template_conversion (
	community_id uuid NOT NULL,
	use_id uuid NOT NULL,
	reader_hash bytea NOT NULL,
	convert_time timestamptz NOT NULL,
	PRIMARY KEY (community_id, use_id, reader_hash)
);

-- The sums of a community's uses of a template.
CREATE TABLE template_tally (
	community_id uuid NOT NULL,
	template_id uuid NOT NULL,
	use_count bigint NOT NULL DEFAULT 0,
	audience_count bigint NOT NULL DEFAULT 0,
	conversion_count bigint NOT NULL DEFAULT 0,
	PRIMARY KEY (community_id, template_id)
);
