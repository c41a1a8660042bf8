/* Reading and filling in the words of a template. */
#include "copy.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/call.h"
#include "base/text.h"

/* A stretch of the body: plain words, or the name between {{ and }}. */
struct piece {
	const char *text;
	size_t size;
	bool variable;
};

enum reading { READ_PIECE, READ_END, READ_ERROR };

static bool is_name(const char *text, size_t size)
{
	if (size == 0 || size > COPY_VARIABLE_MAX_SIZE || *text < 'a' || *text > 'z')
		return false;
	for (size_t i = 1; i < size; i++)
		if (!(text[i] >= 'a' && text[i] <= 'z') && !(text[i] >= '0' && text[i] <= '9') &&
		    text[i] != '_')
			return false;

	return true;
}

/* The next piece, blanks around a name left off; `*at` moves behind it. */
static enum reading next_piece(const char **at, struct piece *ret)
{
	const char *from = *at, *open = strstr(from, "{{"), *close;

	if (!*from)
		return READ_END;
	if (open != from) {
		size_t size = open ? (size_t)(open - from) : strlen(from);

		*ret = (struct piece){from, size, false};
		*at = from + size;
		return READ_PIECE;
	}

	from += 2;
	close = strstr(from, "}}");
	if (!close)
		return READ_ERROR;
	*at = close + 2;
	while (*from == ' ')
		from++;
	while (close > from && close[-1] == ' ')
		close--;
	*ret = (struct piece){from, (size_t)(close - from), true};

	return is_name(from, ret->size) ? READ_PIECE : READ_ERROR;
}

static enum status bad_template(struct call *c, const char *field, const char *body, const char *at)
{
	size_t place = text_length(arena_copy(c->arena, body, (size_t)(at - body))) + 1;

	call_fail(c, STATUS_INVALID_ARGUMENT, "BAD_TEMPLATE",
		  "character %zu: {{ must be followed by a variable's name and }}", place);

	return call_violation(c, field,
			      "at character %zu: {{ must be followed by a variable's name and }}",
			      place);
}

enum status copy_variables(struct call *c, const char *field, const char *body,
			   const char ***ret_names, size_t *ret_n)
{
	const char **names = arena_array(c->arena, COPY_VARIABLES_MAX, sizeof(*names));
	const char *at = body, *before = body;
	enum reading reading;
	struct piece piece;
	size_t n = 0;

	while ((reading = next_piece(&at, &piece)) == READ_PIECE) {
		const char *name;
		size_t i = 0;

		before = at;
		if (!piece.variable)
			continue;
		name = arena_copy(c->arena, piece.text, piece.size);
		while (i < n && !text_equal(names[i], name))
			i++;
		if (i == COPY_VARIABLES_MAX)
			return call_violation(c, field, "has more than %d variables",
					      COPY_VARIABLES_MAX);
		names[i] = name;
		n = i == n ? n + 1 : n;
	}
	if (reading == READ_ERROR)
		return bad_template(c, field, body, before);

	*ret_names = names;
	*ret_n = n;

	return STATUS_OK;
}

static const char *value_of(Content__TemplateValue *const *values, size_t n,
			    const struct piece *piece, bool *used)
{
	for (size_t i = 0; i < n; i++) {
		if (strlen(values[i]->name) != piece->size ||
		    memcmp(values[i]->name, piece->text, piece->size) != 0)
			continue;
		used[i] = true;
		return values[i]->value;
	}

	return NULL;
}

static enum status wrong_variable(struct call *c, const char *reason, const char *name,
				  const char *what)
{
	call_fact(c, "variable", name);
	call_fail(c, STATUS_INVALID_ARGUMENT, reason, "%s %s", name, what);

	return call_violation(c, "values", "%s %s", name, what);
}

enum status copy_render(struct call *c, const char *body, Content__TemplateValue *const *values,
			size_t n, const char **ret_text)
{
	CLEANUP(buf_fini) struct buf text = {0};
	bool *used = arena_array(c->arena, n + 1, sizeof(*used));
	struct piece piece;

	for (const char *at = body; next_piece(&at, &piece) == READ_PIECE;) {
		const char *value;

		if (!piece.variable) {
			buf_add(&text, piece.text, piece.size);
			continue;
		}
		value = value_of(values, n, &piece, used);
		if (!value)
			return wrong_variable(c, "MISSING_VARIABLE",
					      arena_copy(c->arena, piece.text, piece.size),
					      "has no value");
		buf_add_string(&text, value);
	}
	for (size_t i = 0; i < n; i++)
		if (!used[i])
			return wrong_variable(
				c, "UNKNOWN_VARIABLE", values[i]->name,
				"is no variable of the template, or has a value twice");
	*ret_text = arena_copy(c->arena, text.data ? text.data : "", text.size);

	return STATUS_OK;
}
