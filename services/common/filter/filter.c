/* Predicates in the language of `filter` fields: parsed, tested, printed. */
#include "filter/filter.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/call.h"
#include "base/text.h"

/*
 * either = both { "OR" both }
 * both   = one { "AND" one }
 * one    = ( "NOT" | "-" ) one | "(" either ")" | term
 * term   = word ( "=" | "!=" | "<" | "<=" | ">" | ">=" ) value | word ":" ( value | "*" )
 * value  = word | string
 */

#define BLANKS    " \t\r\n"
#define WORD_ENDS BLANKS "()\"=!<>:" /* anything else is part of a word */
#define SHOWN_MAX 32                 /* characters of what was found that a message repeats */

/* Sets of operators. */
enum {
	EQUAL = 1 << FILTER_EQ,
	HAS = 1 << FILTER_HAS,
	COMPARED = 1 << FILTER_LT | 1 << FILTER_LE | 1 << FILTER_GT | 1 << FILTER_GE,
};

struct parser {
	struct call *c;
	const char *where; /* the request's field, for messages */
	const char *text;
	const char *at; /* what comes next */
	const struct filter_field *fields;
	int depth;
	int n_terms;
};

struct value {
	const char *start;
	const char *text;
	bool quoted;
};

static enum status parse_either(struct parser *p, struct filter **ret);

static bool starts_character(char byte)
{
	return ((unsigned char)byte & 0xc0) != 0x80;
}

static enum status bad(struct parser *p, const char *at, const char *what)
{
	size_t position = 1;

	for (const char *before = p->text; before < at; before++)
		position += starts_character(*before);
	call_fail(p->c, STATUS_INVALID_ARGUMENT, "BAD_FILTER", "%s, character %zu: %s", p->where,
		  position, what);

	return call_violation(p->c, p->where, "at character %zu: %s", position, what);
}

static void skip_blanks(struct parser *p)
{
	p->at += strspn(p->at, BLANKS);
}

static size_t word_length(const char *at)
{
	return strcspn(at, WORD_ENDS);
}

static bool at_keyword(const struct parser *p, const char *keyword)
{
	size_t length = word_length(p->at);

	return length == strlen(keyword) && memcmp(p->at, keyword, length) == 0;
}

/* What a message says was found: the word or the sign, and no more of it than people read. */
static const char *found(struct parser *p, const char *at)
{
	size_t length = word_length(at), size = 0;

	if (!*at)
		return "the end";
	if (length == 0)
		length = 1;
	for (size_t n = 0; size < length; size++) {
		if (starts_character(at[size]) && n++ == SHOWN_MAX)
			return arena_printf(p->c->arena, "`%.*s…`", (int)size, at);
	}

	return arena_printf(p->c->arena, "`%.*s`", (int)size, at);
}

static enum status expected(struct parser *p, const char *what)
{
	return bad(p, p->at,
		   arena_printf(p->c->arena, "expected %s, found %s", what, found(p, p->at)));
}

static struct filter *node(struct parser *p, enum filter_op op, const struct filter *left,
			   const struct filter *right)
{
	struct filter *made = arena_alloc(p->c->arena, sizeof(*made));

	made->op = op;
	made->left = left;
	made->right = right;
	return made;
}

/* What was taken twice is as if it had not been: NOT NOT x is x. */
static struct filter *negate(struct parser *p, struct filter *of)
{
	struct filter *twice;

	if (of->op != FILTER_NOT)
		return node(p, FILTER_NOT, of, NULL);

	twice = arena_alloc(p->c->arena, sizeof(*twice));
	*twice = *of->left;
	return twice;
}

/* From `start` to what was read last. */
static const char *written(struct parser *p, const char *start)
{
	const char *end = p->at;

	while (end > start && strchr(BLANKS, end[-1]))
		end--;

	return arena_copy(p->c->arena, start, (size_t)(end - start));
}

