/* Lists made of many: one statement after the other, as far as a page goes. */
#include <string.h>

#include "base/arena.h"
#include "base/text.h"
#include "conn.h"

/* No further statement begins when that much is in the page: with what one statement gives at most
 * it stays below the 4 MiB of a message. */
#define WALK_BYTES (512u << 10)

/* Where in the walk: at a statement, behind the rows that its own token tells. */
enum { STATEMENT, TOKEN, N_PLACE };

static const ProtobufCFieldDescriptor *field(const ProtobufCMessage *message, const char *name)
{
	return protobuf_c_message_descriptor_get_field_by_name(message->descriptor, name);
}

static const char **text_of(ProtobufCMessage *message, const char *name)
{
	return (const char **)(void *)((char *)message + field(message, name)->offset);
}

static size_t rows_of(const ProtobufCMessage *message, const struct sql *s)
{
	return *(const size_t *)(const void *)((const char *)message +
					       field(message, s->rows)->quantifier_offset);
}

static bool belongs(const struct sql *s, const ProtobufCMessage *in, const ProtobufCMessage *ret)
{
	return s->shape == SQL_MANY && s->in == in->descriptor && s->out == ret->descriptor;
}

/* The statement of the walk behind that position; NULL behind the last. */
static const struct sql *next(const struct sql_table *table, size_t *at, const ProtobufCMessage *in,
			      const ProtobufCMessage *ret)
{
	while (*at < table->n_statements) {
		const struct sql *s = table->statements[(*at)++];

		if (belongs(s, in, ret))
			return s;
	}

	return NULL;
}

/* The statement where the walk goes on; the first where it begins. */
static const struct sql *resume(const struct sql_table *table, size_t *at, const char *name,
				const ProtobufCMessage *in, const ProtobufCMessage *ret)
{
	const struct sql *s = next(table, at, in, ret);

	while (s && *name && !text_equal(s->name, name))
		s = next(table, at, in, ret);

	return s;
}

enum status sql_walk(struct call *c, const struct sql_table *table, const ProtobufCMessage *in,
		     ProtobufCMessage *ret)
{
	const char *list = ret->descriptor->name, *place[N_PLACE] = {"", ""};
	const char **next_token = text_of(ret, "next_page_token");
	ProtobufCMessage *page =
		(ProtobufCMessage *)arena_copy(c->arena, in, in->descriptor->sizeof_message);
	int32_t *page_size = (int32_t *)(void *)((char *)page + field(in, "page_size")->offset);
	size_t at = 0, room;
	const struct sql *s;

	TRY(sql_place_read(c, list, in, place, N_PLACE, &room));
	s = resume(table, &at, place[STATEMENT], in, ret);
	*text_of(page, "page_token") = place[TOKEN];
	while (s) {
		*page_size = (int32_t)room;
		TRY(sql_run(c, s, page, ret));
		place[TOKEN] = *next_token;
		*next_token = "";
		room -= rows_of(ret, s) < room ? rows_of(ret, s) : room;
		if (!*place[TOKEN])
			s = next(table, &at, in, ret);
		if (s && (*place[TOKEN] || room == 0 ||
			  protobuf_c_message_get_packed_size(ret) > WALK_BYTES)) {
			place[STATEMENT] = s->name;
			*next_token = sql_place_token(c, list, in, place, N_PLACE);
			break;
		}
		*text_of(page, "page_token") = "";
	}

	return STATUS_OK;
}
