/* Reading the protobuf wire format: bytes that may be anything, never read past their end. */
#ifndef KITH_RPC_READER_H
#define KITH_RPC_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define READER_MAX_TAG    5 /* protobuf-c reads no more bytes of a tag or a length */
#define READER_MAX_VARINT 10

enum wire_type { WIRE_VARINT, WIRE_FIXED64, WIRE_PIECE, WIRE_GROUP, WIRE_GROUP_END, WIRE_FIXED32 };

/* A piece of bytes. `at` becomes NULL, for good, when what is to be read is malformed. */
struct reader {
	const uint8_t *at, *end;
};

static inline struct reader reader_of(const void *bytes, size_t size)
{
	const uint8_t *from = size ? bytes : (const uint8_t *)"";

	return (struct reader){from, from + size};
}

static inline size_t reader_left(const struct reader *r)
{
	return (size_t)(r->end - r->at);
}

static inline uint64_t reader_varint(struct reader *r, unsigned max_size)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < max_size && r->at < r->end; i++) {
		uint8_t byte = *r->at++;

		value |= (uint64_t)(byte & 0x7f) << (7 * i);
		if (!(byte & 0x80))
			return value;
	}
	r->at = NULL;

	return 0;
}

static inline struct reader reader_piece(struct reader *r, size_t size)
{
	struct reader piece = {r->at, NULL};

	if (size > reader_left(r)) {
		r->at = NULL;
		return (struct reader){0};
	}
	r->at += size;
	piece.end = r->at;

	return piece;
}

/* One field: its number (0 when malformed) and type; a number's value or the piece behind a length.
 * Groups, which proto3 does not have and protobuf-c cannot skip, are malformed. */
static inline uint32_t reader_field(struct reader *r, enum wire_type *ret_type, uint64_t *ret_value,
				    struct reader *ret_piece)
{
	uint64_t tag = reader_varint(r, READER_MAX_TAG), size;

	if (!r->at)
		return 0;

	*ret_type = (enum wire_type)(tag & 7);
	*ret_value = 0;
	*ret_piece = (struct reader){0};
	switch (tag & 7) {
	case WIRE_VARINT:
		*ret_value = reader_varint(r, READER_MAX_VARINT);
		break;
	case WIRE_FIXED64:
		*ret_piece = reader_piece(r, 8);
		if (r->at)
			for (unsigned i = 0; i < 8; i++)
				*ret_value |= (uint64_t)ret_piece->at[i] << (8 * i);
		break;
	case WIRE_FIXED32:
		*ret_piece = reader_piece(r, 4);
		break;
	case WIRE_PIECE:
		size = reader_varint(r, READER_MAX_TAG);
		if (r->at)
			*ret_piece = reader_piece(r, size);
		break;
	default:
		r->at = NULL;
	}

	return r->at && tag <= UINT32_MAX ? (uint32_t)tag >> 3 : 0;
}

#endif
