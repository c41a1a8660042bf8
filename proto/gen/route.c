/* HTTP routes: their variables are fields, and no two of them meet. */
#include "route.h"

#include <string.h>

#include "base/method.h"
#include "base/text.h"
#include "output.h"

const char *route_variable(struct arena *arena, const char **at)
{
	const char *open = strchr(*at, '{'), *close = open ? strchr(open, '}') : NULL;

	if (!close)
		return NULL;

	*at = close + 1;
	return arena_copy(arena, open + 1, (size_t)(close - open - 1));
}

/* Whether a (nested) singular string field of that path exists. */
static bool is_string_field(struct arena *arena, const struct type *type, const char *path)
{
	for (const char *at = path; type;) {
		size_t n = strcspn(at, ".");
		const struct field *field = type_field(type, arena_copy(arena, at, n));

		if (!field || field->repeated)
			return false;
		if (!at[n])
			return field_is(
				field, GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_STRING);
		type = field->type && !field->type->is_enum ? field->type : NULL;
		at += n + 1;
	}

	return false;
}

/* Equal but for the names of variables. */
static bool meet(const char *a, const char *b)
{
	while (*a && *b) {
		if (*a == '{' && *b == '{') {
			a = strchr(a, '}');
			b = strchr(b, '}');
			if (!a || !b)
				return false;
		} else if (*a != *b) {
			return false;
		}
		a++;
		b++;
	}

	return *a == *b;
}

void route_check(const struct contract *contract, const struct rpc *rpc)
{
	struct arena *arena = (struct arena *)&contract->arena;
	const char *file = rpc->file->path, *name = rpc->proto->name, *at = rpc->route, *variable;
	const struct field *body;

	if (!rpc->route)
		return;

	if (rpc->access == ACCESS_SERVICE)
		error_at(file, rpc->line, "method %s: what services alone may call has no route",
			 name);
	if (!text_starts(rpc->route, "/v1/"))
		error_at(file, rpc->line, "method %s: route %s does not begin with /v1/", name,
			 rpc->route);
	while ((variable = route_variable(arena, &at)))
		if (!is_string_field(arena, rpc->request, variable))
			error_at(file, rpc->line, "method %s: {%s} is no string field of %s", name,
				 variable, rpc->request->short_name);

	if (rpc->body && !text_equal(rpc->body, "*")) {
		body = type_field(rpc->request, rpc->body);
		if (!body || body->repeated || !body->type || body->type->is_enum)
			error_at(file, rpc->line, "method %s: body %s is no message field of %s",
				 name, rpc->body, rpc->request->short_name);
	}
	if (rpc->body && (text_equal(rpc->verb, "GET") || text_equal(rpc->verb, "DELETE")))
		error_at(file, rpc->line, "method %s: %s takes no body", name, rpc->verb);

	for (const struct rpc *other = contract->rpcs; other < rpc; other++)
		if (other->route && text_equal(other->verb, rpc->verb) &&
		    meet(other->route, rpc->route))
			error_at(file, rpc->line, "method %s: route %s %s is taken by %s", name,
				 rpc->verb, rpc->route, other->full_name);
}
