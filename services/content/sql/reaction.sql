-- Reactions. The target is a post or a comment; its counter moves for rows that really come or go. Events name a sign on
-- a target by the hash of both, so that a person's signs are told apart.

-- A reaction that was there answers too; one that somebody else has just made is seen by asking again.
-- name: reaction_add   in: content.AddReactionRequest   out: content.Reaction
WITH m AS (
	SELECT person_id, role, plan_id, level
	FROM replica_present
	WHERE community_id = :community_id AND person_id = COALESCE(:person_id::uuid, :caller_id::uuid)
	  AND (mute_until_time IS NULL OR mute_until_time <= :now::timestamptz)
), target AS (
	SELECT p.post_id AS target_id, p.author_person_id, p.topic
	FROM post p, m
	WHERE p.community_id = :community_id AND p.post_id = :target_id AND p.state = 'PUBLISHED'
	  AND (:caller_id::uuid IS NULL OR {may_read})
	UNION ALL
	SELECT k.comment_id, k.author_person_id, p.topic
	FROM m, comment k JOIN post p USING (community_id, post_id)
	WHERE k.community_id = :community_id AND k.comment_id = :target_id AND k.state = 'PUBLISHED'
	  AND (:caller_id::uuid IS NULL OR {may_read})
), fresh AS (
	INSERT INTO reaction (community_id, target_id, person_id, emoji, create_time)
	SELECT :community_id::uuid, target_id, person_id, :emoji, :now::timestamptz FROM m, target
	ON CONFLICT DO NOTHING
	RETURNING *
), p AS (
	UPDATE post
	SET reaction_count = reaction_count + 1, hot_time = hot_time(publish_time, comment_count, reaction_count + 1)
	FROM fresh
	WHERE post.community_id = fresh.community_id AND post.post_id = fresh.target_id
), k AS (
	UPDATE comment
	SET reaction_count = reaction_count + 1
	FROM fresh
	WHERE comment.community_id = fresh.community_id AND comment.comment_id = fresh.target_id
), t AS (
	INSERT INTO tally (community_id, reaction_count)
	SELECT community_id, 1 FROM fresh
), e AS (
	INSERT INTO outbox (community_id, type, occur_time, person_id, subject_id, parent_id, other_person_id, state, version,
		topic)
	SELECT fresh.community_id, 'REACTION_ADDED', fresh.create_time, fresh.person_id,
		md5(fresh.target_id || fresh.emoji)::uuid, fresh.target_id, target.author_person_id, fresh.emoji,
		fresh.version, target.topic
	FROM fresh, target
)
SELECT community_id, target_id, person_id, emoji, create_time FROM fresh
UNION ALL
SELECT r.community_id, r.target_id, r.person_id, r.emoji, r.create_time
FROM reaction r, m
WHERE r.community_id = :community_id AND r.target_id = :target_id AND r.person_id = m.person_id AND r.emoji = :emoji;

-- name: reaction_remove   in: content.RemoveReactionRequest   out: content.RemoveReactionResponse
WITH gone AS (
	DELETE FROM reaction
	WHERE community_id = :community_id AND target_id = :target_id
	  AND person_id = COALESCE(:person_id::uuid, :caller_id::uuid) AND emoji = :emoji
	RETURNING *
), p AS (
	UPDATE post
	SET reaction_count = reaction_count - 1, hot_time = hot_time(publish_time, comment_count, reaction_count - 1)
	FROM gone
	WHERE post.community_id = gone.community_id AND post.post_id = gone.target_id
), k AS (
	UPDATE comment
	SET reaction_count = reaction_count - 1
	FROM gone
	WHERE comment.community_id = gone.community_id AND comment.comment_id = gone.target_id
	RETURNING comment.post_id
), t AS (
	INSERT INTO tally (community_id, reaction_count)
	SELECT community_id, -1 FROM gone
), e AS (
	INSERT INTO outbox (community_id, type, occur_time, person_id, subject_id, parent_id, state, version, topic)
	SELECT g.community_id, 'REACTION_REMOVED', :now::timestamptz, g.person_id, md5(g.target_id || g.emoji)::uuid,
		g.target_id, g.emoji, g.version + 1, post.topic
	FROM gone g
	LEFT JOIN k ON true
	LEFT JOIN post ON post.community_id = g.community_id AND post.post_id = COALESCE(k.post_id, g.target_id)
)
SELECT count(*)::int AS removed_count FROM gone;

-- The post that the target is, or stands under.
-- name: reaction_post   in: content.ListReactionsRequest   out: content.Post
SELECT community_id, post_id FROM post WHERE community_id = :community_id AND post_id = :target_id
UNION ALL
SELECT community_id, post_id FROM comment WHERE community_id = :community_id AND comment_id = :target_id;

-- name: reaction_list   in: content.ListReactionsRequest   out: content.ListReactionsResponse.reactions   page: create_time, person_id, emoji
SELECT community_id, target_id, person_id, emoji, create_time
FROM reaction
WHERE community_id = :community_id AND target_id = :target_id AND (:emoji = '' OR emoji = :emoji)
  AND (create_time, person_id, emoji) > (COALESCE(:after.create_time::timestamptz, '-infinity'),
	COALESCE(:after.person_id::uuid, '00000000-0000-0000-0000-000000000000'), COALESCE(:after.emoji::text, ''))
ORDER BY create_time, person_id, emoji
LIMIT :limit;
