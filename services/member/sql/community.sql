-- Communities. A change of a community's settings raises its version, which is the etag; the counts do not.

-- What a community is to its readers.
-- fragment: community
community_id, slug, external_id, name, avatar_url, notice, theme, type, time_zone, locale, capacity, join_mode, state,
	member_count, reported_member_count, size_class, version::text AS etag, owner_person_id, create_time, update_time,
	stage, product_strategy, rules_version

-- What the other services keep of it; FROM the changed rows.
-- fragment: tell_community
INSERT INTO outbox (community_id, type, occur_time, version, community_time_zone, community_state,
	community_create_time, community_rules_version, community_type)
SELECT community_id, 'COMMUNITY_CHANGED', :now::timestamptz, version, time_zone, state, create_time, rules_version, type

-- name: community_create   in: member.CreateCommunityRequest   out: member.Community
WITH slug_taken AS (
	INSERT INTO community_slug (slug, community_id)
	SELECT :community.slug, :community.community_id WHERE :community.slug <> ''
	RETURNING slug
), created AS (
	INSERT INTO community (community_id, slug, external_id, name, avatar_url, notice, theme, type, time_zone,
		locale, capacity, join_mode, product_strategy, owner_person_id, member_count, last_number, create_time, update_time)
	SELECT :community.community_id, :community.slug, :community.external_id, :community.name,
		:community.avatar_url, :community.notice, :community.theme,
		COALESCE(:community.type, 'INTEREST'),
		COALESCE(NULLIF(:community.time_zone, ''), 'UTC'), :community.locale, :community.capacity,
		COALESCE(:community.join_mode, 'OPEN'), COALESCE(:community.product_strategy, 'COMMUNITY_FIRST'),
		:community.owner_person_id::uuid, members.n, members.n, :now, :now
	FROM (SELECT CASE WHEN :community.owner_person_id::uuid IS NULL THEN 0 ELSE 1 END) AS members (n)
	WHERE (SELECT count(*) FROM slug_taken) >= 0 -- a taken slug speaks first
	RETURNING *
), owner AS (
	INSERT INTO membership (community_id, person_id, number, role, join_time)
	SELECT community_id, owner_person_id, 1, 'OWNER', create_time FROM created WHERE owner_person_id IS NOT NULL
	RETURNING *
), told AS (
	{tell_community} FROM created
), told_owner AS (
	{tell_membership} FROM owner
)
SELECT {community}
FROM created;

-- name: community_get   in: member.GetCommunityRequest   out: member.Community
SELECT {community}
FROM community WHERE community_id = :community_id;

-- Every change of who belongs to a community begins with this one: what follows sees all that was decided before.
-- name: community_lock   in: member.GetCommunityRequest   out: member.Community
SELECT {community}
FROM community WHERE community_id = :community_id FOR NO KEY UPDATE;

-- name: community_by_slug   in: member.LookupCommunityRequest   out: member.Community
SELECT {community}
FROM community WHERE community_id = (SELECT community_id FROM community_slug WHERE slug = :slug);

-- name: community_list   in: member.ListCommunitiesRequest   out: member.ListCommunitiesResponse.communities   page: create_time, community_id
SELECT {community}
FROM community
WHERE (create_time, community_id) < (COALESCE(:after.create_time::timestamptz, 'infinity'),
	COALESCE(:after.community_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
ORDER BY create_time DESC, community_id DESC LIMIT :limit;

-- name: community_update   in: member.UpdateCommunityRequest   out: member.Community
WITH was AS (
	SELECT slug FROM community WHERE community_id = :community_id
), slug_freed AS (
	DELETE FROM community_slug USING was
	WHERE :mask.slug AND community_slug.slug = was.slug AND was.slug <> :community.slug
), slug_taken AS (
	INSERT INTO community_slug (slug, community_id)
	SELECT :community.slug, :community_id FROM was WHERE :mask.slug AND :community.slug NOT IN ('', was.slug)
), changed AS (
	UPDATE community SET
		slug = CASE WHEN :mask.slug THEN :community.slug ELSE slug END,
		name = CASE WHEN :mask.name THEN :community.name ELSE name END,
		avatar_url = CASE WHEN :mask.avatar_url THEN :community.avatar_url ELSE avatar_url END,
		notice = CASE WHEN :mask.notice THEN :community.notice ELSE notice END,
		theme = CASE WHEN :mask.theme THEN :community.theme ELSE theme END,
		type = CASE WHEN :mask.type
			THEN COALESCE(:community.type, 'INTEREST') ELSE type END,
		time_zone = CASE WHEN :mask.time_zone
			THEN COALESCE(NULLIF(:community.time_zone, ''), 'UTC') ELSE time_zone END,
		locale = CASE WHEN :mask.locale THEN :community.locale ELSE locale END,
		capacity = CASE WHEN :mask.capacity THEN :community.capacity ELSE capacity END,
		join_mode = CASE WHEN :mask.join_mode
			THEN COALESCE(:community.join_mode, 'OPEN') ELSE join_mode END,
		product_strategy = CASE WHEN :mask.product_strategy
			THEN COALESCE(:community.product_strategy, 'COMMUNITY_FIRST') ELSE product_strategy END,
		version = version + 1,
		update_time = :now
	WHERE community_id = :community_id
	RETURNING *
), renewed AS (
	-- The index of facets has the old zone's days.
	INSERT INTO facet_index AS i (community_id, renew_after_number)
	SELECT community_id, 0 FROM changed AS c JOIN community AS old USING (community_id) WHERE c.time_zone <> old.time_zone
	ON CONFLICT (community_id) DO UPDATE SET renew_after_number = 0
), told AS (
	{tell_community} FROM changed
)
SELECT {community}
FROM changed;

-- name: community_archive   in: member.ArchiveCommunityRequest   out: member.Community
WITH changed AS (
	UPDATE community SET state = 'ARCHIVED', version = version + 1, update_time = :now
	WHERE community_id = :community_id AND state = 'ACTIVE'
	RETURNING *
), told AS (
	{tell_community} FROM changed
)
SELECT {community}
FROM (SELECT * FROM changed
	UNION ALL SELECT * FROM community WHERE community_id = :community_id AND state <> 'ACTIVE') AS either;
