-- All that is kept under one person's id: one statement a noun, in the order in which they are read.

-- Before all others.
-- fragment: nil
'00000000-0000-0000-0000-000000000000'::uuid

-- The community that the page before ended in.
-- fragment: after_community
COALESCE(:after.community_id::uuid, {nil})

-- name: export_posts   in: content.ListContentRecordsRequest   out: content.PersonRecords.posts   page: community_id, post_id
SELECT {post} FROM post
WHERE author_person_id = :person_id
	AND (community_id, post_id) > ({after_community}, COALESCE(:after.post_id::uuid, {nil}))
ORDER BY community_id, post_id LIMIT :limit;

-- name: export_post_revisions   in: content.ListContentRecordsRequest   out: content.PersonRecords.post_revisions
-- page: community_id, post_id, version
SELECT r.community_id, r.post_id, r.version, r.version AS "revision.version", r.title AS "revision.title",
	r.body AS "revision.body", r.topic AS "revision.topic", r.kind AS "revision.kind",
	r.replace_time AS "revision.replace_time"
FROM post AS p
JOIN post_revision AS r ON r.community_id = p.community_id AND r.post_id = p.post_id
WHERE p.author_person_id = :person_id
	AND (p.community_id, p.post_id) >= ({after_community}, COALESCE(:after.post_id::uuid, {nil}))
	AND (r.community_id, r.post_id, r.version) > ({after_community}, COALESCE(:after.post_id::uuid, {nil}),
		COALESCE(:after.version::bigint, 0))
ORDER BY r.community_id, r.post_id, r.version LIMIT :limit;

-- name: export_post_edits   in: content.ListContentRecordsRequest   out: content.PersonRecords.post_edits
-- page: community_id, post_id
SELECT {post_edit} FROM post_edit AS e
WHERE e.author_person_id = :person_id
	AND (e.community_id, e.post_id) > ({after_community}, COALESCE(:after.post_id::uuid, {nil}))
ORDER BY e.community_id, e.post_id LIMIT :limit;

-- name: export_media   in: content.ListContentRecordsRequest   out: content.PersonRecords.media
-- page: community_id, post_id, version, position
SELECT m.community_id, m.post_id, m.version, m.position, m.url AS "media.url", m.media_type AS "media.media_type",
	m.size_bytes AS "media.size_bytes", m.width AS "media.width", m.height AS "media.height",
	m.duration_ms AS "media.duration_ms", m.alt_text AS "media.alt_text", m.sha256 AS "media.sha256"
FROM post AS p
JOIN post_media AS m ON m.community_id = p.community_id AND m.post_id = p.post_id
WHERE p.author_person_id = :person_id
	AND (p.community_id, p.post_id) >= ({after_community}, COALESCE(:after.post_id::uuid, {nil}))
	AND (m.community_id, m.post_id, m.version, m.position) > ({after_community}, COALESCE(:after.post_id::uuid, {nil}),
		COALESCE(:after.version::bigint, -1), COALESCE(:after.position::integer, -1))
ORDER BY m.community_id, m.post_id, m.version, m.position LIMIT :limit;

-- name: export_comments   in: content.ListContentRecordsRequest   out: content.PersonRecords.comments
-- page: community_id, comment_id
SELECT community_id, comment_id, post_id, parent_id, author_person_id, state, body, reaction_count, create_time, remove_time
FROM comment
WHERE author_person_id = :person_id
	AND (community_id, comment_id) > ({after_community}, COALESCE(:after.comment_id::uuid, {nil}))
ORDER BY community_id, comment_id LIMIT :limit;

-- name: export_reactions   in: content.ListContentRecordsRequest   out: content.PersonRecords.reactions
-- page: community_id, target_id, emoji
SELECT community_id, target_id, person_id, emoji, create_time
FROM reaction
WHERE person_id = :person_id
	AND (community_id, target_id, emoji) > ({after_community}, COALESCE(:after.target_id::uuid, {nil}),
		COALESCE(:after.emoji::text, ''))
ORDER BY community_id, target_id, emoji LIMIT :limit;

-- name: export_shares   in: content.ListContentRecordsRequest   out: content.PersonRecords.shares
-- page: community_id, post_id, share_id
SELECT community_id, post_id, share_id, person_id, channel, to_community_id, share_time
FROM post_share
WHERE person_id = :person_id
	AND (community_id, post_id, share_id) > ({after_community}, COALESCE(:after.post_id::uuid, {nil}),
		COALESCE(:after.share_id::uuid, {nil}))
ORDER BY community_id, post_id, share_id LIMIT :limit;

