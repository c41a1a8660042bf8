/* The OpenAPI document: what a client over HTTP needs to know, all of it from the contract. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cname.h"
#include "emit.h"
#include "output.h"
#include "route.h"
#include "schema.h"

/* `paths` are grouped by route, so rows are sorted by it. */
static int compare_routes(const void *a, const void *b)
{
	const struct rpc *left = *(const struct rpc *const *)a;
	const struct rpc *right = *(const struct rpc *const *)b;
	int order = strcmp(left->route, right->route);

	return order ? order : strcmp(left->verb, right->verb);
}

/* Whether the route names the field, or one within it. */
static bool in_route(struct arena *arena, const struct rpc *rpc, const char *path)
{
	const char *at = rpc->route, *variable;

	while ((variable = route_variable(arena, &at)))
		if (text_equal(variable, path))
			return true;

	return false;
}

static void emit_parameter(struct buf *to, const char *where, const char *name,
			   const struct field *field)
{
	bool required = text_equal(where, "path") || field->required;

	schema_separate(to);
	buf_add_format(to, "{\"name\":\"%s\",\"in\":\"%s\",\"required\":%s,", name, where,
		       required ? "true" : "false");
	if (*field->comment) {
		buf_add_string(to, "\"description\":");
		schema_string(to, field->comment);
		buf_add_char(to, ',');
	}
	buf_add_string(to, "\"schema\":");
	schema_field(to, field, false);
	buf_add_char(to, '}');
}

/* Fields of `type` that are neither in the route nor the body; members of messages by dotted path.
 */
static void emit_query(struct buf *to, struct arena *arena, const struct rpc *rpc,
		       const struct type *type, const char *prefix)
{
	for (size_t i = 0; i < type->n_fields; i++) {
		const struct field *field = &type->fields[i];
		const char *path = arena_printf(arena, "%s%s", prefix, field->name);

		if (in_route(arena, rpc, path) ||
		    (rpc->body && (text_equal(rpc->body, "*") || text_equal(rpc->body, path))))
			continue;
		if (schema_is_plain(field))
			emit_parameter(to, "query", path, field);
		else if (!field->repeated)
			emit_query(to, arena, rpc, field->type, arena_printf(arena, "%s.", path));
	}
}

static const struct field *field_at(struct arena *arena, const struct type *type, const char *path)
{
	const struct field *field = NULL;

	for (const char *at = path; *at; at += *at == '.') {
		size_t n = strcspn(at, ".");

		field = type_field(type, arena_copy(arena, at, n));
		type = field->type;
		at += n;
	}

	return field;
}

static void emit_parameters(struct buf *to, struct arena *arena, const struct rpc *rpc)
{
	const char *at = rpc->route, *variable;

	buf_add_string(to, "\"parameters\":[");
	while ((variable = route_variable(arena, &at)))
		emit_parameter(to, "path", variable, field_at(arena, rpc->request, variable));
	emit_query(to, arena, rpc, rpc->request, "");
	buf_add_string(to, "],");
}

/* With body "*" the fields of the route are left out. */
static void emit_whole_body(struct buf *to, struct arena *arena, const struct rpc *rpc)
{
	const struct type *request = rpc->request;
	bool *skip = arena_array(arena, request->n_fields, sizeof(*skip));

	for (size_t i = 0; i < request->n_fields; i++)
		skip[i] = in_route(arena, rpc, request->fields[i].name);
	schema_object(to, request, skip);
}

static void emit_body(struct buf *to, struct arena *arena, const struct rpc *rpc)
{
	if (!rpc->body)
		return;

	buf_add_string(to,
		       "\"requestBody\":{\"required\":true,\"content\":{\"application/json\":{"
		       "\"schema\":");
	if (text_equal(rpc->body, "*"))
		emit_whole_body(to, arena, rpc);
	else
		schema_field(to, type_field(rpc->request, rpc->body), false);
	buf_add_string(to, "}}},");
}

static void emit_access(struct buf *to, const struct rpc *rpc)
{
	static const char *const names[] = {
		[1] = "PUBLIC", [2] = "SELF",  [3] = "MEMBER",   [4] = "MODERATOR",
		[5] = "ADMIN",  [6] = "OWNER", [7] = "PLATFORM", [8] = "SERVICE",
	};

	buf_add_string(to, "\"x-kith-access\":[");
	for (size_t i = 1; i < sizeof(names) / sizeof(names[0]); i++) {
		if (rpc->access & 1u << i) {
			schema_separate(to);
			schema_string(to, names[i]);
		}
	}
	buf_add_string(to, "],");
}

