-- Orders.

-- name: order_get   in: activity.GetOrderRequest   out: activity.Order
SELECT community_id, order_id, person_id, amount, currency, state, create_time, update_time
FROM orders
WHERE community_id = :community_id AND order_id = :order_id;

-- name: order_list   in: activity.ListOrdersRequest   out: activity.ListOrdersResponse.orders   page: create_time, order_id
SELECT community_id, order_id, person_id, amount, currency, state, create_time, update_time
FROM orders
WHERE community_id = :community_id AND state = COALESCE(:state::text, state)
  AND (create_time, order_id) < (COALESCE(:after.create_time::timestamptz, 'infinity'),
	COALESCE(:after.order_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
ORDER BY create_time DESC, order_id DESC
LIMIT :limit;

-- name: order_list_of_person   in: activity.ListOrdersRequest   out: activity.ListOrdersResponse.orders   page: create_time, order_id
SELECT community_id, order_id, person_id, amount, currency, state, create_time, update_time
FROM orders
WHERE community_id = :community_id AND person_id = :person_id AND state = COALESCE(:state::text, state)
  AND (create_time, order_id) < (COALESCE(:after.create_time::timestamptz, 'infinity'),
	COALESCE(:after.order_id::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
ORDER BY create_time DESC, order_id DESC
LIMIT :limit;
