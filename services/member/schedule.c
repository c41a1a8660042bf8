/* What falls due by itself among members. */
#include <stddef.h>

#include "admission.h"
#include "member.h"
#include "progress.h"
#include "rule.h"
#include "split.h"
#include "subscription.h"

const service_deed member_deeds[] = {
	join_request_expire, progress_review,     rules_come_into_force,
	split_advance,       subscription_expire, NULL,
};
