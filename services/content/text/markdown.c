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

#define DIGITS             "0123456789"
#define MENTION_DIGITS_MAX 10

/* Around a mention, from the text it was found in to the HTML: bytes that are in no UTF-8, and so
 * in no text that has been read. */
#define MARK     '\xff'
#define MARK_END '\xfe'
#define MARKS    "\xff\xfe"

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
		n += *text == '[' || *text == '@' || *text == '&';

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

static void must(int done)
{
	if (!done)
		log_die("no-memory", "what=markdown");
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
		if (!leads_somewhere_safe(cmark_node_get_url(node), picture))
			must(cmark_node_set_url(node, ""));
	}
	cmark_iter_free(iter);
}

struct mention {
	const char *at; /* its sign */
	size_t size;
	int64_t number;
};

static bool is_word(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       c == '_' || c == '@';
}

/* The first mention from `at` on, which is a place in `text`. */
static bool find_mention(const char *text, const char *at, struct mention *ret)
{
	for (; (at = strchr(at, '@')); at++) {
		size_t digits = strspn(at + 1, DIGITS);

		if (digits == 0 || digits > MENTION_DIGITS_MAX || at[1] == '0' ||
		    is_word(at[1 + digits]) || (at > text && (is_word(at[-1]) || at[-1] == '/')))
			continue;
		*ret = (struct mention){.at = at, .size = digits + 1};
		for (size_t i = 1; i <= digits; i++)
			ret->number = ret->number * 10 + (at[i] - '0');

		return true;
	}

	return false;
}

/* The sign itself, or a character reference that may stand for it. */
static bool may_mention(const char *text)
{
	return strpbrk(text, "@&") != NULL;
}

static bool is_among(int64_t number, const int64_t *numbers, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (numbers[i] == number)
			return true;

	return false;
}

/* Puts marks around what a piece of text mentions. */
static size_t mark_in(cmark_node *node, int64_t *ret_numbers)
{
	CLEANUP(buf_fini) struct buf marked = {0};
	const char *text = cmark_node_get_literal(node), *rest = text;
	struct mention mention;
	size_t n = 0;

	for (; find_mention(text, rest, &mention); rest = mention.at + mention.size) {
		ret_numbers[n++] = mention.number;
		buf_add(&marked, rest, (size_t)(mention.at - rest));
		buf_add_format(&marked, "%c%.*s%c", MARK, (int)mention.size, mention.at, MARK_END);
	}
	if (n) {
		buf_add(&marked, rest, strlen(rest) + 1);
		must(cmark_node_set_literal(node, marked.data));
	}

	return n;
}

/* Marks what is mentioned; the numbers, in an array that has room for all that a text may have. */
static size_t mark_mentions(cmark_node *document, int64_t *ret_numbers)
{
	cmark_event_type event;
	cmark_iter *iter;
	size_t n = 0, inside = 0; /* links and pictures that are open */

	cmark_consolidate_text_nodes(document);
	iter = cmark_iter_new(document);
	while ((event = cmark_iter_next(iter)) != CMARK_EVENT_DONE) {
		cmark_node *node = cmark_iter_get_node(iter);
		cmark_node_type type = cmark_node_get_type(node);

		if (type == CMARK_NODE_LINK || type == CMARK_NODE_IMAGE)
			inside += event == CMARK_EVENT_ENTER ? 1 : (size_t)-1;
		else if (type == CMARK_NODE_TEXT && !inside)
			n += mark_in(node, ret_numbers + n);
	}
	cmark_iter_free(iter);

	return n;
}

/* The HTML with an element in the place of each pair of marks. */
static const char *with_marks(struct arena *arena, const char *html)
{
	CLEANUP(buf_fini) struct buf marked = {0};

	while (*html) {
		size_t size = strcspn(html, MARKS);

		buf_add(&marked, html, size);
		html += size;
		if (*html == MARK)
			buf_add_format(&marked, "<span class=\"mention\" data-number=\"%.*s\">",
				       (int)strspn(html + 2, DIGITS), html + 2);
		else if (*html)
			buf_add_string(&marked, "</span>");
		html += *html != '\0';
	}

	return arena_copy(arena, marked.data, marked.size);
}

struct reading {
	cmark_parser *parser;
	cmark_node *document;
	int64_t *numbers; /* that it mentions */
	size_t n_numbers;
};

static void read_text(struct arena *arena, const char *text, struct reading *ret)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, register_extensions);
	ret->parser = cmark_parser_new(OPTIONS);
	for (size_t i = 0; i < sizeof(extensions) / sizeof(extensions[0]); i++)
		cmark_parser_attach_syntax_extension(ret->parser,
						     cmark_find_syntax_extension(extensions[i]));
	cmark_parser_feed(ret->parser, text, strlen(text));
	ret->document = cmark_parser_finish(ret->parser);
	if (!may_mention(text))
		return;

	ret->numbers = arena_array(arena, MARKDOWN_SIGNS_MAX, sizeof(*ret->numbers));
	ret->n_numbers = mark_mentions(ret->document, ret->numbers);
}

static void reading_fini(struct reading *reading)
{
	cmark_node_free(reading->document);
	cmark_parser_free(reading->parser);
}

const char *markdown_html(struct arena *arena, const char *text)
{
	struct reading reading = {0};
	const char *ret;
	char *html;

	if (is_costly(text))
		return as_it_stands(arena, text);

	read_text(arena, text, &reading);
	disarm_links(reading.document);
	html = cmark_render_html(reading.document, OPTIONS,
				 cmark_parser_get_syntax_extensions(reading.parser));
	ret = reading.n_numbers ? with_marks(arena, html) : arena_copy(arena, html, strlen(html));
	free(html);
	reading_fini(&reading);

	return ret;
}

size_t markdown_mentions(struct arena *arena, const char *text, int64_t **ret_numbers)
{
	struct reading reading = {0};
	size_t n = 0;

	if (!may_mention(text) || is_costly(text))
		return 0;

	read_text(arena, text, &reading);
	for (size_t i = 0; i < reading.n_numbers; i++)
		if (!is_among(reading.numbers[i], reading.numbers, n))
			reading.numbers[n++] = reading.numbers[i];
	reading_fini(&reading);
	*ret_numbers = reading.numbers;

	return n;
}
