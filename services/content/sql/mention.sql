-- Mentions of members. A subject is a post or a comment on it.

-- Who is named: of the numbers, those that are of members who may hear of it. Who was named before stays as he was, who is no
-- longer is not.
-- name: person_mention_put   in: content.NamedNumbers   out: none
WITH subject AS (
	SELECT COALESCE(k.author_person_id, p.author_person_id) AS speaker_id, p.author_person_id, p.visibility, p.plan_id,
		p.min_level,
		CASE WHEN p.state IN ('PUBLISHED', 'ARCHIVED') AND COALESCE(k.state, 'PUBLISHED') = 'PUBLISHED'
			THEN :now::timestamptz END AS mention_time
	FROM post p
	LEFT JOIN comment k ON k.community_id = p.community_id AND k.comment_id = :subject_id
	WHERE p.community_id = :community_id AND p.post_id = :post_id
), gone AS (
	DELETE FROM person_mention
	WHERE community_id = :community_id AND subject_id = :subject_id AND person_id <> ALL (ARRAY(
		SELECT person_id FROM replica_membership
		WHERE community_id = :community_id AND number = ANY (:numbers::bigint[])))
)
INSERT INTO person_mention (community_id, subject_id, person_id, post_id, author_person_id, mention_time)
SELECT m.community_id, :subject_id, m.person_id, :post_id, p.speaker_id, p.mention_time
FROM replica_present m, subject p
WHERE m.community_id = :community_id AND m.number = ANY (:numbers::bigint[]) AND m.person_id <> p.speaker_id
  AND (m.mute_until_time IS NULL OR m.mute_until_time <= :now::timestamptz) AND {may_read}
ON CONFLICT DO NOTHING;

-- What can be read.
-- fragment: mention_seen
FROM person_mention n
JOIN post p ON p.community_id = n.community_id AND p.post_id = n.post_id AND p.state IN ('PUBLISHED', 'ARCHIVED')
WHERE n.person_id = :person_id AND n.mention_time IS NOT NULL
  AND (n.subject_id = n.post_id OR (SELECT k.state FROM comment k
	WHERE k.community_id = n.community_id AND k.comment_id = n.subject_id) = 'PUBLISHED')
  AND (n.mention_time, n.subject_id) < (COALESCE(:after.mention_time::timestamptz, 'infinity'),
	COALESCE(:after.subject_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))

-- fragment: mention
n.community_id, n.subject_id, n.post_id, n.person_id, n.author_person_id, n.mention_time, n.read_time

-- name: person_mention_list   in: content.ListPersonMentionsRequest   out: content.ListPersonMentionsResponse.mentions   page: mention_time, subject_id
SELECT {mention} {mention_seen}
ORDER BY n.mention_time DESC, n.subject_id DESC
LIMIT :limit;

-- name: person_mention_list_unread   in: content.ListPersonMentionsRequest   out: content.ListPersonMentionsResponse.mentions   page: mention_time, subject_id
SELECT {mention} {mention_seen} AND n.read_time IS NULL
ORDER BY n.mention_time DESC, n.subject_id DESC
LIMIT :limit;

-- name: person_mention_read   in: content.ReadPersonMentionsRequest   out: content.ReadPersonMentionsResponse
WITH seen AS (
	UPDATE person_mention SET read_time = :now::timestamptz
	WHERE person_id = :person_id AND read_time IS NULL
	  AND mention_time <= COALESCE(:until_time::timestamptz, 'infinity')
	RETURNING person_id
)
SELECT count(*) AS read_count FROM seen;
