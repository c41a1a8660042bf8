/* Facets: a filter becomes a question to the index, its answer a set of member numbers. Statements
 * are in sql/facet.sql. */
#include "facet.h"

#include "base/arena.h"
#include "base/call.h"
#include "base/text.h"
#include "bitmap/bitmap.h"
#include "member.sql.h"

#define SCALES 5 /* blocks of 1, 8, 64, 512, 4096 numbers: as facet_fold makes them */
#define UNSEEN (-1)

/* lurker: who has been here for a while, looks in, and says nothing. */
#define LURKER_MEMBER_DAYS 14
#define LURKER_ACTIVE_DAYS 30
#define LURKER_SILENT_DAYS 90

/* `silent_days` of anybody is far below, so that no day overflows. */
#define DAYS_MAX INT64_C(10000000)

/* In the order of their enums. */
static const char *const states[] = {"ACTIVE",  "LEFT",   "REMOVED", "BANNED",
				     "EXPIRED", "MERGED", "MOVED",   NULL};
static const char *const roles[] = {"MEMBER", "EXPERT", "MODERATOR", "ADMIN", "OWNER", NULL};
static const char *const steps[] = {"AUDIENCE", "TRIAL", "FAN", "CORE", NULL};

static const struct filter_field state_field = {"state", FILTER_WORD, states};
static const struct filter_field rules_field = {"rules", FILTER_NUMBER, NULL};

const struct filter_field facet_fields_of_staff[] = {
	{"state", FILTER_WORD, states},       {"role", FILTER_WORD, roles},
	{"journey_step", FILTER_WORD, steps}, {"level", FILTER_NUMBER, NULL},
	{"tags", FILTER_SET, NULL},           {"source", FILTER_TEXT, NULL},
	{"campaign", FILTER_TEXT, NULL},      {"scene", FILTER_TEXT, NULL},
	{"plan", FILTER_TEXT, NULL},          {"muted", FILTER_BOOL, NULL},
	{"joined", FILTER_DATE, NULL},        {"last_active", FILTER_DATE, NULL},
	{"first_engaged", FILTER_DATE, NULL}, {"last_engaged", FILTER_DATE, NULL},
	{"silent_days", FILTER_NUMBER, NULL}, {"lurker", FILTER_BOOL, NULL},
	{"verified", FILTER_BOOL, NULL},      {"rules_accepted", FILTER_BOOL, NULL},
	{"attributes.", FILTER_TEXT, NULL},   {NULL, FILTER_TEXT, NULL},
};

/* What a Membership shows to every member. */
const struct filter_field facet_fields_of_members[] = {
	{"state", FILTER_WORD, states},       {"role", FILTER_WORD, roles},
	{"journey_step", FILTER_WORD, steps}, {"level", FILTER_NUMBER, NULL},
	{"tags", FILTER_SET, NULL},           {"source", FILTER_TEXT, NULL},
	{"campaign", FILTER_TEXT, NULL},      {"scene", FILTER_TEXT, NULL},
	{"plan", FILTER_TEXT, NULL},          {"muted", FILTER_BOOL, NULL},
	{"joined", FILTER_DATE, NULL},        {NULL, FILTER_TEXT, NULL},
};

/* A term of the filter, in its place. One that is reckoned from others has its meaning in theirs.
 */
struct term {
	const struct filter *written;
	const struct filter *meaning;
	int32_t place; /* in the question and its answer */
};

struct facets {
	struct term *terms;
	size_t n_terms;
	const struct filter *everybody; /* what all members meet */
	const char *by;                 /* its place is that after the last term's */
	Member__FacetToday today;
	Member__FacetAnswer answer;
};

const struct filter_field *facet_field(const char *name)
{
	for (const struct filter_field *f = facet_fields_of_staff; f->name; f++) {
		if (text_ends(f->name, ".")
			    ? text_starts(name, f->name) && !text_equal(name, f->name)
			    : text_equal(name, f->name))
			return f;
	}

	return NULL;
}

bool facet_breaks_down(const struct filter_field *field)
{
	static const char *const not [] = {"muted", "silent_days", "lurker", "rules_accepted",
					   NULL};

	if (!field || field->type == FILTER_DATE)
		return false;
	for (const char *const *name = not ; *name; name++) {
		if (text_equal(field->name, *name))
			return false;
	}

	return true;
}

