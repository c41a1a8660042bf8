/* What falls due by itself among members. */
#include <stddef.h>

#include "admission.h"
#include "member.h"

const service_deed member_deeds[] = {
	join_request_expire,
	NULL,
};
