/* Markdown: what it becomes, and that nothing that is written into it can do anything. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/text.h"
#include "content/text/markdown.h"

static struct arena arena;

static void renders(const char *text, const char *expected)
{
	const char *html = markdown_html(&arena, text);

	if (!text_equal(html, expected))
		print_error("%s\n-- became\n%s\n-- expected\n%s\n", text, html, expected);
	assert_true(text_equal(html, expected));
}

static void what_people_write_becomes_what_they_mean(void **state)
{
	(void)state;
	renders("# 你好\n\n*a* **b** ~~c~~ `d`",
		"<h1>你好</h1>\n<p><em>a</em> <strong>b</strong> <del>c</del> "
		"<code>d</code></p>\n");
	renders("[x](https://kith.example/?a=1&b=2)",
		"<p><a href=\"https://kith.example/?a=1&amp;b=2\">x</a></p>\n");
	renders("see https://kith.example/a",
		"<p>see <a href=\"https://kith.example/a\">https://kith.example/a</a></p>\n");
	renders("![p](https://kith.example/p.png)",
		"<p><img src=\"https://kith.example/p.png\" alt=\"p\" /></p>\n");
	renders("- [x] done",
		"<ul>\n<li><input type=\"checkbox\" checked=\"\" disabled=\"\" /> "
		"done</li>\n</ul>\n");
	renders("|a|\n|-|\n|b|",
		"<table>\n<thead>\n<tr>\n<th>a</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td>b</td>\n</"
		"tr>\n"
		"</tbody>\n</table>\n");
	renders("", "");
	renders("1 < 2 & 3 > 2", "<p>1 &lt; 2 &amp; 3 &gt; 2</p>\n");
	renders("![x](http://kith.example/p)",
		"<p><img src=\"http://kith.example/p\" alt=\"x\" /></p>\n");
	renders("[m](mailto:a@kith.example)", "<p><a href=\"mailto:a@kith.example\">m</a></p>\n");
	renders("[up](/admin) [x](//evil.example)",
		"<p><a href=\"\">up</a> <a href=\"\">x</a></p>\n");
}

/* -- inert: a reader of HTML that knows only what may be there */

static const char *const elements[] = {
	"p",     "h1",  "h2",         "h3", "h4", "h5", "h6",    "em",  "strong", "del",
	"code",  "pre", "blockquote", "ul", "ol", "li", "a",     "img", "table",  "thead",
	"tbody", "tr",  "th",         "td", "br", "hr", "input", NULL};
static const char marked_mention[] = "<span class=\"mention\" data-number=\"";
static const char *const attributes[] = {"href",    "src",      "alt",  "title", "align", "type",
					 "checked", "disabled", "lang", "start", NULL};

static bool is_one_of(const char *word, size_t size, const char *const *list)
{
	for (; *list; list++)
		if (strlen(*list) == size && memcmp(*list, word, size) == 0)
			return true;

	return false;
}

static bool is_safe_url(const char *value, size_t size)
{
	return size == 0 || text_starts(value, "https://") || text_starts(value, "http://") ||
	       text_starts(value, "mailto:") || text_starts(value, "HTTPS://") ||
	       text_starts(value, "HTTP://");
}

/* One tag from behind its `<`; NULL when it is none that may be there. */
static const char *read_tag(const char *at)
{
	size_t size;

	at += *at == '/';
	size = strspn(at, "abcdefghijklmnopqrstuvwxyz0123456789");
	if (!is_one_of(at, size, elements))
		return NULL;
	for (at += size; *at == ' ';) {
		const char *name = ++at, *value;

		if (text_starts(at, "/>"))
			return at + 2;
		size = strspn(at, "abcdefghijklmnopqrstuvwxyz");
		if (!is_one_of(name, size, attributes) || !text_starts(at + size, "=\""))
			return NULL;
		value = at + size + 2;
		at = strchr(value, '"');
		if (!at || memchr(value, '<', (size_t)(at - value)))
			return NULL;
		if ((is_one_of(name, size, (const char *const[]){"href", "src", NULL})) &&
		    !is_safe_url(value, (size_t)(at - value)))
			return NULL;
		at++;
	}

	return *at == '>' ? at + 1 : NULL;
}

