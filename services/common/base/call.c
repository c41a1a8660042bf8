/* One call on its way: its fault, its id, its time, its log line. */
#include "call.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "id.h"
#include "method.h"

#define TRACE_ID_SIZE 32 /* hex digits: "00-<trace id>-<span id>-01" */

static char *format_into(struct arena *arena, const char *format, va_list args)
{
	char text[1024];

	vsnprintf(text, sizeof(text), format, args);

	return arena_string(arena, text);
}

enum status call_fail(struct call *c, enum status status, const char *reason, const char *format,
		      ...)
{
	va_list args;

	if (c->fault.message)
		return status;

	va_start(args, format);
	c->fault.message = format_into(c->arena, format, args);
	va_end(args);
	c->fault.reason = reason;

	return status;
}

void call_fact(struct call *c, const char *key, const char *value)
{
	struct metadata **end = &c->fault.metadata;
	struct metadata *fact = arena_alloc(c->arena, sizeof(*fact));

	fact->key = key;
	fact->value = arena_string(c->arena, value);
	while (*end)
		end = &(*end)->next;
	*end = fact;
}

enum status call_violation(struct call *c, const char *field, const char *format, ...)
{
	struct violation **end = &c->fault.violations;
	struct violation *violation = arena_alloc(c->arena, sizeof(*violation));
	va_list args;

	violation->field = arena_string(c->arena, field);
	va_start(args, format);
	violation->description = format_into(c->arena, format, args);
	va_end(args);
	while (*end)
		end = &(*end)->next;
	*end = violation;
	if (!*field)
		return call_fail(c, STATUS_INVALID_ARGUMENT, "INVALID_FIELD", "the request %s",
				 violation->description);

	return call_fail(c, STATUS_INVALID_ARGUMENT, "INVALID_FIELD", "%s: %s", violation->field,
			 violation->description);
}

enum status call_retry(struct call *c, enum status status, const char *reason, int64_t after_us)
{
	if (!c->fault.message)
		c->fault.retry_after_us = after_us;

	return call_fail(c, status, reason, "try again in %lld ms",
			 (long long)((after_us + 999) / 1000));
}

void call_forgive(struct call *c)
{
	c->fault = (struct fault){0};
}

const char *call_new_id(struct call *c)
{
	if (!c->new_id) {
		char *id = arena_alloc(c->arena, ID_SIZE);

		id_new(id);
		c->new_id = id;
	}

	return c->new_id;
}

int64_t call_left_us(const struct call *c)
{
	int64_t left = c->deadline_us - clock_mono_us();

	return left > 0 ? left : 0;
}

void call_log(const struct call *c, enum log_level level, const char *id, const char *format, ...)
{
	char text[2048], caller[128];
	const char *trace = c->traceparent && strlen(c->traceparent) >= 3 + TRACE_ID_SIZE
				    ? c->traceparent + 3
				    : "";
	va_list args;

	if (!log_enabled(level))
		return;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);

	log_line(
		level, id, "%s%strace=%.*s method=%s caller=%s", text, *text ? " " : "",
		*trace ? TRACE_ID_SIZE : 1, *trace ? trace : "-", c->method ? c->method->name : "-",
		log_quote(c->caller && c->caller->id ? c->caller->id : "", caller, sizeof(caller)));
}
