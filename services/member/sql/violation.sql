-- Violations. Whoever changes a case has locked it; a report joins one without.

-- What a case is to its readers, without its reports and steps.
-- fragment: violation_case
community_id, case_id, subject_person_id, subject_id, category, state, priority, report_count, reviewer_person_id,
	version::text AS etag, create_time, update_time, judge_time

-- Those who keep what was said learn what was found about it. A case about a person is not of theirs.
-- fragment: tell_judged
INSERT INTO outbox (community_id, type, occur_time, person_id, subject_id, parent_id, state, version, activity_count)
	SELECT community_id, 'VIOLATION_JUDGED', :now::timestamptz, subject_person_id, subject_id, case_id, state, version,
		report_count

-- name: violation_reported   in: member.ReportViolationRequest   out: member.ViolationReport
SELECT report_id, case_id FROM violation_report
WHERE community_id = :community_id AND subject_id = :subject_id AND reporter_person_id IS NOT DISTINCT FROM :reporter_person_id::uuid
LIMIT 1;

-- name: violation_report   in: member.ReportViolationRequest   out: member.ViolationReport
WITH record AS (
	SELECT count(*) FILTER (WHERE c.state = 'UPHELD') AS upheld,
		count(*) FILTER (WHERE c.state IN ('DISMISSED', 'OVERTURNED')) AS dismissed
	FROM violation_report AS r JOIN violation_case AS c USING (community_id, case_id)
	WHERE r.community_id = :community_id AND r.reporter_person_id = :reporter_person_id::uuid
), word AS (
	SELECT CASE WHEN :reporter_person_id::uuid IS NULL THEN 1000
		ELSE round(1000.0 * (upheld + 1) / (upheld + dismissed + 2))::integer END AS weight
	FROM record
), subject AS (
	INSERT INTO violation_case AS c (community_id, case_id, subject_person_id, subject_id, category, priority,
		create_time, update_time)
	SELECT :community_id, :new_id, :subject_person_id, COALESCE(:subject_id::uuid, :subject_person_id), :category,
		weight, :now, :now
	FROM word
	ON CONFLICT (community_id, subject_person_id, subject_id) WHERE state IN ('OPEN', 'UNDER_REVIEW') DO UPDATE SET
		priority = c.priority + EXCLUDED.priority, report_count = c.report_count + 1,
		update_time = EXCLUDED.update_time
	RETURNING *
), reported AS (
	INSERT INTO violation_report (community_id, report_id, case_id, subject_id, reporter_person_id, category,
		evidence, note, weight, report_time)
	SELECT community_id, :new_id, case_id, subject_id, :reporter_person_id::uuid, :category, :evidence, :note, weight, :now
	FROM subject CROSS JOIN word
	RETURNING *
), opened AS (
	INSERT INTO violation_step (community_id, case_id, version, deed, actor_person_id, step_time, from_state,
		to_state, note)
	SELECT community_id, case_id, version, 'OPENED', :reporter_person_id, :now, '', state, ''
	FROM subject WHERE report_count = 1
)
SELECT community_id, report_id, case_id, reporter_person_id, category, evidence, note, weight, report_time
FROM reported;

