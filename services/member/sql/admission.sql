-- What admission asks about who wants in.

-- name: applicant_facts   in: member.Applicant   out: member.ApplicantFacts
SELECT verify_time IS NOT NULL AS verified,
	EXISTS (SELECT FROM subscription AS s
		WHERE s.community_id = :community_id AND s.person_id = p.person_id
			AND s.state IN ('ACTIVE', 'GRACE') AND s.grace_end_time > :now) AS paid,
	ARRAY(SELECT e.key
		FROM (SELECT p.person_id UNION ALL
			SELECT m.person_id FROM person AS m WHERE m.merged_into_person_id = p.person_id) AS he
		CROSS JOIN LATERAL (
			SELECT key FROM entitlement AS e
			WHERE e.person_id = he.person_id AND (until_time IS NULL OR until_time > :now) OFFSET 0) AS e) AS bought,
	ARRAY(SELECT community_id::text FROM membership AS m
		WHERE m.person_id = p.person_id AND m.state = 'ACTIVE') AS member_of
FROM person AS p WHERE person_id = :person_id;

-- name: applicant_attribute   in: member.Applicant   out: member.ApplicantAttribute
SELECT value FROM person_attribute WHERE person_id = :person_id AND name = :attribute;

-- name: applicant_level   in: member.Applicant   out: member.ApplicantLevel
SELECT level FROM membership WHERE community_id = :community_id AND person_id = :person_id AND state = 'ACTIVE';
