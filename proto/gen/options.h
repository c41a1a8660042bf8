/* Custom options: protobuf-c does not know extensions, so they are found by number among the
 * unknown fields. */
#ifndef KITH_GEN_OPTIONS_H
#define KITH_GEN_OPTIONS_H

#include "contract.h"

void options_file(struct arena *arena, const ProtobufCMessage *options, struct file *file);
/* Also sets what a field has by its name alone: `…_id` is a UUID, `request_id` a short text. */
void options_field(struct field *field);
void options_method(struct arena *arena, const ProtobufCMessage *options, struct rpc *rpc);

#endif
