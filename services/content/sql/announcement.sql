-- Announcements. A change of the words makes a new revision; receipts count for the revision that was read.

-- fragment: announcement
community_id, announcement_id, title, body, pinned, start_time, end_time, person_id, revision, read_count, withdraw_time,
	create_time, update_time, version::text AS etag,
	EXISTS (SELECT FROM announcement_receipt AS r WHERE r.community_id = a.community_id
		AND r.announcement_id = a.announcement_id AND r.person_id = :caller_id::uuid AND r.revision = a.revision) AS read

-- fragment: announcement_valid
withdraw_time IS NULL AND start_time <= :now::timestamptz AND (end_time IS NULL OR end_time > :now::timestamptz)

-- name: announcement_create   in: content.CreateAnnouncementRequest   out: content.Announcement
WITH a AS (
	INSERT INTO announcement (community_id, announcement_id, title, body, pinned, start_time, end_time, person_id,
		create_time, update_time)
	VALUES (:community_id::uuid, :new_id::uuid, :announcement.title, :announcement.body, :announcement.pinned,
		COALESCE(:announcement.start_time::timestamptz, :now::timestamptz), :announcement.end_time, :caller_id::uuid,
		:now::timestamptz, :now::timestamptz)
	RETURNING *
)
SELECT {announcement} FROM a;

-- Not valid now: for moderators, whom the handler knows.
-- name: announcement_get   in: content.GetAnnouncementRequest   out: content.Announcement
SELECT {announcement} FROM announcement AS a
WHERE community_id = :community_id AND announcement_id = :announcement_id;

-- name: announcement_get_valid   in: content.GetAnnouncementRequest   out: content.Announcement
SELECT {announcement} FROM announcement AS a
WHERE community_id = :community_id AND announcement_id = :announcement_id AND {announcement_valid};

-- name: announcement_lock   in: content.GetAnnouncementRequest   out: content.Announcement
SELECT {announcement} FROM announcement AS a
WHERE community_id = :community_id AND announcement_id = :announcement_id FOR NO KEY UPDATE;

-- name: announcement_list   in: content.ListAnnouncementsRequest   out: content.ListAnnouncementsResponse.announcements   page: pinned, start_time, announcement_id
SELECT {announcement} FROM announcement AS a
WHERE community_id = :community_id AND (:all OR {announcement_valid})
	AND (pinned, start_time, announcement_id) < (COALESCE(:after.pinned::boolean, true),
		COALESCE(:after.start_time::timestamptz, 'infinity'),
		COALESCE(:after.announcement_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
ORDER BY pinned DESC, start_time DESC, announcement_id DESC LIMIT :limit;

-- name: announcement_update   in: content.UpdateAnnouncementRequest   out: content.Announcement
WITH was AS (
	SELECT * FROM announcement WHERE community_id = :community_id AND announcement_id = :announcement_id
), a AS (
	UPDATE announcement AS n SET
		title = CASE WHEN :mask.title THEN :announcement.title ELSE n.title END,
		body = CASE WHEN :mask.body THEN :announcement.body ELSE n.body END,
		pinned = CASE WHEN :mask.pinned THEN :announcement.pinned ELSE n.pinned END,
		start_time = CASE WHEN :mask.start_time THEN COALESCE(:announcement.start_time::timestamptz, n.create_time)
			ELSE n.start_time END,
		end_time = CASE WHEN :mask.end_time THEN :announcement.end_time ELSE n.end_time END,
		revision = n.revision + fresh.words,
		read_count = CASE fresh.words WHEN 1 THEN 0 ELSE n.read_count END,
		update_time = :now::timestamptz,
		version = n.version + 1
	FROM (SELECT CASE WHEN :mask.title AND title <> :announcement.title OR :mask.body AND body <> :announcement.body
		THEN 1 ELSE 0 END AS words FROM was) AS fresh
	WHERE n.community_id = :community_id AND n.announcement_id = :announcement_id
	RETURNING n.*
)
SELECT {announcement} FROM a;

-- name: announcement_withdraw   in: content.WithdrawAnnouncementRequest   out: none
UPDATE announcement SET withdraw_time = :now::timestamptz, version = version + 1
WHERE community_id = :community_id AND announcement_id = :announcement_id AND withdraw_time IS NULL;

-- No row: he is no member, or there is nothing valid to read.
-- name: announcement_read   in: content.MarkAnnouncementReadRequest   out: content.AnnouncementReceipt
WITH a AS (
	SELECT community_id, announcement_id, revision, m.person_id
	FROM announcement JOIN replica_present AS m USING (community_id)
	WHERE community_id = :community_id AND announcement_id = :announcement_id AND m.person_id = :person_id
		AND {announcement_valid}
), written AS (
	INSERT INTO announcement_receipt AS r (community_id, announcement_id, person_id, revision, read_time)
	SELECT community_id, announcement_id, person_id, revision, :now::timestamptz FROM a
	ON CONFLICT (community_id, announcement_id, person_id) DO UPDATE
	SET revision = EXCLUDED.revision, read_time = EXCLUDED.read_time WHERE r.revision < EXCLUDED.revision
	RETURNING *
), counted AS (
	UPDATE announcement AS n SET read_count = read_count + 1
	FROM written
	WHERE n.community_id = written.community_id AND n.announcement_id = written.announcement_id
		AND n.revision = written.revision -- the words may just have changed
)
SELECT community_id, announcement_id, person_id, revision, read_time
FROM (SELECT * FROM written
	UNION ALL SELECT r.* FROM announcement_receipt AS r JOIN a USING (community_id, announcement_id, person_id)
	WHERE NOT EXISTS (SELECT FROM written)) AS either;

-- name: announcement_readers   in: content.ListAnnouncementReceiptsRequest   out: content.ListAnnouncementReceiptsResponse.receipts   page: number
SELECT m.community_id, a.announcement_id, m.person_id, r.revision, r.read_time, m.number
FROM announcement AS a
JOIN replica_membership AS m ON m.community_id = a.community_id AND m.state = 'ACTIVE'
LEFT JOIN announcement_receipt AS r ON r.community_id = a.community_id AND r.announcement_id = a.announcement_id
	AND r.person_id = m.person_id AND r.revision = a.revision
WHERE a.community_id = :community_id AND a.announcement_id = :announcement_id
	AND m.number > COALESCE(:after.number::bigint, 0) AND (r.person_id IS NULL) = :unread
ORDER BY m.number LIMIT :limit;

-- name: announcement_summary   in: content.GetAnnouncementSummaryRequest   out: content.AnnouncementSummary
SELECT :community_id::uuid AS community_id, valid_count, pinned_count, last_change_time, stale_count,
	valid_count = 0 OR last_change_time < limit_time AS stale
FROM (
	SELECT count(*) FILTER (WHERE {announcement_valid}) AS valid_count,
		count(*) FILTER (WHERE pinned AND {announcement_valid}) AS pinned_count,
		max(update_time) AS last_change_time,
		count(*) FILTER (WHERE update_time < limit_time AND {announcement_valid}) AS stale_count, limit_time
	FROM (SELECT :now::timestamptz - COALESCE(NULLIF(:stale_days::integer, 0), 30) * interval '1 day' AS limit_time) AS t
	LEFT JOIN announcement ON community_id = :community_id
	GROUP BY limit_time
) AS counts;
