/* The method table. */
#include <string.h>

#include "base/text.h"
#include "cname.h"
#include "emit.h"
#include "output.h"

static const char *const access_names[] = {
	[1] = "ACCESS_PUBLIC",    [2] = "ACCESS_SELF",    [3] = "ACCESS_MEMBER",
	[4] = "ACCESS_MODERATOR", [5] = "ACCESS_ADMIN",   [6] = "ACCESS_OWNER",
	[7] = "ACCESS_PLATFORM",  [8] = "ACCESS_SERVICE",
};

#define N_ACCESS (sizeof(access_names) / sizeof(access_names[0]))

static void emit_header(const struct contract *contract, const char *directory)
{
	CLEANUP(buf_fini) struct buf text = {0};

	output_head(&text, "A name for every method");
	buf_add_string(&text,
		       "#ifndef KITH_METHODS_H\n#define KITH_METHODS_H\n\n"
		       "#include \"base/method.h\"\n\n"
		       "/* Rows of kith_methods. */\nenum {\n");
	for (size_t i = 0; i < contract->n_rpcs; i++)
		buf_add_format(
			&text, "\tMETHOD_%s,\n",
			cname_upper((struct arena *)&contract->arena, contract->rpcs[i].c_name));
	buf_add_string(&text, "};\n\n");
	for (size_t i = 0; i < contract->n_rpcs; i++)
		buf_add_format(&text, "extern const struct method *const method_%s;\n",
			       contract->rpcs[i].c_name);
	buf_add_string(&text, "\n#endif\n");
	output_write(directory, "kith_methods.h", &text);
}

/* A field that the road reads, of the type the road expects. */
static const struct field *road_field(const struct rpc *rpc, const char *name)
{
	const struct field *field = type_field(rpc->request, name);
	bool fits;

	if (!field || field->repeated || field->in_oneof)
		return NULL;

	if (text_equal(name, "page_size"))
		fits = field_is(field, GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_INT32);
	else if (text_equal(name, "update_mask"))
		fits = field_is_message(field, "google.protobuf.FieldMask");
	else
		fits = field_is(field, GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_STRING);
	if (!fits)
		error_at(rpc->request->file->path, field->line,
			 "%s of %s is not of the type that the road reads", name,
			 rpc->request->short_name);

	return fits ? field : NULL;
}

/* The string of the reply that leaves once. */
static const struct field *secret_field(const struct rpc *rpc)
{
	for (size_t i = 0; i < rpc->reply->n_fields; i++) {
		const struct field *field = &rpc->reply->fields[i];

		if (field->secret && !field->repeated && !field->in_oneof &&
		    field_is(field, GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_STRING))
			return field;
	}

	return NULL;
}

static void emit_field(struct buf *to, const struct type *holder, const char *column,
		       const struct field *field)
{
	const char *type = "STRING";

	if (!field)
		return;
	if (field->type)
		type = "MESSAGE";
	else if (field_is(field, GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_INT32))
		type = "INT32";

	buf_add_format(to,
		       "\t\t.%s = &(const ProtobufCFieldDescriptor){\n"
		       "\t\t\t.name = \"%s\",\n\t\t\t.id = %d,\n"
		       "\t\t\t.label = PROTOBUF_C_LABEL_NONE,\n"
		       "\t\t\t.type = PROTOBUF_C_TYPE_%s,\n"
		       "\t\t\t.offset = offsetof(%s, %s),\n",
		       column, field->name, field->proto->number, type, holder->c_type,
		       field->name);
	if (field->type)
		buf_add_format(to, "\t\t\t.descriptor = &%s__descriptor,\n", field->type->c_symbol);
	else if (text_equal(type, "STRING"))
		buf_add_string(to, "\t\t\t.default_value = &protobuf_c_empty_string,\n");
	buf_add_string(to, "\t\t},\n");
}

static void emit_row(struct buf *to, const struct rpc *rpc)
{
	static const char *const road_fields[] = {"community_id", "person_id",  "request_id",
						  "page_size",    "page_token", "update_mask"};
	const char *separator = "";

	buf_add_format(to, "\t{\n\t\t.name = \"%s\",\n\t\t.service = \"%s\",\n", rpc->full_name,
		       rpc->service);
	if (rpc->route)
		buf_add_format(to, "\t\t.verb = \"%s\",\n\t\t.route = \"%s\",\n", rpc->verb,
			       rpc->route);
	if (rpc->body)
		buf_add_format(to, "\t\t.body = \"%s\",\n", rpc->body);
	buf_add_format(to, "\t\t.request = &%s__descriptor,\n\t\t.reply = &%s__descriptor,\n",
		       rpc->request->c_symbol, rpc->reply->c_symbol);
	buf_add_string(to, "\t\t.access = ");
	for (size_t i = 1; i < N_ACCESS; i++) {
		if (rpc->access & 1u << i) {
			buf_add_format(to, "%s%s", separator, access_names[i]);
			separator = " | ";
		}
	}
	buf_add_format(to, ",\n\t\t.read_only = %s,\n\t\t.slow = %s,\n",
		       rpc->read_only ? "true" : "false", rpc->slow ? "true" : "false");
	for (size_t i = 0; i < sizeof(road_fields) / sizeof(road_fields[0]); i++)
		emit_field(to, rpc->request, road_fields[i], road_field(rpc, road_fields[i]));
	emit_field(to, rpc->request, "masked", type_masked(rpc->request));
	emit_field(to, rpc->reply, "secret", secret_field(rpc));
	buf_add_string(to, "\t},\n");
}

