/* What a line of an interchange file becomes: an item of an Import method's request. */
#ifndef KITH_CLI_ITEM_H
#define KITH_CLI_ITEM_H

#include <protobuf-c/protobuf-c.h>

#include "base/arena.h"
#include "base/id.h"
#include "line.h"

/* The method that takes lines of the type. */
const struct method *item_method(enum line_type type);

/* The id of the community or person of that outside name; `ret` holds ID_SIZE. */
void item_community_id(const char *name, char ret[static ID_SIZE]);
void item_person_id(const char *name, char ret[static ID_SIZE]);

/* The item, in the arena. */
ProtobufCMessage *item_of(struct arena *arena, const struct line *line);

/* The membership of who is only mentioned by the line. */
ProtobufCMessage *item_implicit(struct arena *arena, const struct line *line);

#endif
