-- What was reported about one subject while it is not judged: one case. A member as a whole is his own subject.
CREATE TABLE violation_case (
	community_id uuid NOT NULL REFERENCES community (community_id),
	case_id uuid NOT NULL,
	subject_person_id uuid NOT NULL,
	subject_id uuid NOT NULL,
	category text NOT NULL CHECK (category IN ('SPEECH', 'QUALITY', 'ADVERTISING', 'PRIVACY')),
	state text NOT NULL DEFAULT 'OPEN'
		CHECK (state IN ('OPEN', 'UNDER_REVIEW', 'UPHELD', 'DISMISSED', 'OVERTURNED')),
	priority bigint NOT NULL,
	report_count bigint NOT NULL DEFAULT 1,
	reviewer_person_id uuid,
	version bigint NOT NULL DEFAULT 1,
	create_time timestamptz NOT NULL,
	update_time timestamptz NOT NULL,
	judge_time timestamptz,
	PRIMARY KEY (community_id, case_id)
);

CREATE UNIQUE INDEX violation_case_undecided ON violation_case (community_id, subject_person_id, subject_id)
	WHERE state IN ('OPEN', 'UNDER_REVIEW');
CREATE INDEX violation_case_queue ON violation_case (community_id, state, priority DESC, case_id DESC);
CREATE INDEX violation_case_of_subject ON violation_case (community_id, subject_person_id, state, judge_time);
CREATE INDEX violation_case_by_person ON violation_case (subject_person_id);

CREATE TABLE violation_report (
	community_id uuid NOT NULL,
	report_id uuid NOT NULL,
	case_id uuid NOT NULL,
	subject_id uuid NOT NULL,
	reporter_person_id uuid,
	category text NOT NULL CHECK (category IN ('SPEECH', 'QUALITY', 'ADVERTISING', 'PRIVACY')),
	evidence text NOT NULL,
	note text NOT NULL,
	weight integer NOT NULL,
	report_time timestamptz NOT NULL,
	PRIMARY KEY (community_id, report_id),
	CONSTRAINT already_reported UNIQUE NULLS NOT DISTINCT (community_id, case_id, reporter_person_id),
	FOREIGN KEY (community_id, case_id) REFERENCES violation_case
);

CREATE INDEX violation_report_of_reporter ON violation_report (community_id, reporter_person_id, subject_id);
CREATE INDEX violation_report_by_person ON violation_report (reporter_person_id);

-- Every step of a case, written once.
CREATE TABLE violation_step (
	community_id uuid NOT NULL,
	case_id uuid NOT NULL,
	version bigint NOT NULL,
	deed text NOT NULL,
	actor_person_id uuid,
	step_time timestamptz NOT NULL,
	from_state text NOT NULL,
	to_state text NOT NULL,
	note text NOT NULL,
	PRIMARY KEY (community_id, case_id, version),
	FOREIGN KEY (community_id, case_id) REFERENCES violation_case
);

CREATE TABLE sanction (
	community_id uuid NOT NULL,
	sanction_id uuid NOT NULL,
	case_id uuid NOT NULL,
	person_id uuid NOT NULL,
	kind text NOT NULL CHECK (kind IN ('WARN', 'MUTE_DAY', 'MUTE_WEEK', 'REMOVE', 'BAN')),
	state text NOT NULL DEFAULT 'IN_FORCE'
		CHECK (state IN ('IN_FORCE', 'APPEALED', 'CONFIRMED', 'OVERTURNED', 'LIFTED')),
	start_time timestamptz NOT NULL,
	end_time timestamptz,
	judge_person_id uuid,
	note text NOT NULL,
	appeal text NOT NULL DEFAULT '',
	appeal_time timestamptz,
	answer text NOT NULL DEFAULT '',
	-- It put out who was a member.
	put_out boolean NOT NULL,
	version bigint NOT NULL DEFAULT 1,
	PRIMARY KEY (community_id, sanction_id),
	FOREIGN KEY (community_id, case_id) REFERENCES violation_case
);

CREATE INDEX sanction_of_person ON sanction (community_id, person_id, start_time DESC, sanction_id DESC);
CREATE INDEX sanction_by_state ON sanction (community_id, state, start_time DESC, sanction_id DESC);
CREATE INDEX sanction_by_person ON sanction (person_id);
