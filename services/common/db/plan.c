/* Finding out, once per connection, what a statement's parameters and columns are. */
#include "plan.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/log.h"
#include "base/method.h"
#include "base/text.h"
#include "conn.h"

/* plan_get and plan_find: by address, the number of statements being known from the start. */
static struct plan *slot_of(struct db *db, const struct sql *s)
{
	size_t mask = db->plan_slots - 1;
	size_t i = ((uintptr_t)s >> 4) * 0x9e3779b97f4a7c15u >> 20 & mask;

	while (db->plans[i].sql && db->plans[i].sql != s)
		i = (i + 1) & mask;

	return &db->plans[i];
}

void plan_init(struct db *db, const struct sql *s, unsigned id)
{
	struct plan *plan = slot_of(db, s);

	plan->sql = s;
	plan->id = id;
}

void plan_fini(struct plan *plan)
{
	free(plan->text);
	free(plan->many_text);
	free(plan->params);
	free(plan->columns);
}

struct plan *plan_find(struct db *db, const struct sql *s)
{
	struct plan *plan = slot_of(db, s);

	return plan->sql ? plan : NULL;
}

static enum status misfit(struct call *c, const struct sql *s, const char *what, const char *name,
			  const char *why)
{
	return call_fail(c, STATUS_INTERNAL, "STATEMENT_MISFIT", "%s: %s: %s %s %s", s->where,
			 s->name, what, name, why);
}

static const ProtobufCFieldDescriptor *field(const ProtobufCMessageDescriptor *message,
					     const char *name, size_t size)
{
	char copy[128];

	if (!message || size >= sizeof(copy))
		return NULL;
	memcpy(copy, name, size);
	copy[size] = 0;

	return protobuf_c_message_descriptor_get_field_by_name(message, copy);
}

static bool path_find(const ProtobufCMessageDescriptor *message, const char *name,
		      struct path *ret_path)
{
	struct path path = {.n = 0};

	for (;;) {
		size_t size = strcspn(name, ".");
		const ProtobufCFieldDescriptor *f = field(message, name, size);

		if (!f || path.n == PATH_MAX_HOPS)
			return false;
		path.hops[path.n++] = f;
		if (!name[size])
			break;
		if (f->type != PROTOBUF_C_TYPE_MESSAGE)
			return false;
		message = f->descriptor;
		name += size + 1;
	}
	*ret_path = path;

	return true;
}

static bool is_timestamp(const ProtobufCFieldDescriptor *f)
{
	const ProtobufCMessageDescriptor *message = f->descriptor;

	return f->type == PROTOBUF_C_TYPE_MESSAGE &&
	       strcmp(message->name, "google.protobuf.Timestamp") == 0;
}

static bool is_integer(const ProtobufCFieldDescriptor *f)
{
	switch (f->type) {
	case PROTOBUF_C_TYPE_INT32:
	case PROTOBUF_C_TYPE_SINT32:
	case PROTOBUF_C_TYPE_SFIXED32:
	case PROTOBUF_C_TYPE_INT64:
	case PROTOBUF_C_TYPE_SINT64:
	case PROTOBUF_C_TYPE_SFIXED64:
	case PROTOBUF_C_TYPE_UINT32:
	case PROTOBUF_C_TYPE_FIXED32:
	case PROTOBUF_C_TYPE_UINT64:
	case PROTOBUF_C_TYPE_FIXED64:
		return true;
	default:
		return false;
	}
}

static bool is_real(const ProtobufCFieldDescriptor *f)
{
	return f->type == PROTOBUF_C_TYPE_FLOAT || f->type == PROTOBUF_C_TYPE_DOUBLE;
}

static bool fits(enum pg_kind kind, const ProtobufCFieldDescriptor *f)
{
	switch (kind) {
	case PG_BOOL:
		return f->type == PROTOBUF_C_TYPE_BOOL;
	case PG_INT2:
	case PG_INT4:
	case PG_INT8:
		return is_integer(f) || f->type == PROTOBUF_C_TYPE_ENUM;
	case PG_FLOAT4:
	case PG_FLOAT8:
		return is_real(f);
	case PG_NUMERIC:
		return is_integer(f) || is_real(f);
	case PG_TEXT:
		return f->type == PROTOBUF_C_TYPE_STRING || f->type == PROTOBUF_C_TYPE_ENUM;
	case PG_UUID:
	case PG_DATE:
	case PG_JSONB:
		return f->type == PROTOBUF_C_TYPE_STRING;
	case PG_BYTEA:
		return f->type == PROTOBUF_C_TYPE_BYTES;
	case PG_TIMESTAMP:
		return is_timestamp(f);
	}

	return false;
}

