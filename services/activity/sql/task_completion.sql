-- Completed tasks, as content tells of them.

-- name: task_completion_keep   in: event.DeliverEventsRequest   out: none
INSERT INTO task_completion (community_id, programme_id, date, person_id, task_id, complete_time, punctual)
SELECT community_id, programme_id, date, person_id, task_id, complete_time, state = 'ON_TIME'
FROM unnest(:events.community_id::uuid[], :events.type::text[], :events.parent_id::uuid[], :events.date::date[],
	:events.person_id::uuid[], :events.subject_id::uuid[], :events.occur_time::timestamptz[], :events.state::text[])
	AS e (community_id, type, programme_id, date, person_id, task_id, complete_time, state)
WHERE type = 'TASK_COMPLETED'
ORDER BY community_id, programme_id, date, person_id, task_id
ON CONFLICT DO NOTHING;

-- name: task_completion_list   in: activity.ListTaskCompletionsRequest   out: activity.ListTaskCompletionsResponse.completions   page: date, person_id, task_id
SELECT community_id, programme_id, date, person_id, task_id, complete_time, punctual
FROM task_completion
WHERE community_id = :community_id AND programme_id = :programme_id
	AND (:date::date IS NULL OR date = :date::date) AND (:person_id::uuid IS NULL OR person_id = :person_id::uuid)
	AND (date, person_id, task_id) > (COALESCE(:after.date::date, '-infinity'),
		COALESCE(:after.person_id::uuid, '00000000-0000-0000-0000-000000000000'),
		COALESCE(:after.task_id::uuid, '00000000-0000-0000-0000-000000000000'))
ORDER BY date, person_id, task_id LIMIT :limit;

-- name: task_completion_forget   in: event.DeliverEventsRequest   out: none
DELETE FROM task_completion AS t
USING unnest(:events.person_id::uuid[], :events.type::text[]) AS e (person_id, type)
WHERE e.type = 'PERSON_ERASED' AND t.person_id = e.person_id;