-- name: violation_case_list   in: member.ListViolationCasesRequest   out: member.ListViolationCasesResponse.cases   page: priority, case_id
SELECT {violation_case}
FROM violation_case
WHERE community_id = :community_id AND state = COALESCE(:state::text, 'OPEN')
	AND (priority, case_id) < (COALESCE(:after.priority::bigint, 9223372036854775807),
		COALESCE(:after.case_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
ORDER BY priority DESC, case_id DESC LIMIT :limit;

-- name: violation_case_get   in: member.GetViolationCaseRequest   out: member.ViolationCase
SELECT {violation_case}
FROM violation_case WHERE community_id = :community_id AND case_id = :case_id;

-- name: violation_case_lock   in: member.GetViolationCaseRequest   out: member.ViolationCase
SELECT {violation_case}
FROM violation_case WHERE community_id = :community_id AND case_id = :case_id FOR NO KEY UPDATE;

-- name: violation_reports_of   in: member.GetViolationCaseRequest   out: member.ViolationCase.reports
SELECT community_id, report_id, case_id, reporter_person_id, category, evidence, note, weight, report_time
FROM violation_report
WHERE community_id = :community_id AND case_id = :case_id
ORDER BY report_time, report_id LIMIT 100;

-- name: violation_steps_of   in: member.GetViolationCaseRequest   out: member.ViolationCase.steps
SELECT version, deed, actor_person_id, step_time, from_state, to_state, note
FROM violation_step
WHERE community_id = :community_id AND case_id = :case_id
ORDER BY version;

-- name: violation_review   in: member.StartReviewRequest   out: member.ViolationCase
WITH was AS (
	SELECT * FROM violation_case WHERE community_id = :community_id AND case_id = :case_id
), changed AS (
	UPDATE violation_case SET
		state = 'UNDER_REVIEW', reviewer_person_id = :caller_id, version = version + 1, update_time = :now
	WHERE community_id = :community_id AND case_id = :case_id
	RETURNING *
), step AS (
	INSERT INTO violation_step (community_id, case_id, version, deed, actor_person_id, step_time, from_state,
		to_state, note)
	SELECT changed.community_id, changed.case_id, changed.version,
		CASE was.state WHEN 'OPEN' THEN 'REVIEW_STARTED' ELSE 'TAKEN_OVER' END, :caller_id, :now, was.state,
		changed.state, ''
	FROM changed CROSS JOIN was
)
SELECT {violation_case}
FROM changed;

-- name: violation_dismiss   in: member.DismissViolationRequest   out: member.ViolationCase
WITH changed AS (
	UPDATE violation_case SET state = 'DISMISSED', version = version + 1, update_time = :now, judge_time = :now
	WHERE community_id = :community_id AND case_id = :case_id AND state = 'UNDER_REVIEW'
	RETURNING *
), step AS (
	INSERT INTO violation_step (community_id, case_id, version, deed, actor_person_id, step_time, from_state,
		to_state, note)
	SELECT community_id, case_id, version, 'DISMISSED', :caller_id, :now, 'UNDER_REVIEW', state, :note FROM changed
), told AS (
	{tell_judged} FROM changed WHERE subject_id <> subject_person_id
)
SELECT {violation_case}
FROM changed;

-- How often he was found wrong of late.
-- name: violation_record   in: member.ViolationCase   out: member.ViolationRecord
SELECT count(*) AS upheld_count
FROM violation_case
WHERE community_id = :community_id AND subject_person_id = :subject_person_id AND state = 'UPHELD'
	AND judge_time > :now::timestamptz - interval '180 days';

-- What a moderator has judged in content: the open case about it, else a new one, is his; none where it was upheld before. What
-- was to be seen joins the case as the report of nobody. All that is new goes by the event's id: it is made once.
-- name: violation_judged   in: event.Event   out: member.ViolationCase
WITH open AS (
	UPDATE violation_case SET
		state = 'UNDER_REVIEW', reviewer_person_id = :other_person_id, version = version + 1, update_time = :now
	WHERE community_id = :community_id AND subject_person_id = :person_id AND subject_id = :subject_id
		AND state IN ('OPEN', 'UNDER_REVIEW')
	RETURNING *
), made AS (
	INSERT INTO violation_case (community_id, case_id, subject_person_id, subject_id, category, state, priority,
		reviewer_person_id, create_time, update_time)
	SELECT :community_id, :event_id, :person_id, :subject_id, :kind, 'UNDER_REVIEW', 1000, :other_person_id::uuid, :now, :now
	WHERE NOT EXISTS (SELECT FROM open) AND NOT EXISTS (SELECT FROM violation_case
		WHERE community_id = :community_id AND subject_person_id = :person_id AND subject_id = :subject_id
			AND state = 'UPHELD')
	RETURNING *
), judged AS (
	SELECT *, 'REVIEW_STARTED' AS deed FROM open UNION ALL SELECT *, 'OPENED' FROM made
), seen AS (
	INSERT INTO violation_report (community_id, report_id, case_id, subject_id, reporter_person_id, category,
		evidence, note, weight, report_time)
	SELECT community_id, :event_id, case_id, subject_id, NULL, :kind, COALESCE(:words, ''), '', 1000, :now FROM judged
	ON CONFLICT DO NOTHING
), step AS (
	INSERT INTO violation_step (community_id, case_id, version, deed, actor_person_id, step_time, from_state,
		to_state, note)
	SELECT community_id, case_id, version, deed, :other_person_id::uuid, :now, CASE deed WHEN 'OPENED' THEN '' ELSE 'OPEN' END,
		state, '' FROM judged
)
SELECT {violation_case} FROM judged;

-- A moderator has found nothing wrong with it in content.
-- name: violation_cleared   in: event.Event   out: none
WITH was AS (
	SELECT community_id, case_id, state FROM violation_case
	WHERE community_id = :community_id AND subject_person_id = :person_id AND subject_id = :subject_id
		AND state IN ('OPEN', 'UNDER_REVIEW')
	FOR NO KEY UPDATE
), changed AS (
	UPDATE violation_case AS c SET
		state = 'DISMISSED', reviewer_person_id = :other_person_id, version = c.version + 1, update_time = :now,
		judge_time = :now
	FROM was WHERE c.community_id = was.community_id AND c.case_id = was.case_id
	RETURNING c.*, was.state AS former
)
INSERT INTO violation_step (community_id, case_id, version, deed, actor_person_id, step_time, from_state, to_state, note)
SELECT community_id, case_id, version, 'DISMISSED', :other_person_id::uuid, :now, former, state, '' FROM changed;

-- name: violation_uphold   in: member.Verdict   out: member.Sanction
WITH changed AS (
	UPDATE violation_case SET state = 'UPHELD', version = version + 1, update_time = :now, judge_time = :now
	WHERE community_id = :request.community_id AND case_id = :request.case_id AND state = 'UNDER_REVIEW'
	RETURNING *
), issued AS (
	INSERT INTO sanction (community_id, sanction_id, case_id, person_id, kind, start_time, end_time,
		judge_person_id, note, put_out)
	SELECT community_id, COALESCE(:sanction_id::uuid, :new_id), case_id, subject_person_id, :kind, :now,
		CASE WHEN :mute_hours > 0 THEN :now::timestamptz + make_interval(hours => :mute_hours) END,
		COALESCE(:judge_person_id::uuid, :caller_id),
		:request.note, :put_out
	FROM changed
	RETURNING *
), step AS (
	INSERT INTO violation_step (community_id, case_id, version, deed, actor_person_id, step_time, from_state,
		to_state, note)
	SELECT changed.community_id, changed.case_id, changed.version, 'UPHELD', COALESCE(:judge_person_id::uuid, :caller_id), :now, 'UNDER_REVIEW',
		changed.state, 'sanction ' || issued.kind || CASE issued.note WHEN '' THEN '' ELSE ': ' || issued.note END
	FROM changed CROSS JOIN issued
), told AS (
	{tell_judged} FROM changed WHERE subject_id <> subject_person_id
)
SELECT {sanction}
FROM issued;

-- What he said and what was said of him; that there was a case stays.
-- name: violation_erase   in: member.GetPersonRequest   out: none
WITH his AS (
	SELECT community_id, case_id FROM violation_case WHERE subject_person_id = :person_id
), words AS (
	SELECT community_id, report_id, false AS of_him FROM violation_report WHERE reporter_person_id = :person_id
	UNION ALL
	SELECT community_id, report_id, true FROM violation_report JOIN his USING (community_id, case_id)
), reports AS (
	UPDATE violation_report AS r SET evidence = CASE WHEN of_him THEN '' ELSE evidence END, note = ''
	FROM words
	WHERE r.community_id = words.community_id AND r.report_id = words.report_id
), steps AS (
	UPDATE violation_step SET note = ''
	WHERE (community_id, case_id) IN (SELECT community_id, case_id FROM his) AND note <> ''
)
UPDATE sanction SET note = '', appeal = '', answer = '' WHERE person_id = :person_id;
