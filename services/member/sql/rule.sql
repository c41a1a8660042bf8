-- Rules. Versions are numbered in the order of publication; community.rules_version is the one in force.

-- What a version of the rules is to its readers, without the rules themselves.
-- fragment: rule_set
community_id, version, note, publisher_person_id, publish_time, accept_by_time, force_time, accepted_count

-- name: rules_publish   in: member.PublishRulesRequest   out: member.RuleSet
WITH replaced AS (
	UPDATE rule_set SET pending = false WHERE community_id = :community_id AND pending
), published AS (
	INSERT INTO rule_set (community_id, version, note, publisher_person_id, publish_time, accept_by_time, pending,
		force_time)
	SELECT :community_id, COALESCE(max(version), 0) + 1, :note, :caller_id, :now, :accept_by_time,
		:accept_by_time::timestamptz IS NOT NULL,
		CASE WHEN :accept_by_time::timestamptz IS NULL THEN :now::timestamptz END
	FROM rule_set WHERE community_id = :community_id
	RETURNING *
), written AS (
	INSERT INTO rule (community_id, version, place, kind, text, pattern, "limit", action)
	SELECT p.community_id, p.version, r.place, r.kind, r.text, r.pattern, r."limit", r.action
	FROM published AS p CROSS JOIN unnest(:rules.kind::text[], :rules.text::text[], :rules.pattern::text[],
		:rules.limit::integer[], :rules.action::text[]) WITH ORDINALITY
		AS r (kind, text, pattern, "limit", action, place)
), changed AS (
	UPDATE community SET rules_version = p.version, version = community.version + 1, update_time = :now
	FROM published AS p
	WHERE community.community_id = p.community_id AND NOT p.pending
	RETURNING community.*
), told AS (
	{tell_community} FROM changed
)
SELECT {rule_set}
FROM published;

-- name: rules_get   in: member.GetRulesRequest   out: member.RuleSet
SELECT {rule_set}
FROM rule_set
WHERE community_id = :community_id AND (:version = 0 OR version = :version)
ORDER BY version DESC LIMIT 1;

-- name: rules_of   in: member.RuleSet   out: member.RuleSet.rules
SELECT kind, text, pattern, "limit", action
FROM rule WHERE community_id = :community_id AND version = :version
ORDER BY place;

-- name: rules_list   in: member.ListRuleVersionsRequest   out: member.ListRuleVersionsResponse.rule_sets   page: version
SELECT {rule_set}
FROM rule_set
WHERE community_id = :community_id AND version < COALESCE(:after.version::integer, 2147483647)
ORDER BY version DESC LIMIT :limit;

-- Without the version asked for: he is no member now.
-- name: rules_accept   in: member.AcceptRulesRequest   out: member.Membership
WITH changed AS (
	UPDATE membership SET rules_version = :version, version = version + 1
	WHERE community_id = :community_id AND person_id = {named} AND state = 'ACTIVE' AND rules_version < :version
	RETURNING *
), noted AS (
	INSERT INTO rule_acceptance (community_id, version, person_id, accept_time)
	SELECT community_id, rules_version, person_id, :now FROM changed
), counted AS (
	UPDATE rule_set SET accepted_count = accepted_count + 1
	FROM changed
	WHERE rule_set.community_id = changed.community_id AND rule_set.version = changed.rules_version
), told AS (
	{tell_membership} FROM changed
)
SELECT {membership}
FROM (SELECT * FROM changed
	UNION ALL SELECT * FROM membership
	WHERE community_id = :community_id AND person_id = {named} AND NOT EXISTS (SELECT FROM changed)) AS either;

-- name: rule_acceptance_list   in: member.ListRuleAcceptancesRequest   out: member.ListRuleAcceptancesResponse.acceptances   page: person_id
SELECT person_id, accept_time
FROM rule_acceptance
WHERE community_id = :community_id AND version = :version
	AND person_id > COALESCE(:after.person_id::uuid, '00000000-0000-0000-0000-000000000000')
ORDER BY person_id LIMIT :limit;

-- The community whose waiting rules are due first.
-- name: rules_due   in: none   out: member.GetCommunityRequest
SELECT community_id FROM rule_set WHERE pending AND accept_by_time <= :now ORDER BY accept_by_time LIMIT 1;

-- name: rules_force   in: member.GetCommunityRequest   out: none
WITH due AS (
	UPDATE rule_set SET pending = false, force_time = :now
	WHERE community_id = :community_id AND pending AND accept_by_time <= :now
	RETURNING *
), changed AS (
	UPDATE community SET rules_version = due.version, version = community.version + 1, update_time = :now
	FROM due WHERE community.community_id = due.community_id
	RETURNING community.*
), told AS (
	{tell_community} FROM changed
)
SELECT;
