-- Onboarding: templates, and how far members have come.

-- Memberships m of communities c with the version of their template: the newest there was when they joined.
-- fragment: onboarding_who
m.community_id, m.person_id, m.join_time, m.rules_version, c.rules_version AS rules_in_force, c.time_zone,
	CASE WHEN c.locale LIKE 'zh%' THEN 'zh' ELSE 'en' END AS language,
	COALESCE((SELECT max(t.version) FROM onboarding_template t
		WHERE t.community_id = m.community_id AND t.since_time <= m.join_time), 0) AS version

-- The steps of the template of `who`.
-- fragment: onboarding_plan
SELECT plan.*, kind = 'FIRST_POST' OR kind = 'READ_RULES' AND who.rules_in_force > 0 AS completes_by_itself
FROM (
	SELECT s.step, s.kind, s.title, s.text, s.days FROM onboarding_step s
	WHERE s.community_id = who.community_id AND s.version = who.version
	UNION ALL
	SELECT d.step, d.kind, d.title, d.text, d.days FROM onboarding_default d
	WHERE who.version = 0 AND d.language = who.language) AS plan

-- The first day with a post of `who` since he joined.
-- fragment: onboarding_post_date
SELECT min(d.day) AS post_date FROM {did} AS d
WHERE d.community_id = who.community_id AND d.person_id = who.person_id AND d.kind = 'POST' AND d.count > 0
	AND d.day >= (who.join_time AT TIME ZONE who.time_zone)::date

-- What somebody said that he has done, under whichever of his ids.
-- fragment: onboarding_said
(
	SELECT community_id, person_id, version, step, complete_time FROM onboarding_done
	UNION ALL
	SELECT d.community_id, p.merged_into_person_id, d.version, d.step, d.complete_time
	FROM person AS p JOIN onboarding_done AS d ON d.person_id = p.person_id
	WHERE p.merged_into_person_id IS NOT NULL
)

-- Whether and when `who` with his first `post` has done a step of his `plan`.
-- fragment: onboarding_done
SELECT CASE WHEN NOT plan.completes_by_itself THEN said.complete_time IS NOT NULL
		WHEN plan.kind = 'FIRST_POST' THEN post.post_date IS NOT NULL
		ELSE who.rules_version >= who.rules_in_force END AS done,
	CASE WHEN NOT plan.completes_by_itself THEN said.complete_time
		WHEN plan.kind = 'FIRST_POST' AND post.post_date IS NOT NULL -- or GREATEST would take the other
			THEN GREATEST(who.join_time, post.post_date::timestamp AT TIME ZONE who.time_zone)
		END AS complete_time
FROM (
	SELECT min(complete_time) AS complete_time FROM {onboarding_said} AS d
	WHERE d.community_id = who.community_id AND d.person_id = who.person_id AND d.version = who.version
		AND d.step = plan.step) AS said

-- name: onboarding_template_get   in: member.GetOnboardingTemplateRequest   out: member.OnboardingTemplate
SELECT :community_id::uuid AS community_id, COALESCE(max(version), 0) AS version, COALESCE(max(version), 0)::text AS etag,
	max(since_time) AS since_time
FROM onboarding_template WHERE community_id = :community_id;

-- name: onboarding_template_steps   in: member.GetOnboardingTemplateRequest   out: member.OnboardingTemplate.steps
SELECT plan.*
FROM (
	SELECT c.community_id, c.rules_version AS rules_in_force, CASE WHEN c.locale LIKE 'zh%' THEN 'zh' ELSE 'en' END AS language,
		COALESCE((SELECT max(version) FROM onboarding_template t WHERE t.community_id = c.community_id), 0) AS version
	FROM community c WHERE c.community_id = :community_id) AS who
CROSS JOIN LATERAL ({onboarding_plan}) AS plan
ORDER BY step;

-- name: onboarding_template_store   in: member.UpdateOnboardingTemplateRequest   out: member.OnboardingTemplate
WITH made AS (
	INSERT INTO onboarding_template (community_id, version, since_time)
	SELECT :community_id, COALESCE(max(version), 0) + 1, :now FROM onboarding_template WHERE community_id = :community_id
	RETURNING *
), steps AS (
	INSERT INTO onboarding_step (community_id, version, step, kind, title, text, days)
	SELECT made.community_id, made.version, s.step, s.kind, s.title, s.text, s.days
	FROM made CROSS JOIN unnest(:template.steps.kind::text[], :template.steps.title::text[], :template.steps.text::text[],
		:template.steps.days::integer[]) WITH ORDINALITY AS s (kind, title, text, days, step)
)
SELECT community_id, version, version::text AS etag, since_time FROM made;

