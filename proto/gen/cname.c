/* How protoc-c names things in C. */
#include "cname.h"

#include <ctype.h>
#include <string.h>

/* At worst every letter gets a companion. */
static char *room_for(struct arena *arena, const char *name)
{
	return arena_alloc(arena, 2 * strlen(name) + 1);
}

const char *cname_type(struct arena *arena, const char *dotted)
{
	char *name = room_for(arena, dotted), *to = name;
	bool upper = true;

	for (const char *at = dotted; *at; at++) {
		if (*at == '.') {
			*to++ = '_';
			*to++ = '_';
			upper = true;
		} else if (*at == '_') {
			upper = true;
		} else {
			*to++ = (char)(upper ? toupper(*at) : *at);
			upper = false;
		}
	}

	return name;
}

const char *cname_symbol(struct arena *arena, const char *dotted)
{
	char *name = room_for(arena, dotted), *to = name;
	bool was_upper = true;

	for (const char *at = dotted; *at; at++) {
		bool is_upper = isupper(*at);

		if (*at == '.') {
			*to++ = '_';
			*to++ = '_';
			was_upper = true;
			continue;
		}
		if (is_upper && !was_upper)
			*to++ = '_';
		*to++ = (char)tolower(*at);
		was_upper = is_upper;
	}

	return name;
}

const char *cname_snake(struct arena *arena, const char *camel)
{
	return cname_symbol(arena, camel);
}

void cname_snake_into(const char *camel, char *ret, size_t size)
{
	size_t n = 0;

	for (const char *at = camel; *at && n + 2 < size; at++) {
		if (isupper(*at) && at > camel && !isupper(at[-1]))
			ret[n++] = '_';
		ret[n++] = (char)tolower(*at);
	}
	ret[n] = '\0';
}

const char *cname_upper(struct arena *arena, const char *snake)
{
	char *name = arena_string(arena, snake);

	for (char *at = name; *at; at++)
		*at = (char)toupper(*at);

	return name;
}

const char *cname_json(struct arena *arena, const char *snake)
{
	char *name = room_for(arena, snake), *to = name;
	bool upper = false;

	for (const char *at = snake; *at; at++) {
		if (*at == '_') {
			upper = true;
			continue;
		}
		*to++ = (char)(upper ? toupper(*at) : *at);
		upper = false;
	}

	return name;
}
