/* What several nouns demand before they change anything: time zones, etags, masks. */
#include <stdbool.h>
#include <string.h>

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

enum status etag_matches(struct call *c, const char *given, const char *current)
{
	if (!given[0] || text_equal(given, current))
		return STATUS_OK;

	call_fact(c, "etag", current);

	return call_fail(c, STATUS_ABORTED, "ETAG_MISMATCH",
			 "it was changed since it was read; read it again");
}

static bool is_in(const char *name, const char *const *list)
{
	for (; *list; list++) {
		if (text_equal(name, *list))
			return true;
	}

	return false;
}

enum status mask_allows(struct call *c, const Google__Protobuf__FieldMask *mask,
			const char *const *changeable)
{
	bool refused = false;

	for (size_t i = 0; mask && i < mask->n_paths; i++) {
		if (is_in(mask->paths[i], changeable))
			continue;
		call_fail(c, STATUS_INVALID_ARGUMENT, "FIELD_NOT_CHANGEABLE",
			  "%s cannot be changed so", mask->paths[i]);
		call_violation(c, "update_mask", "%s cannot be changed so", mask->paths[i]);
		refused = true;
	}

	return refused ? STATUS_INVALID_ARGUMENT : STATUS_OK;
}

bool mask_has(const Google__Protobuf__FieldMask *mask, const char *field)
{
	for (size_t i = 0; mask && i < mask->n_paths; i++) {
		if (text_equal(mask->paths[i], field))
			return true;
	}

	return false;
}