/* The field of that name; a family's with something behind the dot. */
static const struct filter_field *field_of(const struct filter_field *fields, const char *name)
{
	for (const struct filter_field *field = fields; field->name; field++) {
		bool family = text_ends(field->name, ".");

		if (family ? text_starts(name, field->name) && name[strlen(field->name)] != '\0'
			   : text_equal(name, field->name))
			return field;
	}

	return NULL;
}

static enum status no_such_field(struct parser *p, const char *at)
{
	CLEANUP(buf_fini) struct buf known = {0};

	for (const struct filter_field *field = p->fields; field->name; field++)
		buf_add_format(&known, "%s%s%s", field == p->fields ? "" : ", ", field->name,
			       text_ends(field->name, ".") ? "NAME" : "");

	return bad(p, at,
		   arena_printf(p->c->arena, "there is no field %s; there are %s", found(p, at),
				known.data ? known.data : "none"));
}

static enum status parse_string(struct parser *p, struct value *ret)
{
	char *text = arena_alloc(p->c->arena, strlen(p->at) + 1), *end = text;
	const char *at = p->at + 1;

	for (; *at != '"'; at++) {
		if (!*at)
			return bad(p, p->at, "this string does not end: a \" is missing");
		if (*at == '\\' && *++at != '"' && *at != '\\')
			return bad(p, at - 1, "only \\\" and \\\\ are written with a backslash");
		*end++ = *at;
	}
	ret->text = text;
	ret->quoted = true;
	p->at = at + 1;

	return STATUS_OK;
}

static enum status parse_value(struct parser *p, struct value *ret)
{
	size_t length;

	skip_blanks(p);
	*ret = (struct value){.start = p->at};
	if (*p->at == '"')
		return parse_string(p, ret);
	length = word_length(p->at);
	if (length == 0 || at_keyword(p, "AND") || at_keyword(p, "OR") || at_keyword(p, "NOT"))
		return expected(p, "a value");
	ret->text = arena_copy(p->c->arena, p->at, length);
	p->at += length;

	return STATUS_OK;
}

static enum status parse_op(struct parser *p, enum filter_op *ret_op, bool *ret_negated)
{
	static const struct {
		const char *sign;
		enum filter_op op;
		bool negated;
	} signs[] = {
		{"!=", FILTER_EQ, true},  {"<=", FILTER_LE, false}, {">=", FILTER_GE, false},
		{"<", FILTER_LT, false},  {">", FILTER_GT, false},  {"=", FILTER_EQ, false},
		{":", FILTER_HAS, false},
	};

	skip_blanks(p);
	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
		if (!text_starts(p->at, signs[i].sign))
			continue;
		p->at += strlen(signs[i].sign);
		*ret_op = signs[i].op;
		*ret_negated = signs[i].negated;
		return STATUS_OK;
	}

	return expected(p, "=, !=, <, <=, >, >= or :");
}

/* What can be said of a field of each type, beside `field:*`. */
static const struct {
	unsigned ops;
	const char *takes;
} types[] = {
	[FILTER_TEXT] = {EQUAL | HAS | COMPARED, "=, !=, :, and with a number <, <=, >, >="},
	[FILTER_WORD] = {EQUAL, "= and !="},
	[FILTER_NUMBER] = {EQUAL | COMPARED, "=, !=, <, <=, >, >="},
	[FILTER_DATE] = {EQUAL | COMPARED, "=, !=, <, <=, >, >="},
	[FILTER_BOOL] = {EQUAL, "= and !="},
	[FILTER_SET] = {HAS, ":"},
};

static enum status unknown_word(struct parser *p, const struct filter *term,
				const struct value *value)
{
	CLEANUP(buf_fini) struct buf known = {0};

	for (const char *const *word = term->field->words; *word; word++)
		buf_add_format(&known, "%s%s", word == term->field->words ? "" : ", ", *word);

	return bad(p, value->start,
		   arena_printf(p->c->arena, "%s is one of %s, never %s", term->name,
				known.data ? known.data : "nothing", found(p, value->start)));
}

static enum status wrong_value(struct parser *p, const struct filter *term,
			       const struct value *value, const char *wanted)
{
	return bad(p, value->start,
		   arena_printf(p->c->arena, "%s is compared with %s, not with %s", term->name,
				wanted, found(p, value->start)));
}

