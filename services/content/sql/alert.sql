-- What was to be said and was not. Alerts are raised where it is found out: calendar.sql, cadence.sql.

-- fragment: alert
community_id, alert_id, kind, slot_id, due_time, NULLIF(post_kind, '') AS post_kind, NULLIF(period, '') AS period, start_date,
	target_count, actual_count, create_time, acknowledge_time, acknowledge_person_id

-- name: alert_list   in: content.ListAlertsRequest   out: content.ListAlertsResponse.alerts   page: create_time, alert_id
SELECT {alert} FROM alert
WHERE community_id = :community_id AND kind = COALESCE(:kind::text, kind) AND (NOT :open OR acknowledge_time IS NULL)
	AND (create_time, alert_id) < (COALESCE(:after.create_time::timestamptz, 'infinity'),
		COALESCE(:after.alert_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
ORDER BY create_time DESC, alert_id DESC LIMIT :limit;

-- name: alert_acknowledge   in: content.AcknowledgeAlertRequest   out: none
UPDATE alert SET acknowledge_time = :now::timestamptz, acknowledge_person_id = :caller_id::uuid
WHERE community_id = :community_id AND alert_id = :alert_id AND acknowledge_time IS NULL;

-- name: alert_get   in: content.AcknowledgeAlertRequest   out: content.Alert
SELECT {alert} FROM alert WHERE community_id = :community_id AND alert_id = :alert_id;
