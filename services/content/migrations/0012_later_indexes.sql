-- concurrently
-- Whatever names a person is found by him, since it goes with him.
CREATE INDEX CONCURRENTLY IF NOT EXISTS comment_by_author ON comment (author_person_id, community_id);
CREATE INDEX CONCURRENTLY IF NOT EXISTS announcement_by_person ON announcement (person_id);
CREATE INDEX CONCURRENTLY IF NOT EXISTS ticket_note_by_person ON ticket_note (person_id);
-- What is to be published when its time has come.
CREATE INDEX CONCURRENTLY IF NOT EXISTS post_due ON post (schedule_time) WHERE state = 'SCHEDULED';
