/* Reads statements: the header line, the parameters in the text, and whether they fit. */
#include "sql.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/text.h"
#include "output.h"

#define PARAMS_MAX 64
#define PAGE_MAX   8

#define FRAGMENT_DEPTH_MAX 4

/* What is being read. */
struct reading {
	struct contract *contract;
	const struct statements *statements; /* whose fragments it may use */
	struct statement *statement;
	struct buf text, many_text;
	int line;
	unsigned depth; /* of fragments in fragments */
	bool failed;
};

static struct arena *arena_of(struct reading *r)
{
	return &r->contract->arena;
}

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

static const struct field *follow(struct reading *r, const struct type *type, const char *path,
				  bool *ret_repeated)
{
	const struct field *field = NULL;
	bool repeated = false;

	for (const char *at = path;; at++) {
		size_t n = strcspn(at, ".");

		field = type_field(type, arena_copy(arena_of(r), at, n));
		if (!field || (repeated && field->repeated))
			return NULL;
		repeated |= field->repeated;
		at += n;
		if (!*at)
			break;
		if (!field->type || field->type->is_enum)
			return NULL;
		type = field->type;
	}

	*ret_repeated = repeated;
	return field;
}

/* A leaf that can be a value of SQL: a scalar, an enum or a Timestamp. */
static bool is_value(const struct field *field)
{
	return !field->type || field->type->is_enum ||
	       field_is_message(field, "google.protobuf.Timestamp");
}

static bool check_field(struct reading *r, const char *path, bool *ret_repeated)
{
	const struct statement *s = r->statement;
	const struct field *field;

	if (!s->in) {
		error_at(s->file, r->line, ":%s, but the statement has no `in`", path);
		return false;
	}
	field = follow(r, s->in, path, ret_repeated);
	if (!field)
		error_at(s->file, r->line, ":%s is no field of %s", path, s->in->short_name);
	else if (!is_value(field))
		error_at(s->file, r->line, ":%s is a %s, which is no value of SQL", path,
			 field->type->short_name);

	return field && is_value(field);
}

static bool check_mask(struct reading *r, const char *path)
{
	const struct statement *s = r->statement;
	const struct field *masked = s->in ? type_masked(s->in) : NULL;
	bool repeated;

	if (!masked)
		error_at(s->file, r->line, ":mask.%s, but %s has no update_mask over a resource",
			 path, s->in ? s->in->short_name : "the statement without `in`");
	else if (!follow(r, masked->type, path, &repeated))
		error_at(s->file, r->line, ":mask.%s is no field of %s", path,
			 masked->type->short_name);
	else
		return true;

	return false;
}

static bool check_after(struct reading *r, const char *column)
{
	const struct statement *s = r->statement;

	for (const char **page = s->page; page && *page; page++)
		if (text_equal(*page, column))
			return true;

	error_at(s->file, r->line, ":after.%s is no column of `page`", column);
	return false;
}

static bool check_limit(struct reading *r)
{
	if (!r->statement->page)
		error_at(r->statement->file, r->line, ":limit, but the statement has no `page`");

	return r->statement->page != NULL;
}

/* What `:name` stands for; false when it stands for nothing. */
static bool resolve(struct reading *r, const char *name, struct parameter *ret)
{
	static const struct {
		const char *name, *source;
	} words[] = {
		{"limit", "SQL_LIMIT"},           {"caller_id", "SQL_CALLER"},
		{"caller_key", "SQL_CALLER_KEY"}, {"now", "SQL_NOW"},
		{"new_id", "SQL_NEW_ID"},         {"request_id", "SQL_REQUEST_ID"},
	};
	bool repeated = false;

	*ret = (struct parameter){.path = "", .scalar = true};
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (text_equal(words[i].name, name)) {
			ret->source = words[i].source;
			return !text_equal(name, "limit") || check_limit(r);
		}
	}

	if (text_starts(name, "mask.")) {
		ret->source = "SQL_MASK";
		ret->path = name + strlen("mask.");
		return check_mask(r, ret->path);
	}
	if (text_starts(name, "after.")) {
		ret->source = "SQL_AFTER";
		ret->path = name + strlen("after.");
		return check_after(r, ret->path);
	}

	ret->source = "SQL_FIELD";
	ret->path = name;
	if (!check_field(r, name, &repeated))
		return false;
	ret->scalar = !repeated;
	return true;
}

