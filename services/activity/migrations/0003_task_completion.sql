-- Tasks completed in content, kept for the check-in programmes that they are bound to.
CREATE TABLE task_completion (
	community_id uuid NOT NULL,
	programme_id uuid NOT NULL,
	date date NOT NULL,
	person_id uuid NOT NULL,
	task_id uuid NOT NULL,
	complete_time timestamptz NOT NULL,
	punctual boolean NOT NULL,
	PRIMARY KEY (community_id, programme_id, date, person_id, task_id)
);

CREATE INDEX task_completion_by_person ON task_completion (person_id);
