-- Bookmarks.

-- A bookmark that was there answers too; one that was made at the same time is seen by asking again.
-- name: bookmark_create   in: content.BookmarkPostRequest   out: content.Bookmark
WITH m AS (
	SELECT person_id
	FROM replica_present
	WHERE community_id = :community_id AND person_id = COALESCE(:person_id::uuid, :caller_id::uuid)
), fresh AS (
	INSERT INTO bookmark (community_id, post_id, person_id, create_time)
	SELECT p.community_id, p.post_id, m.person_id, :now::timestamptz
	FROM post p, m
	WHERE p.community_id = :community_id AND p.post_id = :post_id AND p.state IN ('PUBLISHED', 'ARCHIVED')
	ON CONFLICT DO NOTHING
	RETURNING *
), n AS (
	UPDATE post
	SET bookmark_count = bookmark_count + 1
	FROM fresh
	WHERE post.community_id = fresh.community_id AND post.post_id = fresh.post_id
), t AS (
	INSERT INTO tally (community_id, bookmark_count)
	SELECT community_id, 1 FROM fresh
)
SELECT community_id, post_id, create_time FROM fresh
UNION ALL
SELECT b.community_id, b.post_id, b.create_time
FROM bookmark b, m
WHERE b.community_id = :community_id AND b.post_id = :post_id AND b.person_id = m.person_id;

-- name: bookmark_remove   in: content.UnbookmarkPostRequest   out: content.UnbookmarkPostResponse
WITH gone AS (
	DELETE FROM bookmark
	WHERE community_id = :community_id AND post_id = :post_id
	  AND person_id = COALESCE(:person_id::uuid, :caller_id::uuid)
	RETURNING *
), n AS (
	UPDATE post
	SET bookmark_count = bookmark_count - 1
	FROM gone
	WHERE post.community_id = gone.community_id AND post.post_id = gone.post_id
), t AS (
	INSERT INTO tally (community_id, bookmark_count)
	SELECT community_id, -1 FROM gone
)
SELECT count(*)::int AS removed_count FROM gone;

-- name: bookmark_list   in: content.ListBookmarksRequest   out: content.ListBookmarksResponse.bookmarks   page: create_time, post_id
SELECT community_id, post_id, create_time
FROM bookmark
WHERE person_id = :person_id AND community_id = COALESCE(:community_id::uuid, community_id)
  AND (create_time, post_id) < (COALESCE(:after.create_time::timestamptz, 'infinity'),
	COALESCE(:after.post_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
ORDER BY create_time DESC, post_id DESC
LIMIT :limit;