static const struct filter *joined_by(struct arena *arena, enum filter_op op,
				      const struct filter *left, const struct filter *right)
{
	struct filter *made = arena_alloc(arena, sizeof(*made));

	made->op = op;
	made->left = left;
	made->right = right;
	return made;
}

static const struct filter *negation(struct arena *arena, const struct filter *of)
{
	return joined_by(arena, FILTER_NOT, of, NULL);
}

static const struct filter *term_of(struct arena *arena, const struct filter_field *field,
				    enum filter_op op, const char *text, int64_t number)
{
	struct filter *made = arena_alloc(arena, sizeof(*made));

	made->op = op;
	made->field = field;
	made->name = field->name;
	made->text = text;
	made->number = number;
	return made;
}

const struct filter *facet_narrowed(struct arena *arena, const struct filter *filter,
				    const char *field, int value)
{
	const struct filter_field *of = facet_field(field);
	const struct filter *term;

	if (value == 0)
		return filter;

	term = term_of(arena, of, FILTER_EQ, of->words[value - 1], 0);
	return filter ? joined_by(arena, FILTER_AND, filter, term) : term;
}

static const struct filter *day_term(struct arena *arena, const char *name, enum filter_op op,
				     int64_t day)
{
	return term_of(arena, facet_field(name), op, "", day);
}

/* silent_days op n: last_active, or without it joined, lies n days back; and the more days the
 * earlier. */
static const struct filter *silent(struct arena *arena, const struct filter *term, int64_t today)
{
	static const enum filter_op turned[] = {
		[FILTER_EQ] = FILTER_EQ, [FILTER_LT] = FILTER_GT, [FILTER_LE] = FILTER_GE,
		[FILTER_GT] = FILTER_LT, [FILTER_GE] = FILTER_LE,
	};
	int64_t days = term->number < -DAYS_MAX  ? -DAYS_MAX
		       : term->number > DAYS_MAX ? DAYS_MAX
						 : term->number;
	enum filter_op op = turned[term->op];
	const struct filter *never =
		negation(arena, day_term(arena, "last_active", FILTER_PRESENT, 0));

	return joined_by(
		arena, FILTER_OR, day_term(arena, "last_active", op, today - days),
		joined_by(arena, FILTER_AND, never, day_term(arena, "joined", op, today - days)));
}

static const struct filter *lurks(struct arena *arena, int64_t today)
{
	const struct filter *active = term_of(arena, &state_field, FILTER_EQ, "ACTIVE", 0);
	const struct filter *settled =
		day_term(arena, "joined", FILTER_LE, today - LURKER_MEMBER_DAYS);
	const struct filter *seen =
		day_term(arena, "last_active", FILTER_GT, today - LURKER_ACTIVE_DAYS);
	const struct filter *engaged =
		day_term(arena, "last_engaged", FILTER_GT, today - LURKER_SILENT_DAYS);

	return joined_by(arena, FILTER_AND, joined_by(arena, FILTER_AND, active, settled),
			 joined_by(arena, FILTER_AND, seen, negation(arena, engaged)));
}

/* What a term says in terms of facets that the index has; NULL when it has the term's own. */
static const struct filter *meaning_of(struct arena *arena, const struct facets *facets,
				       const struct filter *term)
{
	bool is_bool = term->field->type == FILTER_BOOL;
	bool is_silent = text_equal(term->name, "silent_days");

	if (term->op == FILTER_PRESENT)
		return is_bool || is_silent ? facets->everybody : NULL;
	if (is_silent)
		return silent(arena, term, facets->today.today);
	if (!is_bool)
		return NULL;
	if (!term->number)
		return negation(arena, term_of(arena, term->field, FILTER_EQ, "true", 1));
	if (text_equal(term->name, "lurker"))
		return lurks(arena, facets->today.today);
	if (text_equal(term->name, "rules_accepted"))
		return term_of(arena, &rules_field, FILTER_GE, "", facets->today.rules_version);

	return NULL;
}

static size_t count_terms(const struct filter *filter)
{
	if (!filter)
		return 0;
	if (!filter->left)
		return 1;

	return count_terms(filter->left) + count_terms(filter->right);
}

