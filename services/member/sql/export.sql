-- All that is kept of one person, under all of his ids: one statement a noun. What has no index by person is looked up in each
-- of his memberships (OFFSET 0: whatever the planner believes of their number).

-- name: export_attributes   in: member.ExportPersonRequest   out: member.PersonExport.attributes
SELECT name, value, visibility, masked, update_time FROM person_attribute WHERE person_id = ANY ({ids}) ORDER BY name;

-- name: export_memberships   in: member.ExportPersonRequest   out: member.PersonExport.memberships
SELECT {membership} FROM membership WHERE person_id = ANY ({ids}) ORDER BY community_id;

-- name: export_contributions   in: member.ExportPersonRequest   out: member.PersonExport.contributions
SELECT {contribution} FROM contribution WHERE person_id = ANY ({ids}) ORDER BY community_id, contribution_id;

-- name: export_interests   in: member.ExportPersonRequest   out: member.PersonExport.interests
SELECT community_id, kind, tag, {weight} AS weight, post_count, comment_count, reaction_count
FROM (
	SELECT community_id, kind, tag, sum(amount) AS amount, sum(post_count)::integer AS post_count,
		sum(comment_count)::integer AS comment_count, sum(reaction_count)::integer AS reaction_count
	FROM interest WHERE person_id = ANY ({ids}) AND amount > 0
	GROUP BY community_id, kind, tag) AS i
ORDER BY community_id, kind, tag;

-- name: export_standings   in: member.ExportPersonRequest   out: member.PersonExport.standings
SELECT s.community_id, s.first_active_date, s.last_active_date, s.first_engaged_date, s.last_engaged_date
FROM membership m JOIN standing s USING (community_id, person_id)
WHERE m.person_id = ANY ({ids}) ORDER BY community_id;

-- name: export_subscriptions   in: member.ExportPersonRequest   out: member.PersonExport.subscriptions
SELECT community_id, plan_id, state, start_time, end_time, grace_end_time
FROM subscription WHERE person_id = ANY ({ids}) ORDER BY community_id;

-- name: export_api_keys   in: member.ExportPersonRequest   out: member.PersonExport.api_keys
SELECT {api_key}
FROM api_key WHERE person_id = ANY ({ids}) ORDER BY create_time, key_id;

-- name: export_audits   in: member.ExportPersonRequest   out: member.PersonExport.audits
SELECT community_id, audit_id, actor_key_id, actor_person_id, person_id, attribute_names, reason, create_time
FROM member_audit WHERE person_id = ANY ({ids}) OR actor_person_id = ANY ({ids}) ORDER BY create_time, audit_id;

-- name: export_identities   in: member.ExportPersonRequest   out: member.PersonExport.identities
SELECT {identity} FROM identity WHERE person_id = ANY ({ids}) ORDER BY kind, external_id;

-- name: export_join_requests   in: member.ExportPersonRequest   out: member.PersonExport.join_requests
SELECT {join_request} FROM join_request WHERE person_id = ANY ({ids}) ORDER BY create_time, join_request_id;

-- name: export_invitations   in: member.ExportPersonRequest   out: member.PersonExport.invitations
SELECT {invitation} FROM invitation
WHERE community_id IN (SELECT m.community_id FROM membership AS m WHERE m.person_id = ANY ({ids}))
	AND inviter_person_id = ANY ({ids})
ORDER BY create_time DESC, invitation_id DESC LIMIT 10000;

-- name: export_stays   in: member.ExportPersonRequest   out: member.PersonExport.stays
SELECT s.community_id, s.sequence, s.state, s.join_time, s.leave_time, s.leave_reason, s.source, s.campaign, s.scene,
	s.inviter_person_id
FROM membership AS m CROSS JOIN LATERAL (
	SELECT * FROM stay AS x WHERE x.community_id = m.community_id AND x.person_id = m.person_id OFFSET 0) AS s
WHERE m.person_id = ANY ({ids}) ORDER BY s.community_id, s.sequence;

-- name: export_entitlements   in: member.ExportPersonRequest   out: member.PersonExport.entitlements
SELECT {entitlement} FROM entitlement WHERE person_id = ANY ({ids}) ORDER BY key;

-- name: export_verifications   in: member.ExportPersonRequest   out: member.PersonExport.verifications
SELECT {verification} FROM verification WHERE person_id = ANY ({ids}) ORDER BY create_time, verification_id;