static enum status param_field(struct call *c, const struct sql *s, const char *name,
			       struct param *p)
{
	const ProtobufCFieldDescriptor *last;

	if (!path_find(s->in, name, &p->path))
		return misfit(c, s, "parameter", name, "is no field of the request");

	last = p->path.hops[p->path.n - 1];
	for (unsigned i = 0; i + 1 < p->path.n; i++) {
		if (p->path.hops[i]->label != PROTOBUF_C_LABEL_REPEATED)
			continue;
		if (p->repeated >= 0)
			return misfit(c, s, "parameter", name, "is repeated twice");
		p->repeated = (int)i;
	}
	if (p->repeated >= 0 && last->label == PROTOBUF_C_LABEL_REPEATED)
		return misfit(c, s, "parameter", name, "is repeated twice");
	if (p->array != (p->repeated >= 0 || last->label == PROTOBUF_C_LABEL_REPEATED))
		return misfit(c, s, "parameter", name, "is an array on one side only");
	if (!fits(p->type->kind, last) || p->type->kind == PG_NUMERIC)
		return misfit(c, s, "parameter", name, "has a type that its field cannot become");

	return STATUS_OK;
}

/* The resource a mask speaks of: what the method says, else the message field that has the masked
 * one. */
static const ProtobufCFieldDescriptor *masked_field(const struct call *c, const struct sql *s,
						    const char *name, struct path *ret_path)
{
	if (c->method && c->method->request == s->in && c->method->masked)
		return path_find(c->method->masked->descriptor, name, ret_path) ? c->method->masked
										: NULL;

	for (unsigned i = 0; i < s->in->n_fields; i++) {
		const ProtobufCFieldDescriptor *f = &s->in->fields[i];

		if (f->type == PROTOBUF_C_TYPE_MESSAGE && f->label != PROTOBUF_C_LABEL_REPEATED &&
		    strcmp(f->name, "update_mask") != 0 && path_find(f->descriptor, name, ret_path))
			return f;
	}

	return NULL;
}

static enum status param_resolve(struct call *c, const struct sql *s, const struct sql_param *from,
				 Oid oid, struct param *p)
{
	bool wanted = true;

	p->source = from->source;
	p->field = from->path;
	p->repeated = -1;
	p->type = pg_type_find(oid, &p->array);
	if (!p->type)
		return misfit(c, s, "parameter", from->path, "has a type that is not spoken here");
	if (from->source != SQL_FIELD && p->array)
		return misfit(c, s, "parameter", from->path, "must not be an array");

	switch (from->source) {
	case SQL_FIELD:
		return param_field(c, s, from->path, p);
	case SQL_MASK:
		p->mask = field(s->in, "update_mask", strlen("update_mask"));
		p->masked = masked_field(c, s, from->path, &p->path);
		if (!p->masked)
			return misfit(c, s, "mask", from->path, "is no field of a resource");
		wanted = p->type->kind == PG_BOOL;
		break;
	case SQL_AFTER:
		while (s->page && s->page[p->key] && strcmp(s->page[p->key], from->path) != 0)
			p->key++;
		if (!s->page || !s->page[p->key])
			return misfit(c, s, "parameter", from->path,
				      "is no column of the page key");
		break;
	case SQL_LIMIT:
		wanted = p->type->kind == PG_INT8 || p->type->kind == PG_INT4;
		break;
	case SQL_CALLER:
	case SQL_NEW_ID:
		wanted = p->type->kind == PG_UUID || p->type->kind == PG_TEXT;
		break;
	case SQL_CALLER_KEY:
	case SQL_REQUEST_ID:
		wanted = p->type->kind == PG_TEXT || p->type->kind == PG_UUID;
		break;
	case SQL_NOW:
		wanted = p->type->kind == PG_TIMESTAMP;
		break;
	}

	return wanted ? STATUS_OK
		      : misfit(c, s, "parameter", from->path, "has a type it cannot become");
}

