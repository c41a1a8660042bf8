-- Shares.

-- name: share_create   in: content.SharePostRequest   out: content.Share
WITH m AS (
	SELECT person_id
	FROM replica_present
	WHERE community_id = :community_id AND person_id = COALESCE(:person_id::uuid, :caller_id::uuid)
	  AND (mute_until_time IS NULL OR mute_until_time <= :now::timestamptz)
), p AS (
	SELECT community_id, post_id, author_person_id, topic
	FROM post
	WHERE community_id = :community_id AND post_id = :post_id AND state = 'PUBLISHED'
), s AS (
	INSERT INTO post_share (community_id, post_id, share_id, person_id, channel, to_community_id, share_time)
	SELECT p.community_id, p.post_id, :new_id::uuid, m.person_id, :channel, :to_community_id::uuid, :now::timestamptz
	FROM m, p
	RETURNING *
), who AS (
	INSERT INTO post_sharer AS w (community_id, post_id, person_id, share_count)
	SELECT community_id, post_id, person_id, 1 FROM s
	ON CONFLICT (community_id, post_id, person_id) DO UPDATE SET share_count = w.share_count + 1
	RETURNING *
), n AS (
	UPDATE post
	SET share_count = post.share_count + 1, sharer_count = post.sharer_count + (who.share_count = 1)::integer
	FROM who
	WHERE post.community_id = who.community_id AND post.post_id = who.post_id
), t AS (
	INSERT INTO tally (community_id, share_count)
	SELECT community_id, 1 FROM s
), e AS (
	INSERT INTO outbox (community_id, type, occur_time, person_id, subject_id, parent_id, other_person_id, version, topic)
	SELECT s.community_id, 'POST_SHARED', s.share_time, s.person_id, s.share_id, s.post_id, p.author_person_id, 1, p.topic
	FROM s, p
)
SELECT community_id, post_id, share_id, person_id, channel, to_community_id, share_time FROM s;

-- name: share_list   in: content.ListSharesRequest   out: content.ListSharesResponse.shares   page: share_time, share_id
SELECT community_id, post_id, share_id, person_id, channel, to_community_id, share_time
FROM post_share
WHERE community_id = :community_id AND post_id = :post_id
  AND (share_time, share_id) < (COALESCE(:after.share_time::timestamptz, 'infinity'),
	COALESCE(:after.share_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
ORDER BY share_time DESC, share_id DESC
LIMIT :limit;
