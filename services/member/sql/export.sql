-- All that is kept under one person's id: one statement a noun, in the order in which they are read.

-- Before all others.
-- fragment: nil
'00000000-0000-0000-0000-000000000000'::uuid

-- The community that the page before ended in.
-- fragment: after_community
COALESCE(:after.community_id::uuid, {nil})

-- name: export_attributes   in: member.PersonRecordsQuery   out: member.PersonRecords.attributes   page: name
SELECT name, value, visibility, masked, update_time
FROM person_attribute
WHERE person_id = :person_id AND name > COALESCE(:after.name::text, '')
ORDER BY name LIMIT :limit;

-- name: export_memberships   in: member.PersonRecordsQuery   out: member.PersonRecords.memberships   page: community_id
SELECT {membership} FROM membership
WHERE person_id = :person_id AND community_id > {after_community}
ORDER BY community_id LIMIT :limit;

-- name: export_stays   in: member.PersonRecordsQuery   out: member.PersonRecords.stays   page: community_id, sequence
SELECT s.community_id, s.sequence, s.state, s.join_time, s.leave_time, s.leave_reason, s.source, s.campaign, s.scene,
	s.inviter_person_id
FROM membership AS m JOIN stay AS s USING (community_id, person_id)
WHERE m.person_id = :person_id AND m.community_id >= {after_community}
	AND (s.community_id, s.sequence) > ({after_community}, COALESCE(:after.sequence::integer, 0))
ORDER BY s.community_id, s.sequence LIMIT :limit;

-- name: export_contributions   in: member.PersonRecordsQuery   out: member.PersonRecords.contributions
-- page: community_id, contribution_id
SELECT {contribution} FROM contribution
WHERE person_id = :person_id
	AND (community_id, contribution_id) > ({after_community}, COALESCE(:after.contribution_id::uuid, {nil}))
ORDER BY community_id, contribution_id LIMIT :limit;

-- name: export_interests   in: member.PersonRecordsQuery   out: member.PersonRecords.interests
-- page: community_id, kind, tag
SELECT community_id, kind, tag, {weight} AS weight, post_count, comment_count, reaction_count
FROM interest
WHERE person_id = :person_id AND amount > 0
	AND (community_id, kind, tag) > ({after_community}, COALESCE(:after.kind::text, ''), COALESCE(:after.tag::text, ''))
ORDER BY community_id, kind, tag LIMIT :limit;

-- name: export_standings   in: member.PersonRecordsQuery   out: member.PersonRecords.standings   page: community_id
SELECT s.community_id, s.first_active_date, s.last_active_date, s.first_engaged_date, s.last_engaged_date
FROM membership AS m JOIN standing AS s USING (community_id, person_id)
WHERE m.person_id = :person_id AND m.community_id > {after_community}
ORDER BY m.community_id LIMIT :limit;

-- name: export_days   in: member.PersonRecordsQuery   out: member.PersonRecords.days   page: community_id, date, kind
SELECT d.community_id, d.day AS date, d.kind, d.count
FROM membership AS m JOIN member_day AS d USING (community_id, person_id)
WHERE m.person_id = :person_id AND m.community_id >= {after_community}
	AND (d.community_id, d.day, d.kind) > ({after_community}, COALESCE(:after.date::date, '-infinity'),
		COALESCE(:after.kind::text, ''))
ORDER BY d.community_id, d.day, d.kind LIMIT :limit;

-- name: export_identities   in: member.PersonRecordsQuery   out: member.PersonRecords.identities   page: kind, external_id
SELECT {identity} FROM identity
WHERE person_id = :person_id
	AND (kind, external_id) > (COALESCE(:after.kind::text, ''), COALESCE(:after.external_id::text, ''))
ORDER BY kind, external_id LIMIT :limit;

-- name: export_merges   in: member.PersonRecordsQuery   out: member.PersonRecords.merges   page: merge_id
SELECT {person_merge} FROM person_merge AS g
WHERE g.merge_id = ANY (ARRAY(
		SELECT merge_id FROM person_merge WHERE person_id = :person_id
		UNION SELECT merge_id FROM person_merge WHERE merged_person_id = :person_id))
	AND g.merge_id > COALESCE(:after.merge_id::uuid, {nil})
ORDER BY g.merge_id LIMIT :limit;

-- name: export_verifications   in: member.PersonRecordsQuery   out: member.PersonRecords.verifications
-- page: verification_id
SELECT {verification} FROM verification
WHERE person_id = :person_id AND verification_id > COALESCE(:after.verification_id::uuid, {nil})
ORDER BY verification_id LIMIT :limit;