static void add_terms(struct arena *arena, struct facets *facets, const struct filter *filter)
{
	struct term *term;

	if (!filter)
		return;
	if (filter->left) {
		add_terms(arena, facets, filter->left);
		add_terms(arena, facets, filter->right);
		return;
	}
	term = &facets->terms[facets->n_terms++];
	term->written = filter;
	term->place = (int32_t)(term - facets->terms);
	term->meaning = meaning_of(arena, facets, filter);
	if (term->meaning != facets->everybody)
		add_terms(arena, facets, term->meaning);
}

/* Whether a term is reckoned from the day, or from the rules in force. */
static bool is_timely(const struct filter *filter)
{
	if (!filter)
		return false;
	if (filter->left)
		return is_timely(filter->left) || is_timely(filter->right);

	return text_equal(filter->name, "silent_days") || text_equal(filter->name, "lurker") ||
	       text_equal(filter->name, "rules_accepted");
}

/* A question while it is written: each list has room for all terms. */
static void ask_text(struct arena *arena, Member__FacetText **list, size_t *n, int32_t place,
		     const char *name, const char *text)
{
	Member__FacetText *asked = arena_alloc(arena, sizeof(*asked));

	*asked = (Member__FacetText)MEMBER__FACET_TEXT__INIT;
	asked->term = place;
	asked->name = name;
	asked->text = text;
	list[(*n)++] = asked;
}

static void ask_range(struct arena *arena, Member__FacetQuery *query, int32_t place,
		      const char *name, int32_t scale, int64_t low, int64_t high)
{
	Member__FacetRange *asked = arena_alloc(arena, sizeof(*asked));

	*asked = (Member__FacetRange)MEMBER__FACET_RANGE__INIT;
	asked->term = place;
	asked->name = name;
	asked->scale = scale;
	asked->low = low;
	asked->high = high;
	query->ranges[query->n_ranges++] = asked;
}

/* The numbers low to high as blocks: at each scale what sticks out at both ends, and all that is
 * left at the largest. */
static void ask_blocks(struct arena *arena, Member__FacetQuery *query, int32_t place,
		       const char *name, int64_t low, int64_t high)
{
	for (int32_t step = 0; step < SCALES - 1; step++) {
		int64_t end = (low | 7) < high ? low | 7 : high;
		int64_t start = (high & ~INT64_C(7)) > low ? high & ~INT64_C(7) : low;

		if (low & 7) {
			ask_range(arena, query, place, name, 3 * step, low, end);
			if (end == high)
				return;
			low = end + 1;
			start = start > low ? start : low;
		}
		if ((high & 7) != 7) {
			ask_range(arena, query, place, name, 3 * step, start, high);
			if (start == low)
				return;
			high = start - 1;
		}
		low >>= 3;
		high >>= 3;
	}
	ask_range(arena, query, place, name, 3 * (SCALES - 1), low, high);
}

/* The numbers that a comparison takes in; false when there are none. */
static bool range_of(const struct filter *term, int64_t *ret_low, int64_t *ret_high)
{
	*ret_low = INT64_MIN;
	*ret_high = INT64_MAX;
	switch (term->op) {
	case FILTER_EQ:
		*ret_low = *ret_high = term->number;
		return true;
	case FILTER_LT:
		*ret_high = term->number - (term->number > INT64_MIN);
		return term->number > INT64_MIN;
	case FILTER_LE:
		*ret_high = term->number;
		return true;
	case FILTER_GT:
		*ret_low = term->number + (term->number < INT64_MAX);
		return term->number < INT64_MAX;
	case FILTER_GE:
		*ret_low = term->number;
		return true;
	case FILTER_PRESENT:
		return true;
	case FILTER_AND:
	case FILTER_OR:
	case FILTER_NOT:
	case FILTER_HAS:
		break;
	}

	return false;
}

static void ask_term(struct arena *arena, Member__FacetQuery *query, struct term *asking)
{
	const struct filter *term = asking->written;
	enum filter_type type = term->field->type;
	int32_t place = asking->place;
	bool counted = type == FILTER_NUMBER || type == FILTER_DATE;
	int64_t low, high;

	query->names[query->n_names++] = term->name;
	if (text_equal(term->name, "muted")) {
		/* They are asked for once. */
		if (query->muted_term == UNSEEN)
			query->muted_term = place;
		asking->place = query->muted_term;
	} else if (counted && range_of(term, &low, &high))
		ask_blocks(arena, query, place, term->name, low, high);
	else if (term->op == FILTER_PRESENT)
		ask_text(arena, query->contained, &query->n_contained, place, term->name, "");
	else if (term->op == FILTER_HAS && type == FILTER_TEXT)
		ask_text(arena, query->contained, &query->n_contained, place, term->name,
			 term->text);
	else if (term->op == FILTER_EQ || term->op == FILTER_HAS)
		ask_text(arena, query->equals, &query->n_equals, place, term->name,
			 type == FILTER_BOOL ? "true" : term->text);
	else if (range_of(term, &low, &high))
		ask_range(arena, query, place, term->name, 0, low, high);
}

