/* A service's migrations, embedded. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cname.h"
#include "emit.h"
#include "output.h"

/* The number of "0001_communities.sql"; 0 when it has none. */
static unsigned number_of(const char *name)
{
	unsigned number = 0;

	for (size_t i = 0; i < 4; i++) {
		if (name[i] < '0' || name[i] > '9')
			return 0;
		number = number * 10 + (unsigned)(name[i] - '0');
	}

	return name[4] == '_' && text_ends(name, ".sql") ? number : 0;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(base_name(*(char *const *)a), base_name(*(char *const *)b));
}

void emit_migrations(const struct contract *contract, const char *service, char *const *files,
		     size_t n, const char *directory)
{
	struct arena *arena = (struct arena *)&contract->arena;
	const char *upper = cname_upper(arena, service);
	CLEANUP(buf_fini) struct buf text = {0};
	CLEANUP(buf_fini) struct buf file = {0};
	char **sorted = arena_array(arena, n, sizeof(*sorted));

	output_head(&text, arena_printf(arena, "The migrations of %s", service));
	buf_add_format(&text,
		       "#ifndef KITH_%s_MIGRATIONS_H\n#define KITH_%s_MIGRATIONS_H\n\n"
		       "#include \"db/migrate.h\"\n\n"
		       "extern const struct migration_set %s_migrations;\n\n#endif\n",
		       upper, upper, service);
	output_write(directory, arena_printf(arena, "%s.migrations.h", service), &text);

	output_head(&text, arena_printf(arena, "The migrations of %s", service));
	buf_add_format(&text,
		       "#include \"%s.migrations.h\"\n\n"
		       "static const struct migration migrations[] = {\n",
		       service);
	if (n)
		memcpy(sorted, files, n * sizeof(*sorted));
	qsort(sorted, n, sizeof(*sorted), compare_names);
	for (size_t i = 0; i < n; i++) {
		const char *name = base_name(sorted[i]);
		unsigned number = number_of(name);

		if (number == 0)
			error_at(sorted[i], 0, "a migration is named NNNN_name.sql");
		else if (number != i + 1)
			error_at(sorted[i], 0, "migration %04u should be here: numbers are dense",
				 (unsigned)i + 1);
		buf_clear(&file);
		if (!input_read(sorted[i], &file))
			error_at(sorted[i], 0, "cannot be read");
		buf_add_format(&text, "\t{%u, \"%.*s\",\n", number, (int)(strlen(name) - 4), name);
		output_literal(&text, file.data ? file.data : "");
		buf_add_string(&text, "},\n");
	}
	buf_add_format(&text,
		       "%s};\n\nconst struct migration_set %s_migrations = {\n"
		       "\t.schema = \"%s\",\n\t.migrations = migrations,\n"
		       "\t.n_migrations = %zu,\n};\n",
		       n ? "" : "\t{0},\n", service, service, n);
	output_write(directory, arena_printf(arena, "%s.migrations.c", service), &text);
}
