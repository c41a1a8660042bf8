/* The types of PostgreSQL that messages can carry, and how wide fields are. */
#include "plan.h"

static const struct pg_type types[] = {
	{2950, 2951, "uuid", PG_UUID},
	{25, 1009, "text", PG_TEXT},
	{20, 1016, "int8", PG_INT8},
	{23, 1007, "int4", PG_INT4},
	{1184, 1185, "timestamptz", PG_TIMESTAMP},
	{16, 1000, "bool", PG_BOOL},
	{1082, 1182, "date", PG_DATE},
	{701, 1022, "float8", PG_FLOAT8},
	{700, 1021, "float4", PG_FLOAT4},
	{21, 1005, "int2", PG_INT2},
	{17, 1001, "bytea", PG_BYTEA},
	{1043, 1015, "varchar", PG_TEXT},
	{1042, 1014, "bpchar", PG_TEXT},
	{19, 1003, "name", PG_TEXT},
	{114, 199, "json", PG_TEXT},
	{3802, 3807, "jsonb", PG_JSONB},
	{1114, 1115, "timestamp", PG_TIMESTAMP},
	{1700, 1231, "numeric", PG_NUMERIC},
};

const struct pg_type *pg_type_find(Oid oid, bool *ret_array)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (types[i].oid != oid && types[i].array != oid)
			continue;
		*ret_array = types[i].array == oid;
		return &types[i];
	}

	return NULL;
}

size_t field_size(const ProtobufCFieldDescriptor *f)
{
	switch (f->type) {
	case PROTOBUF_C_TYPE_INT64:
	case PROTOBUF_C_TYPE_SINT64:
	case PROTOBUF_C_TYPE_SFIXED64:
	case PROTOBUF_C_TYPE_UINT64:
	case PROTOBUF_C_TYPE_FIXED64:
	case PROTOBUF_C_TYPE_DOUBLE:
		return 8;
	case PROTOBUF_C_TYPE_STRING:
	case PROTOBUF_C_TYPE_MESSAGE:
		return sizeof(void *);
	case PROTOBUF_C_TYPE_BYTES:
		return sizeof(ProtobufCBinaryData);
	default:
		return 4;
	}
}