/* The number of that parameter, counted from 1; the same one each time it is named. */
static size_t number_of(struct reading *r, const char *name)
{
	struct statement *s = r->statement;
	struct parameter found;

	if (!resolve(r, name, &found)) {
		r->failed = true;
		return 1;
	}
	for (size_t i = 0; i < s->n_params; i++)
		if (text_equal(s->params[i].source, found.source) &&
		    text_equal(s->params[i].path, found.path))
			return i + 1;

	if (s->n_params == PARAMS_MAX) {
		error_at(s->file, r->line, "more than %d parameters", PARAMS_MAX);
		r->failed = true;
		return 1;
	}
	s->params[s->n_params++] = found;
	return s->n_params;
}

static void put(struct reading *r, const char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		r->line += bytes[i] == '\n';
	buf_add(&r->text, bytes, n);
	buf_add(&r->many_text, bytes, n);
}

/* Behind a quoted string or name, doubled quotes included; at the end when it is not closed. */
static const char *quoted_end(const char *at)
{
	char quote = *at++;

	for (; *at; at++) {
		if (*at != quote)
			continue;
		if (at[1] != quote)
			return at + 1;
		at++;
	}

	return at;
}

static const char *parameter_end(const char *at)
{
	while (is_word(*at) || (*at == '.' && (islower((unsigned char)at[1]) || at[1] == '_')))
		at++;

	return at;
}

static void note_word(struct reading *r, const char *word, size_t n)
{
	static const char *const writing[] = {"INSERT", "UPDATE", "DELETE", "MERGE", "SHARE"};

	for (size_t i = 0; i < sizeof(writing) / sizeof(writing[0]); i++)
		if (strlen(writing[i]) == n && strncasecmp(word, writing[i], n) == 0)
			r->statement->writes = true;
}

static void read_text(struct reading *r, const char *at, const char *end);

/* Puts the fragment `{name}` in its place; parameters in it are the statement's. */
static void read_fragment(struct reading *r, const char *name)
{
	int line = r->line;

	for (const struct fragment *f = r->statements->fragments; f; f = f->next) {
		if (!text_equal(f->name, name))
			continue;
		if (r->depth == FRAGMENT_DEPTH_MAX)
			break;
		r->depth++;
		read_text(r, f->text, f->text + strlen(f->text));
		r->depth--;
		r->line = line;
		return;
	}

	error_at(r->statement->file, line, "{%s} is no fragment", name);
	r->failed = true;
}

/* Copies the text up to `end` with its parameters numbered. Comments go, strings stay. */
static void read_text(struct reading *r, const char *at, const char *end)
{
	while (at < end) {
		const char *next = at + 1;

		if (at[0] == '-' && at[1] == '-') {
			at += strcspn(at, "\n");
			while (r->text.size && r->text.data[r->text.size - 1] == ' ') {
				r->text.data[--r->text.size] = '\0';
				r->many_text.data[--r->many_text.size] = '\0';
			}
			continue;
		}
		if (at[0] == '/' && at[1] == '*') {
			next = strstr(at + 2, "*/");
			next = next && next + 2 < end ? next + 2 : end;
		} else if (*at == '\'' || *at == '"') {
			next = quoted_end(at);
		} else if (at[0] == ':' && at[1] == ':') {
			next = at + 2;
		} else if (at[0] == ':' && (islower((unsigned char)at[1]) || at[1] == '_')) {
			size_t number;

			next = parameter_end(at + 1);
			number = number_of(
				r, arena_copy(arena_of(r), at + 1, (size_t)(next - at - 1)));
			buf_add_format(&r->text, "$%zu", number);
			buf_add_format(&r->many_text, "q.p%zu", number);
			at = next;
			continue;
		} else if (*at == '{') {
			next = at + strcspn(at, "}");
			read_fragment(r, arena_copy(arena_of(r), at + 1, (size_t)(next - at - 1)));
			at = next + (*next == '}');
			continue;
		} else if (is_word(*at)) {
			while (is_word(*next))
				next++;
			note_word(r, at, (size_t)(next - at));
		}
		put(r, at, (size_t)(next - at));
		at = next;
	}
}

/* Without what surrounds it: blank lines and the semicolon. */
static const char *trimmed(struct reading *r, const struct buf *text)
{
	const char *from = text->data ? text->data : "";
	size_t n;

	from += strspn(from, " \t\n");
	n = strlen(from);
	while (n && strchr(" \t\n;", from[n - 1]))
		n--;

	return arena_copy(arena_of(r), from, n);
}