static void emit_operation(struct buf *to, struct arena *arena, const struct rpc *rpc)
{
	char verb[8] = "";

	for (size_t i = 0; rpc->verb[i]; i++)
		verb[i] = (char)(rpc->verb[i] | 0x20);
	schema_separate(to);
	buf_add_format(to, "\n\"%s\":{\"operationId\":\"%s_%s\",\"tags\":[\"%s\"],", verb,
		       rpc->interface, rpc->proto->name, rpc->interface);
	if (*rpc->comment) {
		buf_add_string(to, "\"description\":");
		schema_string(to, rpc->comment);
		buf_add_char(to, ',');
	}
	emit_access(to, rpc);
	emit_parameters(to, arena, rpc);
	emit_body(to, arena, rpc);
	buf_add_string(to,
		       "\"responses\":{\"200\":{\"description\":\"OK\",\"content\":{"
		       "\"application/json\":{\"schema\":");
	schema_reference(to, rpc->reply);
	buf_add_string(to, "}}},\"default\":{\"$ref\":\"#/components/responses/Error\"}}}");
}

static void emit_paths(struct buf *to, struct arena *arena, const struct rpc **rpcs, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (i == 0 || !text_equal(rpcs[i]->route, rpcs[i - 1]->route)) {
			if (i)
				buf_add_char(to, '}');
			schema_separate(to);
			buf_add_format(to, "\n\"%s\":{", rpcs[i]->route);
		}
		emit_operation(to, arena, rpcs[i]);
	}
	if (n)
		buf_add_char(to, '}');
}

static const char error_parts[] =
	"\n\"Error\":{\"type\":\"object\",\"required\":[\"error\"],\"properties\":{\"error\":{"
	"\"type\":\"object\",\"required\":[\"code\",\"status\",\"message\"],\"properties\":{"
	"\"code\":{\"type\":\"integer\",\"description\":\"The HTTP status.\"},"
	"\"status\":{\"type\":\"string\",\"description\":\"The gRPC status by name.\"},"
	"\"message\":{\"type\":\"string\"},"
	"\"details\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"required\":[\"@type\"],"
	"\"properties\":{\"@type\":{\"type\":\"string\"}},\"additionalProperties\":true},"
	"\"description\":\"google.rpc.ErrorInfo always; BadRequest and RetryInfo where they "
	"apply.\""
	"}}}}}},\n\"responses\":{\"Error\":{\"description\":\"What went wrong.\",\"content\":{"
	"\"application/json\":{\"schema\":{\"$ref\":\"#/components/schemas/Error\"}}}}},"
	"\n\"securitySchemes\":{\"key\":{\"type\":\"http\",\"scheme\":\"bearer\","
	"\"description\":\"An API key: kith_<id>_<secret>.\"}}}";

static void build(struct buf *to, const struct contract *contract)
{
	struct arena *arena = (struct arena *)&contract->arena;
	const struct rpc **rpcs = arena_array(arena, contract->n_rpcs, sizeof(*rpcs));
	bool *used = arena_array(arena, contract->n_types, sizeof(*used));
	size_t n = 0;

	for (size_t i = 0; i < contract->n_rpcs; i++) {
		if (!contract->rpcs[i].route)
			continue;
		rpcs[n++] = &contract->rpcs[i];
		schema_use(contract, contract->rpcs[i].reply, used);
		schema_use(contract, contract->rpcs[i].request, used);
	}
	qsort(rpcs, n, sizeof(*rpcs), compare_routes);

	buf_add_string(to,
		       "{\"openapi\":\"3.0.3\",\"info\":{\"title\":\"Kith\",\"version\":\"v1\","
		       "\"description\":\"Community operations over HTTP and JSON. The same "
		       "methods are served over gRPC on the same port.\"},"
		       "\n\"security\":[{\"key\":[]}],\n\"paths\":{");
	emit_paths(to, arena, rpcs, n);
	buf_add_string(to, "},\n\"components\":{\"schemas\":{");
	for (size_t i = 0; i < contract->n_types; i++) {
		if (!used[i])
			continue;
		buf_add_format(to, "\n\"%s\":", contract->types[i].short_name);
		schema_type(to, &contract->types[i]);
		buf_add_char(to, ',');
	}
	buf_add_string(to, error_parts);
	buf_add_string(to, "}\n");
}

void emit_openapi(const struct contract *contract, const char *directory)
{
	CLEANUP(buf_fini) struct buf text = {0};
	CLEANUP(buf_fini) struct buf document = {0};

	output_head(&text, "The OpenAPI document");
	buf_add_string(&text,
		       "#ifndef KITH_OPENAPI_H\n#define KITH_OPENAPI_H\n\n"
		       "#include <stddef.h>\n\n"
		       "/* JSON, with a NUL behind it that kith_openapi_size does not count. */\n"
		       "extern const char kith_openapi[];\n"
		       "extern const size_t kith_openapi_size;\n\n#endif\n");
	output_write(directory, "kith_openapi.h", &text);

	build(&document, contract);
	output_head(&text, "The OpenAPI document");
	buf_add_string(&text, "#include \"kith_openapi.h\"\n\nconst char kith_openapi[] =\n");
	output_literal(&text, document.data);
	buf_add_string(&text, ";\n\nconst size_t kith_openapi_size = sizeof(kith_openapi) - 1;\n");
	output_write(directory, "kith_openapi.c", &text);
	output_write(directory, "kith_openapi.json", &document);
}
