-- Subscriptions. The handler has locked the community's row before it runs one of the writing statements.

-- What a subscription is to its readers.
-- fragment: subscription
community_id, person_id, plan_id, state, start_time, end_time, grace_end_time, renewal_cancelled, version

-- Takes back what the subscriptions of `moved` gave that have ended. They end a membership that they began; where the
-- paid way is the only one they end any, but the owner's.
-- fragment: revoke
lost AS (
	SELECT m.community_id, m.person_id, m.state = 'ACTIVE' AND m.role <> 'OWNER'
		AND (c.join_mode = 'PAID' OR m.join_time IS NOT DISTINCT FROM s.entry_time) AS goes
	FROM moved AS s
	JOIN membership AS m USING (community_id, person_id)
	JOIN community AS c USING (community_id)
	WHERE s.state IN ('EXPIRED', 'REFUNDED')
), changed AS (
	UPDATE membership AS m SET
		plan_id = NULL,
		role = CASE WHEN goes THEN 'MEMBER' ELSE role END,
		state = CASE WHEN goes THEN 'EXPIRED' ELSE state END,
		leave_time = CASE WHEN goes THEN :now ELSE leave_time END,
		leave_reason = CASE WHEN goes THEN 'subscription ended' ELSE leave_reason END,
		version = version + 1
	FROM lost
	WHERE m.community_id = lost.community_id AND m.person_id = lost.person_id AND (goes OR m.plan_id IS NOT NULL)
	RETURNING m.*
), counted AS (
	UPDATE community AS c SET member_count = member_count - gone.n
	FROM (SELECT community_id, count(*) AS n FROM lost WHERE goes GROUP BY community_id) AS gone
	WHERE c.community_id = gone.community_id
), told AS (
	{tell_membership} FROM changed
)

-- name: subscription_get   in: member.GetSubscriptionRequest   out: member.Subscription
SELECT {subscription}
FROM subscription WHERE community_id = :community_id AND person_id = {named};

-- name: subscription_list   in: member.ListSubscriptionsRequest   out: member.ListSubscriptionsResponse.subscriptions   page: end_time, person_id
SELECT found.*
FROM unnest(CASE WHEN :state::text IS NULL
		THEN ARRAY['ACTIVE', 'GRACE', 'EXPIRED', 'REFUNDED'] ELSE ARRAY[:state::text] END) AS s (state)
CROSS JOIN LATERAL (
	SELECT {subscription}
	FROM subscription AS one
	WHERE one.community_id = :community_id AND one.state = s.state
		AND end_time < COALESCE(:end_before_time::timestamptz, 'infinity')
		AND (end_time, person_id) > (COALESCE(:after.end_time::timestamptz, '-infinity'),
			COALESCE(:after.person_id::uuid, '00000000-0000-0000-0000-000000000000'))
	ORDER BY end_time, person_id LIMIT :limit
) AS found
ORDER BY end_time, person_id LIMIT :limit;

-- name: subscription_event_list   in: member.ListSubscriptionEventsRequest   out: member.ListSubscriptionEventsResponse.events   page: sequence
SELECT sequence, version, kind, state, plan_id, order_ref, amount, currency, end_time, event_time, actor_person_id, note
FROM subscription_event
WHERE community_id = :community_id AND person_id = {named} AND sequence > COALESCE(:after.sequence::bigint, 0)
ORDER BY sequence LIMIT :limit;

-- name: subscription_order   in: member.StartSubscriptionRequest   out: member.KnownOrder
SELECT person_id, plan_id FROM subscription_event WHERE community_id = :community_id AND order_ref = :order_ref;

-- A subscription runs while its grace does, whether or not somebody has looked at the clock since.
-- name: subscription_start   in: member.SubscriptionOrder   out: member.Subscription
WITH running AS (
	SELECT * FROM subscription
	WHERE community_id = :order.community_id AND person_id = :order.person_id AND state IN ('ACTIVE', 'GRACE')
		AND grace_end_time > :now
), sold AS (
	SELECT p.*, r.person_id IS NOT NULL AS renews, COALESCE(r.start_time, :now) AS start_time,
		COALESCE(r.months, 0) + p.period_months AS months, COALESCE(r.days, 0) + p.period_days AS days
	FROM plan AS p LEFT JOIN running AS r ON true
	WHERE p.community_id = :order.community_id AND p.plan_id = :order.plan_id
), reckoned AS (
	SELECT *, start_time + make_interval(months => months, days => days) AS end_time FROM sold
), started AS (
	INSERT INTO subscription AS s (community_id, person_id, plan_id, state, start_time, end_time, grace_end_time,
		months, days, entry_time)
	SELECT community_id, :order.person_id, plan_id, 'ACTIVE', start_time, end_time,
		end_time + make_interval(days => grace_days), months, days, :entry_time
	FROM reckoned
	ON CONFLICT (community_id, person_id) DO UPDATE SET
		plan_id = EXCLUDED.plan_id, state = EXCLUDED.state, start_time = EXCLUDED.start_time,
		end_time = EXCLUDED.end_time, grace_end_time = EXCLUDED.grace_end_time, months = EXCLUDED.months,
		days = EXCLUDED.days, entry_time = COALESCE(EXCLUDED.entry_time, s.entry_time),
		renewal_cancelled = false, version = s.version + 1
	RETURNING *
), noted AS (
	INSERT INTO subscription_event (community_id, person_id, version, kind, state, plan_id, order_ref, amount,
		currency, end_time, event_time)
	SELECT s.community_id, s.person_id, s.version, CASE WHEN r.renews THEN 'RENEWED' ELSE 'STARTED' END, s.state,
		s.plan_id, :order.order_ref, CASE WHEN :order.currency <> '' THEN :order.amount ELSE r.price END,
		COALESCE(NULLIF(:order.currency, ''), r.currency), s.end_time, :now
	FROM started AS s CROSS JOIN reckoned AS r
), changed AS (
	UPDATE membership AS m SET plan_id = s.plan_id, version = m.version + 1
	FROM started AS s
	WHERE m.community_id = s.community_id AND m.person_id = s.person_id AND m.plan_id IS DISTINCT FROM s.plan_id
	RETURNING m.*
), told AS (
	{tell_membership} FROM changed
)
SELECT {subscription}
FROM started;