-- name: export_entitlements   in: member.PersonRecordsQuery   out: member.PersonRecords.entitlements   page: key
SELECT {entitlement} FROM entitlement
WHERE person_id = :person_id AND key > COALESCE(:after.key::text, '')
ORDER BY key LIMIT :limit;

-- name: export_join_requests   in: member.PersonRecordsQuery   out: member.PersonRecords.join_requests
-- page: community_id, join_request_id
SELECT {join_request} FROM join_request
WHERE person_id = :person_id
	AND (community_id, join_request_id) > ({after_community}, COALESCE(:after.join_request_id::uuid, {nil}))
ORDER BY community_id, join_request_id LIMIT :limit;

-- name: export_invitations   in: member.PersonRecordsQuery   out: member.PersonRecords.invitations
-- page: community_id, invitation_id
SELECT {invitation} FROM invitation
WHERE inviter_person_id = :person_id
	AND (community_id, invitation_id) > ({after_community}, COALESCE(:after.invitation_id::uuid, {nil}))
ORDER BY community_id, invitation_id LIMIT :limit;

-- name: export_invitation_uses   in: member.PersonRecordsQuery   out: member.PersonRecords.invitation_uses
-- page: community_id, invitation_id
SELECT community_id, invitation_id, use_time
FROM invitation_use
WHERE person_id = :person_id
	AND (community_id, invitation_id) > ({after_community}, COALESCE(:after.invitation_id::uuid, {nil}))
ORDER BY community_id, invitation_id LIMIT :limit;

-- name: export_subscriptions   in: member.PersonRecordsQuery   out: member.PersonRecords.subscriptions   page: community_id
SELECT community_id, plan_id, state, start_time, end_time, grace_end_time
FROM subscription
WHERE person_id = :person_id AND community_id > {after_community}
ORDER BY community_id LIMIT :limit;

-- name: export_payments   in: member.PersonRecordsQuery   out: member.PersonRecords.payments   page: community_id, sequence
SELECT e.community_id, e.sequence, e.kind, e.state, e.plan_id, e.order_ref, e.amount, e.currency, e.event_time
FROM subscription AS s JOIN subscription_event AS e USING (community_id, person_id)
WHERE s.person_id = :person_id AND s.community_id >= {after_community}
	AND (e.community_id, e.sequence) > ({after_community}, COALESCE(:after.sequence::bigint, 0))
ORDER BY e.community_id, e.sequence LIMIT :limit;

-- name: export_acceptances   in: member.PersonRecordsQuery   out: member.PersonRecords.acceptances
-- page: community_id, version
SELECT a.community_id, a.version, a.accept_time
FROM membership AS m
JOIN rule_set AS r ON r.community_id = m.community_id
JOIN rule_acceptance AS a ON a.community_id = r.community_id AND a.version = r.version AND a.person_id = m.person_id
WHERE m.person_id = :person_id AND m.community_id >= {after_community}
	AND (a.community_id, a.version) > ({after_community}, COALESCE(:after.version::integer, 0))
ORDER BY a.community_id, a.version LIMIT :limit;

-- name: export_reports   in: member.PersonRecordsQuery   out: member.PersonRecords.reports   page: community_id, report_id
SELECT community_id, report_id, case_id, reporter_person_id, category, evidence, note, weight, report_time
FROM violation_report
WHERE reporter_person_id = :person_id
	AND (community_id, report_id) > ({after_community}, COALESCE(:after.report_id::uuid, {nil}))
ORDER BY community_id, report_id LIMIT :limit;

-- name: export_violation_cases   in: member.PersonRecordsQuery   out: member.PersonRecords.violation_cases
-- page: community_id, case_id
SELECT {violation_case} FROM violation_case
WHERE subject_person_id = :person_id
	AND (community_id, case_id) > ({after_community}, COALESCE(:after.case_id::uuid, {nil}))
ORDER BY community_id, case_id LIMIT :limit;

-- name: export_sanctions   in: member.PersonRecordsQuery   out: member.PersonRecords.sanctions
-- page: community_id, sanction_id
SELECT {sanction} FROM sanction
WHERE person_id = :person_id
	AND (community_id, sanction_id) > ({after_community}, COALESCE(:after.sanction_id::uuid, {nil}))
ORDER BY community_id, sanction_id LIMIT :limit;

-- name: export_journey_steps   in: member.PersonRecordsQuery   out: member.PersonRecords.journey_steps
-- page: community_id, step
SELECT s.community_id, s.step, s.reach_time, s.cause, s.reason
FROM membership AS m JOIN journey_step AS s USING (community_id, person_id)
WHERE m.person_id = :person_id AND m.community_id >= {after_community}
	AND (s.community_id, s.step) > ({after_community}, COALESCE(:after.step::text, ''))
