-- Words that are looked for in texts. The platform's stand under the nil community.
CREATE TABLE word_list (
	community_id uuid PRIMARY KEY,
	version bigint NOT NULL,
	word_count bigint NOT NULL CHECK (word_count >= 0),
	update_time timestamptz NOT NULL
);

CREATE TABLE word (
	community_id uuid NOT NULL,
	word text NOT NULL,
	action text NOT NULL CHECK (action IN ('HOLD', 'REJECT')),
	category text NOT NULL CHECK (category IN ('SPEECH', 'QUALITY', 'ADVERTISING', 'PRIVACY')),
	PRIMARY KEY (community_id, word)
);

-- What a community's texts are checked for; no row, what holds for all.
CREATE TABLE text_settings (
	community_id uuid PRIMARY KEY,
	newcomer_days integer NOT NULL,
	newcomer_level integer NOT NULL,
	max_links integer NOT NULL,
	hold_advertisements boolean NOT NULL,
	duplicate_hours integer NOT NULL,
	duplicate_distance integer NOT NULL,
	newcomer_hour_limit integer NOT NULL,
	newcomer_day_limit integer NOT NULL,
	member_hour_limit integer NOT NULL,
	member_day_limit integer NOT NULL,
	report_hold_weight integer NOT NULL
);

-- What texts of late were like, and when they were written. Fingerprints that differ by three bits or fewer have a quarter
-- in common. 0: too short to be like another.
CREATE TABLE text_print (
	community_id uuid NOT NULL,
	subject_id uuid NOT NULL,
	person_id uuid NOT NULL,
	write_time timestamptz NOT NULL,
	fingerprint bigint NOT NULL,
	quarter_1 integer NOT NULL,
	quarter_2 integer NOT NULL,
	quarter_3 integer NOT NULL,
	quarter_4 integer NOT NULL,
	PRIMARY KEY (community_id, subject_id)
);

CREATE INDEX text_print_quarter_1 ON text_print (community_id, quarter_1, write_time) WHERE fingerprint <> 0;
CREATE INDEX text_print_quarter_2 ON text_print (community_id, quarter_2, write_time) WHERE fingerprint <> 0;
CREATE INDEX text_print_quarter_3 ON text_print (community_id, quarter_3, write_time) WHERE fingerprint <> 0;
CREATE INDEX text_print_quarter_4 ON text_print (community_id, quarter_4, write_time) WHERE fingerprint <> 0;
CREATE INDEX text_print_of_person ON text_print (person_id, community_id, write_time);
CREATE INDEX text_print_by_time ON text_print (write_time);

-- What a moderator is to look at, and what he has decided.
CREATE TABLE review_item (
	community_id uuid NOT NULL,
	item_id uuid NOT NULL DEFAULT gen_random_uuid(),
	subject text NOT NULL CHECK (subject IN ('POST', 'COMMENT')),
	subject_id uuid NOT NULL,
	post_id uuid NOT NULL,
	author_person_id uuid NOT NULL,
	state text NOT NULL DEFAULT 'OPEN' CHECK (state IN ('OPEN', 'CLAIMED', 'APPROVED', 'REJECTED', 'WITHDRAWN')),
	cause text NOT NULL,
	verdict text NOT NULL,
	category text NOT NULL,
	word text NOT NULL,
	start_sign integer NOT NULL,
	end_sign integer NOT NULL,
	duplicate_id uuid,
	weight bigint NOT NULL DEFAULT 0,
	report_count integer NOT NULL DEFAULT 0,
	reviewer_person_id uuid,
	claim_time timestamptz,
	note text NOT NULL DEFAULT '',
	create_time timestamptz NOT NULL,
	decide_time timestamptz,
	version bigint NOT NULL DEFAULT 1,
	PRIMARY KEY (community_id, item_id)
);

CREATE UNIQUE INDEX review_item_undecided ON review_item (community_id, subject_id) WHERE state IN ('OPEN', 'CLAIMED');
CREATE INDEX review_item_queue ON review_item (community_id, state, weight DESC, create_time, item_id);
CREATE INDEX review_item_by_author ON review_item (author_person_id);
CREATE INDEX review_item_by_reviewer ON review_item (reviewer_person_id);

-- A comment that a moderator is to look at first.
ALTER TABLE comment DROP CONSTRAINT comment_state_check;
ALTER TABLE comment ADD CONSTRAINT comment_state_check CHECK (state IN ('PUBLISHED', 'REMOVED', 'HELD')) NOT VALID;