/* Reads the value as the field's type has it. */
static enum status understand(struct parser *p, struct filter *term, const struct value *value)
{
	bool compared = term->op != FILTER_EQ && term->op != FILTER_HAS;
	int32_t day;

	term->text = value->text;
	switch (term->field->type) {
	case FILTER_SET:
		break;
	case FILTER_TEXT:
		if (compared && !text_int64(value->text, &term->number))
			return wrong_value(p, term, value, "a whole number");
		break;
	case FILTER_WORD:
		for (const char *const *word = term->field->words; *word; word++) {
			if (text_equal(*word, value->text))
				return STATUS_OK;
		}
		return unknown_word(p, term, value);
	case FILTER_NUMBER:
		if (!text_int64(value->text, &term->number))
			return wrong_value(p, term, value, "a whole number");
		break;
	case FILTER_DATE:
		if (!text_date(value->text, &day))
			return wrong_value(p, term, value, "a day, YYYY-MM-DD");
		term->number = day;
		break;
	case FILTER_BOOL:
		term->number = text_equal(value->text, "true");
		if (!term->number && !text_equal(value->text, "false"))
			return wrong_value(p, term, value, "true or false");
		break;
	}

	return STATUS_OK;
}

static enum status parse_term(struct parser *p, struct filter **ret)
{
	struct filter *term = node(p, FILTER_EQ, NULL, NULL);
	const char *start = p->at, *sign;
	size_t length = word_length(start);
	struct value value;
	bool negated = false;

	if (length == 0 || at_keyword(p, "AND") || at_keyword(p, "OR"))
		return expected(p, "a field's name");
	if (p->n_terms++ == FILTER_TERMS_MAX)
		return bad(p, start,
			   arena_printf(p->c->arena, "a filter has at most %d terms",
					FILTER_TERMS_MAX));

	term->name = arena_copy(p->c->arena, start, length);
	term->field = field_of(p->fields, term->name);
	if (!term->field)
		return no_such_field(p, start);
	p->at += length;
	skip_blanks(p);
	sign = p->at;
	TRY(parse_op(p, &term->op, &negated));
	TRY(parse_value(p, &value));
	if (term->op == FILTER_HAS && !value.quoted && text_equal(value.text, "*")) {
		term->op = FILTER_PRESENT;
	} else {
		if (!(types[term->field->type].ops & (1u << term->op)))
			return bad(p, sign,
				   arena_printf(p->c->arena, "%s takes %s", term->name,
						types[term->field->type].takes));
		TRY(understand(p, term, &value));
	}
	term->source = written(p, start);
	*ret = negated ? negate(p, term) : term;

	return STATUS_OK;
}

static enum status deeper(struct parser *p)
{
	if (p->depth++ < FILTER_DEPTH_MAX)
		return STATUS_OK;

	return bad(p, p->at,
		   arena_printf(p->c->arena, "more than %d parentheses and NOTs within each other",
				FILTER_DEPTH_MAX));
}

static enum status parse_one(struct parser *p, struct filter **ret)
{
	const char *start;
	struct filter *of = NULL;

	skip_blanks(p);
	start = p->at;
	if (*p->at == '-' || at_keyword(p, "NOT")) {
		TRY(deeper(p));
		p->at += *p->at == '-' ? 1 : strlen("NOT");
		TRY(parse_one(p, &of));
		of = negate(p, of);
		p->depth--;
	} else if (*p->at == '(') {
		TRY(deeper(p));
		p->at++;
		TRY(parse_either(p, &of));
		if (*p->at != ')')
			return expected(p, "AND, OR or )");
		p->at++;
		p->depth--;
	} else {
		TRY(parse_term(p, &of));
	}
	of->source = written(p, start);
	skip_blanks(p);
	*ret = of;

	return STATUS_OK;
}

static enum status parse_both(struct parser *p, struct filter **ret)
{
	const char *start = p->at;
	struct filter *left, *right;