static enum status column_resolve(struct call *c, const struct sql *s, struct plan *plan,
				  const char *name, int number, Oid oid)
{
	struct column column = {.number = number};
	const ProtobufCFieldDescriptor *last;
	bool key = false;

	for (unsigned i = 0; s->page && s->page[i]; i++) {
		if (strcmp(s->page[i], name) != 0)
			continue;
		plan->keys[i] = number;
		key = true;
	}

	column.type = pg_type_find(oid, &column.array);
	if (!column.type)
		return misfit(c, s, "column", name, "has a type that is not spoken here");
	if (!plan->row) { /* rows of one scalar column */
		column.path = (struct path){.hops = {plan->rows}, .n = 1};
		if (!fits(column.type->kind, plan->rows) || column.array || plan->n_columns)
			return misfit(c, s, "column", name, "does not fit the repeated field");
		plan->columns[plan->n_columns++] = column;
		return STATUS_OK;
	}
	if (!path_find(plan->row, name, &column.path))
		return key ? STATUS_OK : misfit(c, s, "column", name, "is no field of the reply");

	last = column.path.hops[column.path.n - 1];
	for (unsigned i = 0; i + 1 < column.path.n; i++)
		if (column.path.hops[i]->label == PROTOBUF_C_LABEL_REPEATED)
			return misfit(c, s, "column", name, "goes through a repeated field");
	if (column.array != (last->label == PROTOBUF_C_LABEL_REPEATED))
		return misfit(c, s, "column", name, "is an array on one side only");
	if (!fits(column.type->kind, last))
		return misfit(c, s, "column", name, "has a type that its field cannot hold");
	plan->columns[plan->n_columns++] = column;

	return STATUS_OK;
}

static enum status page_resolve(struct call *c, const struct sql *s, struct plan *plan)
{
	plan->page_size = field(s->in, "page_size", strlen("page_size"));
	if (!s->page)
		return STATUS_OK;

	plan->page_token = field(s->in, "page_token", strlen("page_token"));
	plan->next_page_token = field(s->out, "next_page_token", strlen("next_page_token"));
	if (!plan->page_size || !plan->page_token || !plan->next_page_token)
		return misfit(c, s, "page", s->page[0],
			      "needs page_size, page_token and next_page_token");
	for (plan->n_keys = 0; s->page[plan->n_keys]; plan->n_keys++) {
		if (plan->n_keys == SQL_MAX_KEYS)
			return misfit(c, s, "page", s->page[0], "has too many columns");
		plan->keys[plan->n_keys] = -1;
	}

	return STATUS_OK;
}

/* A key column comes back as a parameter byte by byte, so both must have one type. */
static enum status keys_resolve(struct call *c, const struct sql *s, const struct plan *plan,
				const PGresult *described)
{
	for (unsigned i = 0; i < plan->n_keys; i++)
		if (plan->keys[i] < 0)
			return misfit(c, s, "page key", s->page[i], "is no column");

	for (size_t i = 0; i < s->n_params; i++) {
		const struct param *p = &plan->params[i];
		bool array;

		if (p->source == SQL_AFTER &&
		    pg_type_find(PQftype(described, plan->keys[p->key]), &array)->kind !=
			    p->type->kind)
			return misfit(c, s, "page key", p->field,
				      "has another type as parameter than as column");
	}

	return STATUS_OK;
}

static void many_text(const struct sql *s, struct plan *plan)
{
	struct buf text = {0};

	buf_add_format(&text, "/* %s, batched */ SELECT q.ordinal::int4, r.* FROM unnest(",
		       s->name);
	for (size_t i = 0; i < s->n_params; i++)
		buf_add_format(&text, "%s$%zu::%s[]", i ? ", " : "", i + 1,
			       plan->params[i].type->name);
	buf_add_string(&text, ") WITH ORDINALITY AS q(");
	for (size_t i = 0; i < s->n_params; i++)
		buf_add_format(&text, "p%zu, ", i + 1);
	buf_add_format(&text, "ordinal), LATERAL (%s) r", s->many_text);
	plan->many_text = text.data;
}