ORDER BY s.community_id, s.step LIMIT :limit;

-- name: export_level_changes   in: member.PersonRecordsQuery   out: member.PersonRecords.level_changes
-- page: community_id, version
SELECT l.community_id, l.person_id, l.version, l.from_level, l.to_level, l.score, l.cause, l.change_time
FROM membership AS m JOIN level_change AS l USING (community_id, person_id)
WHERE m.person_id = :person_id AND m.community_id >= {after_community}
	AND (l.community_id, l.version) > ({after_community}, COALESCE(:after.version::bigint, 0))
ORDER BY l.community_id, l.version LIMIT :limit;

-- name: export_onboarding   in: member.PersonRecordsQuery   out: member.PersonRecords.onboarding
-- page: community_id, version, step
SELECT o.community_id, o.version, o.step, o.complete_time
FROM membership AS m JOIN onboarding_done AS o USING (community_id, person_id)
WHERE m.person_id = :person_id AND m.community_id >= {after_community}
	AND (o.community_id, o.version, o.step) > ({after_community}, COALESCE(:after.version::integer, 0),
		COALESCE(:after.step::integer, 0))
ORDER BY o.community_id, o.version, o.step LIMIT :limit;

-- name: export_kol_changes   in: member.PersonRecordsQuery   out: member.PersonRecords.kol_changes
-- page: community_id, track, version
SELECT k.community_id, k.track, k.version, k.from_stage, k.to_stage, k.reason, k.change_time
FROM membership AS m JOIN kol_change AS k USING (community_id, person_id)
WHERE m.person_id = :person_id AND m.community_id >= {after_community}
	AND (k.community_id, k.track, k.version) > ({after_community}, COALESCE(:after.track::text, ''),
		COALESCE(:after.version::bigint, 0))
ORDER BY k.community_id, k.track, k.version LIMIT :limit;

-- name: export_duties   in: member.PersonRecordsQuery   out: member.PersonRecords.duties
-- page: community_create_time, community_id
SELECT {duty}, community_create_time FROM duty
WHERE person_id = :person_id AND revoke_time IS NULL
	AND (community_create_time, community_id) < (COALESCE(:after.community_create_time::timestamptz, 'infinity'),
		COALESCE(:after.community_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
ORDER BY community_create_time DESC, community_id DESC LIMIT :limit;

-- name: export_designations   in: member.PersonRecordsQuery   out: member.PersonRecords.designations
-- page: community_id, topic
SELECT d.community_id, d.topic, d.place, d.person_id, d.designate_time
FROM membership AS m JOIN designation AS d USING (community_id, person_id)
WHERE m.person_id = :person_id AND m.community_id >= {after_community}
	AND (d.community_id, d.topic) > ({after_community}, COALESCE(:after.topic::text, ''))
ORDER BY d.community_id, d.topic LIMIT :limit;

-- name: export_api_keys   in: member.PersonRecordsQuery   out: member.PersonRecords.api_keys   page: key_id
SELECT {api_key} FROM api_key
WHERE person_id = :person_id AND key_id > COALESCE(:after.key_id::text, '')
ORDER BY key_id LIMIT :limit;

-- name: export_audits   in: member.PersonRecordsQuery   out: member.PersonRecords.audits   page: community_id, audit_id
SELECT community_id, audit_id, actor_key_id, actor_person_id, person_id, attribute_names, reason, create_time
FROM member_audit
WHERE person_id = :person_id
	AND (community_id, audit_id) > ({after_community}, COALESCE(:after.audit_id::uuid, {nil}))
ORDER BY community_id, audit_id LIMIT :limit;

-- name: export_own_audits   in: member.PersonRecordsQuery   out: member.PersonRecords.own_audits
-- page: community_id, audit_id
SELECT community_id, audit_id, actor_key_id, actor_person_id, person_id, attribute_names, reason, create_time
FROM member_audit
WHERE actor_person_id = :person_id
	AND (community_id, audit_id) > ({after_community}, COALESCE(:after.audit_id::uuid, {nil}))
ORDER BY community_id, audit_id LIMIT :limit;

-- The ids that go by his, his own first.
-- name: person_ids   in: member.GetPersonRequest   out: member.PersonIds
SELECT :person_id::uuid || COALESCE(array_agg(person_id ORDER BY person_id), '{}') AS person_ids
FROM person WHERE merged_into_person_id = :person_id;
