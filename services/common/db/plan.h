/* Private to this room: what a statement's parameters and columns are, found out once per
 * connection and then walked without looking anything up. */
#ifndef KITH_DB_PLAN_H
#define KITH_DB_PLAN_H

#include <libpq-fe.h>
#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/call.h"
#include "base/compiler.h"
#include "base/status.h"
#include "db/sql.h"

#define PATH_MAX_HOPS  6
#define SQL_MAX_PARAMS 128
#define SQL_MAX_KEYS   8
#define PAGE_BYTES_MAX (1u << 20) /* of rows; written as a message they may be twice as long */

struct db;

/* A parameter or a column in the server's binary form; bytes NULL is SQL's NULL. */
struct value {
	const char *bytes;
	int size;
};

enum pg_kind {
	PG_BOOL,
	PG_INT2,
	PG_INT4,
	PG_INT8,
	PG_FLOAT4,
	PG_FLOAT8,
	PG_NUMERIC, /* read only */
	PG_TEXT,
	PG_JSONB,
	PG_BYTEA,
	PG_UUID,
	PG_DATE,
	PG_TIMESTAMP,
};

struct pg_type {
	Oid oid, array;
	const char *name;
	enum pg_kind kind;
};

/* The type of that oid; where it is an array, of its elements and *ret_array is true. NULL when
 * this house does not speak it. */
const struct pg_type *pg_type_find(Oid oid, bool *ret_array);

/* Bytes of one value of the field in its message or array. */
size_t field_size(const ProtobufCFieldDescriptor *f);

/* google.protobuf.Timestamp, whichever header declares it. */
struct timestamp {
	ProtobufCMessage base;
	int64_t seconds;
	int32_t nanos;
};

/* From a message through singular submessages to a field. */
struct path {
	const ProtobufCFieldDescriptor *hops[PATH_MAX_HOPS];
	unsigned n;
};

struct param {
	enum sql_source source;
	const struct pg_type *type;
	bool array;
	struct path path;  /* FIELD: the field; MASK: the field within the resource */
	int repeated;      /* FIELD: index of the repeated message among the hops, or -1 */
	const char *field; /* as written, for violations and masks */
	const ProtobufCFieldDescriptor *mask, *masked; /* MASK */
	unsigned key;                                  /* AFTER: which key column */
};

struct column {
	int number;
	const struct pg_type *type;
	bool array;
	struct path path;
};

struct plan {
	const struct sql *sql; /* NULL: an empty slot */
	unsigned id;           /* names the prepared statement: "s12", its batched form "m12" */
	/* Generations of the connection on which it was done; 0: never. */
	unsigned resolved, prepared, many_prepared;
	char *text, *many_text;
	Oid types[SQL_MAX_PARAMS], array_types[SQL_MAX_PARAMS];
	struct param *params;
	struct column *columns;
	size_t n_columns;
	const ProtobufCMessageDescriptor *row; /* what one row fills; NULL: a scalar */
	const ProtobufCFieldDescriptor *rows;  /* SQL_MANY */
	const ProtobufCFieldDescriptor *page_size, *page_token, *next_page_token;
	int keys[SQL_MAX_KEYS]; /* column numbers of the page key */
	unsigned n_keys;
};

/* The plan of the statement on this connection: asks the server the first time. INTERNAL, with the
 * place in the fault, where statement, messages and schema do not fit. */
enum status plan_get(struct call *c, struct db *db, const struct sql *s,
		     struct plan **ret_plan) MUST_USE;

/* The plan as far as it is known; NULL for a statement of no table. */
struct plan *plan_find(struct db *db, const struct sql *s);

/* Takes a slot for the statement. */
void plan_init(struct db *db, const struct sql *s, unsigned id);
void plan_fini(struct plan *plan);

/* Queues the statement, in its batched form when `many`; where it must be prepared on the way,
 * *ret_prepares is true and that result comes before its own. */
bool plan_queue(struct db *db, struct plan *plan, bool many, const struct value *values,
		bool *ret_prepares) MUST_USE;
/* What came of preparing on the way. */
void plan_prepared(struct db *db, struct plan *plan, bool many, bool done);

/* The parameters of one call, in its arena. */
enum status bind_params(struct call *c, struct db *db, const struct plan *plan,
			const ProtobufCMessage *in, struct value **ret_values) MUST_USE;

/* An array of the element type from n values. */
struct value bind_array(struct arena *arena, const struct pg_type *element,
			const struct value *values, size_t n);

/* Fills `ret` from rows [first, first + n) of the result, columns shifted by `shift`. */
enum status row_fill(struct call *c, struct db *db, const struct plan *plan,
		     const ProtobufCMessage *in, const PGresult *result, int first, int n,
		     int shift, ProtobufCMessage *ret) MUST_USE;

/* page_size within its bounds. */
int64_t page_limit(const struct plan *plan, const ProtobufCMessage *in);

/* The key of the last row of the page before; *ret_keys is NULL on the first page. INVALID_ARGUMENT
 * for a token that was not made here for this list. */
enum status page_read(struct call *c, const struct db *db, const struct plan *plan,
		      const ProtobufCMessage *in, const struct value **ret_keys) MUST_USE;

/* The token that continues after these key values. */
char *page_write(struct call *c, const struct db *db, const struct plan *plan,
		 const ProtobufCMessage *in, const struct value *keys);

/* Bytes in network order. */
static inline void put_be16(char *to, uint16_t n)
{
	to[0] = (char)(n >> 8);
	to[1] = (char)n;
}

static inline void put_be32(char *to, uint32_t n)
{
	put_be16(to, (uint16_t)(n >> 16));
	put_be16(to + 2, (uint16_t)n);
}

static inline void put_be64(char *to, uint64_t n)
{
	put_be32(to, (uint32_t)(n >> 32));
	put_be32(to + 4, (uint32_t)n);
}

static inline uint16_t get_be16(const char *from)
{
	return (uint16_t)((uint8_t)from[0] << 8 | (uint8_t)from[1]);
}

static inline uint32_t get_be32(const char *from)
{
	return (uint32_t)get_be16(from) << 16 | get_be16(from + 2);
}

static inline uint64_t get_be64(const char *from)
{
	return (uint64_t)get_be32(from) << 32 | get_be32(from + 4);
}

/* Both of PostgreSQL's clocks start at 2000-01-01. */
#define PG_EPOCH_DAYS 10957
#define PG_EPOCH_US   (INT64_C(86400000000) * PG_EPOCH_DAYS)

#endif
