/* Any bytes as any request: what the scan lets through unpacks, is validated, and is written and
 * read again to the same; what it refuses has a reason. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/call.h"
#include "base/method.h"
#include "rpc/access.h"
#include "rpc/validate.h"
#include "rpc/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum status no_rank(struct call *c, const char *community_id, enum rank *ret_rank)
{
	(void)c;
	(void)community_id;
	*ret_rank = RANK_NONE;

	return STATUS_OK;
}

static void try_method(struct arena *arena, const struct method *method, const uint8_t *data,
		       size_t size)
{
	const struct caller caller = {.kind = CALLER_PERSON, .id = "k", .person_id = "p"};
	struct call c = {.arena = arena,
			 .method = method,
			 .caller = &caller,
			 .request_id = "",
			 .traceparent = ""};
	CLEANUP(buf_fini) struct buf first = {0};
	CLEANUP(buf_fini) struct buf second = {0};
	ProtobufCMessage *message, *again;

	if (wire_decode(&c, method->request, data, size, &message) != STATUS_OK) {
		if (!c.fault.reason)
			abort();
		return;
	}

	(void)!validate_request(&c, message);
	(void)!access_check(&c, message, no_rank);
	wire_encode_status(&c, STATUS_INVALID_ARGUMENT, &first);
	buf_clear(&first);

	wire_encode(message, &first);
	if (wire_decode(&c, method->request, first.data, first.size, &again) != STATUS_OK)
		abort();
	wire_encode(again, &second);
	if (first.size != second.size || memcmp(first.data, second.data, first.size) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = {0};

	if (size < 1)
		return 0;

	/* The first byte chooses the method, so that a seed speaks of one. */
	try_method(&arena, &kith_methods[data[0] % kith_methods_count], data + 1, size - 1);
	arena_fini(&arena);

	return 0;
}
