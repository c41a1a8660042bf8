/* Any text as a filter: what is refused says where; what is read prints to a text that is read as
 * the same, and that everything meets or fails to meet alike. */
#include "filter/filter.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/call.h"
#include "base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const words[] = {"MEMBER", "EXPERT", NULL};

static const struct filter_field fields[] = {
	{"role", FILTER_WORD, words},       {"level", FILTER_NUMBER, NULL},
	{"joined", FILTER_DATE, NULL},      {"muted", FILTER_BOOL, NULL},
	{"tags", FILTER_SET, NULL},         {"source", FILTER_TEXT, NULL},
	{"attributes.", FILTER_TEXT, NULL}, {NULL, FILTER_TEXT, NULL},
};

/* Some thing: what it has follows from `user` and the field alone. */
static enum status some_values(struct call *c, void *user, const char *name,
			       const struct filter_field *field, struct filter_values *ret)
{
	static const char *const texts[] = {"MEMBER", "18", ""};
	const size_t *thing = user;

	(void)c;
	(void)name;
	*ret = (struct filter_values){
		.texts = texts, .n = (*thing + (size_t)(field - fields)) % 4, .number = 3};

	return STATUS_OK;
}

static const struct filter *read_again(struct call *c, const char *text)
{
	const struct filter *filter = NULL;

	if (filter_parse(c, "filter", text, fields, &filter) != STATUS_OK || !filter)
		abort();

	return filter;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(arena_fini) struct arena arena = {0};
	struct call c = {.arena = &arena, .request_id = "", .traceparent = ""};
	const struct filter *filter = NULL, *again;
	const char *printed, *failing;

	if (filter_parse(&c, "filter", arena_copy(&arena, data, size), fields, &filter) !=
	    STATUS_OK) {
		if (!text_equal(c.fault.reason, "BAD_FILTER") || !c.fault.violations)
			abort();
		return 0;
	}
	if (!filter)
		return 0;

	printed = filter_print(&arena, filter);
	again = read_again(&c, printed);
	if (strcmp(printed, filter_print(&arena, again)) != 0)
		abort();
	for (size_t thing = 0; thing < 4; thing++) {
		bool met = false, met_again = false;

		if (filter_test(&c, filter, some_values, &thing, &met) != STATUS_OK ||
		    filter_test(&c, again, some_values, &thing, &met_again) != STATUS_OK ||
		    filter_failing(&c, filter, some_values, &thing, &failing) != STATUS_OK)
			abort();
		if (met != met_again || met != (failing == NULL))
			abort();
	}

	return 0;
}
