-- A post's way from a draft to the archive, who of the members may read it, and what it said before.

ALTER TABLE post DROP CONSTRAINT post_state_check;
ALTER TABLE post ADD CONSTRAINT post_state_check
	CHECK (state IN ('DRAFT', 'REVIEW', 'SCHEDULED', 'PUBLISHED', 'ARCHIVED', 'REMOVED')) NOT VALID;
ALTER TABLE post DROP CONSTRAINT post_visibility_check;
ALTER TABLE post ADD CONSTRAINT post_visibility_check
	CHECK (visibility IN ('PUBLIC', 'MEMBER', 'PAID', 'LEVEL')) NOT VALID;

ALTER TABLE post ADD COLUMN plan_id uuid;
ALTER TABLE post ADD COLUMN min_level integer NOT NULL DEFAULT 0;
ALTER TABLE post ADD COLUMN schedule_time timestamptz;
ALTER TABLE post ADD COLUMN note text NOT NULL DEFAULT '';

ALTER TABLE post ADD CONSTRAINT plan_missing CHECK (visibility <> 'PAID' OR plan_id IS NOT NULL) NOT VALID;
ALTER TABLE post ADD CONSTRAINT level_missing CHECK (visibility <> 'LEVEL' OR min_level > 0) NOT VALID;
ALTER TABLE post ADD CONSTRAINT schedule_missing CHECK (state <> 'SCHEDULED' OR schedule_time IS NOT NULL) NOT VALID;

-- What a published post said before it was changed, under the version it then had.
CREATE TABLE post_revision (
	community_id uuid NOT NULL,
	post_id uuid NOT NULL,
	version bigint NOT NULL,
	title text NOT NULL,
	body text NOT NULL,
	topic text NOT NULL,
	kind text NOT NULL,
	replace_time timestamptz NOT NULL,
	PRIMARY KEY (community_id, post_id, version)
);

-- What a community asks of its posts; no row, nothing.
CREATE TABLE content_settings (
	community_id uuid NOT NULL,
	require_review boolean NOT NULL,
	PRIMARY KEY (community_id)
);
