-- concurrently
-- Whatever names a person is found by him, a page at a time, since he may take it away.
CREATE INDEX CONCURRENTLY IF NOT EXISTS event_of_host ON event (host_person_id, community_id, event_id);
CREATE INDEX CONCURRENTLY IF NOT EXISTS registration_by_person ON registration (person_id, community_id, event_id);
CREATE INDEX CONCURRENTLY IF NOT EXISTS orders_by_person ON orders (person_id, community_id, order_id);
DROP INDEX CONCURRENTLY IF EXISTS event_by_host;
