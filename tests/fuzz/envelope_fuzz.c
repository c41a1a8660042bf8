/* Any bytes as a batch that a server receives, and as a reply that a client receives: every call
 * gets a result, and the reply can be read. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/method.h"
#include "rpc/access.h"
#include "rpc/envelope.h"
#include "rpc/link.h"
#include "rpc/server_batch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t secret[ACCESS_SECRET_SIZE] = "of the fuzzer";

static void read_reply(const void *bytes, size_t size, size_t n, bool ours)
{
	struct envelope_result result;
	struct envelope envelope;

	if (!envelope_open_reply(bytes, size, &envelope)) {
		if (ours)
			abort();
		return;
	}
	if (ours && envelope.n != n)
		abort();
	for (size_t i = 0; i < envelope.n; i++)
		if (!envelope_next_result(&envelope, &result) && ours)
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	bool draining = false;
	struct server_desk desk = {.process = "member",
				   .secret = secret,
				   .default_timeout_us = 1000000,
				   .draining = &draining};
	struct server_batch batch;
	struct link_frame *frame;

	server_batch_read(&desk, data, size, clock_mono_us(), false, &batch);
	for (size_t i = 0; i < batch.n; i++)
		if (batch.calls[i].status == STATUS_PENDING)
			batch.calls[i].status = STATUS_OK;
	frame = server_batch_write(&desk, &batch);
	read_reply(frame->payload, frame->size, batch.n, true);
	link_frame_free(frame);
	server_batch_end(&desk);
	server_desk_fini(&desk);
	read_reply(data, size, 0, false);

	return 0;
}
