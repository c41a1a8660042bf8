-- All that is kept of one person: one statement a noun.

-- name: export_attributes   in: member.ExportPersonRequest   out: member.PersonExport.attributes
SELECT name, value, visibility, masked, update_time FROM person_attribute WHERE person_id = :person_id ORDER BY name;

-- name: export_memberships   in: member.ExportPersonRequest   out: member.PersonExport.memberships
SELECT {membership} FROM membership WHERE person_id = :person_id ORDER BY community_id;

-- name: export_contributions   in: member.ExportPersonRequest   out: member.PersonExport.contributions
SELECT {contribution} FROM contribution WHERE person_id = :person_id ORDER BY community_id, contribution_id;

-- name: export_interests   in: member.ExportPersonRequest   out: member.PersonExport.interests
SELECT community_id, kind, tag, {weight} AS weight, post_count, comment_count, reaction_count
FROM interest WHERE person_id = :person_id AND amount > 0 ORDER BY community_id, kind, tag;

-- name: export_standings   in: member.ExportPersonRequest   out: member.PersonExport.standings
SELECT s.community_id, s.first_active_date, s.last_active_date, s.first_engaged_date, s.last_engaged_date
FROM membership m JOIN standing s USING (community_id, person_id)
WHERE m.person_id = :person_id ORDER BY community_id;

-- name: export_subscriptions   in: member.ExportPersonRequest   out: member.PersonExport.subscriptions
SELECT community_id, plan_id, state, start_time, end_time, grace_end_time
FROM subscription WHERE person_id = :person_id ORDER BY community_id;

-- name: export_api_keys   in: member.ExportPersonRequest   out: member.PersonExport.api_keys
SELECT key_id, name, scopes, community_ids, person_id, expire_time, create_time, revoke_time
FROM api_key WHERE person_id = :person_id ORDER BY create_time, key_id;

-- name: export_audits   in: member.ExportPersonRequest   out: member.PersonExport.audits
SELECT community_id, audit_id, actor_key_id, actor_person_id, person_id, attribute_names, reason, create_time
FROM member_audit WHERE person_id = :person_id OR actor_person_id = :person_id ORDER BY create_time, audit_id;