static bool is_inert(const char *html)
{
	while (*html) {
		if (text_starts(html, "<!-- raw HTML omitted -->")) {
			html += strlen("<!-- raw HTML omitted -->");
		} else if (text_starts(html, marked_mention)) {
			html += strlen(marked_mention);
			html += strspn(html, "0123456789");
			if (!text_starts(html, "\">@"))
				return false;
			html += strlen("\">@");
			html += strspn(html, "0123456789");
			if (!text_starts(html, "</span>"))
				return false;
			html += strlen("</span>");
		} else if (*html == '<') {
			html = read_tag(html + 1);
			if (!html)
				return false;
		} else {
			html++;
		}
	}

	return true;
}

static void the_reader_of_the_next_test_knows_what_is_not_inert(void **state)
{
	static const char *const harmful[] = {
		"<script>",
		"<p onclick=\"x\">",
		"<a href=\"javascript:x\">",
		"<img src=\"data:x\" />",
		"<p style=\"x\">",
		"<svg>",
		"<a href=\"/x\">",
		"<p",
		"<!-- x -->",
		"<span>",
		"<span class=\"mention\" onclick=\"x\">",
		"<span class=\"mention\" data-number=\"1\">@1<b></span>",
		"<input type='x'>"};

	(void)state;
	for (size_t i = 0; i < sizeof(harmful) / sizeof(harmful[0]); i++)
		assert_false(is_inert(harmful[i]));
	assert_true(is_inert("<p><a href=\"https://x\" title=\"&lt;y\">z</a><br /></p>"));
}