static void set_type(struct reading *r, const char *key, const char *name,
		     const struct type **ret_type)
{
	const struct type *type = contract_type(r->contract, name);

	if (!type || type->is_enum) {
		error_at(r->statement->file, r->line, "`%s` names %s, which is no message", key,
			 name);
		r->failed = true;
		return;
	}
	*ret_type = type;
}

/* "content.Post" is one row, "content.ListPostsResponse.posts" are many. */
static void set_out(struct reading *r, const char *name)
{
	struct statement *s = r->statement;
	const char *dot = strrchr(name, '.');
	const struct type *type = contract_type(r->contract, name);

	if (!type && dot)
		type = contract_type(r->contract,
				     arena_copy(arena_of(r), name, (size_t)(dot - name)));
	if (!type || type->is_enum || text_equal(type->full_name, name) ||
	    text_equal(type->short_name, name)) {
		set_type(r, "out", name, &s->out);
		return;
	}

	s->out = type;
	s->many = true;
	s->rows = type_field(type, dot + 1);
	if (!s->rows || !s->rows->repeated) {
		error_at(s->file, r->line, "`out` names %s, which is no repeated field of %s",
			 dot + 1, type->short_name);
		r->failed = true;
	}
}

static void add_page_column(struct reading *r, const char *column)
{
	struct statement *s = r->statement;
	size_t n = 0;

	if (!s->page)
		s->page = arena_array(arena_of(r), PAGE_MAX + 1, sizeof(*s->page));
	while (s->page[n])
		n++;
	if (n == PAGE_MAX) {
		error_at(s->file, r->line, "`page` has more than %d columns", PAGE_MAX);
		r->failed = true;
	} else {
		s->page[n] = column;
	}
}

static void set_key(struct reading *r, const char *key, const char *value)
{
	struct statement *s = r->statement;

	if (text_equal(key, "name:")) {
		s->name = value;
	} else if (text_equal(key, "in:")) {
		if (!text_equal(value, "none"))
			set_type(r, "in", value, &s->in);
	} else if (text_equal(key, "out:")) {
		if (!text_equal(value, "none"))
			set_out(r, value);
	} else if (text_equal(key, "page:")) {
		add_page_column(r, value);
	} else if (text_equal(key, "batch:")) {
		s->batch = !text_equal(value, "no");
	} else {
		error_at(s->file, r->line, "`%s` is no key of a statement", key);
		r->failed = true;
	}
}

/* One header line: `key: value …`, where `page:` takes several values. */
static void read_header(struct reading *r, const char *line, size_t size)
{
	const char *at = line, *end = line + size, *key = NULL;

	while (at < end) {
		size_t n;
		const char *word;

		at += strspn(at, " \t,");
		if (at >= end)
			break;
		n = strcspn(at, " \t,\n");
		word = arena_copy(arena_of(r), at, n);
		if (text_ends(word, ":"))
			key = word;
		else if (key)
			set_key(r, key, word);
		at += n;
	}
}

static bool is_header_key(const char *at)
{
	return text_starts(at, "in:") || text_starts(at, "out:") || text_starts(at, "page:") ||
	       text_starts(at, "batch:");
}

static bool needs_field(struct reading *r, const struct type *type, const char *field)
{
	if (type && type_field(type, field))
		return true;

	error_at(r->statement->file, r->statement->line, "`page` needs the field %s in %s", field,
		 type ? type->short_name : "`in`");
	return false;
}

static void finish(struct reading *r)
{
	struct statement *s = r->statement;
	bool scalar = s->n_params > 0;

	if (s->page) {
		if (!s->many) {
			error_at(s->file, s->line, "`page` needs an `out` of many rows");
			r->failed = true;
		} else if (!needs_field(r, s->in, "page_size") ||
			   !needs_field(r, s->in, "page_token") ||
			   !needs_field(r, s->out, "next_page_token")) {
			r->failed = true;
		}
	}

	s->text = trimmed(r, &r->text);
	if (!*s->text) {
		error_at(s->file, s->line, "statement %s has no text", s->name);
		r->failed = true;
	}
	for (size_t i = 0; i < s->n_params; i++)
		scalar &= s->params[i].scalar;
	if (s->batch && scalar && s->out && !s->many && !s->writes)
		s->many_text = trimmed(r, &r->many_text);
}

