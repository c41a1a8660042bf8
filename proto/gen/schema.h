/* Messages, enums and fields as JSON schemas, in the mapping of proto3 JSON. */
#ifndef KITH_GEN_SCHEMA_H
#define KITH_GEN_SCHEMA_H

#include "base/buf.h"
#include "contract.h"

/* A comma, unless what stands before opens a list or an object. */
void schema_separate(struct buf *to);

/* A JSON string. */
void schema_string(struct buf *to, const char *text);

/* A field's schema, with its description where asked for. */
void schema_field(struct buf *to, const struct field *field, bool describe);

/* Whether the field's schema is no object: such a field can stand in a query. */
bool schema_is_plain(const struct field *field);

/* A message's own schema without the fields marked in `skip`, which may be NULL. */
void schema_object(struct buf *to, const struct type *type, const bool *skip);

/* A message's or an enum's own schema. */
void schema_type(struct buf *to, const struct type *type);

/* `{"$ref": …}`, or the schema itself where JSON has a form of its own for the type. */
void schema_reference(struct buf *to, const struct type *type);

/* Marks the types (by position in the contract) that the schema of `type` refers to, and itself. */
void schema_use(const struct contract *contract, const struct type *type, bool *used);

#endif
