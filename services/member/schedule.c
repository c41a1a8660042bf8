/* What falls due by itself among members. */
#include <stddef.h>

#include "member.h"
#include "progress.h"

const service_deed member_deeds[] = {
	progress_review,
	NULL,
};
