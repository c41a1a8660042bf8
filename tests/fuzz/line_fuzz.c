/* Any bytes as a line of an interchange file: what is taken becomes an item that survives the way
 * over the wire; what is refused says why. */
#include <stdint.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/method.h"
#include "item.h"
#include "line.h"
#include "rpc/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(arena_fini) struct arena arena = {0};
	CLEANUP(buf_fini) struct buf bytes = {0};
	struct line line;
	struct line_fault fault = {0};

	if (line_parse(&arena, (const char *)data, size, &line, &fault) != STATUS_OK) {
		if (fault.field == NULL || fault.reason == NULL || *fault.reason == '\0')
			abort();
		return 0;
	}
	ProtobufCMessage *item = item_of(&arena, &line);
	wire_encode(item, &bytes);
	if (wire_unpack(&arena, item->descriptor, bytes.data, bytes.size) == NULL)
		abort();
	if (*line.person != '\0')
		wire_encode(item_implicit(&arena, &line), &bytes);
	return 0;
}
