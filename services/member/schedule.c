/* What falls due by itself among members. */
#include <stddef.h>

#include "member.h"
#include "split.h"

const service_deed member_deeds[] = {
	split_advance,
	NULL,
};
