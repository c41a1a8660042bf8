/* Migrations: each file once, in its own transaction, under a lock, with its checksum kept.
 *
 * A file that begins with "-- concurrently" builds indexes without keeping writers waiting, which
 * cannot be done within a transaction. Its statements run on a connection of their own while this
 * one holds the lock; stopped in the middle, they are run again, so each must allow that (IF NOT
 * EXISTS). */
#include "db/migrate.h"

#include <libpq-fe.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "base/text.h"

#define CHECKSUM_SIZE   (2 * SHA256_DIGEST_LENGTH + 1)
#define LOCK_POLL_NS    20000000
#define CONCURRENT_HEAD "-- concurrently\n"

static void finish(PGconn **pg)
{
	PQfinish(*pg);
}

static void clear(PGresult **result)
{
	PQclear(*result);
}

static enum status failed(PGconn *pg, const char *what)
{
	char error[512];

	log_line(LOG_ERROR, "migrate-failed", "at=%s error=%s", what,
		 log_quote(PQerrorMessage(pg), error, sizeof(error)));

	return PQstatus(pg) == CONNECTION_OK ? STATUS_INTERNAL : STATUS_UNAVAILABLE;
}

static enum status connect_to(const char *url, const char *schema, PGconn **ret)
{
	const char *keys[] = {"dbname", "application_name", "connect_timeout", "options", NULL};
	char options[256];
	const char *values[] = {url, "kith-migrate", "10", options, NULL};

	snprintf(options, sizeof(options), "-c search_path=%s -c client_min_messages=warning",
		 schema);
	*ret = PQconnectdbParams(keys, values, 1);

	return PQstatus(*ret) == CONNECTION_OK ? STATUS_OK : failed(*ret, "connect");
}

static enum status run(PGconn *pg, const char *what, const char *text)
{
	PGresult *result CLEANUP(clear) = PQexec(pg, text);
	ExecStatusType status = PQresultStatus(result);

	if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY)
		return STATUS_OK;

	return failed(pg, what);
}

static void checksum(const struct migration *m, char ret[static CHECKSUM_SIZE])
{
	unsigned char digest[SHA256_DIGEST_LENGTH];

	SHA256((const unsigned char *)m->text, strlen(m->text), digest);
	text_hex(digest, sizeof(digest), ret);
}

/* The end of the statement that starts at `from`: after its semicolon, or the end of the text.
 * Knows quotes, dollar quotes and comments. */
static const char *statement_end(const char *from)
{
	while (*from && *from != ';') {
		const char *close = NULL;

		if (*from == '\'' || *from == '"') {
			close = strchr(from + 1, *from);
		} else if (text_starts(from, "--")) {
			close = strchr(from, '\n');
		} else if (text_starts(from, "/*")) {
			close = strstr(from + 2, "*/");
		} else if (*from == '$') {
			size_t size = strspn(from + 1, "abcdefghijklmnopqrstuvwxyz_") + 2;
			char tag[64];

			if (size < sizeof(tag) && from[size - 1] == '$') {
				memcpy(tag, from, size);
				tag[size] = 0;
				close = strstr(from + size, tag);
				close = close ? close + size - 1 : from + strlen(from) - 1;
			} else {
				close = from;
			}
		} else {
			close = from;
		}
		if (!close)
			return from + strlen(from);
		from = close + 1;
	}

	return *from ? from + 1 : from;
}

/* One statement a query, as a distributed PostgreSQL wants it. */
static enum status apply_text(PGconn *pg, const struct migration *m)
{
	for (const char *from = m->text, *end; *from; from = end) {
		enum status status;
		char *one;

		end = statement_end(from);
		one = strndup(from, (size_t)(end - from));
		if (!one)
			log_die("no-memory", "what=migration");
		status = run(pg, m->name, one);
		free(one);
		TRY(status);
	}

	return STATUS_OK;
}

