/* proto3 JSON by descriptor, one function each way. Used by the gateway and by the command line.
 *
 * Written: lowerCamelCase names, every scalar and list also when it is empty, messages and members
 * of a oneof only when set, 64-bit integers as strings, enums by name, bytes as base64; Timestamp,
 * Duration, FieldMask, wrappers and Any in their own forms. Read: the same, and snake_case names,
 * numbers for 64-bit integers and enums, base64url; null is absent. */
#ifndef KITH_JSON_JSON_H
#define KITH_JSON_JSON_H

#include <protobuf-c/protobuf-c.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/status.h"

struct call;

#define JSON_MAX_DEPTH 100

/* Fills `message` from an object. INVALID_ARGUMENT with a violation that names the path of the
 * offending field, below `under` ("" or the name of the field that `message` is); what was filled
 * before stays. Everything lives in the call's arena. */
enum status json_read(struct call *c, const char *text, size_t size, const char *under,
		      ProtobufCMessage *message) MUST_USE;

/* Sets the field at the dotted path from text, as in a query string or a path variable; repeated
 * fields get one more item. */
enum status json_read_field(struct call *c, ProtobufCMessage *message, const char *path,
			    const char *text) MUST_USE;

void json_write(const ProtobufCMessage *message, struct buf *to);

/* `text` as a JSON string with its quotes. */
void json_write_string(const char *text, size_t size, struct buf *to);

#endif
