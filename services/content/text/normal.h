/* A text as a checker reads it: however it is written, the same words look the same. */
#ifndef KITH_CONTENT_NORMAL_H
#define KITH_CONTENT_NORMAL_H

#include <stddef.h>
#include <stdint.h>

struct arena;
struct folding;

/* What stood before a sign and was left out. */
enum gap {
	GAP_NONE,
	GAP_SIGNS, /* spaces, symbols: what is put between signs to hide a word */
	GAP_STOP,  /* a mark or an end of line that divides sentences */
};

struct normal {
	const char *text; /* ended by a NUL */
	size_t size;
	const uint32_t *starts; /* of each byte: where its sign stands in the original, in bytes;
				 * and one more, where that ends */
	const uint8_t *gaps;    /* of each byte: enum gap, GAP_NONE but for a sign's first */
};

/* Lower case, half width, compatibility forms as what they stand for, accents left out, Chinese
 * signs simplified; only letters and digits, with one space between those that are not Chinese.
 * Single letters that stand alone one after another become a word. Bytes that are no UTF-8 are
 * gaps. At most twice the size. In the arena. */
struct normal normal_of(const struct folding *folding, struct arena *arena, const char *text,
			size_t size);

#endif
