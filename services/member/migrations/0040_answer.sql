-- What content is told of experts, and what it tells of answers.

INSERT INTO outbox (community_id, type, occur_time, person_id, topic, place, state, version)
SELECT d.community_id, 'EXPERT_CHANGED', d.designate_time, d.person_id, d.topic, d.place, 'DESIGNATED', m.version
FROM designation AS d JOIN membership AS m ON m.community_id = d.community_id AND m.person_id = d.person_id;

-- Whose answer was what the asker looked for. The highest version counts, in whatever order they come.
CREATE TABLE accepted_answer (
	community_id uuid NOT NULL,
	answer_id uuid NOT NULL,
	person_id uuid NOT NULL,
	accepted boolean NOT NULL,
	accept_time timestamptz NOT NULL,
	version bigint NOT NULL,
	PRIMARY KEY (community_id, answer_id)
);

CREATE INDEX accepted_answer_by_person ON accepted_answer (community_id, person_id, accept_time) WHERE accepted;

ALTER TABLE kol_change ADD COLUMN accepted_answer_count bigint NOT NULL DEFAULT 0;
ALTER TABLE kol_requirement ADD COLUMN accepted_answer_count bigint NOT NULL DEFAULT 0;
