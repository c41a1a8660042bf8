/* Etags, masks, times. */
#include "service/precondition.h"

#include "base/text.h"

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

bool time_has_passed(const struct call *c, const Google__Protobuf__Timestamp *time)
{
	return time && time->seconds * 1000000 + time->nanos / 1000 <= c->now_us;
}

enum status texts_fit(struct call *c, const char *field, const char *const *texts, size_t n,
		      size_t max)
{
	enum status status = STATUS_OK;

	for (size_t i = 0; i < n; i++) {
		if (text_length(texts[i]) <= max)
			continue;
		status = call_violation(c, arena_printf(c->arena, "%s[%zu]", field, i),
					"must have at most %zu characters", max);
	}

	return status;
}