static void check_name(const struct statements *statements, const struct statement *s)
{
	for (size_t i = 0; i + 1 < statements->n; i++)
		if (text_equal(statements->list[i].name, s->name))
			error_at(s->file, s->line, "statement %s stands in %s:%d already", s->name,
				 statements->list[i].file, statements->list[i].line);
	for (const char *at = s->name; *at; at++) {
		if (!islower((unsigned char)*at) && !isdigit((unsigned char)*at) && *at != '_') {
			error_at(s->file, s->line, "%s is no name of a statement", s->name);
			break;
		}
	}
}

static struct statement *add_statement(struct contract *contract, struct statements *to)
{
	if (to->n == to->capacity) {
		size_t capacity = to->capacity ? 2 * to->capacity : 64;
		struct statement *list = arena_array(&contract->arena, capacity, sizeof(*list));

		if (to->n)
			memcpy(list, to->list, to->n * sizeof(*list));
		to->list = list;
		to->capacity = capacity;
	}

	return &to->list[to->n++];
}

/* The start of the next header line at or behind `at`; the end of the text when there is none. */
static const char *next_header(const char *at)
{
	while (*at && !text_starts(at, "-- name:") && !text_starts(at, "-- fragment:")) {
		at += strcspn(at, "\n");
		at += *at == '\n';
	}

	return at;
}

static void read_statement(struct contract *contract, const char *file, const char *at, int line,
			   struct statements *to)
{
	struct reading r = {.contract = contract, .statements = to, .line = line};
	struct statement *s = add_statement(contract, to);
	const char *end = next_header(at + 1);

	r.statement = s;
	*s = (struct statement){.file = file, .line = line, .name = "", .batch = true};
	s->params = arena_array(&contract->arena, PARAMS_MAX, sizeof(*s->params));

	do { /* the header may go on in comment lines that begin with a key */
		size_t n = strcspn(at, "\n");

		read_header(&r, at + 3, n - 3);
		at += n + (at[n] == '\n');
		r.line++;
	} while (text_starts(at, "-- ") && is_header_key(at + 3 + strspn(at + 3, " ")));

	check_name(to, s);
	if (!r.failed) {
		read_text(&r, at, end);
		finish(&r);
	}
	buf_fini(&r.text);
	buf_fini(&r.many_text);
}

/* "-- fragment: name", then its text up to the next header. */
static void read_one_fragment(struct contract *contract, const char *file, const char *at, int line,
			      struct statements *to)
{
	struct fragment *f = arena_alloc(&contract->arena, sizeof(*f));
	const char *name = at + strlen("-- fragment:"), *end = next_header(at + 1);

	name += strspn(name, " ");
	f->name = arena_copy(&contract->arena, name, strcspn(name, " \n"));
	at += strcspn(at, "\n");
	at += strspn(at, " \t\n");
	while (end > at && strchr(" \t\n", end[-1]))
		end--;
	f->text = arena_copy(&contract->arena, at, (size_t)(end - at));
	for (const struct fragment *other = to->fragments; other; other = other->next)
		if (text_equal(other->name, f->name))
			error_at(file, line, "fragment %s stands elsewhere already", f->name);
	f->next = to->fragments;
	to->fragments = f;
}

/* Fragments of all files first, so that statements may use those of any. */
static void read_file(struct contract *contract, const char *file, bool fragments,
		      struct statements *to)
{
	CLEANUP(buf_fini) struct buf text = {0};
	const char *at;

	if (!input_read(file, &text)) {
		if (fragments)
			error_at(file, 0, "cannot be read");
		return;
	}

	for (at = next_header(text.data); *at; at = next_header(at + 1)) {
		int line = 1;

		for (const char *c = text.data; c < at; c++)
			line += *c == '\n';
		if (text_starts(at, "-- fragment:") != fragments)
			continue;
		if (fragments)
			read_one_fragment(contract, file, at, line, to);
		else
			read_statement(contract, file, at, line, to);
	}
}

void sql_read(struct contract *contract, char *const *files, size_t n,
	      struct statements *ret_statements)
{
	for (size_t i = 0; i < n; i++)
		read_file(contract, files[i], true, ret_statements);
	for (size_t i = 0; i < n; i++)
		read_file(contract, files[i], false, ret_statements);
}
