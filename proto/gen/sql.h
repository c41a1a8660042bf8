/* A service's statements: read from .sql files, checked against the contract. */
#ifndef KITH_GEN_SQL_H
#define KITH_GEN_SQL_H

#include "contract.h"

/* One parameter; statements number them $1, $2 … in order of first use. */
struct parameter {
	const char *source; /* "SQL_FIELD" */
	const char *path;
	bool scalar;
};

struct statement {
	const char *file;
	int line; /* of the header */
	const char *name;
	const struct type *in, *out;
	bool many; /* fills the repeated field `rows` of `out` */
	const struct field *rows;
	const char **page; /* columns of the page key, NULL-terminated; NULL: no pages */
	bool batch;        /* allowed to */
	bool writes;
	const char *text;      /* with $n */
	const char *many_text; /* with q.pn; NULL: no batched form */
	struct parameter *params;
	size_t n_params;
};

/* Text that statements share: `-- fragment: name` defines it, `{name}` puts it in. */
struct fragment {
	const char *name, *text;
	const struct fragment *next;
};

struct statements {
	const struct fragment *fragments;
	struct statement *list;
	size_t n, capacity;
};

/* The statements of a service's files. Errors are reported with line. */
void sql_read(struct contract *contract, char *const *files, size_t n,
	      struct statements *ret_statements);

#endif
