-- The showcase shows posts as they are now; a post that is taken out of sight is out of it, too, until it comes back.

-- fragment: featured
s.community_id, s.post_id, p.author_person_id, p.title, p.body, s.place, s.note, s.until_time, s.feature_time

-- name: showcase_size   in: content.FeaturePostRequest   out: content.ShowcaseSize
SELECT count(*)::integer AS size, COALESCE(bool_or(post_id = :post_id), false) AS featured
FROM showcase WHERE community_id = :community_id;

-- name: showcase_put   in: content.FeaturePostRequest   out: content.FeaturedPost
WITH s AS (
	INSERT INTO showcase (community_id, post_id, place, note, until_time, feature_time)
	VALUES (:community_id, :post_id, :place, :note, :until_time, :now)
	ON CONFLICT (community_id, post_id) DO UPDATE
	SET place = EXCLUDED.place, note = EXCLUDED.note, until_time = EXCLUDED.until_time
	RETURNING *
)
SELECT {featured}
FROM s JOIN post AS p ON p.community_id = s.community_id AND p.post_id = s.post_id;

-- name: showcase_drop   in: content.UnfeaturePostRequest   out: content.UnfeaturePostResponse
WITH gone AS (
	DELETE FROM showcase WHERE community_id = :community_id AND post_id = :post_id RETURNING post_id
)
SELECT EXISTS (SELECT FROM gone) AS was_featured;

-- name: showcase_list   in: content.ListShowcaseRequest   out: content.ListShowcaseResponse.posts   page: place, post_id
SELECT {featured}
FROM showcase AS s
JOIN post AS p ON p.community_id = s.community_id AND p.post_id = s.post_id AND p.state = 'PUBLISHED'
WHERE s.community_id = :community_id AND (s.until_time IS NULL OR s.until_time > :now::timestamptz)
	AND (p.visibility = 'PUBLIC' OR :caller_id::uuid IS NULL OR EXISTS (SELECT FROM replica_present AS m
		WHERE m.community_id = s.community_id AND m.person_id = :caller_id::uuid AND (p.visibility = 'MEMBER'
		OR p.visibility = 'PAID' AND p.plan_id = m.plan_id OR p.visibility = 'LEVEL' AND p.min_level <= m.level)))
	AND (s.place, s.post_id) > (COALESCE(:after.place::integer, -1),
		COALESCE(:after.post_id::uuid, '00000000-0000-0000-0000-000000000000'))
ORDER BY s.place, s.post_id LIMIT :limit;

-- name: showcase_export   in: content.ExportShowcaseRequest   out: content.ListShowcaseResponse.posts
SELECT {featured}
FROM showcase AS s
JOIN post AS p ON p.community_id = s.community_id AND p.post_id = s.post_id AND p.state = 'PUBLISHED'
WHERE s.community_id = :community_id AND (s.until_time IS NULL OR s.until_time > :now::timestamptz)
	AND p.visibility = 'PUBLIC'
ORDER BY s.place, s.post_id LIMIT 200;

-- name: mention_record   in: content.RecordMentionRequest   out: content.OutsideMention
INSERT INTO outside_mention AS m (community_id, mention_id, url, url_hash, channel, post_id, note, reach, mention_time)
VALUES (:community_id, :new_id, :url, sha256(convert_to(:url, 'UTF8')), :channel, :post_id, :note, :reach, COALESCE(:mention_time::timestamptz, :now))
ON CONFLICT (community_id, url_hash) DO UPDATE
SET channel = EXCLUDED.channel, post_id = EXCLUDED.post_id, note = EXCLUDED.note, reach = EXCLUDED.reach,
	mention_time = COALESCE(:mention_time::timestamptz, m.mention_time)
RETURNING community_id, mention_id, url, channel, post_id, note, reach, mention_time;

-- name: mention_list   in: content.ListMentionsRequest   out: content.ListMentionsResponse.mentions   page: mention_time, mention_id
SELECT community_id, mention_id, url, channel, post_id, note, reach, mention_time
FROM outside_mention
WHERE community_id = :community_id
	AND (mention_time, mention_id) < (COALESCE(:after.mention_time::timestamptz, 'infinity'),
		COALESCE(:after.mention_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
ORDER BY mention_time DESC, mention_id DESC LIMIT :limit;
