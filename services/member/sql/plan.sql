-- Plans.

-- What a plan is to its readers.
-- fragment: plan
community_id, plan_id, name, price, currency, period_months, period_days, grace_days, benefits, state, version::text AS etag,
	create_time, update_time

-- name: plan_create   in: member.CreatePlanRequest   out: member.Plan
INSERT INTO plan (community_id, plan_id, name, price, currency, period_months, period_days, grace_days, benefits,
	create_time, update_time)
VALUES (:community_id, :new_id, :plan.name, :plan.price, :plan.currency, :plan.period_months, :plan.period_days,
	:plan.grace_days, :plan.benefits, :now, :now)
RETURNING {plan};

-- name: plan_get   in: member.GetPlanRequest   out: member.Plan
SELECT {plan}
FROM plan WHERE community_id = :community_id AND plan_id = :plan_id;

-- name: plan_lock   in: member.GetPlanRequest   out: member.Plan
SELECT {plan}
FROM plan WHERE community_id = :community_id AND plan_id = :plan_id FOR UPDATE;

-- name: plan_list   in: member.ListPlansRequest   out: member.ListPlansResponse.plans   page: create_time, plan_id
SELECT {plan}
FROM plan
WHERE community_id = :community_id AND state = COALESCE(:state::text, state)
	AND (create_time, plan_id) < (COALESCE(:after.create_time::timestamptz, 'infinity'),
		COALESCE(:after.plan_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
ORDER BY create_time DESC, plan_id DESC LIMIT :limit;

-- name: plan_update   in: member.UpdatePlanRequest   out: member.Plan
UPDATE plan SET
	name = CASE WHEN :mask.name THEN :plan.name ELSE name END,
	price = CASE WHEN :mask.price THEN :plan.price ELSE price END,
	currency = CASE WHEN :mask.currency THEN :plan.currency ELSE currency END,
	period_months = CASE WHEN :mask.period_months THEN :plan.period_months ELSE period_months END,
	period_days = CASE WHEN :mask.period_days THEN :plan.period_days ELSE period_days END,
	grace_days = CASE WHEN :mask.grace_days THEN :plan.grace_days ELSE grace_days END,
	benefits = CASE WHEN :mask.benefits THEN :plan.benefits ELSE benefits END,
	version = version + 1,
	update_time = :now
WHERE community_id = :community_id AND plan_id = :plan_id
RETURNING {plan};

-- name: plan_retire   in: member.RetirePlanRequest   out: member.Plan
WITH retired AS (
	UPDATE plan SET state = 'RETIRED', version = version + 1, update_time = :now
	WHERE community_id = :community_id AND plan_id = :plan_id AND state = 'ACTIVE'
	RETURNING *
)
SELECT {plan}
FROM (SELECT * FROM retired
	UNION ALL SELECT * FROM plan
	WHERE community_id = :community_id AND plan_id = :plan_id AND state <> 'ACTIVE') AS either;
