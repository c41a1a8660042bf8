/* What became of a call, and what a test expects of it. */
#include "outcome.h"

#include <stddef.h>

#include <protobuf-c/protobuf-c.h>
#include <setjmp.h> /* cmocka.h wants these before it */
#include <stdarg.h>

#include <cmocka.h>

#include "base/log.h"
#include "base/text.h"
#include "google/rpc/error_details.pb-c.h"
#include "google/rpc/status.pb-c.h"
#include "rpc/wire.h"

static struct violation *read_violations(struct arena *arena, const Rpc__BadRequest *bad)
{
	struct violation *list = NULL, **end = &list;

	for (size_t i = 0; bad && i < bad->n_field_violations; i++) {
		*end = arena_alloc(arena, sizeof(**end));
		(*end)->field = bad->field_violations[i]->field;
		(*end)->description = bad->field_violations[i]->description;
		end = &(*end)->next;
	}

	return list;
}

static struct metadata *read_facts(struct arena *arena, const Rpc__ErrorInfo *info)
{
	struct metadata *list = NULL, **end = &list;

	for (size_t i = 0; i < info->n_metadata; i++) {
		*end = arena_alloc(arena, sizeof(**end));
		(*end)->key = info->metadata[i]->key;
		(*end)->value = info->metadata[i]->value;
		end = &(*end)->next;
	}

	return list;
}

static void read_detail(struct arena *arena, const Google__Protobuf__Any *any, struct outcome *ret)
{
	const void *bytes = any->value.data;
	size_t size = any->value.len;

	if (text_ends(any->type_url, "google.rpc.ErrorInfo")) {
		const Rpc__ErrorInfo *info =
			(const void *)wire_unpack(arena, &rpc__error_info__descriptor, bytes, size);
		ret->reason = info->reason;
		ret->facts = read_facts(arena, info);
	} else if (text_ends(any->type_url, "google.rpc.BadRequest")) {
		ret->violations = read_violations(
			arena, (const void *)wire_unpack(arena, &rpc__bad_request__descriptor,
							 bytes, size));
	} else if (text_ends(any->type_url, "google.rpc.RetryInfo")) {
		const Rpc__RetryInfo *retry =
			(const void *)wire_unpack(arena, &rpc__retry_info__descriptor, bytes, size);
		if (retry->retry_delay)
			ret->retry_after_us = retry->retry_delay->seconds * 1000000 +
					      retry->retry_delay->nanos / 1000;
	}
}

struct outcome outcome_read(struct arena *arena, enum status status, const void *details,
			    size_t size)
{
	struct outcome outcome = {.status = status, .reason = "", .message = ""};
	const Rpc__Status *said;

	if (status == STATUS_OK || !details)
		return outcome;

	said = (const void *)wire_unpack(arena, &rpc__status__descriptor, details, size);
	if (!said)
		log_die("test-status", "google.rpc.Status cannot be read");
	outcome.message = said->message;
	for (size_t i = 0; i < said->n_details; i++)
		read_detail(arena, said->details[i], &outcome);

	return outcome;
}

bool outcome_names(const struct outcome *outcome, const char *field)
{
	for (const struct violation *v = outcome->violations; v; v = v->next)
		if (text_equal(v->field, field))
			return true;

	return false;
}

const char *outcome_fact(const struct outcome *outcome, const char *key)
{
	for (const struct metadata *fact = outcome->facts; fact; fact = fact->next)
		if (text_equal(fact->key, key))
			return fact->value;

	return "";
}

void outcome_expect(const char *file, int line, const char *what, struct outcome outcome,
		    enum status status, const char *reason)
{
	if (outcome.status == status && (!reason || text_equal(outcome.reason, reason)))
		return;

	print_error("%s\n  ended %s %s: %s\n  expected %s %s\n", what, status_name(outcome.status),
		    outcome.reason, outcome.message, status_name(status), reason ? reason : "");
	for (const struct violation *v = outcome.violations; v; v = v->next)
		print_error("  %s %s\n", v->field, v->description);
	_fail(file, line);
}

void int_expect(const char *file, int line, const char *what, int64_t actual, int64_t expected)
{
	if (actual == expected)
		return;

	print_error("%s is %lld, expected %lld\n", what, (long long)actual, (long long)expected);
	_fail(file, line);
}

void text_expect(const char *file, int line, const char *what, const char *actual,
		 const char *expected)
{
	if (text_equal(actual, expected))
		return;

	print_error("%s is \"%s\", expected \"%s\"\n", what, actual ? actual : "(null)",
		    expected ? expected : "(null)");
	_fail(file, line);
}
