-- Courses, their lessons, and who takes them. Every change of a course's lessons or of who takes it locks the course's row:
-- positions without holes, the capacity and the counts are decided by one writer at a time.
CREATE TABLE course (
	community_id uuid NOT NULL,
	course_id uuid NOT NULL,
	title text NOT NULL,
	description text NOT NULL DEFAULT '',
	state text NOT NULL DEFAULT 'DRAFT' CHECK (state IN ('DRAFT', 'PUBLISHED', 'ARCHIVED')),
	plan_id uuid,
	level integer NOT NULL DEFAULT 0,
	capacity bigint NOT NULL DEFAULT 0,
	check_in_programme_id uuid,
	lesson_count integer NOT NULL DEFAULT 0,
	active_count bigint NOT NULL DEFAULT 0,
	completed_count bigint NOT NULL DEFAULT 0,
	create_time timestamptz NOT NULL,
	publish_time timestamptz,
	version bigint NOT NULL DEFAULT 1,
	PRIMARY KEY (community_id, course_id)
);

CREATE INDEX course_by_time ON course (community_id, state, create_time DESC, course_id DESC);

CREATE TABLE lesson (
	community_id uuid NOT NULL,
	course_id uuid NOT NULL,
	lesson_id uuid NOT NULL,
	position integer NOT NULL,
	title text NOT NULL,
	body text NOT NULL DEFAULT '',
	post_id uuid,
	minutes integer NOT NULL DEFAULT 0,
	PRIMARY KEY (community_id, course_id, lesson_id),
	CONSTRAINT lesson_position_taken UNIQUE (community_id, course_id, position) DEFERRABLE INITIALLY DEFERRED,
	FOREIGN KEY (community_id, course_id) REFERENCES course (community_id, course_id)
);

CREATE TABLE enrollment (
	community_id uuid NOT NULL,
	course_id uuid NOT NULL,
	person_id uuid NOT NULL,
	state text NOT NULL DEFAULT 'ACTIVE' CHECK (state IN ('ACTIVE', 'COMPLETED', 'LEFT')),
	enroll_time timestamptz NOT NULL,
	complete_time timestamptz,
	PRIMARY KEY (community_id, course_id, person_id),
	FOREIGN KEY (community_id, course_id) REFERENCES course (community_id, course_id)
);

CREATE INDEX enrollment_by_time ON enrollment (community_id, course_id, enroll_time, person_id);

CREATE TABLE lesson_done (
	community_id uuid NOT NULL,
	course_id uuid NOT NULL,
	person_id uuid NOT NULL,
	lesson_id uuid NOT NULL,
	complete_time timestamptz NOT NULL,
	PRIMARY KEY (community_id, course_id, person_id, lesson_id),
	FOREIGN KEY (community_id, course_id, lesson_id) REFERENCES lesson (community_id, course_id, lesson_id)
		ON DELETE CASCADE
);