	TRY(parse_one(p, &left));
	while (at_keyword(p, "AND")) {
		p->at += strlen("AND");
		TRY(parse_one(p, &right));
		left = node(p, FILTER_AND, left, right);
		left->source = written(p, start);
	}
	*ret = left;

	return STATUS_OK;
}

static enum status parse_either(struct parser *p, struct filter **ret)
{
	const char *start;
	struct filter *left, *right;

	skip_blanks(p);
	start = p->at;
	TRY(parse_both(p, &left));
	while (at_keyword(p, "OR")) {
		p->at += strlen("OR");
		skip_blanks(p);
		TRY(parse_both(p, &right));
		left = node(p, FILTER_OR, left, right);
		left->source = written(p, start);
	}
	*ret = left;

	return STATUS_OK;
}

enum status filter_parse(struct call *c, const char *where, const char *text,
			 const struct filter_field *fields, const struct filter **ret_filter)
{
	struct parser p = {.c = c, .where = where, .text = text, .at = text, .fields = fields};
	struct filter *filter = NULL;

	skip_blanks(&p);
	if (*p.at) {
		TRY(parse_either(&p, &filter));
		if (*p.at)
			return expected(&p, "AND, OR or the end");
	}
	*ret_filter = filter;

	return STATUS_OK;
}

static bool number_met(const struct filter *term, int64_t number)
{
	switch (term->op) {
	case FILTER_EQ:
		return number == term->number;
	case FILTER_LT:
		return number < term->number;
	case FILTER_LE:
		return number <= term->number;
	case FILTER_GT:
		return number > term->number;
	case FILTER_GE:
		return number >= term->number;
	case FILTER_AND:
	case FILTER_OR:
	case FILTER_NOT:
	case FILTER_HAS:
	case FILTER_PRESENT:
		break;
	}

	return false;
}

static bool text_met(const struct filter *term, const char *text)
{
	int64_t number;

	if (term->op == FILTER_EQ || (term->op == FILTER_HAS && term->field->type == FILTER_SET))
		return text_equal(text, term->text);
	if (term->op == FILTER_HAS)
		return strstr(text, term->text) != NULL;

	return text_int64(text, &number) && number_met(term, number);
}

bool filter_term_met(const struct filter *term, const struct filter_values *values)
{
	if (term->op == FILTER_PRESENT || values->n == 0)
		return values->n > 0;
	if (term->field->type == FILTER_NUMBER || term->field->type == FILTER_DATE ||
	    term->field->type == FILTER_BOOL)
		return number_met(term, values->number);
	for (size_t i = 0; i < values->n; i++) {
		if (text_met(term, values->texts[i]))
			return true;
	}

	return false;
}

enum status filter_test(struct call *c, const struct filter *filter, filter_lookup lookup,
			void *user, bool *ret_met)
{
	struct filter_values values = {0};
	bool met = true;

	if (!filter) {
		*ret_met = true;
		return STATUS_OK;
	}
	switch (filter->op) {
	case FILTER_NOT:
		TRY(filter_test(c, filter->left, lookup, user, &met));
		*ret_met = !met;
		return STATUS_OK;
	case FILTER_AND:
	case FILTER_OR:
		TRY(filter_test(c, filter->left, lookup, user, &met));
		if (met == (filter->op == FILTER_AND))
			TRY(filter_test(c, filter->right, lookup, user, &met));
		*ret_met = met;
		return STATUS_OK;
	case FILTER_EQ:
	case FILTER_LT:
	case FILTER_LE:
	case FILTER_GT:
	case FILTER_GE:
	case FILTER_HAS:
	case FILTER_PRESENT:
		break;
	}
	TRY(lookup(c, user, filter->name, filter->field, &values));
	*ret_met = filter_term_met(filter, &values);

	return STATUS_OK;
}

static size_t count_conditions(const struct filter *filter)
{
	if (filter->op != FILTER_AND)
		return 1;

	return count_conditions(filter->left) + count_conditions(filter->right);
}

