/* The audit log: one JSON line a write, each bound to the one before by its hash.
 *
 * "prev" is the SHA-256 of the line before, without its newline; of the first line it is 64 zeros.
 */
#include "audit.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <protobuf-c/protobuf-c.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/method.h"
#include "base/text.h"
#include "conn.h"
#include "exchange.h"
#include "grpc.h"
#include "state.h"
#include "json/json.h"

#define HASH_SIZE 32
#define MAX_LINE  8192

struct audit {
	int fd;
	char prev[2 * HASH_SIZE + 1];
	struct buf lines; /* of this round */
};

static void hash_line(const char *line, size_t size, char ret[static 2 * HASH_SIZE + 1])
{
	uint8_t hash[HASH_SIZE];

	if (EVP_Digest(line, size, hash, NULL, EVP_sha256(), NULL) != 1)
		log_die("no-sha256", "libcrypto");
	text_hex(hash, sizeof(hash), ret);
}

/* The hash of the file's last whole line. A line that a crash cut short is closed first, so that it
 * stays in the chain as what it is. */
static bool resume(struct audit *audit)
{
	char tail[MAX_LINE];
	off_t end = lseek(audit->fd, 0, SEEK_END);
	size_t size = end > (off_t)sizeof(tail) ? sizeof(tail) : (size_t)end;
	const char *line;

	if (end < 0)
		return false;
	if (size == 0)
		return true;
	if (pread(audit->fd, tail, size, end - (off_t)size) != (ssize_t)size)
		return false;
	if (tail[size - 1] == '\n')
		size--;
	else if (write(audit->fd, "\n", 1) != 1)
		return false;

	line = memrchr(tail, '\n', size);
	line = line == NULL ? tail : line + 1;
	hash_line(line, size - (size_t)(line - tail), audit->prev);
	return true;
}

enum status audit_open(const char *file, struct audit **ret_audit)
{
	struct audit *audit = calloc(1, sizeof(*audit));

	if (audit == NULL)
		log_die("no-memory", "audit");
	memset(audit->prev, '0', 2 * HASH_SIZE);
	audit->fd = open(file, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
	if (audit->fd < 0 || !resume(audit)) {
		log_line(LOG_ERROR, "audit-open", "file=%s error=\"%s\"", file, strerror(errno));
		audit_close(audit);
		return STATUS_FAILED_PRECONDITION;
	}
	*ret_audit = audit;
	return STATUS_OK;
}

void audit_close(struct audit *audit)
{
	if (audit == NULL)
		return;
	audit_flush(audit);
	if (audit->fd >= 0)
		close(audit->fd);
	buf_fini(&audit->lines);
	free(audit);
}

static const char *field_text(const struct exchange *x, const ProtobufCFieldDescriptor *field)
{
	const char *text = NULL;

	if (field == NULL)
		return "";
	if (x->request != NULL)
		text = *(char *const *)((const char *)x->request + field->offset);
	else if (x->message != NULL)
		text = grpc_string_field((struct arena *)&x->arena, x->message, x->message_size,
					 field->id);
	return text == NULL ? "" : text;
}

static void add_member(struct buf *to, const char *name, const char *value)
{
	size_t size = strlen(value);

	buf_add_format(to, "\"%s\":", name);
	json_write_string(value, size < 200 ? size : 0, to);
	buf_add_char(to, ',');
}

void audit_note(struct audit *audit, const struct exchange *x)
{
	const struct method *method = x->call.method;
	char time[28], trace_id[33];
	struct buf *to;
	size_t start;

	if (audit == NULL || method == NULL || method->read_only || x->call.caller == NULL)
		return;

	to = &audit->lines;
	start = to->size;
	text_from_time(x->call.now_us, time);
	buf_add_char(to, '{');
	add_member(to, "time", time);
	add_member(to, "method", method->name);
	add_member(to, "key", x->caller.id);
	add_member(to, "person", x->caller.person_id);
	add_member(to, "community", field_text(x, method->community_id));
	add_member(to, "subject", field_text(x, method->person_id));
	add_member(to, "status", status_name(x->status));
	add_member(to, "request_id", x->call.request_id);
	add_member(to, "client", x->conn == NULL ? "" : x->conn->address);
	add_member(to, "trace", exchange_trace_id(x, trace_id));
	buf_add_format(to, "\"prev\":\"%s\"}", audit->prev);
	hash_line(to->data + start, to->size - start, audit->prev);
	buf_add_char(to, '\n');
}

void audit_flush(struct audit *audit)
{
	size_t done = 0;

	if (audit == NULL || audit->lines.size == 0)
		return;
	while (done < audit->lines.size) {
		ssize_t n = write(audit->fd, audit->lines.data + done, audit->lines.size - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			log_line(LOG_ERROR, "audit-write", "error=\"%s\" kept=%zu", strerror(errno),
				 audit->lines.size - done);
			break;
		}
		done += (size_t)n;
	}
	/* What could not be written waits for the next round: the chain has no holes. */
	buf_drop(&audit->lines, done);
}