/* OK with *ret_applied; FAILED_PRECONDITION when another text was applied under the number. */
static enum status look_up(PGconn *pg, const struct migration_set *set, const struct migration *m,
			   bool *ret_applied)
{
	char number[16], sum[CHECKSUM_SIZE];
	const char *values[] = {set->schema, number};
	PGresult *result CLEANUP(clear) = NULL;

	snprintf(number, sizeof(number), "%u", m->number);
	result = PQexecParams(pg, "SELECT checksum FROM migration WHERE of = $1 AND number = $2", 2,
			      NULL, values, NULL, NULL, 0);
	if (PQresultStatus(result) != PGRES_TUPLES_OK)
		return failed(pg, m->name);

	*ret_applied = PQntuples(result) > 0;
	checksum(m, sum);
	if (*ret_applied && strcmp(PQgetvalue(result, 0, 0), sum) != 0) {
		log_line(LOG_ERROR, "migration-changed",
			 "of=%s number=%u name=%s what=\"the file differs from what was applied\"",
			 set->schema, m->number, m->name);
		return STATUS_FAILED_PRECONDITION;
	}

	return STATUS_OK;
}

static enum status note(PGconn *pg, const struct migration_set *set, const struct migration *m)
{
	char number[16], sum[CHECKSUM_SIZE];
	const char *values[] = {set->schema, number, m->name, sum};
	PGresult *result CLEANUP(clear) = NULL;

	snprintf(number, sizeof(number), "%u", m->number);
	checksum(m, sum);
	result = PQexecParams(pg,
			      "INSERT INTO migration (of, number, name, checksum) "
			      "VALUES ($1, $2, $3, $4)",
			      4, NULL, values, NULL, NULL, 0);

	return PQresultStatus(result) == PGRES_COMMAND_OK ? STATUS_OK : failed(pg, m->name);
}

/* Begins the transaction that holds the schema's lock, which may not be there yet; the number is
 * "kith" and its like for this database. Who waits for the lock does so outside of any transaction:
 * building an index concurrently waits for all that have begun before. */
static enum status begin_locked(PGconn *pg, const char *schema)
{
	char lock[128];

	snprintf(lock, sizeof(lock), "SELECT pg_try_advisory_xact_lock(7235419, hashtext('%s'))",
		 schema);
	for (;;) {
		PGresult *result CLEANUP(clear) = NULL;

		TRY(run(pg, "begin", "BEGIN"));
		result = PQexec(pg, lock);
		if (PQresultStatus(result) != PGRES_TUPLES_OK)
			return failed(pg, "lock");
		if (PQgetvalue(result, 0, 0)[0] == 't')
			return STATUS_OK;

		TRY(run(pg, "rollback", "ROLLBACK"));
		nanosleep(&(struct timespec){.tv_nsec = LOCK_POLL_NS}, NULL);
	}
}

/* An index whose building was cut short stands there, invalid and in the way of its name. */
static enum status drop_half_built(PGconn *pg)
{
	PGresult *result CLEANUP(clear) =
		PQexec(pg,
		       "SELECT format('DROP INDEX CONCURRENTLY %I', c.relname) "
		       "FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid "
		       "JOIN pg_namespace n ON n.oid = c.relnamespace "
		       "WHERE NOT i.indisvalid AND n.nspname = current_schema()");

	if (PQresultStatus(result) != PGRES_TUPLES_OK)
		return failed(pg, "invalid indexes");
	for (int i = 0; i < PQntuples(result); i++)
		TRY(run(pg, "invalid index", PQgetvalue(result, i, 0)));

	return STATUS_OK;
}

/* The portal of a query with parameters stays, and its snapshot with it, until another query comes;
 * the building of an index would wait for that. */
static enum status let_go_of_snapshot(PGconn *pg)
{
	return run(pg, "snapshot", "SELECT 1");
}

