/* Markdown as people write it, and HTML that is safe wherever it is shown. */
#ifndef KITH_CONTENT_MARKDOWN_H
#define KITH_CONTENT_MARKDOWN_H

#include <stddef.h>
#include <stdint.h>

struct arena;

/* Brackets, @, and & that may write one, of a text beyond which it is shown as it stands: reading
 * such a one takes time that grows with their square, and nobody has written it for people. */
#define MARKDOWN_SIGNS_MAX 2000

/* HTML of the text (GitHub's dialect: tables, task lists, strikethrough, bare links), in the arena.
 * Whatever the text is, it holds only elements and attributes of Markdown's own: HTML in the text
 * is left out, links and pictures lead nowhere but to http, https and mailto. A mention is marked:
 * <span class="mention" data-number="12">@12</span>. Any thread. */
const char *markdown_html(struct arena *arena, const char *text);

/* The numbers that the text mentions, each once, in the arena: `@` and a number without leading
 * zeros, where no letter or digit of ASCII, `_`, `@` or `/` stands before, and none of the first
 * four behind; not in code, in a link or in a picture's words. Any thread. */
size_t markdown_mentions(struct arena *arena, const char *text, int64_t **ret_numbers);

#endif
