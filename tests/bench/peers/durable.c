/* The libpq peer of the durable-write bench: blocking threads, each with its own connection, that
 * commit state, outbox row and idempotency row in one transaction of prepared statements.
 *
 *   durable CONNINFO THREADS SECONDS      prints commits_per_s */
#include <libpq-fe.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char *conninfo;
static atomic_bool stop;
static atomic_long commits;

/* The shapes of content's comment, outbox and idempotency rows. */
static const char *const setup[] = {
	"CREATE SCHEMA IF NOT EXISTS durable",
	"CREATE TABLE IF NOT EXISTS durable.state (community_id uuid, comment_id uuid, post_id "
	"uuid, "
	"author_person_id uuid, body text, create_time timestamptz, PRIMARY KEY (community_id, "
	"comment_id))",
	"CREATE INDEX IF NOT EXISTS state_list ON durable.state (community_id, post_id, "
	"create_time)",
	"CREATE TABLE IF NOT EXISTS durable.outbox (position bigserial PRIMARY KEY, event_id uuid, "
	"community_id uuid, type text, occur_time timestamptz, person_id uuid, subject_id uuid)",
	"CREATE TABLE IF NOT EXISTS durable.idempotency (community_id uuid, caller text, "
	"request_id text, "
	"hash bytea, reply bytea, create_time timestamptz, PRIMARY KEY (community_id, caller, "
	"request_id))",
};

static void run(PGconn *connection, const char *sql)
{
	PGresult *result = PQexec(connection, sql);
	if (PQresultStatus(result) != PGRES_COMMAND_OK) {
		fprintf(stderr, "%s: %s", sql, PQerrorMessage(connection));
		exit(1);
	}
	PQclear(result);
}

static PGconn *connected(void)
{
	PGconn *connection = PQconnectdb(conninfo);
	if (PQstatus(connection) != CONNECTION_OK) {
		fprintf(stderr, "%s", PQerrorMessage(connection));
		exit(1);
	}
	return connection;
}

static void execute(PGconn *connection, const char *statement, int n, const char *const *values)
{
	PGresult *result = PQexecPrepared(connection, statement, n, values, NULL, NULL, 0);
	if (PQresultStatus(result) != PGRES_COMMAND_OK) {
		fprintf(stderr, "%s: %s", statement, PQerrorMessage(connection));
		exit(1);
	}
	PQclear(result);
}

static void *writer(void *argument)
{
	PGconn *connection = connected();
	unsigned long thread = (unsigned long)argument;
	char id[64], request[64];
	const char *community = "00000000-0000-8000-8000-000000000001";
	const char *person = "00000000-0000-8000-8000-000000000002";

	PQclear(PQprepare(connection, "state",
			  "INSERT INTO durable.state VALUES ($1,$2,$3,$4,$5,now())", 5, NULL));
	PQclear(PQprepare(
		connection, "outbox",
		"INSERT INTO durable.outbox (event_id, community_id, type, occur_time, person_id, "
		"subject_id) VALUES (gen_random_uuid(),$1,$2,now(),$3,$4)",
		4, NULL));
	PQclear(PQprepare(connection, "idempotency",
			  "INSERT INTO durable.idempotency VALUES "
			  "($1,$2,$3,decode($4,'hex'),decode($5,'hex'),now())",
			  5, NULL));
	for (unsigned long i = 0; !atomic_load(&stop); i++) {
		snprintf(id, sizeof id, "%08lx-0000-7000-8000-%012lx", thread, i);
		snprintf(request, sizeof request, "%lx-%d-%lx", thread, (int)getpid(), i);
		run(connection, "BEGIN");
		execute(connection, "state", 5,
			(const char *[]){community, id, community, person,
					 "a comment of some length, as people write"});
		execute(connection, "outbox", 4,
			(const char *[]){community, "COMMENT_CREATED", person, id});
		execute(connection, "idempotency", 5,
			(const char *[]){community, "key", request,
					 "00112233445566778899aabbccddeeff",
					 "00112233445566778899aabbccddeeff00112233445566778899aabbc"
					 "cddeeff"});
		run(connection, "COMMIT");
		atomic_fetch_add(&commits, 1);
	}
	PQfinish(connection);
	return NULL;
}

int main(int argc, char **argv)
{
	if (argc != 4) {
		fprintf(stderr, "usage: durable CONNINFO THREADS SECONDS\n");
		return 2;
	}
	conninfo = argv[1];
	unsigned long n = strtoul(argv[2], NULL, 10);
	double seconds = strtod(argv[3], NULL);
	PGconn *connection = connected();
	for (size_t i = 0; i < sizeof setup / sizeof *setup; i++)
		run(connection, setup[i]);
	run(connection, "TRUNCATE durable.state, durable.outbox, durable.idempotency");
	PQfinish(connection);

	pthread_t threads[64];
	if (n == 0 || n > 64)
		return 2;
	for (unsigned long i = 0; i < n; i++)
		pthread_create(&threads[i], NULL, writer, (void *)i);
	struct timespec span = {(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)};
	nanosleep(&span, NULL);
	atomic_store(&stop, true);
	for (unsigned long i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
	printf("%.0f\n", (double)atomic_load(&commits) / seconds);
	return 0;
}