-- name: onboarding_get   in: member.GetOnboardingRequest   out: member.Onboarding
SELECT who.community_id, who.person_id, who.version
FROM (SELECT {onboarding_who} FROM membership m JOIN community c USING (community_id)
	WHERE m.community_id = :community_id AND m.person_id = {named}) AS who;

-- name: onboarding_tasks   in: member.GetOnboardingRequest   out: member.Onboarding.tasks
SELECT plan.step, plan.kind, plan.title, plan.text, plan.completes_by_itself, did.done, did.complete_time,
	CASE WHEN plan.days > 0 THEN (who.join_time AT TIME ZONE who.time_zone)::date + plan.days END AS due_date
FROM (SELECT {onboarding_who} FROM membership m JOIN community c USING (community_id)
	WHERE m.community_id = :community_id AND m.person_id = {named}) AS who
CROSS JOIN LATERAL ({onboarding_post_date}) AS post
CROSS JOIN LATERAL ({onboarding_plan}) AS plan
CROSS JOIN LATERAL ({onboarding_done}) AS did
ORDER BY plan.step;

-- The step that is done now; one that completes by itself is left alone.
-- name: onboarding_complete   in: member.CompleteOnboardingStepRequest   out: member.OnboardingStep
WITH said AS (
	SELECT who.community_id, who.person_id, who.version, plan.*
	FROM (SELECT {onboarding_who} FROM membership m JOIN community c USING (community_id)
		WHERE m.community_id = :community_id AND m.person_id = {named}) AS who
	CROSS JOIN LATERAL ({onboarding_plan}) AS plan
	WHERE plan.step = :step
), kept AS (
	INSERT INTO onboarding_done (community_id, person_id, version, step, complete_time)
	SELECT community_id, person_id, version, step, :now FROM said WHERE NOT completes_by_itself
	ON CONFLICT DO NOTHING
)
SELECT step, kind, title, text, days, completes_by_itself FROM said;

-- Memberships under the template in force.
-- fragment: onboarding_cohort
SELECT * FROM (SELECT {onboarding_who} FROM membership m JOIN community c USING (community_id)
	WHERE m.community_id = :community_id AND m.state <> 'MERGED') AS any_version
WHERE version = COALESCE((SELECT max(t.version) FROM onboarding_template t WHERE t.community_id = :community_id), 0)

-- name: onboarding_summary   in: member.GetOnboardingSummaryRequest   out: member.OnboardingSummary
SELECT :community_id::uuid AS community_id,
	COALESCE((SELECT max(t.version) FROM onboarding_template t WHERE t.community_id = :community_id), 0) AS version,
	count(*) AS member_count, count(*) FILTER (WHERE complete) AS complete_count, count(post_date) AS first_post_count,
	COALESCE(percentile_cont(0.5) WITHIN GROUP (ORDER BY post_date - join_date), 0) AS first_post_median_days
FROM (
	SELECT post.post_date, (who.join_time AT TIME ZONE who.time_zone)::date AS join_date,
		(SELECT bool_and(did.done) FROM ({onboarding_plan}) AS plan CROSS JOIN LATERAL ({onboarding_done}) AS did) AS complete
	FROM ({onboarding_cohort}) AS who
	CROSS JOIN LATERAL ({onboarding_post_date}) AS post) AS each;

-- name: onboarding_summary_steps   in: member.GetOnboardingSummaryRequest   out: member.OnboardingSummary.steps
SELECT plan.step, plan.kind, plan.title, count(*) FILTER (WHERE did.done) AS done_count
FROM ({onboarding_cohort}) AS who
CROSS JOIN LATERAL ({onboarding_post_date}) AS post
CROSS JOIN LATERAL ({onboarding_plan}) AS plan
CROSS JOIN LATERAL ({onboarding_done}) AS did
GROUP BY 1, 2, 3
ORDER BY 1;
