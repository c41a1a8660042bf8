-- Whence members came. The stay that lasts, or ended last, is told by the membership; the earlier ones by stay.

-- Who comes back leaves his stay before behind. JOIN those who come back, USING (community_id, person_id): what is read of
-- membership is what it was before the statement.
-- fragment: keep_stay
INSERT INTO stay (community_id, person_id, sequence, state, join_time, leave_time, leave_reason, source, campaign, scene,
	inviter_person_id)
SELECT m.community_id, m.person_id, 1 + COALESCE((SELECT max(sequence) FROM stay AS s
		WHERE s.community_id = m.community_id AND s.person_id = m.person_id), 0),
	m.state, m.join_time, m.leave_time, m.leave_reason, m.source, m.campaign, m.scene, m.inviter_person_id
FROM membership AS m

-- Every stay of everybody, and whose it is now. A membership for which another one stands is no stay of its own.
-- fragment: stays
SELECT community_id, person_id, COALESCE((SELECT p.merged_into_person_id FROM person AS p WHERE p.person_id = stay.person_id),
	person_id) AS meant_person_id, sequence, state, join_time, leave_time, leave_reason, source, campaign, scene,
	inviter_person_id
FROM stay
WHERE state <> 'MERGED'
UNION ALL
SELECT community_id, person_id, person_id, 2147483647, state, join_time, leave_time, leave_reason, source, campaign, scene,
	inviter_person_id
FROM membership
WHERE state <> 'MERGED'

-- Numbered anew: they may have been under several ids.
-- name: stay_list   in: member.ListStaysRequest   out: member.ListStaysResponse.stays   page: sequence
SELECT *
FROM (
	SELECT row_number() OVER (ORDER BY sequence = 2147483647, join_time, sequence)::integer AS sequence, state, join_time,
		leave_time, leave_reason, source, campaign, scene, inviter_person_id
	FROM ({stays}) AS stays
	WHERE community_id = :community_id AND person_id = ANY ({ids})) AS numbered
WHERE sequence > COALESCE(:after.sequence::integer, 0)
ORDER BY sequence LIMIT :limit;

-- name: source_report   in: member.GetSourceReportRequest   out: member.SourceReport.counts
SELECT COALESCE(CASE :by::text WHEN 'CAMPAIGN' THEN campaign WHEN 'SCENE' THEN scene
		WHEN 'INVITER' THEN COALESCE((SELECT p.merged_into_person_id FROM person AS p
			WHERE p.person_id = stays.inviter_person_id), inviter_person_id)::text ELSE source END, '') AS value,
	count(*) AS join_count, count(*) FILTER (WHERE state = 'ACTIVE') AS present_count,
	count(DISTINCT meant_person_id) AS person_count
FROM ({stays}) AS stays
WHERE community_id = :community_id AND join_time >= COALESCE(:start_time::timestamptz, '-infinity')
	AND join_time < COALESCE(:end_time::timestamptz, 'infinity')
GROUP BY 1
ORDER BY join_count DESC, value LIMIT 1000;

-- Those whom the person of `t` brought, under whichever of his ids. Who came under several was brought as the one whose
-- number is the lowest, whom he came as first.
-- fragment: brought
CROSS JOIN LATERAL (
	SELECT COALESCE(child.merged_into_person_id, r.person_id) AS person_id
	FROM (
		SELECT t.person_id
		UNION ALL
		SELECT p.person_id FROM person AS p WHERE p.merged_into_person_id = t.person_id) AS he
	JOIN referral AS r ON r.community_id = :community_id AND r.inviter_person_id = he.person_id
	LEFT JOIN person AS child ON child.person_id = r.person_id
	WHERE NOT EXISTS (
		SELECT FROM (
			SELECT child.merged_into_person_id AS person_id
			UNION ALL
			SELECT p.person_id FROM person AS p
			WHERE p.merged_into_person_id = COALESCE(child.merged_into_person_id, r.person_id)) AS other
		JOIN membership AS o ON o.community_id = :community_id AND o.person_id = other.person_id
		WHERE o.number < (SELECT number FROM membership AS m
			WHERE m.community_id = :community_id AND m.person_id = r.person_id))) AS r

-- Who brought somebody has the lower number, so the walk down ends.
-- name: referral_list   in: member.ListReferralsRequest   out: member.ListReferralsResponse.referrals   page: depth, number
WITH RECURSIVE tree AS (
	SELECT person_id, NULL::uuid AS inviter_person_id, 0 AS depth
	FROM membership WHERE community_id = :community_id AND person_id = {named}
	UNION ALL
	SELECT r.person_id, t.person_id, t.depth + 1
	FROM tree AS t {brought}
	WHERE t.depth < :max_depth
), shown AS (
	SELECT t.person_id, t.inviter_person_id, t.depth, m.number, m.state, m.join_time
	FROM tree AS t JOIN membership AS m ON m.community_id = :community_id AND m.person_id = t.person_id
	WHERE (t.depth, m.number) > (COALESCE(:after.depth::integer, -1), COALESCE(:after.number::bigint, 0))
	ORDER BY t.depth, m.number LIMIT :limit
)
SELECT shown.*, below.direct_count, below.descendant_count
FROM shown CROSS JOIN LATERAL (
	WITH RECURSIVE below AS (
		SELECT r.person_id, t.person_id AS inviter_person_id FROM (SELECT shown.person_id) AS t {brought}
		UNION
		SELECT r.person_id, t.person_id FROM below AS t {brought}
	)
	SELECT count(*) AS descendant_count,
		count(*) FILTER (WHERE inviter_person_id = shown.person_id) AS direct_count
	FROM below
) AS below
ORDER BY depth, number;

-- name: stay_erase   in: member.GetPersonRequest   out: none
UPDATE stay SET leave_reason = '', source = '', campaign = '', scene = '' WHERE person_id = :person_id;