static void emit_includes(struct buf *to, const struct contract *contract)
{
	for (size_t i = 0; i < contract->n_files; i++)
		if (contract->files[i].compiled)
			buf_add_format(to, "#include \"%s\"\n",
				       file_header(contract, &contract->files[i]));
}

void emit_methods(const struct contract *contract, const char *directory)
{
	CLEANUP(buf_fini) struct buf text = {0};

	emit_header(contract, directory);

	output_head(&text, "The method table, sorted by name");
	buf_add_string(&text, "#include \"kith_methods.h\"\n\n#include <stddef.h>\n\n");
	emit_includes(&text, contract);
	buf_add_string(&text, "\nconst struct method kith_methods[] = {\n");
	for (size_t i = 0; i < contract->n_rpcs; i++)
		emit_row(&text, &contract->rpcs[i]);
	buf_add_format(&text, "};\n\nconst size_t kith_methods_count = %zu;\n\n", contract->n_rpcs);
	for (size_t i = 0; i < contract->n_rpcs; i++)
		buf_add_format(&text,
			       "const struct method *const method_%s = &kith_methods[%zu];\n",
			       contract->rpcs[i].c_name, i);
	output_write(directory, "kith_methods.c", &text);
}

static bool has_rule(const struct field *field)
{
	return field->required || field->pii || field->max_len || field->format || field->has_min ||
	       field->has_max;
}

/* INT64_MIN has no literal of its own. */
static void emit_bound(struct buf *to, const char *name, int64_t bound)
{
	if (bound == INT64_MIN)
		buf_add_format(to, ", .has_%s = true, .%s = INT64_MIN", name, name);
	else
		buf_add_format(to, ", .has_%s = true, .%s = INT64_C(%lld)", name, name,
			       (long long)bound);
}

static void emit_rule(struct buf *to, const struct type *type, const struct field *field)
{
	static const char *const formats[] = {"FIELD_ANY", "FIELD_UUID", "FIELD_ANY", "FIELD_DATE",
					      "FIELD_SLUG"};

	if (field->format >= sizeof(formats) / sizeof(formats[0])) {
		error_at(type->file->path, field->line, "%s has a format the generator lacks",
			 field->name);
		return;
	}

	buf_add_format(to, "\t{.number = %d", field->proto->number);
	if (field->required)
		buf_add_string(to, ", .required = true");
	if (field->pii)
		buf_add_string(to, ", .pii = true");
	if (!text_equal(formats[field->format], "FIELD_ANY"))
		buf_add_format(to, ", .format = %s", formats[field->format]);
	if (field->max_len)
		buf_add_format(to, ", .max_len = %u", field->max_len);
	if (field->has_min)
		emit_bound(to, "min", field->min);
	if (field->has_max)
		emit_bound(to, "max", field->max);
	buf_add_format(to, "}, /* %s */\n", field->name);
}

void emit_rules(const struct contract *contract, const char *directory)
{
	CLEANUP(buf_fini) struct buf text = {0};
	CLEANUP(buf_fini) struct buf table = {0};
	size_t n = 0;

	output_head(&text, "What the contract demands of the fields of requests");
	buf_add_string(&text, "#include \"base/method.h\"\n\n");
	emit_includes(&text, contract);

	for (size_t i = 0; i < contract->n_types; i++) {
		const struct type *type = &contract->types[i];
		size_t n_rules = 0;

		if (type->is_enum || !type->reachable)
			continue;
		for (size_t k = 0; k < type->n_fields; k++) {
			if (!has_rule(&type->fields[k]))
				continue;
			if (n_rules++ == 0)
				buf_add_format(&text,
					       "\nstatic const struct field_rule rules_%s[] = {\n",
					       type->c_symbol);
			emit_rule(&text, type, &type->fields[k]);
		}
		if (n_rules == 0)
			continue;
		buf_add_string(&text, "};\n");
		buf_add_format(&table, "\t{&%s__descriptor, rules_%s, %zu},\n", type->c_symbol,
			       type->c_symbol, n_rules);
		n++;
	}

	buf_add_string(&text, "\nconst struct message_rules kith_rules[] = {\n");
	buf_add(&text, table.data ? table.data : "\t{0},\n",
		table.data ? table.size : strlen("\t{0},\n"));
	buf_add_format(&text, "};\n\nconst size_t kith_rules_count = %zu;\n", n);
	output_write(directory, "kith_rules.c", &text);
}
