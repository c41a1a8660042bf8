/* The generator: from the contract's descriptor set and a service's .sql files to readable C. Run
 * by the build, from the top of the source tree:
 *
 *   kith-gen contract SET DIRECTORY
 *   kith-gen handlers SET DIRECTORY SERVICE
 *   kith-gen sql SET DIRECTORY SERVICE [FILE.sql …]        (of sql/ and of migrations/) */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "emit.h"
#include "output.h"

static int usage(void)
{
	fputs("usage: kith-gen contract|handlers|sql SET DIRECTORY [SERVICE [FILE.sql …]]\n",
	      stderr);
	return 2;
}

static void emit_contract(const struct contract *contract, const char *directory)
{
	emit_methods(contract, directory);
	emit_rules(contract, directory);
	emit_files(contract, directory);
	emit_openapi(contract, directory);
}

static bool is_migration(const char *path)
{
	return strstr(path, "/migrations/") != NULL;
}

/* Files of sql/ and of migrations/ come in one list. */
static void emit_sql(struct contract *contract, const char *service, char *const *files, size_t n,
		     const char *directory)
{
	char **statements = arena_array(&contract->arena, n, sizeof(*statements));
	char **migrations = arena_array(&contract->arena, n, sizeof(*migrations));
	size_t n_statements = 0, n_migrations = 0;

	for (size_t i = 0; i < n; i++) {
		if (is_migration(files[i]))
			migrations[n_migrations++] = files[i];
		else
			statements[n_statements++] = files[i];
	}
	emit_statements(contract, service, statements, n_statements, directory);
	emit_migrations(contract, service, migrations, n_migrations, directory);
}

int main(int argc, char **argv)
{
	CLEANUP(contract_fini) struct contract contract = {0};
	const char *what = argc > 1 ? argv[1] : "";

	if (argc < 4 || (argc < 5 && !text_equal(what, "contract")))
		return usage();
	if (!contract_read(&contract, argv[2])) {
		error_at(argv[2], 0, "is no descriptor set");
		return 1;
	}

	/* The contract's own errors are told once, where the contract is emitted. */
	if (text_equal(what, "contract")) {
		if (errors_count() == 0)
			emit_contract(&contract, argv[3]);
	} else if (errors_count()) {
		return 1;
	} else if (text_equal(what, "handlers")) {
		emit_handlers(&contract, argv[4], argv[3]);
	} else if (text_equal(what, "sql")) {
		emit_sql(&contract, argv[4], argv + 5, (size_t)argc - 5, argv[3]);
	} else {
		return usage();
	}

	return errors_count() ? 1 : 0;
}