/* Ways of naming a script, and places to put them. */
static const char *const schemes[] = {
	"javascript:alert(1)",
	"JaVaScRiPt:alert(1)",
	"java\tscript:alert(1)",
	"java&#9;script:alert(1)",
	"&#106;avascript:alert(1)",
	"&#x6a;avascript:alert(1)",
	"javascript&colon;alert(1)",
	"javascript&#58;alert(1)",
	" javascript:alert(1)",
	"\x01javascript:alert(1)",
	"%6Aavascript:alert(1)",
	"vbscript:msgbox(1)",
	"data:text/html,<script>alert(1)</script>",
	"data:text/html;base64,PHNjcmlwdD4=",
	"data:image/svg+xml,<svg onload=alert(1)>",
	"file:///etc/passwd",
	"blob:https://x/1",
	"about:blank",
	"view-source:x",
	"jar:x",
	"//evil.example",
	"\\\\evil.example",
	"/\\evil.example",
	"https:evil",
	"feed:javascript:alert(1)",
	"javascript://https://x/%0aalert(1)",
	"mailto\t:x",
	"http:\nalert",
	"\xe2\x80\x8bjavascript:alert(1)",
	"\xef\xbc\x8ajavascript:alert(1)",
};
static const char *const places[] = {
	"[a](%s)",       "[a](<%s>)",      "![a](%s)",  "[a]: %s\n\n[a]",      "<%s>",
	"[a](%s \"t\")", "[![b](%s)](%s)", "- [a](%s)", "|a|\n|-|\n|[a](%s)|",
};
static const char *const attacks[] = {
	"<script>alert(1)</script>",
	"<SCRIPT SRC=//x></SCRIPT>",
	"<img src=x onerror=alert(1)>",
	"<svg/onload=alert(1)>",
	"<svg><script>alert(1)</script></svg>",
	"<iframe src=javascript:alert(1)>",
	"<object data=x>",
	"<embed src=x>",
	"<a href=\"javascript:alert(1)\">x</a>",
	"<math><mi xlink:href=x>",
	"<form action=x><button>",
	"<body onload=alert(1)>",
	"<style>@import 'x'</style>",
	"<link rel=stylesheet href=x>",
	"<meta http-equiv=refresh content=0>",
	"<base href=x>",
	"<details open ontoggle=alert(1)>",
	"<video><source onerror=alert(1)>",
	"<marquee onstart=alert(1)>",
	"<input autofocus onfocus=alert(1)>",
	"<!--><script>alert(1)</script>",
	"<![CDATA[<script>alert(1)</script>]]>",
	"<?php x ?>",
	"<!DOCTYPE x [<!ENTITY y 'z'>]>",
	"<scr<script>ipt>alert(1)</script>",
	"<img \"\"\"><script>alert(1)</script>\">",
	"`<script>alert(1)</script>`",
	"    <script>alert(1)</script>",
	"```\"><script>alert(1)</script>\nx\n```",
	"```x\" onmouseover=\"alert(1)\nx\n```",
	"~~~ <img src=x onerror=alert(1)>\nx\n~~~",
	"[a](https://x \"\" onmouseover=alert(1))",
	"[a](https://x' onmouseover='alert(1))",
	"[a](https://x\" onmouseover=\"alert(1))",
	"![\" onerror=\"alert(1)](https://x)",
	"![a](https://x \"\\\" onerror=\\\"alert(1)\")",
	"[\"><script>alert(1)</script>](https://x)",
	"<https://x\"onmouseover=alert(1)>",
	"https://x\"onmouseover=alert(1)",
	"www.x.org\"><script>alert(1)</script>",
	"a@x.org\"><script>alert(1)</script>",
	"|a|\n|:-:\" onclick=\"x|\n|b|",
	"# <script>alert(1)</script>",
	"> <script>alert(1)</script>",
	"1. <script>alert(1)</script>",
	"- [ ] <img src=x onerror=alert(1)>",
	"*<script>*alert(1)*</script>*",
	"[x]: https://x \"<script>alert(1)</script>\"\n\n[x]",
	"&lt;script&gt;alert(1)&lt;/script&gt;",
	"&#60;script&#62;alert(1)&#60;/script&#62;",
	"\\<script\\>alert(1)\\</script\\>",
	"<a\nhref=javascript:alert(1)>x</a>",
	"<div\tonclick=alert(1)>",
	"<p/onclick=alert(1)>",
	"<x:script xmlns:x='http://www.w3.org/1999/xhtml'>alert(1)</x:script>",
	"<xmp><script>alert(1)</script>",
	"<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
	"<template><script>alert(1)</script></template>",
	"<textarea></textarea><script>alert(1)</script>",
	"<title></title><img src=x onerror=alert(1)>",
	"\xff\xfe<script>alert(1)</script>",
	"\xe2\x80\xae<script>",
	"<\xef\xbc\xa1>",
	"<img src=\"https://x\" onload=alert(1)>",
};

static void no_attack_survives(void **state)
{
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(attacks) / sizeof(attacks[0]); i++, n++) {
		const char *html = markdown_html(&arena, attacks[i]);

		if (!is_inert(html))
			print_error("%s\n-- became\n%s\n", attacks[i], html);
		assert_true(is_inert(html));
	}
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		for (size_t k = 0; k < sizeof(places) / sizeof(places[0]); k++, n++) {
			const char *first = strstr(places[k], "%s"),
				   *second = strstr(first + 2, "%s"), *text, *html;

			text = arena_printf(
				&arena, "%.*s%s%.*s%s%s", (int)(first - places[k]), places[k],
				schemes[i], second ? (int)(second - first - 2) : 0, first + 2,
				second ? schemes[i] : "", second ? second + 2 : first + 2);
			html = markdown_html(&arena, text);
			if (!is_inert(html))
				print_error("%s\n-- became\n%s\n", text, html);
			assert_true(is_inert(html));
		}
	}
	assert_true(n > 300);
}

