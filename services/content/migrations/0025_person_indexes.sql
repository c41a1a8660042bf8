-- concurrently
-- Whatever names a person is found by him, a page at a time, since he may take it away.
CREATE INDEX CONCURRENTLY IF NOT EXISTS post_by_author ON post (author_person_id, community_id, post_id);
CREATE INDEX CONCURRENTLY IF NOT EXISTS comment_of_author ON comment (author_person_id, community_id, comment_id);
CREATE INDEX CONCURRENTLY IF NOT EXISTS reaction_by_person ON reaction (person_id, community_id, target_id, emoji);
CREATE INDEX CONCURRENTLY IF NOT EXISTS post_share_of_person ON post_share (person_id, community_id, post_id, share_id);
CREATE INDEX CONCURRENTLY IF NOT EXISTS ticket_of_person ON ticket (person_id, community_id, ticket_id);
CREATE INDEX CONCURRENTLY IF NOT EXISTS ticket_note_of_person ON ticket_note (person_id, community_id, ticket_id, note_id);
CREATE INDEX CONCURRENTLY IF NOT EXISTS announcement_of_person ON announcement (person_id, community_id, announcement_id);
CREATE INDEX CONCURRENTLY IF NOT EXISTS announcement_receipt_by_person
	ON announcement_receipt (person_id, community_id, announcement_id);
CREATE INDEX CONCURRENTLY IF NOT EXISTS enrollment_by_person ON enrollment (person_id, community_id, course_id);
CREATE INDEX CONCURRENTLY IF NOT EXISTS lesson_done_by_person ON lesson_done (person_id, community_id, course_id, lesson_id);
CREATE INDEX CONCURRENTLY IF NOT EXISTS resource_link_by_person ON resource_link (person_id, community_id, link_id);
CREATE INDEX CONCURRENTLY IF NOT EXISTS template_use_by_person ON template_use (person_id, community_id, use_id);
-- These say less than those above.
DROP INDEX CONCURRENTLY IF EXISTS comment_by_author;
DROP INDEX CONCURRENTLY IF EXISTS post_share_by_person;
DROP INDEX CONCURRENTLY IF EXISTS ticket_note_by_person;
DROP INDEX CONCURRENTLY IF EXISTS announcement_by_person;