static void add_conditions(const struct filter *filter, const struct filter **list, size_t *n)
{
	if (filter->op != FILTER_AND) {
		list[(*n)++] = filter;
		return;
	}
	add_conditions(filter->left, list, n);
	add_conditions(filter->right, list, n);
}

const struct filter **filter_conditions(struct arena *arena, const struct filter *filter,
					size_t *ret_n)
{
	const struct filter **list;

	*ret_n = 0;
	if (!filter)
		return NULL;

	list = arena_array(arena, count_conditions(filter), sizeof(*list));
	add_conditions(filter, list, ret_n);
	return list;
}

enum status filter_failing(struct call *c, const struct filter *filter, filter_lookup lookup,
			   void *user, const char **ret_condition)
{
	size_t n;
	const struct filter **conditions = filter_conditions(c->arena, filter, &n);

	*ret_condition = NULL;
	for (size_t i = 0; i < n; i++) {
		bool met;

		TRY(filter_test(c, conditions[i], lookup, user, &met));
		if (met)
			continue;
		*ret_condition = conditions[i]->source;
		break;
	}

	return STATUS_OK;
}

static void print_value(struct buf *out, const struct filter *term)
{
	char day[11];

	switch (term->field->type) {
	case FILTER_TEXT:
	case FILTER_SET:
		if (term->op != FILTER_EQ && term->op != FILTER_HAS) {
			buf_add_format(out, "%lld", (long long)term->number);
			break;
		}
		buf_add_char(out, '"');
		for (const char *at = term->text; *at; at++) {
			if (*at == '"' || *at == '\\')
				buf_add_char(out, '\\');
			buf_add_char(out, *at);
		}
		buf_add_char(out, '"');
		break;
	case FILTER_NUMBER:
		buf_add_format(out, "%lld", (long long)term->number);
		break;
	case FILTER_DATE:
		text_from_date((int32_t)term->number, day);
		buf_add_string(out, day);
		break;
	case FILTER_WORD:
	case FILTER_BOOL:
		buf_add_string(out, term->text);
		break;
	}
}

static void print(struct buf *out, const struct filter *filter);

static void print_within(struct buf *out, const struct filter *filter, bool parentheses)
{
	if (parentheses)
		buf_add_char(out, '(');
	print(out, filter);
	if (parentheses)
		buf_add_char(out, ')');
}

static void print(struct buf *out, const struct filter *filter)
{
	static const char *const signs[] = {
		[FILTER_EQ] = " = ",     [FILTER_LT] = " < ",  [FILTER_LE] = " <= ",
		[FILTER_GT] = " > ",     [FILTER_GE] = " >= ", [FILTER_HAS] = ":",
		[FILTER_PRESENT] = ":*",
	};
	const struct filter *of = filter->left;

	switch (filter->op) {
	case FILTER_OR:
		print(out, filter->left);
		buf_add_string(out, " OR ");
		print(out, filter->right);
		return;
	case FILTER_AND:
		print_within(out, filter->left, filter->left->op == FILTER_OR);
		buf_add_string(out, " AND ");
		print_within(out, filter->right, filter->right->op == FILTER_OR);
		return;
	case FILTER_NOT:
		if (of->op == FILTER_EQ) {
			buf_add_format(out, "%s != ", of->name);
			print_value(out, of);
			return;
		}
		buf_add_string(out, "NOT ");
		print_within(out, of, of->op == FILTER_AND || of->op == FILTER_OR);
		return;
	case FILTER_EQ:
	case FILTER_LT:
	case FILTER_LE:
	case FILTER_GT:
	case FILTER_GE:
	case FILTER_HAS:
	case FILTER_PRESENT:
		break;
	}
	buf_add_format(out, "%s%s", filter->name, signs[filter->op]);
	if (filter->op != FILTER_PRESENT)
		print_value(out, filter);
}

const char *filter_print(struct arena *arena, const struct filter *filter)
{
	CLEANUP(buf_fini) struct buf out = {0};

	if (!filter)
		return "";

	print(&out, filter);
	return arena_copy(arena, out.data, out.size);
}