/* Nobody is in a community that there is not, whatever the day. */
static enum status read_today(struct call *c, const Member__FacetQuery *query,
			      Member__FacetToday *ret)
{
	enum status status = sql_facet_today(c, query, ret);

	if (status != STATUS_NOT_FOUND)
		return status;

	call_forgive(c);
	return STATUS_OK;
}

enum status facets_read(struct call *c, const char *community_id, const struct filter *filter,
			const char *by, struct facets **ret)
{
	Member__FacetQuery query = MEMBER__FACET_QUERY__INIT;
	struct facets *facets = arena_alloc(c->arena, sizeof(*facets));
	/* A term may mean four others; and everybody, and the facet. */
	size_t room = 5 * count_terms(filter) + 2;

	facets->by = by;
	facets->today = (Member__FacetToday)MEMBER__FACET_TODAY__INIT;
	facets->answer = (Member__FacetAnswer)MEMBER__FACET_ANSWER__INIT;
	query.community_id = community_id;
	if (is_timely(filter))
		TRY(read_today(c, &query, &facets->today));

	facets->terms = arena_array(c->arena, room, sizeof(*facets->terms));
	facets->everybody = term_of(c->arena, &state_field, FILTER_PRESENT, "", 0);
	add_terms(c->arena, facets, facets->everybody);
	add_terms(c->arena, facets, filter);

	query.equals = arena_array(c->arena, room, sizeof(*query.equals));
	query.contained = arena_array(c->arena, room, sizeof(*query.contained));
	query.ranges = arena_array(c->arena, room * 2 * SCALES, sizeof(*query.ranges));
	query.names = arena_array(c->arena, room, sizeof(*query.names));
	query.muted_term = UNSEEN;
	for (size_t i = 0; i < facets->n_terms; i++) {
		if (!facets->terms[i].meaning)
			ask_term(c->arena, &query, &facets->terms[i]);
	}
	if (by) {
		query.names[query.n_names++] = by;
		ask_text(c->arena, query.contained, &query.n_contained, (int32_t)facets->n_terms,
			 by, "");
	}
	TRY(sql_facet_read(c, &query, &facets->answer));
	*ret = facets;

	return STATUS_OK;
}

/* Its place among the terms; that of a term with a meaning where there are two. */
static const struct term *place_of(const struct facets *facets, const struct filter *written)
{
	const struct term *term = facets->terms;

	while (term->written != written)
		term++;

	return term;
}

/* The members that the index tells for one place. */
static enum status members_at(const struct facets *facets, int32_t place, struct bitmap *to)
{
	for (size_t i = 0; i < facets->answer.n_rows; i++) {
		const Member__FacetRow *row = facets->answer.rows[i];

		if (row->term != place)
			continue;
		TRY(bitmap_add_bytes(to, row->bits.data, row->bits.len));
		bitmap_add_numbers(to, row->numbers, row->n_numbers);
	}

	return STATUS_OK;
}

/* Those whom the index has seen: right for them, and whatever it says of the others. */
static enum status select_seen(const struct facets *facets, const struct filter *filter,
			       struct bitmap **ret)
{
	CLEANUP(bitmap_cleanup) struct bitmap *left = NULL, *right = NULL;
	const struct term *term;

	switch (filter->op) {
	case FILTER_NOT:
		TRY(select_seen(facets, facets->everybody, &left));
		TRY(select_seen(facets, filter->left, &right));
		bitmap_subtract(left, right);
		break;
	case FILTER_AND:
		TRY(select_seen(facets, filter->left, &left));
		if (filter->right->op == FILTER_NOT) {
			TRY(select_seen(facets, filter->right->left, &right));
			bitmap_subtract(left, right);
		} else {
			TRY(select_seen(facets, filter->right, &right));
			bitmap_keep(left, right);
		}
		break;
	case FILTER_OR:
		TRY(select_seen(facets, filter->left, &left));
		TRY(select_seen(facets, filter->right, &right));
		bitmap_add(left, right);
		break;
	case FILTER_EQ:
	case FILTER_LT:
	case FILTER_LE:
	case FILTER_GT:
	case FILTER_GE:
	case FILTER_HAS:
	case FILTER_PRESENT:
		term = place_of(facets, filter);
		if (term->meaning)
			return select_seen(facets, term->meaning, ret);
		left = bitmap_new();
		TRY(members_at(facets, term->place, left));
		break;
	}
	*ret = left;
	left = NULL;

