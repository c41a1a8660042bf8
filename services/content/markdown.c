/* Markdown to safe HTML, by cmark-gfm. */
#include "markdown.h"

#include <cmark-gfm-core-extensions.h>
#include <cmark-gfm.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/log.h"

#define OPTIONS (CMARK_OPT_VALIDATE_UTF8 | CMARK_OPT_GITHUB_PRE_LANG)

static const char *const extensions[] = {"table", "strikethrough", "autolink", "tasklist"};

static void register_extensions(void)
{
	cmark_gfm_core_extensions_ensure_registered();
}

static bool is_costly(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += *text == '[' || *text == '@';

	return n > MARKDOWN_SIGNS_MAX;
}

/* The text itself, with its lines. */
static const char *as_it_stands(struct arena *arena, const char *text)
{
	CLEANUP(buf_fini) struct buf html = {0};

	buf_add_string(&html, "<pre><code>");
	for (; *text; text++) {
		if (*text == '<')
			buf_add_string(&html, "&lt;");
		else if (*text == '>')
			buf_add_string(&html, "&gt;");
		else if (*text == '&')
			buf_add_string(&html, "&amp;");
		else
			buf_add(&html, text, 1);
	}
	buf_add_string(&html, "</code></pre>\n");

	return arena_copy(arena, html.data, html.size);
}

static bool leads_somewhere_safe(const char *url, bool picture)
{
	return strncasecmp(url, "https://", 8) == 0 || strncasecmp(url, "http://", 7) == 0 ||
	       (!picture && strncasecmp(url, "mailto:", 7) == 0);
}

static void disarm_links(cmark_node *document)
{
	cmark_iter *iter = cmark_iter_new(document);
	cmark_event_type event;

	while ((event = cmark_iter_next(iter)) != CMARK_EVENT_DONE) {
		cmark_node *node = cmark_iter_get_node(iter);
		bool picture = cmark_node_get_type(node) == CMARK_NODE_IMAGE;

		if (event != CMARK_EVENT_ENTER ||
		    (!picture && cmark_node_get_type(node) != CMARK_NODE_LINK))
			continue;
		if (!leads_somewhere_safe(cmark_node_get_url(node), picture) &&
		    !cmark_node_set_url(node, ""))
			log_die("no-memory", "what=markdown");
	}
	cmark_iter_free(iter);
}

const char *markdown_html(struct arena *arena, const char *text)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	cmark_parser *parser;
	cmark_node *document;
	const char *ret;
	char *html;

	if (is_costly(text))
		return as_it_stands(arena, text);

	pthread_once(&once, register_extensions);
	parser = cmark_parser_new(OPTIONS);
	for (size_t i = 0; i < sizeof(extensions) / sizeof(extensions[0]); i++)
		cmark_parser_attach_syntax_extension(parser,
						     cmark_find_syntax_extension(extensions[i]));
	cmark_parser_feed(parser, text, strlen(text));
	document = cmark_parser_finish(parser);
	disarm_links(document);
	html = cmark_render_html(document, OPTIONS, cmark_parser_get_syntax_extensions(parser));
	ret = arena_copy(arena, html, strlen(html));
	free(html);
	cmark_node_free(document);
	cmark_parser_free(parser);

	return ret;
}
