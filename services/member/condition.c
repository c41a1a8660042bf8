/* Conditions on communities: what can be said of them before anything is read, and of one that was
 * read. */
#include "condition.h"

#include "base/call.h"
#include "base/text.h"

/*
 * reason      status            from
 * BAD_FILTER  INVALID_ARGUMENT  ListCommunities, ListPortfolio
 */

#define DAY_SECONDS 86400

static const char *const types[] = {"INDUSTRY", "INTEREST", "REGION", "PRODUCT", "LEARNING", NULL};
static const char *const states[] = {"ACTIVE", "ARCHIVED", NULL};
static const char *const sizes[] = {"SMALL", "MEDIUM", "LARGE", "HUGE", NULL};
static const char *const stages[] = {"LAUNCH", "GROWTH", "MATURITY", "DECLINE", "TRANSFORM", NULL};
static const char *const strategies[] = {"COMMUNITY_FIRST", "PRODUCT_FIRST", NULL};
static const char *const join_modes[] = {"OPEN",     "INVITE",    "APPROVAL", "PAID",
					 "VERIFIED", "CONDITION", "MIXED",    NULL};

#define N_TYPES      5
#define N_STATES     2
#define N_SIZES      4
#define N_STAGES     5
#define N_STRATEGIES 2
#define N_FACETS     CONDITION_FACETS

_Static_assert(N_FACETS == N_TYPES * N_STATES * N_SIZES * N_STAGES * N_STRATEGIES, "combinations");

enum subject {
	TYPE,
	STATE,
	SIZE_CLASS,
	STAGE,
	PRODUCT_STRATEGY,
	JOIN_MODE,
	MEMBER_COUNT,
	CREATE_DATE,
	LOCALE,
	NAME,
	THEME,
	N_SUBJECTS,
};

static const struct filter_field fields[N_SUBJECTS + 1] = {
	[TYPE] = {"type", FILTER_WORD, types},
	[STATE] = {"state", FILTER_WORD, states},
	[SIZE_CLASS] = {"size_class", FILTER_WORD, sizes},
	[STAGE] = {"stage", FILTER_WORD, stages},
	[PRODUCT_STRATEGY] = {"product_strategy", FILTER_WORD, strategies},
	[JOIN_MODE] = {"join_mode", FILTER_WORD, join_modes},
	[MEMBER_COUNT] = {"member_count", FILTER_NUMBER, NULL},
	[CREATE_DATE] = {"create_date", FILTER_DATE, NULL},
	[LOCALE] = {"locale", FILTER_TEXT, NULL},
	[NAME] = {"name", FILTER_TEXT, NULL},
	[THEME] = {"theme", FILTER_TEXT, NULL},
};

/* -- what is known of a community that has these facets */

enum verdict { NO, YES, DEPENDS };

/* The facet's word; NULL when the term is about no facet. Enums count from 1. */
static const char *facet_word(const Member__Facets *f, enum subject subject)
{
	switch (subject) {
	case TYPE:
		return types[f->type - 1];
	case STATE:
		return states[f->state - 1];
	case SIZE_CLASS:
		return sizes[f->size_class - 1];
	case STAGE:
		return stages[f->stage - 1];
	case PRODUCT_STRATEGY:
		return strategies[f->product_strategy - 1];
	default:
		return NULL;
	}
}

static enum subject subject_of(const struct filter_field *field)
{
	return (enum subject)(field - fields);
}

/* A small community cannot have many members; a big one may have few that are known. */
static enum verdict consider_count(const struct filter *term, const Member__Facets *f)
{
	static const int64_t most[] = {99, 999, 9999, INT64_MAX};
	int64_t max = most[f->size_class - 1];
	bool beyond = (term->op == FILTER_GE && term->number > max) ||
		      (term->op == FILTER_EQ && term->number > max) ||
		      (term->op == FILTER_GT && term->number >= max);

	return beyond ? NO : DEPENDS;
}

static enum verdict consider_term(const struct filter *term, const Member__Facets *f)
{
	enum subject subject = subject_of(term->field);
	const char *word = facet_word(f, subject);

	if (word)
		return term->op == FILTER_PRESENT || text_equal(term->text, word) ? YES : NO;
	if (subject == MEMBER_COUNT)
		return consider_count(term, f);

	return DEPENDS;
}

static enum verdict consider(const struct filter *filter, const Member__Facets *f)
{
	enum verdict left, right;

	if (!filter)
		return YES;
	if (filter->op != FILTER_AND && filter->op != FILTER_OR && filter->op != FILTER_NOT)
		return consider_term(filter, f);

	left = consider(filter->left, f);
	if (filter->op == FILTER_NOT)
		return left == DEPENDS ? DEPENDS : left == YES ? NO : YES;

	right = consider(filter->right, f);
	if (filter->op == FILTER_AND)
		return left == NO || right == NO ? NO : left == YES ? right : left;

	return left == YES || right == YES ? YES : left == NO ? right : left;
}

static bool asked_for(const Member__Facets *asked, const Member__Facets *f)
{
	return (!asked->type || asked->type == f->type) &&
	       (!asked->state || asked->state == f->state) &&
	       (!asked->size_class || asked->size_class == f->size_class) &&
	       (!asked->stage || asked->stage == f->stage) &&
	       (!asked->product_strategy || asked->product_strategy == f->product_strategy);
}

