/* What several nouns demand of time zones. */
#include "base/text.h"
#include "member.h"
#include "member.sql.h"

enum status time_zones_known(struct call *c, const char *list, const char *field,
			     const char **names, size_t n)
{
	Member__TimeZoneCheck asked = MEMBER__TIME_ZONE_CHECK__INIT;
	Member__TimeZoneCheck answer = MEMBER__TIME_ZONE_CHECK__INIT;

	asked.names = names;
	asked.n_names = n;
	TRY(sql_time_zone_check(c, &asked, &answer));
	if (answer.n_unknown == 0)
		return STATUS_OK;

	call_fail(c, STATUS_INVALID_ARGUMENT, "BAD_TIME_ZONE", "no time zone: %s",
		  answer.unknown[0]);
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < answer.n_unknown; k++) {
			if (!text_equal(names[i], answer.unknown[k]))
				continue;
			call_violation(c,
				       list ? arena_printf(c->arena, "%s[%zu].%s", list, i, field)
					    : field,
				       "is no time zone of the IANA database");
		}
	}

	return STATUS_INVALID_ARGUMENT;
}

enum status time_zone_known(struct call *c, const char *field, const char *name)
{
	return name[0] ? time_zones_known(c, NULL, field, &name, 1) : STATUS_OK;
}
