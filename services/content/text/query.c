/* Queries: from what a person writes to groups of terms, and back to his text. */
#include "query.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/text.h"
#include "term.h"
#include "words.h"

#define TERMS_MAX  1000 /* of what a person writes: more than there can be */
#define SPREAD     60   /* terms of which a piece has as much as it can */
#define CANDIDATES 200  /* places where a piece may begin */

/* English words that tell little; in their stems. They count where there are no others. */
static const char *const common[] = {
	"a",    "an",    "and",   "are",  "as",   "at",  "be",   "but", "by",   "can",
	"do",   "for",   "from",  "have", "he",   "how", "i",    "if",  "in",   "is",
	"it",   "its",   "my",    "not",  "of",   "on",  "or",   "our", "she",  "so",
	"that", "the",   "their", "they", "this", "to",  "was",  "we",  "were", "what",
	"when", "which", "who",   "will", "with", "you", "your", NULL,
};

static bool is_common(const char *text)
{
	for (size_t i = 0; common[i]; i++) {
		if (text_equal(common[i], text))
			return true;
	}

	return false;
}

static struct group *add_group(struct query *query, struct arena *arena, size_t most_parts)
{
	struct group *group = &query->groups[query->count++];

	group->parts = arena_array(arena, most_parts, sizeof(*group->parts));

	return group;
}

static struct part *add_part(struct group *group, const struct term *term, size_t distance)
{
	struct part *part = &group->parts[group->count++];

	*part = (struct part){.text = term->text, .distance = distance};

	return part;
}

/* `count` characters of a run, of which the terms begin at `run`. One alone stands for all words
 * that begin with it. */
static void add_dense(struct query *query, struct arena *arena, const struct term *run,
		      size_t count)
{
	struct group *group = add_group(query, arena, count);
	size_t first;

	for (size_t i = 0; i + 1 < count; i++)
		add_part(group, &run[i], i);
	if (count > 1)
		return;
	add_part(group, run, 0)->prefix = true;
	for (first = 1; ((unsigned char)run->text[first] & 0xC0) == 0x80; first++)
		;
	group->parts[0].text = arena_copy(arena, run->text, first);
}

/* How many characters there are in the bytes. */
static size_t characters(const char *text, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < size; i++)
		n += ((unsigned char)text[i] & 0xC0) != 0x80;

	return n;
}

/* A run's words. Single characters that stand together are taken as one word, such as a name that
 * the dictionary does not have; one that stands alone among words tells little. */
static void add_run(struct query *query, const struct dictionary *dictionary, struct arena *arena,
		    const struct term *run, size_t count)
{
	CLEANUP(buf_fini) struct buf text = {0};
	size_t at = 0, single = 0;
	struct words words;

	for (size_t i = 0; i < count; i++) {
		size_t size = 1;

		while (((unsigned char)run[i].text[size] & 0xC0) == 0x80)
			size++;
		buf_add(&text, run[i].text, size);
	}
	words = words_of(dictionary, arena, text.data, text.size);

	for (size_t i = 0; i < words.count; i++) {
		size_t n = characters(words.list[i].text, words.list[i].size);

		if (n == 1) {
			single++;
			at++;
			continue;
		}
		if (single > 1)
			add_dense(query, arena, &run[at - single], single);
		single = 0;
		add_dense(query, arena, &run[at], n);
		at += n;
	}
	if (single > 1 || single == count)
		add_dense(query, arena, &run[at - single], single);
}

/* Words that nothing divides, such as the letters and the digits of a name, follow each other. */
static void add_words(struct query *query, const struct dictionary *dictionary, struct arena *arena,
		      const struct terms *terms)
{
	size_t n;

	for (size_t i = 0; i < terms->count; i += n) {
		const struct term *term = &terms->list[i];
		size_t left = terms->count - i;

		n = 1;
		if (term->dense) {
			while (n < left && !term[n - 1].last)
				n++;
			add_run(query, dictionary, arena, term, n);
		} else {
			struct group *group;

			while (n < left && term[n].joined)
				n++;
			group = add_group(query, arena, n);
			for (size_t k = 0; k < n; k++)
				add_part(group, &term[k], k);
		}
	}
}

