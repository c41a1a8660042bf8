/* The C peer of the GET bench: libmicrohttpd's thread pool and libpq in one process. A thread a
 * connection group, each with its own PostgreSQL connection, the same key check, SELECT and JSON
 * as Kith's whole chain.
 *
 *   monolith PORT CONNINFO THREADS KEY */
#include <libpq-fe.h>
#include <microhttpd.h>
#include <openssl/sha.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *conninfo;
static unsigned char key_digest[SHA256_DIGEST_LENGTH];
static _Thread_local PGconn *connection;

static const char select_text[] =
	"SELECT community_id, slug, name, notice, theme, type, time_zone, locale, capacity, "
	"join_mode, "
	"state, member_count, create_time, update_time FROM community WHERE community_id = "
	"$1::uuid";

static PGconn *connected(void)
{
	if (connection)
		return connection;
	connection = PQconnectdb(conninfo);
	if (PQstatus(connection) != CONNECTION_OK) {
		fprintf(stderr, "%s", PQerrorMessage(connection));
		exit(1);
	}
	PQclear(PQprepare(connection, "get", select_text, 1, NULL));
	return connection;
}

static size_t add_json_string(char *to, const char *text)
{
	char *at = to;
	*at++ = '"';
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			*at++ = '\\';
		*at++ = *text;
	}
	*at++ = '"';
	return (size_t)(at - to);
}

static enum MHD_Result answer(struct MHD_Connection *http, unsigned code, const void *body,
			      size_t size)
{
	struct MHD_Response *response =
		MHD_create_response_from_buffer(size, (void *)body, MHD_RESPMEM_MUST_COPY);
	MHD_add_response_header(response, "Content-Type", "application/json");
	enum MHD_Result result = MHD_queue_response(http, code, response);
	MHD_destroy_response(response);
	return result;
}

static int authorized(struct MHD_Connection *http)
{
	const char *value =
		MHD_lookup_connection_value(http, MHD_HEADER_KIND, MHD_HTTP_HEADER_AUTHORIZATION);
	unsigned char digest[SHA256_DIGEST_LENGTH];

	if (!value || strncmp(value, "Bearer ", 7))
		return 0;
	SHA256((const unsigned char *)value + 7, strlen(value + 7), digest);
	return !memcmp(digest, key_digest, sizeof digest);
}

static enum MHD_Result handle(void *user, struct MHD_Connection *http, const char *url,
			      const char *method, const char *version, const char *upload,
			      size_t *upload_size, void **state)
{
	static const char prefix[] = "/v1/communities/";
	char body[8192];

	(void)user, (void)version, (void)upload, (void)upload_size, (void)state;
	if (strcmp(method, "GET") || strncmp(url, prefix, sizeof prefix - 1))
		return answer(http, 404, "{}", 2);
	if (!authorized(http))
		return answer(http, 401, "{}", 2);

	const char *values[] = {url + sizeof prefix - 1};
	PGresult *result = PQexecPrepared(connected(), "get", 1, values, NULL, NULL, 0);
	if (PQresultStatus(result) != PGRES_TUPLES_OK || PQntuples(result) != 1) {
		PQclear(result);
		return answer(http, 404, "{}", 2);
	}
	char *at = body;
	for (int i = 0; i < PQnfields(result); i++) {
		*at++ = i ? ',' : '{';
		at += add_json_string(at, PQfname(result, i));
		*at++ = ':';
		at += add_json_string(at, PQgetvalue(result, 0, i));
	}
	*at++ = '}';
	PQclear(result);
	return answer(http, 200, body, (size_t)(at - body));
}

int main(int argc, char **argv)
{
	if (argc != 5) {
		fprintf(stderr, "usage: monolith PORT CONNINFO THREADS KEY\n");
		return 2;
	}
	conninfo = argv[2];
	SHA256((const unsigned char *)argv[4], strlen(argv[4]), key_digest);
	struct MHD_Daemon *daemon = MHD_start_daemon(
		MHD_USE_EPOLL_INTERNALLY_LINUX_ONLY, (uint16_t)atoi(argv[1]), NULL, NULL, handle,
		NULL, MHD_OPTION_THREAD_POOL_SIZE, (unsigned)atoi(argv[3]), MHD_OPTION_END);
	if (!daemon) {
		fprintf(stderr, "cannot listen on %s\n", argv[1]);
		return 1;
	}
	pause();
	MHD_stop_daemon(daemon);
	return 0;
}
