-- concurrently
-- Whatever names a person is found by him, since it goes with him.
CREATE INDEX CONCURRENTLY IF NOT EXISTS event_by_host ON event (host_person_id);