static void mentions(const char *text, size_t n, const int64_t *expected)
{
	int64_t *numbers = NULL;

	if (markdown_mentions(&arena, text, &numbers) != n)
		print_error("%s\n", text);
	assert_int_equal(markdown_mentions(&arena, text, &numbers), n);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(numbers[i], expected[i]);
}

#define MENTIONS(text, ...)                                                                        \
	mentions(text, sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t), (int64_t[]){__VA_ARGS__})

static void members_are_named_by_their_numbers(void **state)
{
	static const char *const nobody[] = {
		"@",
		"@ 1",
		"@0",
		"@012",
		"@12345678901",
		"a@12",
		"1@12",
		"_@12",
		"@@12",
		"@12a",
		"@12_",
		"@1@2",
		"/@12",
		"a@12.org",
		"`@12`",
		"    @12",
		"```\n@12\n```",
		"[@12](https://x.org)",
		"[*@12*](https://x.org)",
		"![@12](https://x.org)",
		"https://x.org/@12",
		"<b data-x=\"@12\">",
		"<!-- @12 -->",
		"[a]: @12",
	};

	(void)state;
	MENTIONS("@12", 12);
	MENTIONS("ask @12, (@3) or *@4*; @12 again", 12, 3, 4);
	MENTIONS("你好@7请看,还有@9999999999", 7, 9999999999);
	MENTIONS("# @1\n\n> - @2\n\n|@3|\n|-|\n|@4|", 1, 2, 3, 4);
	MENTIONS("&#64;5", 5);
	MENTIONS("[a](https://x.org)@6 @7.", 6, 7);
	for (size_t i = 0; i < sizeof(nobody) / sizeof(nobody[0]); i++)
		mentions(nobody[i], 0, NULL);

	renders("hi @12, *@3*",
		"<p>hi <span class=\"mention\" data-number=\"12\">@12</span>, "
		"<em><span class=\"mention\" data-number=\"3\">@3</span></em></p>\n");
	renders("@1 @2",
		"<p><span class=\"mention\" data-number=\"1\">@1</span> "
		"<span class=\"mention\" data-number=\"2\">@2</span></p>\n");
	renders("`@12` [@3](https://x.org)",
		"<p><code>@12</code> <a href=\"https://x.org\">@3</a></p>\n");
	renders("<b>@4</b>\"@5\"",
		"<p><!-- raw HTML omitted --><span class=\"mention\" data-number=\"4\">@4</span>"
		"<!-- raw HTML omitted -->&quot;<span class=\"mention\" data-number=\"5\">@5</span>"
		"&quot;</p>\n");
}

/* What is written to take for ever comes to its end: hours, without the bound on signs. */
static void no_text_takes_for_ever(void **state)
{
	static const char *const patterns[] = {
		"[",      "![[]()",  "_a __b ", "> ",       "- ",   "*a **b ", "`a``",
		"[a](<b", "| a |\n", "a@b.",    "a@",       "@1 ",  "&#64;1 ", "[^1]",
		"](",     "<!--",    "**",      "[x]: y\n", "- - ", "&",       "<a "};

	(void)state;
	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
		size_t size = strlen(patterns[i]), n = 100000 / size;
		char *text = arena_alloc(&arena, n * size + 1);

		for (size_t k = 0; k < n; k++)
			memcpy(text + k * size, patterns[i], size);
		assert_true(is_inert(markdown_html(&arena, text)));
		arena_reset(&arena);
	}
	assert_true(is_inert(markdown_html(&arena, arena_printf(&arena, "%02001d<b>&@", 0))));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_people_write_becomes_what_they_mean),
		cmocka_unit_test(the_reader_of_the_next_test_knows_what_is_not_inert),
		cmocka_unit_test(no_attack_survives),
		cmocka_unit_test(members_are_named_by_their_numbers),
		cmocka_unit_test(no_text_takes_for_ever),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	arena_fini(&arena);

	return failed;
}
