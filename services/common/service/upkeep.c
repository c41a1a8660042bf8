/* Every second: does the database answer? Every few minutes: stored replies and inbox rows that are
 * too old to be asked for again go away, a few thousand at a time. */
#include "upkeep.h"

#include "base/call.h"
#include "base/clock.h"
#include "db/db.h"
#include "event.sql.h"
#include "google/protobuf/timestamp.pb-c.h"

#define REPLIES_KEPT_US (INT64_C(24) * 3600 * 1000000)
#define INBOX_KEPT_US   (INT64_C(7) * 24 * 3600 * 1000000)
#define EXPIRE_EACH_US  (INT64_C(300) * 1000000)
#define EXPIRE_ROWS     5000

static enum status expire(struct call *c, int64_t before_us, bool inbox, int64_t *ret_count)
{
	Event__ExpireRequest request = EVENT__EXPIRE_REQUEST__INIT;
	Event__CountResponse response = EVENT__COUNT_RESPONSE__INIT;
	Google__Protobuf__Timestamp before = GOOGLE__PROTOBUF__TIMESTAMP__INIT;

	before.seconds = before_us / 1000000;
	request.before_time = &before;
	request.max_rows = EXPIRE_ROWS;
	TRY(inbox ? sql_inbox_expire(c, &request, &response)
		  : sql_reply_expire(c, &request, &response));
	*ret_count = response.count;

	return STATUS_OK;
}

enum status upkeep_run(struct call *c, void *user, bool *ret_worked)
{
	struct upkeep *upkeep = user;
	int64_t now = clock_mono_us(), replies, inbox;
	enum status status = db_ping(c);

	upkeep->database_ok = status == STATUS_OK;
	if (status != STATUS_OK || now < upkeep->expire_time_us)
		return status;

	TRY(expire(c, c->now_us - REPLIES_KEPT_US, false, &replies));
	TRY(expire(c, c->now_us - INBOX_KEPT_US, true, &inbox));
	*ret_worked = replies == EXPIRE_ROWS || inbox == EXPIRE_ROWS;
	if (!*ret_worked)
		upkeep->expire_time_us = now + EXPIRE_EACH_US;

	return STATUS_OK;
}
