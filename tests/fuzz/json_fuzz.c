/* Any bytes as the JSON body of any method: what is taken is written again and read to the same;
 * what is refused names a field. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/call.h"
#include "base/method.h"
#include "base/text.h"
#include "rpc/wire.h"
#include "json/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static ProtobufCMessage *read_again(struct call *c, const ProtobufCMessage *message)
{
	CLEANUP(buf_fini) struct buf text = {0};
	ProtobufCMessage *again = wire_new(c->arena, message->descriptor);

	json_write(message, &text);
	if (!text_is_utf8(text.data, text.size) ||
	    json_read(c, text.data, text.size, "", again) != STATUS_OK)
		abort();
	return again;
}

static void try_method(struct arena *arena, const struct method *method, const char *text,
		       size_t size)
{
	CLEANUP(buf_fini) struct buf first = {0};
	CLEANUP(buf_fini) struct buf second = {0};
	struct call c = {.arena = arena, .request_id = "", .traceparent = ""};
	ProtobufCMessage *message = wire_new(arena, method->request);

	if (json_read(&c, text, size, "", message) != STATUS_OK) {
		if (c.fault.violations == NULL ||
		    !text_is_utf8(c.fault.violations->field, strlen(c.fault.violations->field)))
			abort();
		return;
	}

	wire_encode(message, &first);
	wire_encode(read_again(&c, message), &second);
	if (first.size != second.size ||
	    (first.size > 0 && memcmp(first.data, second.data, first.size) != 0))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(arena_fini) struct arena arena = {0};

	for (size_t i = 0; i < kith_methods_count; i++) {
		try_method(&arena, &kith_methods[i], (const char *)data, size);
		arena_reset(&arena);
	}
	return 0;
}