-- name: export_payments   in: member.ExportPersonRequest   out: member.PersonExport.payments
SELECT e.community_id, e.kind, e.state, e.plan_id, e.order_ref, e.amount, e.currency, e.event_time
FROM subscription AS s CROSS JOIN LATERAL (
	SELECT * FROM subscription_event AS x WHERE x.community_id = s.community_id AND x.person_id = s.person_id OFFSET 0) AS e
WHERE s.person_id = ANY ({ids}) ORDER BY e.community_id, e.sequence;

-- name: export_acceptances   in: member.ExportPersonRequest   out: member.PersonExport.acceptances
SELECT a.community_id, a.version, a.accept_time
FROM membership AS m CROSS JOIN LATERAL (
	SELECT a.*
	FROM rule_set AS r
	JOIN rule_acceptance AS a ON a.community_id = r.community_id AND a.version = r.version AND a.person_id = m.person_id
	WHERE r.community_id = m.community_id OFFSET 0) AS a
WHERE m.person_id = ANY ({ids}) ORDER BY a.community_id, a.version;

-- name: export_reports   in: member.ExportPersonRequest   out: member.PersonExport.reports
SELECT r.community_id, r.report_id, r.case_id, r.reporter_person_id, r.category, r.evidence, r.note, r.weight, r.report_time
FROM violation_report AS r
WHERE r.community_id IN (SELECT m.community_id FROM membership AS m WHERE m.person_id = ANY ({ids}))
	AND r.reporter_person_id = ANY ({ids})
ORDER BY r.report_time DESC, r.report_id DESC LIMIT 10000;

-- name: export_sanctions   in: member.ExportPersonRequest   out: member.PersonExport.sanctions
SELECT {sanction} FROM sanction
WHERE community_id IN (SELECT m.community_id FROM membership AS m WHERE m.person_id = ANY ({ids}))
	AND person_id = ANY ({ids})
ORDER BY start_time, sanction_id;

-- name: export_journey_steps   in: member.ExportPersonRequest   out: member.PersonExport.journey_steps
SELECT s.community_id, s.step, s.reach_time, s.cause, s.reason
FROM membership AS m CROSS JOIN LATERAL (
	SELECT * FROM journey_step AS x WHERE x.community_id = m.community_id AND x.person_id = m.person_id OFFSET 0) AS s
WHERE m.person_id = ANY ({ids}) ORDER BY s.community_id, s.reach_time, s.step;

-- name: export_level_changes   in: member.ExportPersonRequest   out: member.PersonExport.level_changes
SELECT l.community_id, l.person_id, l.version, l.from_level, l.to_level, l.score, l.cause, l.change_time
FROM membership AS m CROSS JOIN LATERAL (
	SELECT * FROM level_change AS x WHERE x.community_id = m.community_id AND x.person_id = m.person_id OFFSET 0) AS l
WHERE m.person_id = ANY ({ids}) ORDER BY l.community_id, l.version;

-- name: export_onboarding   in: member.ExportPersonRequest   out: member.PersonExport.onboarding
SELECT o.community_id, o.version, o.step, o.complete_time
FROM membership AS m CROSS JOIN LATERAL (
	SELECT * FROM onboarding_done AS x WHERE x.community_id = m.community_id AND x.person_id = m.person_id OFFSET 0) AS o
WHERE m.person_id = ANY ({ids}) ORDER BY o.community_id, o.version, o.step;

-- name: export_kol_changes   in: member.ExportPersonRequest   out: member.PersonExport.kol_changes
SELECT k.community_id, k.track, k.from_stage, k.to_stage, k.reason, k.change_time
FROM membership AS m CROSS JOIN LATERAL (
	SELECT * FROM kol_change AS x WHERE x.community_id = m.community_id AND x.person_id = m.person_id OFFSET 0) AS k
WHERE m.person_id = ANY ({ids}) ORDER BY k.community_id, k.track, k.version;

-- name: export_duties   in: member.ExportPersonRequest   out: member.PersonExport.duties
SELECT {duty} FROM duty WHERE person_id = ANY ({ids}) AND revoke_time IS NULL ORDER BY community_id LIMIT 10000;

-- name: export_designations   in: member.ExportPersonRequest   out: member.PersonExport.designations
SELECT d.community_id, d.topic, d.place, d.person_id, d.designate_time
FROM membership AS m CROSS JOIN LATERAL (
	SELECT * FROM designation AS x WHERE x.community_id = m.community_id AND x.person_id = m.person_id OFFSET 0) AS d
WHERE m.person_id = ANY ({ids}) ORDER BY d.community_id, d.topic;
