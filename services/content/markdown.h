/* Markdown as people write it, and HTML that is safe wherever it is shown. */
#ifndef KITH_CONTENT_MARKDOWN_H
#define KITH_CONTENT_MARKDOWN_H

struct arena;

/* Brackets and @ of a text beyond which it is shown as it stands: reading such a one takes time
 * that grows with their square, and nobody has written it for people. */
#define MARKDOWN_SIGNS_MAX 2000

/* HTML of the text (GitHub's dialect: tables, task lists, strikethrough, bare links), in the arena.
 * Whatever the text is, it holds only elements and attributes of Markdown's own: HTML in the text
 * is left out, links and pictures lead nowhere but to http, https and mailto. Any thread. */
const char *markdown_html(struct arena *arena, const char *text);

#endif
