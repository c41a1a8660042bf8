/* Where in its .proto a thing stands, and what the comment above it says. */
#include "source.h"

#include <assert.h>
#include <string.h>

typedef Google__Protobuf__SourceCodeInfo__Location Location;

struct place place_in(const struct place *outer, enum place_step step, size_t i)
{
	struct place place = outer ? *outer : (struct place){.n = 0};

	assert(place.n + 2 <= sizeof(place.path) / sizeof(place.path[0]));
	place.path[place.n++] = (int32_t)step;
	place.path[place.n++] = (int32_t)i;

	return place;
}

static const Location *find(const Google__Protobuf__FileDescriptorProto *file,
			    const struct place *place)
{
	if (!file->source_code_info)
		return NULL;

	for (size_t i = 0; i < file->source_code_info->n_location; i++) {
		const Location *location = file->source_code_info->location[i];

		if (location->n_path == place->n &&
		    memcmp(location->path, place->path, place->n * sizeof(*place->path)) == 0)
			return location;
	}

	return NULL;
}

int source_line(const Google__Protobuf__FileDescriptorProto *file, const struct place *place)
{
	const Location *location = find(file, place);

	return location && location->n_span ? location->span[0] + 1 : 0;
}

const char *source_comment(struct arena *arena, const Google__Protobuf__FileDescriptorProto *file,
			   const struct place *place)
{
	const Location *location = find(file, place);
	const char *text = location ? location->leading_comments : NULL;
	char *comment, *to;

	if (!text && location)
		text = location->trailing_comments;
	if (!text)
		return "";

	/* Lines become one paragraph. */
	to = comment = arena_string(arena, text);
	for (const char *at = text; *at; at++) {
		char c = *at == '\n' ? ' ' : *at;

		if (c != ' ' || (to > comment && to[-1] != ' '))
			*to++ = c;
	}
	while (to > comment && to[-1] == ' ')
		to--;
	*to = '\0';

	return comment;
}