-- name: export_bookmarks   in: content.ListContentRecordsRequest   out: content.PersonRecords.bookmarks
-- page: create_time, post_id
SELECT community_id, post_id, create_time
FROM bookmark
WHERE person_id = :person_id
	AND (create_time, post_id) < (COALESCE(:after.create_time::timestamptz, 'infinity'),
		COALESCE(:after.post_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
ORDER BY create_time DESC, post_id DESC LIMIT :limit;

-- Not where it is still a draft of another's.
-- name: export_mentions   in: content.ListContentRecordsRequest   out: content.PersonRecords.mentions
-- page: mention_time, subject_id
SELECT {mention} FROM person_mention AS n
WHERE n.person_id = :person_id
	AND (n.mention_time, n.subject_id) < (COALESCE(:after.mention_time::timestamptz, 'infinity'),
		COALESCE(:after.subject_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
ORDER BY n.mention_time DESC, n.subject_id DESC LIMIT :limit;

-- name: export_slots   in: content.ListContentRecordsRequest   out: content.PersonRecords.slots   page: community_id, slot_id
SELECT {slot}
FROM (
	SELECT * FROM slot WHERE person_id = :person_id
	UNION SELECT * FROM slot WHERE owner_person_id = :person_id
	UNION SELECT * FROM slot WHERE skip_person_id = :person_id) AS s {as_it_stands}
WHERE (s.community_id, s.slot_id) > ({after_community}, COALESCE(:after.slot_id::uuid, {nil}))
ORDER BY s.community_id, s.slot_id LIMIT :limit;

-- name: export_reviews   in: content.ListContentRecordsRequest   out: content.PersonRecords.reviews
-- page: community_id, item_id
SELECT {review_item} FROM review_item AS i
WHERE i.author_person_id = :person_id
	AND (i.community_id, i.item_id) > ({after_community}, COALESCE(:after.item_id::uuid, {nil}))
ORDER BY i.community_id, i.item_id LIMIT :limit;

-- name: export_tickets   in: content.ListContentRecordsRequest   out: content.PersonRecords.tickets
-- page: community_id, ticket_id
SELECT {ticket} FROM ticket
WHERE person_id = :person_id
	AND (community_id, ticket_id) > ({after_community}, COALESCE(:after.ticket_id::uuid, {nil}))
ORDER BY community_id, ticket_id LIMIT :limit;

-- name: export_ticket_notes   in: content.ListContentRecordsRequest   out: content.PersonRecords.ticket_notes
-- page: community_id, ticket_id, note_id
SELECT community_id, ticket_id, note_id, person_id, state, text, internal, create_time
FROM ticket_note
WHERE person_id = :person_id
	AND (community_id, ticket_id, note_id) > ({after_community}, COALESCE(:after.ticket_id::uuid, {nil}),
		COALESCE(:after.note_id::uuid, {nil}))
ORDER BY community_id, ticket_id, note_id LIMIT :limit;

-- name: export_announcements   in: content.ListContentRecordsRequest   out: content.PersonRecords.announcements
-- page: community_id, announcement_id
SELECT {announcement} FROM announcement AS a
WHERE person_id = :person_id
	AND (community_id, announcement_id) > ({after_community}, COALESCE(:after.announcement_id::uuid, {nil}))
ORDER BY community_id, announcement_id LIMIT :limit;

-- name: export_announcement_receipts   in: content.ListContentRecordsRequest
-- out: content.PersonRecords.announcement_receipts   page: community_id, announcement_id
SELECT community_id, announcement_id, person_id, revision, read_time
FROM announcement_receipt
WHERE person_id = :person_id
	AND (community_id, announcement_id) > ({after_community}, COALESCE(:after.announcement_id::uuid, {nil}))
ORDER BY community_id, announcement_id LIMIT :limit;

-- name: export_enrollments   in: content.ListContentRecordsRequest   out: content.PersonRecords.enrollments
-- page: community_id, course_id
SELECT {enrollment} FROM enrollment AS e
WHERE e.person_id = :person_id
	AND (e.community_id, e.course_id) > ({after_community}, COALESCE(:after.course_id::uuid, {nil}))
ORDER BY e.community_id, e.course_id LIMIT :limit;

-- name: export_lessons_done   in: content.ListContentRecordsRequest   out: content.PersonRecords.lessons_done
-- page: community_id, course_id, lesson_id
SELECT community_id, course_id, lesson_id, complete_time
FROM lesson_done
WHERE person_id = :person_id
	AND (community_id, course_id, lesson_id) > ({after_community}, COALESCE(:after.course_id::uuid, {nil}),
		COALESCE(:after.lesson_id::uuid, {nil}))
ORDER BY community_id, course_id, lesson_id LIMIT :limit;

-- name: export_task_completions   in: content.ListContentRecordsRequest   out: content.PersonRecords.task_completions
-- page: community_id, series_id, day
SELECT community_id, series_id, day, person_id, done_time, punctual, source
FROM task_completion
WHERE person_id = :person_id
	AND (community_id, series_id, day) > ({after_community}, COALESCE(:after.series_id::uuid, {nil}),
		COALESCE(:after.day::integer, 0))
ORDER BY community_id, series_id, day LIMIT :limit;

-- name: export_votes   in: content.ListContentRecordsRequest   out: content.PersonRecords.votes   page: community_id, post_id
SELECT community_id, post_id, person_id, useful, vote_time
FROM post_vote
WHERE person_id = :person_id
	AND (community_id, post_id) > ({after_community}, COALESCE(:after.post_id::uuid, {nil}))
ORDER BY community_id, post_id LIMIT :limit;

-- name: export_ratings   in: content.ListContentRecordsRequest   out: content.PersonRecords.ratings
-- page: community_id, post_id
SELECT community_id, post_id, person_id, value, quality, timeliness, rate_time
FROM post_rating
WHERE person_id = :person_id
	AND (community_id, post_id) > ({after_community}, COALESCE(:after.post_id::uuid, {nil}))
ORDER BY community_id, post_id LIMIT :limit;

-- name: export_resource_links   in: content.ListContentRecordsRequest   out: content.PersonRecords.resource_links
-- page: community_id, link_id
SELECT {resource_link} FROM resource_link
WHERE person_id = :person_id
	AND (community_id, link_id) > ({after_community}, COALESCE(:after.link_id::uuid, {nil}))
ORDER BY community_id, link_id LIMIT :limit;

-- name: export_template_uses   in: content.ListContentRecordsRequest   out: content.PersonRecords.template_uses
-- page: community_id, use_id
SELECT community_id, use_id, template_id, person_id, use_time, audience_count, conversion_count
FROM template_use
WHERE person_id = :person_id
	AND (community_id, use_id) > ({after_community}, COALESCE(:after.use_id::uuid, {nil}))
ORDER BY community_id, use_id LIMIT :limit;
