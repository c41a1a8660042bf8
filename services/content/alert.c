/* Alerts: what was to be said and was not. Statements are in sql/alert.sql. */
#include "content.rpc.h"
#include "content.sql.h"

/*
 * reason           status     from
 * ALERT_NOT_FOUND  NOT_FOUND  Acknowledge
 */

enum status content_list_alerts(struct call *c, const Content__ListAlertsRequest *req,
				Content__ListAlertsResponse *list)
{
	return sql_alert_list(c, req, list);
}

enum status content_acknowledge_alert(struct call *c, const Content__AcknowledgeAlertRequest *req,
				      Content__Alert *alert)
{
	TRY(sql_alert_acknowledge(c, req));

	return sql_alert_get(c, req, alert);
}
