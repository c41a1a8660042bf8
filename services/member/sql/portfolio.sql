-- Lists of communities under conditions: first who may meet them, newest first and little of each; portfolio.c tests what
-- is left to test, and fetches those that meet.

-- What conditions speak of.
-- fragment: candidate
community_id, name, theme, type, locale, join_mode, state, member_count, size_class, create_time, stage, product_strategy

-- Created in the time looked at, and behind the page before. One bound for the end of it: an index scan begins at one.
-- fragment: in_time
create_time >= COALESCE(:from_time::timestamptz, '-infinity')
		AND (create_time, community_id) < (COALESCE(:after.create_time::timestamptz, :before_time, 'infinity'),
			COALESCE(:after.community_id::uuid, CASE WHEN :before_time::timestamptz IS NULL
				THEN 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid ELSE '00000000-0000-0000-0000-000000000000' END))

-- One of three ways, of which the others cost nothing: through all; through those of one language; or one short index scan a
-- combination of the facets that may meet the condition, so that a rare one costs no more than a frequent one.
-- name: community_sieve   in: member.CommunitySieve   out: member.CommunityBite.candidates   page: create_time, community_id
SELECT found.*
FROM ((
	SELECT {candidate}
	FROM community
	WHERE :way = 'ALL' AND {in_time}
	ORDER BY create_time DESC, community_id DESC LIMIT :limit
) UNION ALL (
	SELECT {candidate}
	FROM community
	WHERE :way = 'LOCALE' AND locale = :locale::text AND locale <> ''
		AND {in_time}
	ORDER BY create_time DESC, community_id DESC LIMIT :limit
) UNION ALL (
	SELECT one.*
	FROM unnest(:facets.type::text[], :facets.state::text[], :facets.size_class::text[], :facets.stage::text[],
		:facets.product_strategy::text[]) AS f (type, state, size_class, stage, product_strategy)
	CROSS JOIN LATERAL (
		SELECT {candidate}
		FROM community AS c
		WHERE c.type = f.type AND c.state = f.state AND c.size_class = f.size_class AND c.stage = f.stage
			AND c.product_strategy = f.product_strategy
			AND {in_time}
		ORDER BY create_time DESC, community_id DESC LIMIT :limit
	) AS one
	WHERE :way = 'FACETS'
)) AS found
ORDER BY create_time DESC, community_id DESC LIMIT :limit;

-- The same through what one person operates.
-- name: portfolio_sieve   in: member.CommunitySieve   out: member.CommunityBite.candidates   page: create_time, community_id
SELECT {candidate}
FROM (
	SELECT community_id, community_create_time AS create_time
	FROM duty
	WHERE person_id = :person_id AND revoke_time IS NULL
		AND (community_create_time, community_id) < (COALESCE(:after.create_time::timestamptz, 'infinity'),
			COALESCE(:after.community_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
	ORDER BY community_create_time DESC, community_id DESC LIMIT :limit
) AS held
JOIN (SELECT community_id, name, theme, type, locale, join_mode, state, member_count, size_class, stage, product_strategy
	FROM community) AS c USING (community_id)
ORDER BY create_time DESC, community_id DESC;

-- In the order they are named.
-- name: community_of   in: member.DutySearch   out: member.ListCommunitiesResponse.communities
SELECT {community}
FROM unnest(:community_ids::uuid[]) WITH ORDINALITY AS w (community_id, place) JOIN community USING (community_id)
ORDER BY place;