/* All of it, as it stands. The last character of a run is in the term before. */
static void add_phrase(struct query *query, struct arena *arena, const struct terms *terms)
{
	struct group *group;

	if (terms->count == 0)
		return;
	group = add_group(query, arena, terms->count);
	for (size_t i = 0; i < terms->count; i++) {
		const struct term *term = &terms->list[i];
		bool alone = term->last && (i == 0 || !term[-1].dense || term[-1].last);

		if (!term->dense || !term->last || alone)
			add_part(group, term, i)->prefix = term->dense && term->last;
	}
}

static void drop_common(struct query *query)
{
	size_t kept = 0;

	for (size_t i = 0; i < query->count; i++) {
		const struct group *group = &query->groups[i];

		if (group->count > 1 || !is_common(group->parts[0].text))
			query->groups[kept++] = *group;
	}
	if (kept > 0)
		query->count = kept;
}

/* The next quotation mark, and how many bytes it has; the end of the text, and 0. */
static const char *quotation_mark(const char *text, size_t *ret_size)
{
	static const char *const marks[] = {"\"", "\xe2\x80\x9c", "\xe2\x80\x9d"};
	const char *first = text + strlen(text);

	*ret_size = 0;
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		const char *at = strstr(text, marks[i]);

		if (at && at < first) {
			first = at;
			*ret_size = strlen(marks[i]);
		}
	}

	return first;
}

struct query query_of(const struct folding *folding, const struct dictionary *dictionary,
		      struct arena *arena, const char *text)
{
	struct query query = {0};
	bool quoted = false;
	size_t size;

	/* A group has a byte of the text at least, and one folded to several terms has them in one.
	 */
	query.groups = arena_array(arena, strlen(text) * 4 + 1, sizeof(*query.groups));
	for (const char *end; *text; text = end + size, quoted = !quoted) {
		struct terms terms;

		end = quotation_mark(text, &size);
		terms = terms_of(folding, arena, text, (size_t)(end - text), TERMS_MAX);
		/* What is not closed is no quotation. */
		if (quoted && size)
			add_phrase(&query, arena, &terms);
		else
			add_words(&query, dictionary, arena, &terms);
	}
	drop_common(&query);

	return query;
}

bool query_has_prefix(const struct query *query)
{
	for (size_t i = 0; i < query->count; i++)
		for (size_t k = 0; k < query->groups[i].count; k++)
			if (query->groups[i].parts[k].prefix)
				return true;

	return false;
}

const char *query_tsquery(const struct query *query, struct arena *arena)
{
	CLEANUP(buf_fini) struct buf text = {0};

	for (size_t i = 0; i < query->count; i++) {
		const struct group *group = &query->groups[i];

		buf_add_string(&text, i ? " & (" : "(");
		for (size_t k = 0; k < group->count; k++) {
			if (k)
				buf_add_format(&text, " <%zu> ",
					       group->parts[k].distance -
						       group->parts[k - 1].distance);
			term_quote(group->parts[k].text, &text);
			buf_add_string(&text, group->parts[k].prefix ? ":*" : "");
		}
		buf_add_char(&text, ')');
	}

	return arena_copy(arena, text.data, text.size);
}

/* Whether the group begins at the term, and the last term that is of it. */
static bool begins_at(const struct group *group, const struct terms *terms, size_t at,
		      size_t *ret_last)
{
	for (size_t i = 0; i < group->count; i++) {
		const struct part *part = &group->parts[i];
		size_t place = at + part->distance;

		if (place >= terms->count)
			return false;
		if (part->prefix ? !text_starts(terms->list[place].text, part->text)
				 : !text_equal(terms->list[place].text, part->text))
			return false;
		*ret_last = place;
	}

	return true;
}

