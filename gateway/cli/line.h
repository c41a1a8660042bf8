/* One line of an interchange file: a JSON object, checked against the fields of its type. */
#ifndef KITH_CLI_LINE_H
#define KITH_CLI_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/status.h"

#define LINE_MAX_BYTES (1u << 20)

enum line_type {
	LINE_COMMUNITY,
	LINE_MEMBERSHIP,
	LINE_POST,
	LINE_EVENT,
	LINE_ORDER,
	LINE_INTERACTION,
	LINE_COMMENT,
	LINE_REACTION,
	LINE_ATTENDANCE,
	LINE_TYPES
};

#define LINE_NO_TIME INT64_MIN

/* Strings are "" where the line says nothing, enums 0, times LINE_NO_TIME. */
struct line {
	enum line_type type;
	const char *community; /* outside names, all of them */
	const char *id;
	const char *person; /* member, author, buyer … */
	const char *post, *event, *target, *reply_to;
	const char *name, *time_zone, *title, *text, *topic, *emoji, *currency, *reason, *ref;
	int64_t at_us;      /* when it happened: joined, written, starts … */
	int64_t end_us;     /* when it ended: left, ends */
	int64_t created_us; /* when it was founded or planned */
	int32_t kind, join_mode, role, mode, state, rsvp; /* the contract's numbers */
	int64_t member_count, yes, waitlist, amount;
	bool attended, implicit;
};

/* What is wrong with a line; texts are static or in the arena. */
struct line_fault {
	const char *field; /* "" when it is the line as a whole */
	const char *reason;
};

/* INVALID_ARGUMENT with the fault when it is no line. Strings of `ret_line` are in the arena. */
enum status line_parse(struct arena *arena, const char *text, size_t size, struct line *ret_line,
		       struct line_fault *ret_fault) MUST_USE;

/* "community", "membership" … */
const char *line_type_name(enum line_type type);

#endif
