/* Where in its .proto a thing stands, and what the comment above it says. */
#ifndef KITH_GEN_SOURCE_H
#define KITH_GEN_SOURCE_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "google/protobuf/descriptor.pb-c.h"

/* Field numbers of descriptor.proto: a path in SourceCodeInfo is made of them. */
enum place_step {
	PLACE_FILE_MESSAGE = 4,
	PLACE_FILE_ENUM = 5,
	PLACE_FILE_SERVICE = 6,
	PLACE_SERVICE_METHOD = 2,
	PLACE_MESSAGE_FIELD = 2,
	PLACE_MESSAGE_NESTED = 3,
	PLACE_MESSAGE_ENUM = 4,
	PLACE_ENUM_VALUE = 2,
};

struct place {
	int32_t path[32];
	size_t n;
};

/* The i-th thing of that kind in `outer`; NULL: in the file. */
struct place place_in(const struct place *outer, enum place_step step, size_t i);

/* Counted from 1; 0 when the set has no source info. */
int source_line(const Google__Protobuf__FileDescriptorProto *file, const struct place *place);
/* "" when there is none. */
const char *source_comment(struct arena *arena, const Google__Protobuf__FileDescriptorProto *file,
			   const struct place *place);

#endif
