-- Member cards: what is told of a member depends on who asks.

-- Who is asked for, each as who he is now.
-- fragment: carded
ARRAY(SELECT COALESCE(
	(SELECT p.merged_into_person_id FROM person AS p WHERE p.person_id = asked.person_id), asked.person_id)
	FROM unnest(:person_ids::uuid[]) AS asked (person_id))

-- name: card_list   in: member.CardQuery   out: member.CardSet.cards
SELECT m.community_id, m.person_id, m.number, p.display_name, m.role, m.state, m.level, m.join_time,
	CASE WHEN :staff THEN m.tags ELSE '{}' END AS tags
FROM membership m JOIN person p USING (person_id)
WHERE m.community_id = :community_id AND m.person_id = ANY ({carded})
	AND (m.state = 'ACTIVE' OR :staff)
ORDER BY m.number;

-- name: card_attributes   in: member.CardQuery   out: member.CardSet.attributes
SELECT person_id, name, value, visibility, masked
FROM person_attribute
WHERE person_id = ANY ({carded})
	AND (visibility = ANY (:visibilities::text[]) OR person_id = {caller})
ORDER BY person_id, name;

-- name: member_audit_write   in: member.MemberAudit   out: none
INSERT INTO member_audit (community_id, audit_id, actor_key_id, actor_person_id, person_id, attribute_names, reason,
	create_time)
VALUES (:community_id, :new_id, :caller_key, :caller_id, :person_id, :attribute_names, :reason, :now);

-- name: member_audit_list   in: member.ListMemberAuditsRequest   out: member.ListMemberAuditsResponse.audits   page: create_time, audit_id
SELECT community_id, audit_id, actor_key_id, actor_person_id, person_id, attribute_names, reason, create_time
FROM member_audit
WHERE community_id = :community_id AND (:person_id::uuid IS NULL OR person_id = ANY ({ids}))
	AND (create_time, audit_id) < (COALESCE(:after.create_time::timestamptz, 'infinity'),
		COALESCE(:after.audit_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
ORDER BY create_time DESC, audit_id DESC LIMIT :limit;
