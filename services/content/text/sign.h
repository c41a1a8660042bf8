/* Signs of a text, one by one: what the parts that read words agree on. */
#ifndef KITH_CONTENT_SIGN_H
#define KITH_CONTENT_SIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <utf8proc.h>

/* What follows in the text, and how many bytes it has: a space where it is no UTF-8. */
static inline size_t sign_next(const char *text, size_t size, utf8proc_int32_t *ret_sign)
{
	utf8proc_ssize_t read =
		utf8proc_iterate((const utf8proc_uint8_t *)text, (utf8proc_ssize_t)size, ret_sign);

	if (read > 0)
		return (size_t)read;
	*ret_sign = ' ';

	return 1;
}

static inline bool sign_is_chinese(utf8proc_int32_t sign)
{
	return (sign >= 0x4E00 && sign <= 0x9FFF) || (sign >= 0x3400 && sign <= 0x4DBF) ||
	       (sign >= 0x20000 && sign <= 0x3FFFF) || (sign >= 0xF900 && sign <= 0xFAFF) ||
	       sign == 0x3007;
}

/* A letter or a digit of any script. */
static inline bool sign_is_written(utf8proc_int32_t sign)
{
	utf8proc_category_t category;

	if (sign < 0x80)
		return (sign >= 'a' && sign <= 'z') || (sign >= '0' && sign <= '9') ||
		       (sign >= 'A' && sign <= 'Z');
	category = utf8proc_category(sign);

	return category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_NO;
}

#endif
