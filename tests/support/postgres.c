/* The test program's own database. */
#include "postgres.h"

#include <libpq-fe.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/id.h"
#include "base/log.h"
#include "base/text.h"

#define CLUSTER KITH_SOURCE "/deploy/postgres/cluster"

struct postgres {
	char folder[64];   /* of the private cluster; "" when there is none */
	struct buf server; /* conninfo of the maintenance database */
	struct buf url;    /* of the own one */
	char name[64];
	PGconn *connection; /* to the own one */
	struct buf text;    /* the last answer */
};

static void command(const char *format, ...) PRINTF_LIKE(1, 2);
static void command(const char *format, ...)
{
	char line[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	if (system(line) != 0)
		log_die("test-command-failed", "command=\"%s\"", line);
}

/* Starts a cluster and reads its URL. PostgreSQL refuses to be root. */
static void start_cluster(struct postgres *p, struct buf *url)
{
	const struct passwd *user = getuid() == 0 ? getpwnam("postgres") : getpwuid(getuid());
	char line[1024];
	FILE *pipe;

	snprintf(p->folder, sizeof(p->folder), "/tmp/kith-test.XXXXXX");
	if (!user || !mkdtemp(p->folder) || chmod(p->folder, 0755) != 0)
		log_die("test-folder", "folder=%s", p->folder);
	command("install -d -m 700 -o %u -g %u %s/postgres %s/socket", user->pw_uid, user->pw_gid,
		p->folder, p->folder);

	snprintf(line, sizeof(line),
		 "sh %s start %s/postgres %s/socket 'fsync = off' 'synchronous_commit = off'",
		 CLUSTER, p->folder, p->folder);
	pipe = popen(line, "r");
	if (!pipe || !fgets(line, sizeof(line), pipe) || pclose(pipe) != 0)
		log_die("test-cluster", "no cluster in %s", p->folder);
	line[strcspn(line, "\n")] = 0;
	buf_add_string(url, line);
}

/* The conninfo of another database on the same server. */
static void conninfo(const char *url, const char *database, struct buf *ret)
{
	char *error = NULL;
	PQconninfoOption *options = PQconninfoParse(url, &error);

	if (!options)
		log_die("test-url", "%s", error);
	for (PQconninfoOption *option = options; option->keyword; option++)
		if (option->val && !text_equal(option->keyword, "dbname"))
			buf_add_format(ret, "%s='%s' ", option->keyword, option->val);
	buf_add_format(ret, "dbname='%s'", database);
	PQconninfoFree(options);
}

static void on_server(struct postgres *p, const char *sql)
{
	PGconn *connection = PQconnectdb(p->server.data);
	PGresult *result = PQexec(connection, sql);

	if (PQresultStatus(result) != PGRES_COMMAND_OK)
		log_die("test-database", "%s", PQerrorMessage(connection));
	PQclear(result);
	PQfinish(connection);
}

static void connect_to(struct postgres *p)
{
	p->connection = PQconnectdb(p->url.data);
	if (PQstatus(p->connection) != CONNECTION_OK)
		log_die("test-database", "%s", PQerrorMessage(p->connection));
}

struct postgres *postgres_start(void)
{
	struct postgres *p = calloc(1, sizeof(*p));
	const char *given = getenv("KITH_TEST_DATABASE_URL");
	CLEANUP(buf_fini) struct buf url = {0};
	char sql[128], id[ID_SIZE];

	if (!p)
		log_die("test-memory", "none");
	if (given && *given)
		buf_add_string(&url, given);
	else
		start_cluster(p, &url);

	id_new(id);
	snprintf(p->name, sizeof(p->name), "test_%.8s%.4s%s", id, id + 9, id + 24);
	conninfo(url.data, "postgres", &p->server);
	conninfo(url.data, p->name, &p->url);
	snprintf(sql, sizeof(sql), "CREATE DATABASE %s", p->name);
	on_server(p, sql);
	connect_to(p);

	return p;
}

struct postgres *postgres_beside(const struct postgres *postgres)
{
	struct postgres *p = calloc(1, sizeof(*p));

	if (!p)
		log_die("test-memory", "none");
	buf_add_string(&p->url, postgres->url.data);
	connect_to(p);

	return p;
}

void postgres_stop(struct postgres *p)
{
	char sql[128];

	if (!p)
		return;

	PQfinish(p->connection);
	if (p->folder[0]) {
		command("sh %s stop %s/postgres && rm -rf %s", CLUSTER, p->folder, p->folder);
	} else if (p->name[0]) {
		snprintf(sql, sizeof(sql), "DROP DATABASE %s WITH (FORCE)", p->name);
		on_server(p, sql);
	}
	buf_fini(&p->server);
	buf_fini(&p->url);
	buf_fini(&p->text);
	free(p);
}

const char *postgres_url(const struct postgres *p)
{
	return p->url.data;
}

static const char *ask(struct postgres *p, const char *format, va_list args)
{
	char sql[8192];
	PGresult *result;

	vsnprintf(sql, sizeof(sql), format, args);
	result = PQexec(p->connection, sql);
	if (PQresultStatus(result) != PGRES_COMMAND_OK && PQresultStatus(result) != PGRES_TUPLES_OK)
		log_die("test-sql", "%s in: %s", PQerrorMessage(p->connection), sql);
	buf_clear(&p->text);
	buf_add_string(&p->text, PQntuples(result) > 0 ? PQgetvalue(result, 0, 0) : "");
	PQclear(result);

	return p->text.data;
}

int64_t postgres_int(struct postgres *p, const char *format, ...)
{
	int64_t number = 0;
	const char *text;
	va_list args;

	va_start(args, format);
	text = ask(p, format, args);
	va_end(args);
	if (*text && !text_int64(text, &number))
		log_die("test-sql", "no number: %s", text);

	return number;
}

const char *postgres_text(struct postgres *p, const char *format, ...)
{
	const char *text;
	va_list args;

	va_start(args, format);
	text = ask(p, format, args);
	va_end(args);

	return text;
}
