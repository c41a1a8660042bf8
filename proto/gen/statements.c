/* The typed functions of a service's statements, and their table. */
#include <string.h>

#include "base/text.h"
#include "cname.h"
#include "emit.h"
#include "output.h"
#include "sql.h"

/* A statement without `in` takes none, one without `out` returns none. */
static void emit_function(struct buf *to, const char *service, const struct statement *s, size_t i,
			  bool find)
{
	buf_add_format(to, "static inline MUST_USE enum status sql_%s%s(struct call *c",
		       find ? "find_" : "", s->name);
	if (s->in)
		buf_add_format(to, ",\n\t\tconst %s *in", s->in->c_type);
	if (s->out)
		buf_add_format(to, ",\n\t\t%s *ret", s->out->c_type);
	if (find)
		buf_add_string(to, ", bool *ret_found");
	buf_add_format(to, ")\n{\n\treturn sql_%s(c, &%s_statements[%zu], %s, %s%s);\n}\n\n",
		       find ? "find" : "run", service, i, s->in ? "&in->base" : "NULL",
		       s->out ? "&ret->base" : "NULL", find ? ", ret_found" : "");
}

static void emit_header(struct contract *contract, const char *service,
			const struct statements *statements, const char *directory)
{
	const char *upper = cname_upper(&contract->arena, service);
	CLEANUP(buf_fini) struct buf text = {0};

	output_head(&text, arena_printf(&contract->arena, "The statements of %s", service));
	buf_add_format(&text,
		       "#ifndef KITH_%s_SQL_H\n#define KITH_%s_SQL_H\n\n#include \"db/sql.h\"\n",
		       upper, upper);
	for (size_t i = 0; i < contract->n_files; i++) {
		const struct file *file = &contract->files[i];
		bool used = false;

		for (size_t k = 0; k < statements->n; k++) {
			const struct statement *s = &statements->list[k];

			used |= (s->in && s->in->file == file) || (s->out && s->out->file == file);
		}
		if (used)
			buf_add_format(&text, "#include \"%s\"\n", file_header(contract, file));
	}
	buf_add_format(&text,
		       "\nextern const struct sql %s_statements[];\n"
		       "extern const struct sql_table %s_sql;\n\n",
		       service, service);
	for (size_t i = 0; i < statements->n; i++) {
		const struct statement *s = &statements->list[i];

		buf_add_format(&text, "/* %s:%d */\n", s->file, s->line);
		emit_function(&text, service, s, i, false);
		if (s->out && !s->many)
			emit_function(&text, service, s, i, true);
	}
	buf_add_string(&text, "#endif\n");
	output_write(directory, arena_printf(&contract->arena, "%s.sql.h", service), &text);
}

static void emit_params(struct buf *to, const struct statement *s)
{
	if (s->n_params) {
		buf_add_format(to, "static const struct sql_param params_%s[] = {\n", s->name);
		for (size_t i = 0; i < s->n_params; i++)
			buf_add_format(to, "\t{%s, \"%s\"},\n", s->params[i].source,
				       s->params[i].path);
		buf_add_string(to, "};\n");
	}
	if (s->page) {
		buf_add_format(to, "static const char *const page_%s[] = {", s->name);
		for (const char **column = s->page; *column; column++)
			buf_add_format(to, "\"%s\", ", *column);
		buf_add_string(to, "NULL};\n");
	}
}

static void emit_row(struct buf *to, const char *service, const struct statement *s, size_t i)
{
	buf_add_format(to,
		       "\t{\n\t.name = \"%s.%s\",\n\t.where = \"%s:%d\",\n\t.index = %zu,\n"
		       "\t.shape = %s,\n\t.writes = %s,\n",
		       service, s->name, s->file, s->line, i,
		       !s->out   ? "SQL_NONE"
		       : s->many ? "SQL_MANY"
				 : "SQL_ONE",
		       s->writes ? "true" : "false");
	if (s->in)
		buf_add_format(to, "\t.in = &%s__descriptor,\n", s->in->c_symbol);
	if (s->out)
		buf_add_format(to, "\t.out = &%s__descriptor,\n", s->out->c_symbol);
	if (s->many)
		buf_add_format(to, "\t.rows = \"%s\",\n", s->rows->name);
	if (s->page)
		buf_add_format(to, "\t.page = page_%s,\n", s->name);
	if (s->n_params)
		buf_add_format(to, "\t.params = params_%s,\n\t.n_params = %zu,\n", s->name,
			       s->n_params);
	buf_add_string(to, "\t.text =\n");
	output_literal(to, s->text);
	if (s->many_text) {
		buf_add_string(to, ",\n\t.many_text =\n");
		output_literal(to, s->many_text);
	}
	buf_add_string(to, ",\n\t},\n");
}

void emit_statements(struct contract *contract, const char *service, char *const *files, size_t n,
		     const char *directory)
{
	CLEANUP(buf_fini) struct buf text = {0};
	struct statements statements = {0};

	sql_read(contract, files, n, &statements);
	if (errors_count())
		return;
	emit_header(contract, service, &statements, directory);

	output_head(&text, arena_printf(&contract->arena, "The statements of %s", service));
	buf_add_format(&text, "#include \"%s.sql.h\"\n\n#include <stddef.h>\n\n", service);
	for (size_t i = 0; i < statements.n; i++)
		emit_params(&text, &statements.list[i]);

	buf_add_format(&text, "\nconst struct sql %s_statements[] = {\n", service);
	for (size_t i = 0; i < statements.n; i++)
		emit_row(&text, service, &statements.list[i], i);
	buf_add_format(&text, "%s};\n\nstatic const struct sql *const list[] = {\n",
		       statements.n ? "" : "\t{0},\n");
	for (size_t i = 0; i < statements.n; i++)
		buf_add_format(&text, "\t&%s_statements[%zu],\n", service, i);
	buf_add_format(&text,
		       "%s};\n\nconst struct sql_table %s_sql = {\n\t.service = \"%s\",\n"
		       "\t.statements = list,\n\t.n_statements = %zu,\n};\n",
		       statements.n ? "" : "\tNULL,\n", service, service, statements.n);
	output_write(directory, arena_printf(&contract->arena, "%s.sql.c", service), &text);
}