static enum status apply_concurrently(PGconn *holder, const char *url, const char *schema,
				      const struct migration *m)
{
	PGconn *pg CLEANUP(finish) = NULL;

	TRY(let_go_of_snapshot(holder));
	TRY(connect_to(url, schema, &pg));
	TRY(drop_half_built(pg));

	return apply_text(pg, m);
}

static enum status apply(PGconn *pg, const char *url, const char *schema,
			 const struct migration_set *set, const struct migration *m)
{
	bool applied;

	TRY(begin_locked(pg, schema));
	TRY(look_up(pg, set, m, &applied));
	if (applied)
		return run(pg, "rollback", "ROLLBACK");

	if (text_starts(m->text, CONCURRENT_HEAD))
		TRY(apply_concurrently(pg, url, schema, m));
	else
		TRY(apply_text(pg, m));
	TRY(note(pg, set, m));
	TRY(run(pg, m->name, "COMMIT"));
	log_line(LOG_INFO, "migration-applied", "of=%s number=%u name=%s", set->schema, m->number,
		 m->name);

	return STATUS_OK;
}

/* Two migrators may create at once: who comes second finds it there. */
static enum status create_schema(PGconn *pg, const char *schema)
{
	char text[512];

	snprintf(text, sizeof(text),
		 "CREATE SCHEMA IF NOT EXISTS %s; "
		 "CREATE TABLE IF NOT EXISTS %s.migration ("
		 "of text NOT NULL, number integer NOT NULL, name text NOT NULL, "
		 "checksum text NOT NULL, apply_time timestamptz NOT NULL DEFAULT now(), "
		 "PRIMARY KEY (of, number)); COMMIT",
		 schema, schema);
	TRY(begin_locked(pg, schema));

	return run(pg, "schema", text);
}

/* A lost connection is no missing table. */
static enum status find_table(PGconn *pg, bool *ret_found)
{
	PGresult *result CLEANUP(clear) =
		PQexec(pg,
		       "SELECT 1 FROM pg_tables WHERE schemaname = current_schema() "
		       "AND tablename = 'migration'");

	if (PQresultStatus(result) != PGRES_TUPLES_OK)
		return failed(pg, "migration");
	*ret_found = PQntuples(result) == 1;

	return STATUS_OK;
}

static bool is_name(const char *schema)
{
	size_t size = strspn(schema, "abcdefghijklmnopqrstuvwxyz0123456789_");

	return size > 0 && size < 60 && !schema[size];
}

enum status migrate_run(const char *url, const char *schema, const struct migration_set *set)
{
	PGconn *pg CLEANUP(finish) = NULL;
	bool found = false;

	if (!is_name(schema)) {
		log_line(LOG_ERROR, "migrate-failed", "what=\"the schema's name\"");
		return STATUS_INVALID_ARGUMENT;
	}
	TRY(connect_to(url, schema, &pg));
	TRY(find_table(pg, &found));
	if (!found)
		TRY(create_schema(pg, schema));
	for (size_t i = 0; i < set->n_migrations; i++)
		TRY(apply(pg, url, schema, set, &set->migrations[i]));

	return STATUS_OK;
}

enum status migrate_check(const char *url, const char *schema, const struct migration_set *set)
{
	PGconn *pg CLEANUP(finish) = NULL;
	bool found = false;

	if (!is_name(schema))
		return STATUS_INVALID_ARGUMENT;
	TRY(connect_to(url, schema, &pg));
	TRY(find_table(pg, &found));
	for (size_t i = 0; i < set->n_migrations; i++) {
		const struct migration *m = &set->migrations[i];
		bool applied = false;

		if (found)
			TRY(look_up(pg, set, m, &applied));
		if (applied)
			continue;
		log_line(LOG_ERROR, "migration-missing",
			 "schema=%s of=%s number=%u name=%s what=\"run migrate first\"", schema,
			 set->schema, m->number, m->name);
		return STATUS_FAILED_PRECONDITION;
	}

	return STATUS_OK;
}