static enum status resolve(struct call *c, struct db *db, struct plan *plan,
			   const PGresult *described)
{
	const struct sql *s = plan->sql;
	int n_columns = PQnfields(described);

	if (PQnparams(described) != (int)s->n_params || s->n_params > SQL_MAX_PARAMS)
		return misfit(c, s, "statement", s->name, "has another number of parameters");
	plan->n_columns = 0;
	free(plan->params);
	free(plan->columns);
	plan->params = calloc(s->n_params + 1, sizeof(*plan->params));
	plan->columns = calloc((size_t)n_columns + 1, sizeof(*plan->columns));
	if (!plan->params || !plan->columns)
		log_die("no-memory", "what=plan");

	if (s->shape == SQL_MANY)
		plan->rows = field(s->out, s->rows, strlen(s->rows));
	if (s->shape == SQL_MANY && (!plan->rows || plan->rows->label != PROTOBUF_C_LABEL_REPEATED))
		return misfit(c, s, "rows", s->rows, "is no repeated field");
	plan->row = s->out;
	if (s->shape == SQL_MANY)
		plan->row =
			plan->rows->type == PROTOBUF_C_TYPE_MESSAGE ? plan->rows->descriptor : NULL;
	TRY(page_resolve(c, s, plan));

	for (size_t i = 0; i < s->n_params; i++) {
		struct param *p = &plan->params[i];

		TRY(param_resolve(c, s, &s->params[i], PQparamtype(described, (int)i), p));
		plan->types[i] = PQparamtype(described, (int)i);
		plan->array_types[i] = p->type->array;
	}
	for (int i = 0; s->shape != SQL_NONE && i < n_columns; i++)
		TRY(column_resolve(c, s, plan, PQfname(described, i), i, PQftype(described, i)));
	if (s->shape == SQL_ONE && n_columns == 0)
		return misfit(c, s, "statement", s->name, "gives no columns");
	TRY(keys_resolve(c, s, plan, described));

	free(plan->many_text);
	plan->many_text = NULL;
	bool scalars = s->n_params > 0;
	for (size_t i = 0; i < s->n_params; i++)
		scalars = scalars && !plan->params[i].array;
	if (s->many_text && s->shape == SQL_ONE && scalars)
		many_text(s, plan);
	plan->resolved = db->generation;

	return STATUS_OK;
}

static void plan_name(const struct db *db, const struct plan *plan, bool many, char ret[static 16])
{
	ret[0] = 0;
	if (db->prepare)
		snprintf(ret, 16, "%c%u", many ? 'm' : 's', plan->id);
}

/* Parses and describes in one round trip: behind a pooler both reach the same server. */
static enum status ask(struct call *c, struct db *db, struct plan *plan)
{
	enum status status = STATUS_OK;
	bool prepared = db->prepare && plan->prepared == db->generation;
	PGresult *result;
	char name[16];

	plan_name(db, plan, false, name);
	if ((!prepared && !conn_queue_prepare(db, name, plan->text)) ||
	    !conn_queue_describe(db, name) || !conn_sync(db))
		return conn_lost(c, db);

	while ((status = conn_next(c, db, c->deadline_us, &result)) == STATUS_OK && result) {
		if (PQresultStatus(result) != PGRES_COMMAND_OK)
			status = sqlstate_fail(c, db, plan->sql, result);
		else if (prepared)
			status = resolve(c, db, plan, result);
		else
			prepared = true;
		PQclear(result);
		if (status != STATUS_OK) {
			if (db->pg)
				conn_drain(c, db, c->deadline_us);
			break;
		}
	}
	if (db->pg && prepared)
		plan->prepared = db->generation;

	return status;
}

enum status plan_get(struct call *c, struct db *db, const struct sql *s, struct plan **ret_plan)
{
	struct plan *plan = slot_of(db, s);

	if (!plan->sql)
		return misfit(c, s, "statement", s->name, "is in no table of this connection");

	if (!plan->text) {
		struct buf text = {0};

		buf_add_format(&text, "/* %s */ %s", s->name, s->text);
		plan->text = text.data;
	}
	if (!db->pg || db->stale || plan->resolved != db->generation) {
		TRY(conn_open(c, db));
		if (plan->resolved != db->generation)
			TRY(ask(c, db, plan));
	}
	*ret_plan = plan;

	return STATUS_OK;
}

bool plan_queue(struct db *db, struct plan *plan, bool many, const struct value *values,
		bool *ret_prepares)
{
	const char *text = many ? plan->many_text : plan->text;
	unsigned prepared = many ? plan->many_prepared : plan->prepared;
	size_t n = plan->sql->n_params;
	char name[16];

	*ret_prepares = false;
	if (!db->prepare)
		return conn_queue_params(db, text, n, many ? plan->array_types : plan->types,
					 values);

	plan_name(db, plan, many, name);
	if (prepared != db->generation) {
		if (!conn_queue_prepare(db, name, text))
			return false;
		*ret_prepares = true;
		plan_prepared(db, plan, many, true); /* one exchange may run it twice */
	}

	return conn_queue_prepared(db, name, n, values);
}

void plan_prepared(struct db *db, struct plan *plan, bool many, bool done)
{
	*(many ? &plan->many_prepared : &plan->prepared) = done ? db->generation : 0;
}

enum status db_check(struct call *c, const struct sql *s)
{
	struct plan *plan;

	return plan_get(c, c->db, s, &plan);
}