/* What is marked of a text: for each term the group of query that it is of, from 1; 0: none. */
static size_t *find_groups(const struct query *query, struct arena *arena,
			   const struct terms *terms)
{
	size_t *found = arena_array(arena, terms->count + 1, sizeof(*found)), last = 0;

	for (size_t at = 0; at < terms->count; at++) {
		for (size_t i = 0; i < query->count; i++) {
			if (!begins_at(&query->groups[i], terms, at, &last))
				continue;
			for (size_t k = at; k <= last; k++)
				found[k] = i + 1;
		}
	}

	return found;
}

/* Where a piece begins that has as many different groups as any. */
static size_t best_place(const struct query *query, const size_t *found, size_t count)
{
	size_t best = 0, best_groups = 0, candidates = 0;

	for (size_t at = 0; at < count && candidates < CANDIDATES; at++) {
		size_t groups = 0;

		if (!found[at])
			continue;
		candidates++;
		for (size_t i = 0; i < query->count; i++) {
			for (size_t k = at; k < count && k < at + SPREAD; k++) {
				if (found[k] == i + 1) {
					groups++;
					break;
				}
			}
		}
		if (groups > best_groups) {
			best_groups = groups;
			best = at;
		}
	}

	return best;
}

/* The place so many characters before, or after, `at`. */
static size_t characters_before(const char *text, size_t at, size_t n)
{
	while (at > 0 && n > 0) {
		at--;
		n -= ((unsigned char)text[at] & 0xC0) != 0x80;
	}

	return at;
}

static size_t characters_after(const char *text, size_t size, size_t at, size_t n)
{
	for (; at < size; at++) {
		if (((unsigned char)text[at] & 0xC0) == 0x80)
			continue;
		if (n-- == 0)
			break;
	}

	return at;
}

static void add_html(struct buf *to, const char *text, size_t from, size_t end)
{
	for (; from < end; from++) {
		switch (text[from]) {
		case '&':
			buf_add_string(to, "&amp;");
			break;
		case '<':
			buf_add_string(to, "&lt;");
			break;
		case '>':
			buf_add_string(to, "&gt;");
			break;
		case '"':
			buf_add_string(to, "&quot;");
			break;
		case '\'':
			buf_add_string(to, "&#39;");
			break;
		default:
			buf_add_char(to, text[from]);
		}
	}
}

const char *query_mark(const struct query *query, const struct folding *folding,
		       struct arena *arena, const char *text, size_t most, size_t terms_most)
{
	CLEANUP(buf_fini) struct buf html = {0};
	size_t size = strlen(text), from = 0, end = size, at;
	struct terms terms = terms_of(folding, arena, text, size, terms_most);
	size_t *found = find_groups(query, arena, &terms);

	if (characters_after(text, size, 0, most) < size) {
		size_t best = best_place(query, found, terms.count);

		if (terms.count > 0)
			from = characters_before(text, terms.list[best].start, most / 5);
		end = characters_after(text, size, from, most);
		if (end == size)
			from = characters_before(text, size, most);
	}

	buf_add_string(&html, from > 0 ? "…" : "");
	at = from;
	for (size_t i = 0; i < terms.count && terms.list[i].start < end; i++) {
		size_t last = terms.list[i].end;

		if (!found[i] || terms.list[i].start < at)
			continue;
		/* As far as what is found touches or overlaps. */
		add_html(&html, text, at, terms.list[i].start);
		at = terms.list[i].start;
		for (; i + 1 < terms.count && found[i + 1] && terms.list[i + 1].start <= last; i++)
			last = terms.list[i + 1].end > last ? terms.list[i + 1].end : last;
		last = last < end ? last : end;
		buf_add_string(&html, "<mark>");
		add_html(&html, text, at, last);
		buf_add_string(&html, "</mark>");
		at = last;
	}
	add_html(&html, text, at, end);
	buf_add_string(&html, end < size ? "…" : "");

	return arena_copy(arena, html.data, html.size);
}
