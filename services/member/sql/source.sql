-- Whence members came. The stay that lasts, or ended last, is told by the membership; the earlier ones by stay.

-- Who comes back leaves his stay before behind. JOIN those who come back, USING (community_id, person_id): what is read of
-- membership is what it was before the statement.
-- fragment: keep_stay
INSERT INTO stay (community_id, person_id, sequence, state, join_time, leave_time, leave_reason, source, campaign, scene,
	inviter_person_id)
SELECT m.community_id, m.person_id, 1 + (SELECT count(*) FROM stay AS s
		WHERE s.community_id = m.community_id AND s.person_id = m.person_id),
	m.state, m.join_time, m.leave_time, m.leave_reason, m.source, m.campaign, m.scene, m.inviter_person_id
FROM membership AS m

-- Every stay of everybody.
-- fragment: stays
SELECT community_id, person_id, sequence, state, join_time, leave_time, leave_reason, source, campaign, scene,
	inviter_person_id
FROM stay
UNION ALL
SELECT m.community_id, m.person_id,
	1 + (SELECT count(*)::integer FROM stay AS s
		WHERE s.community_id = m.community_id AND s.person_id = m.person_id),
	m.state, m.join_time, m.leave_time, m.leave_reason, m.source, m.campaign, m.scene, m.inviter_person_id
FROM membership AS m

-- name: stay_list   in: member.ListStaysRequest   out: member.ListStaysResponse.stays   page: sequence
SELECT sequence, state, join_time, leave_time, leave_reason, source, campaign, scene, inviter_person_id
FROM ({stays}) AS stays
WHERE community_id = :community_id AND person_id = :person_id AND sequence > COALESCE(:after.sequence::integer, 0)
ORDER BY sequence LIMIT :limit;

-- name: source_report   in: member.GetSourceReportRequest   out: member.SourceReport.counts
SELECT COALESCE(CASE :by::text WHEN 'CAMPAIGN' THEN campaign WHEN 'SCENE' THEN scene
		WHEN 'INVITER' THEN inviter_person_id::text ELSE source END, '') AS value,
	count(*) AS join_count, count(*) FILTER (WHERE state = 'ACTIVE') AS present_count,
	count(DISTINCT person_id) AS person_count
FROM ({stays}) AS stays
WHERE community_id = :community_id AND join_time >= COALESCE(:start_time::timestamptz, '-infinity')
	AND join_time < COALESCE(:end_time::timestamptz, 'infinity')
GROUP BY 1
ORDER BY join_count DESC, value LIMIT 1000;

-- Who brought somebody has the lower number, so the walk down ends.
-- name: referral_list   in: member.ListReferralsRequest   out: member.ListReferralsResponse.referrals   page: depth, number
WITH RECURSIVE tree AS (
	SELECT person_id, NULL::uuid AS inviter_person_id, 0 AS depth
	FROM membership WHERE community_id = :community_id AND person_id = :person_id
	UNION ALL
	SELECT r.person_id, r.inviter_person_id, t.depth + 1
	FROM tree AS t JOIN referral AS r ON r.community_id = :community_id AND r.inviter_person_id = t.person_id
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
		SELECT person_id, inviter_person_id FROM referral
		WHERE community_id = :community_id AND inviter_person_id = shown.person_id
		UNION
		SELECT r.person_id, r.inviter_person_id
		FROM below AS b JOIN referral AS r ON r.community_id = :community_id AND r.inviter_person_id = b.person_id
	)
	SELECT count(*) AS descendant_count,
		count(*) FILTER (WHERE inviter_person_id = shown.person_id) AS direct_count
	FROM below
) AS below
ORDER BY depth, number;

-- name: stay_erase   in: member.GetPersonRequest   out: none
UPDATE stay SET leave_reason = '', source = '', campaign = '', scene = '' WHERE person_id = :person_id;
