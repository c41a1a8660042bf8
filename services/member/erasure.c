/* Forgetting a person. */
#include "erasure.h"

#include <stddef.h>

#include "base/call.h"
#include "journey.h"
#include "kol.h"

/* One a noun that holds words or names of persons, in no order. */
static enum status (*const erasers[])(struct call *c, const Member__GetPersonRequest *who) = {
	journey_erase,
	kol_erase,
	NULL,
};

enum status erasure_run(struct call *c, const Member__GetPersonRequest *who)
{
	for (size_t i = 0; erasers[i]; i++)
		TRY(erasers[i](c, who));

	return STATUS_OK;
}
