/* What falls due by itself among members. */
#include <stddef.h>

#include "member.h"

const service_deed member_deeds[] = {
	NULL,
};