	return STATUS_OK;
}

/* The values that a row of somebody has for the term; a set has several. */
static bool term_met(const Member__FacetRow *one, const struct filter *term)
{
	const char *texts[1];
	struct filter_values values = {.texts = texts};
	enum filter_type type = term->field->type;

	for (size_t i = 0; i < one->n_names; i++) {
		if (!text_equal(one->names[i], term->name))
			continue;
		texts[0] = one->values[i];
		values.n = 1;
		values.number = type == FILTER_BOOL;
		if ((type == FILTER_NUMBER || type == FILTER_DATE) &&
		    !text_int64(one->values[i], &values.number))
			continue;
		if (filter_term_met(term, &values))
			return true;
	}

	return false;
}

bool facets_met(const struct facets *facets, const Member__FacetRow *one, const struct filter *part)
{
	const struct term *term;

	if (!part)
		return true;
	switch (part->op) {
	case FILTER_NOT:
		return !facets_met(facets, one, part->left);
	case FILTER_AND:
		return facets_met(facets, one, part->left) && facets_met(facets, one, part->right);
	case FILTER_OR:
		return facets_met(facets, one, part->left) || facets_met(facets, one, part->right);
	case FILTER_EQ:
	case FILTER_LT:
	case FILTER_LE:
	case FILTER_GT:
	case FILTER_GE:
	case FILTER_HAS:
	case FILTER_PRESENT:
		break;
	}
	term = place_of(facets, part);

	return term->meaning ? facets_met(facets, one, term->meaning) : term_met(one, part);
}

enum status facets_select(const struct facets *facets, const struct filter *part,
			  struct bitmap **ret)
{
	CLEANUP(bitmap_cleanup) struct bitmap *selected = NULL, *unseen = bitmap_new();

	TRY(select_seen(facets, part ? part : facets->everybody, &selected));
	TRY(members_at(facets, UNSEEN, unseen));
	bitmap_subtract(selected, unseen);
	for (size_t i = 0; i < facets->answer.n_rows; i++) {
		const Member__FacetRow *row = facets->answer.rows[i];

		if (row->term == UNSEEN && facets_met(facets, row, part))
			bitmap_add_numbers(selected, row->numbers, row->n_numbers);
	}
	*ret = selected;
	selected = NULL;

	return STATUS_OK;
}

enum status facets_each(const struct facets *facets, facet_tell tell, void *user)
{
	CLEANUP(bitmap_cleanup) struct bitmap *unseen = bitmap_new();

	TRY(members_at(facets, UNSEEN, unseen));
	for (size_t i = 0; i < facets->answer.n_rows; i++) {
		const Member__FacetRow *row = facets->answer.rows[i];
		CLEANUP(bitmap_cleanup) struct bitmap *members = bitmap_new();

		if (row->term == UNSEEN) {
			bitmap_add_numbers(members, row->numbers, row->n_numbers);
			for (size_t k = 0; k < row->n_names; k++) {
				if (text_equal(row->names[k], facets->by))
					TRY(tell(user, row->values[k], members));
			}
		} else if (row->term == (int32_t)facets->n_terms) {
			TRY(bitmap_add_bytes(members, row->bits.data, row->bits.len));
			bitmap_subtract(members, unseen);
			TRY(tell(user, row->value, members));
		}
	}

	return STATUS_OK;
}

enum status facets_of_person(struct call *c, const char *community_id, const char *person_id,
			     Member__FacetRow *ret)
{
	Member__FacetOf wanted = MEMBER__FACET_OF__INIT;
	enum status status;

	wanted.community_id = community_id;
	wanted.person_id = person_id;
	status = sql_facet_person(c, &wanted, ret);
	if (status != STATUS_NOT_FOUND)
		return status;

	call_forgive(c);
	return call_fail(c, STATUS_NOT_FOUND, "MEMBERSHIP_NOT_FOUND",
			 "the person is and was no member");
}