/* The i-th of all combinations. */
static Member__Facets combination(unsigned i)
{
	Member__Facets f = MEMBER__FACETS__INIT;

	f.type = i % N_TYPES + 1;
	f.state = i / N_TYPES % N_STATES + 1;
	f.size_class = i / (N_TYPES * N_STATES) % N_SIZES + 1;
	f.stage = i / (N_TYPES * N_STATES * N_SIZES) % N_STAGES + 1;
	f.product_strategy = i / (N_TYPES * N_STATES * N_SIZES * N_STAGES) + 1;

	return f;
}

/* Those that may meet the condition; whether it depends on more. */
static bool choose_facets(struct call *c, const struct filter *filter,
			  Member__CommunitySieve *sieve)
{
	bool depends = false;

	sieve->facets = arena_array(c->arena, N_FACETS, sizeof(*sieve->facets));
	for (unsigned i = 0; i < N_FACETS; i++) {
		Member__Facets f = combination(i), *kept;
		enum verdict verdict = asked_for(sieve->asked, &f) ? consider(filter, &f) : NO;

		if (verdict == NO)
			continue;
		depends |= verdict == DEPENDS;
		kept = arena_alloc(c->arena, sizeof(*kept));
		*kept = f;
		sieve->facets[sieve->n_facets++] = kept;
	}

	return depends;
}

/* -- what every community that meets the condition has: terms joined by AND at the top */

static Google__Protobuf__Timestamp *midnight(struct call *c, int64_t day)
{
	Google__Protobuf__Timestamp *time = arena_alloc(c->arena, sizeof(*time));

	google__protobuf__timestamp__init(time);
	time->seconds = day * DAY_SECONDS;

	return time;
}

static void bound_dates(struct call *c, const struct filter *term, Member__CommunitySieve *sieve)
{
	int64_t from = term->op == FILTER_GT ? term->number + 1 : term->number;
	int64_t before = term->op == FILTER_LT ? term->number : term->number + 1;
	bool below = term->op == FILTER_LT || term->op == FILTER_LE || term->op == FILTER_EQ;
	bool above = term->op == FILTER_GT || term->op == FILTER_GE || term->op == FILTER_EQ;

	if (above && (!sieve->from_time || sieve->from_time->seconds < from * DAY_SECONDS))
		sieve->from_time = midnight(c, from);
	if (below && (!sieve->before_time || sieve->before_time->seconds > before * DAY_SECONDS))
		sieve->before_time = midnight(c, before);
}

static void bound(struct call *c, const struct filter *filter, Member__CommunitySieve *sieve)
{
	if (!filter)
		return;
	if (filter->op == FILTER_AND) {
		bound(c, filter->left, sieve);
		bound(c, filter->right, sieve);
	} else if (filter->op == FILTER_OR || filter->op == FILTER_NOT) {
		return;
	} else if (filter->op == FILTER_EQ && subject_of(filter->field) == LOCALE) {
		sieve->locale = filter->text;
	} else if (subject_of(filter->field) == CREATE_DATE) {
		bound_dates(c, filter, sieve);
	}
}

/* -- one community */

static enum status give_text(struct call *c, const char *text, struct filter_values *ret)
{
	const char **texts = arena_alloc(c->arena, sizeof(*texts));

	*texts = text;
	ret->texts = texts;
	ret->n = text[0] != 0;

	return STATUS_OK;
}

static enum status give_number(int64_t number, struct filter_values *ret)
{
	ret->number = number;
	ret->n = 1;

	return STATUS_OK;
}

static int64_t day_of(const Google__Protobuf__Timestamp *time)
{
	return time->seconds / DAY_SECONDS - (time->seconds % DAY_SECONDS < 0);
}

/* Of type filter_lookup. */
static enum status look_up(struct call *c, void *user, const char *name,
			   const struct filter_field *field, struct filter_values *ret)
{
	const Member__Community *community = user;

	(void)name;
	switch (subject_of(field)) {
	case TYPE:
		return give_text(c, types[community->type - 1], ret);
	case STATE:
		return give_text(c, states[community->state - 1], ret);
	case SIZE_CLASS:
		return give_text(c, sizes[community->size_class - 1], ret);
	case STAGE:
		return give_text(c, stages[community->stage - 1], ret);
	case PRODUCT_STRATEGY:
		return give_text(c, strategies[community->product_strategy - 1], ret);
	case JOIN_MODE:
		return give_text(c, join_modes[community->join_mode - 1], ret);
	case MEMBER_COUNT:
		return give_number(community->member_count, ret);
	case CREATE_DATE:
		return give_number(day_of(community->create_time), ret);
	case LOCALE:
		return give_text(c, community->locale, ret);
	case NAME:
		return give_text(c, community->name, ret);
	default:
		return give_text(c, community->theme, ret);
	}
}

enum status condition_met(struct call *c, const Member__Facets *asked, const struct filter *filter,
			  Member__Community *community, bool *ret_met)
{
	Member__Facets f = MEMBER__FACETS__INIT;

	f.type = community->type;
	f.state = community->state;
	f.size_class = community->size_class;
	f.stage = community->stage;
	f.product_strategy = community->product_strategy;
	*ret_met = false;
	if (!asked_for(asked, &f))
		return STATUS_OK;

	return filter_test(c, filter, look_up, community, ret_met);
}

enum status condition_read(struct call *c, Member__CommunitySieve *sieve,
			   const struct filter **ret_filter, bool *ret_depends)
{
	TRY(filter_parse(c, "filter", sieve->filter, fields, ret_filter));
	*ret_depends = choose_facets(c, *ret_filter, sieve);
	bound(c, *ret_filter, sieve);

	return STATUS_OK;
}
