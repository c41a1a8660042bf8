-- All that is kept under one person's id: one statement a noun, in the order in which they are read.

-- Before all others.
-- fragment: nil
'00000000-0000-0000-0000-000000000000'::uuid

-- The community that the page before ended in.
-- fragment: after_community
COALESCE(:after.community_id::uuid, {nil})

-- name: export_hosted_events   in: activity.ListActivityRecordsRequest   out: activity.PersonRecords.hosted_events
-- page: community_id, event_id
SELECT community_id, event_id, host_person_id, title, description, mode, venue, url, start_time, end_time, time_zone,
	capacity, state, going_count, waitlist_count, attended_count, reported_yes_count, reported_waitlist_count,
	create_time, update_time, version::text AS etag
FROM event
WHERE host_person_id = :person_id
	AND (community_id, event_id) > ({after_community}, COALESCE(:after.event_id::uuid, {nil}))
ORDER BY community_id, event_id LIMIT :limit;

-- name: export_registrations   in: activity.ListActivityRecordsRequest   out: activity.PersonRecords.registrations
-- page: community_id, event_id
SELECT community_id, event_id, person_id, state, register_time, update_time, attend_time
FROM registration
WHERE person_id = :person_id
	AND (community_id, event_id) > ({after_community}, COALESCE(:after.event_id::uuid, {nil}))
ORDER BY community_id, event_id LIMIT :limit;

-- name: export_orders   in: activity.ListActivityRecordsRequest   out: activity.PersonRecords.orders
-- page: community_id, order_id
SELECT community_id, order_id, person_id, amount, currency, state, create_time, update_time
FROM orders
WHERE person_id = :person_id
	AND (community_id, order_id) > ({after_community}, COALESCE(:after.order_id::uuid, {nil}))
ORDER BY community_id, order_id LIMIT :limit;