-- The membership was let in for what was paid: it ends when that ends.
-- name: subscription_enter   in: member.Membership   out: none
UPDATE subscription SET entry_time = :join_time WHERE community_id = :community_id AND person_id = :person_id;

-- name: subscription_cancel   in: member.CancelRenewalRequest   out: member.Subscription
WITH moved AS (
	UPDATE subscription SET
		renewal_cancelled = true, grace_end_time = end_time, version = version + 1
	WHERE community_id = :community_id AND person_id = {named} AND state IN ('ACTIVE', 'GRACE')
		AND NOT renewal_cancelled
	RETURNING *
), noted AS (
	INSERT INTO subscription_event (community_id, person_id, version, kind, state, plan_id, end_time, event_time,
		actor_person_id, note)
	SELECT community_id, person_id, version, 'RENEWAL_CANCELLED', state, plan_id, end_time, :now, :caller_id,
		:reason
	FROM moved
)
SELECT {subscription}
FROM (SELECT * FROM moved
	UNION ALL SELECT * FROM subscription
	WHERE community_id = :community_id AND person_id = {named} AND NOT EXISTS (SELECT FROM moved)) AS either;

-- name: subscription_paid   in: member.RefundSubscriptionRequest   out: member.PaidSum
SELECT COALESCE(sum(amount), 0) AS paid
FROM subscription_event
WHERE community_id = :community_id AND person_id = {named} AND currency = :currency;

-- name: subscription_refund   in: member.RefundSubscriptionRequest   out: member.Subscription
WITH moved AS (
	UPDATE subscription SET
		state = 'REFUNDED', end_time = LEAST(end_time, :now), grace_end_time = LEAST(end_time, :now),
		version = version + 1
	WHERE community_id = :community_id AND person_id = {named} AND state IN ('ACTIVE', 'GRACE')
	RETURNING *
), noted AS (
	INSERT INTO subscription_event (community_id, person_id, version, kind, state, plan_id, amount, currency,
		end_time, event_time, note)
	SELECT community_id, person_id, version, 'REFUNDED', state, plan_id, -:amount::bigint, :currency, end_time, :now,
		:reason
	FROM moved
), {revoke}
SELECT {subscription}
FROM moved;

-- The community where one fell due first.
-- name: subscription_due   in: none   out: member.GetCommunityRequest
SELECT community_id
FROM ((SELECT community_id, end_time AS due_time FROM subscription
		WHERE state = 'ACTIVE' AND end_time <= :now ORDER BY end_time LIMIT 1)
	UNION ALL (SELECT community_id, grace_end_time FROM subscription
		WHERE state = 'GRACE' AND grace_end_time <= :now ORDER BY grace_end_time LIMIT 1)) AS due
ORDER BY due_time LIMIT 1;

-- What has fallen due in the community, a bounded part of it.
-- name: subscription_settle   in: member.GetCommunityRequest   out: none
WITH due AS (
	SELECT community_id, person_id, CASE WHEN grace_end_time <= :now THEN 'EXPIRED' ELSE 'GRACE' END AS next
	FROM subscription
	WHERE community_id = :community_id
		AND (state = 'ACTIVE' AND end_time <= :now OR state = 'GRACE' AND grace_end_time <= :now)
	LIMIT 200
), moved AS (
	UPDATE subscription AS s SET state = due.next, version = version + 1
	FROM due WHERE s.community_id = due.community_id AND s.person_id = due.person_id
	RETURNING s.*
), noted AS (
	INSERT INTO subscription_event (community_id, person_id, version, kind, state, plan_id, end_time, event_time)
	SELECT community_id, person_id, version, CASE state WHEN 'GRACE' THEN 'GRACE_BEGAN' ELSE 'EXPIRED' END, state,
		plan_id, end_time, :now
	FROM moved
), {revoke}
SELECT;

-- name: subscription_erase   in: member.GetPersonRequest   out: none
UPDATE subscription_event SET note = '' WHERE person_id = :person_id AND note <> '';
