/* Orders: what members bought. Statements are in sql/order.sql. */
#include "activity.rpc.h"
#include "activity.sql.h"

enum status activity_get_order(struct call *c, const Activity__GetOrderRequest *req,
			       Activity__Order *order)
{
	return sql_order_get(c, req, order);
}

enum status activity_list_orders(struct call *c, const Activity__ListOrdersRequest *req,
				 Activity__ListOrdersResponse *reply)
{
	return req->person_id[0] ? sql_order_list_of_person(c, req, reply)
				 : sql_order_list(c, req, reply);
}
