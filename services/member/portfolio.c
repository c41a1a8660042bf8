/* Lists of communities under conditions, of all or of one operator. Statements are in
 * sql/portfolio.sql.
 *
 * A list of communities is long, and a condition may be rare. What the request's fields and the
 * filter's words say of type, state, size, stage and strategy is decided before anything is read:
 * of the combinations of those (facets) some meet the condition, some cannot, of some it depends.
 * Where nothing depends, an index has the answer. Where something does, candidates are read in
 * bites and tested one by one, within a budget: a page may come out short, and its token goes on
 * from there. So every page costs about the same, whatever is asked.
 *
 * What a person operates is read by time, which is all of it soon where he operates few. Where he
 * operates many, those that meet a condition are looked for among all communities instead. */
#include "portfolio.h"

#include <string.h>

#include "base/text.h"
#include "filter/filter.h"
#include "kith/member/v1/duty.pb-c.h"
#include "kith/member/v1/registry_store.pb-c.h"
#include "member.h"
#include "member.rpc.h"
#include "member.sql.h"

/*
 * reason          status            from
 * BAD_FILTER      INVALID_ARGUMENT  ListCommunities, ListPortfolio
 * BAD_PAGE_TOKEN  INVALID_ARGUMENT  both
 */

/* What one page may cost: index entries looked at, and candidates tested one by one. */
#define LOOKS_MAX   20000
#define TESTS_MAX   5000
#define BITE_MAX    PAGE_SIZE_MAX
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
#define N_FACETS     (N_TYPES * N_STATES * N_SIZES * N_STAGES * N_STRATEGIES)

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

typedef enum status (*sieve_function)(struct call *c, const Member__CommunitySieve *in,
				      Member__CommunityBite *ret);

struct search {
	Member__CommunitySieve sieve;
	sieve_function run;
	const struct filter *filter;
	size_t wanted;  /* communities on the page */
	size_t bite;    /* rows at a time */
	size_t n_bites; /* at most */
	bool depends;   /* candidates have to be tested */
	bool operates_many;
	bool among_all;   /* a person's communities are looked for among all */
	const char **ids; /* of those that meet */
	size_t n_ids;
	const char *next_page_token;
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

/* Those that may meet the condition. */
static void choose_facets(struct call *c, struct search *s)
{
	s->sieve.facets = arena_array(c->arena, N_FACETS, sizeof(*s->sieve.facets));
	for (unsigned i = 0; i < N_FACETS; i++) {
		Member__Facets f = combination(i), *kept;
		enum verdict verdict = asked_for(s->sieve.asked, &f) ? consider(s->filter, &f) : NO;

		if (verdict == NO)
			continue;
		s->depends |= verdict == DEPENDS;
		kept = arena_alloc(c->arena, sizeof(*kept));
		*kept = f;
		s->sieve.facets[s->sieve.n_facets++] = kept;
	}
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

static enum status meets(struct call *c, const struct search *s, Member__Community *community,
			 bool *ret_met)
{
	Member__Facets f = MEMBER__FACETS__INIT;

	f.type = community->type;
	f.state = community->state;
	f.size_class = community->size_class;
	f.stage = community->stage;
	f.product_strategy = community->product_strategy;
	*ret_met = false;
	if (!asked_for(s->sieve.asked, &f))
		return STATUS_OK;

	return filter_test(c, s->filter, look_up, community, ret_met);
}

/* -- the search */

static enum status run_sieve(struct call *c, struct search *s, size_t n, Member__CommunityBite *ret)
{
	member__community_bite__init(ret);
	s->sieve.page_size = (int32_t)n;

	return s->run(c, &s->sieve, ret);
}

/* Of the n candidates, in place, those that the person operates. */
static enum status keep_held(struct call *c, const struct search *s, const char **ids,
			     size_t *places, size_t *n)
{
	Member__DutySearch held = MEMBER__DUTY_SEARCH__INIT;
	size_t n_kept = 0;

	if (*n == 0)
		return STATUS_OK;
	held.person_id = s->sieve.person_id;
	held.community_ids = ids;
	held.n_community_ids = *n;
	TRY(sql_duty_of_person(c, &held, &held));
	for (size_t i = 0; i < *n && n_kept < held.n_duties; i++) {
		if (!text_equal(ids[i], held.duties[n_kept]->community_id))
			continue;
		ids[n_kept] = ids[i];
		places[n_kept++] = places[i];
	}
	*n = n_kept;

	return STATUS_OK;
}

/* Takes those of the bite that meet. When the page is full before its end, asks for as much of it
 * again as was taken, for the token of that place. */
static enum status take(struct call *c, struct search *s, Member__CommunityBite *bite)
{
	const char **ids = arena_array(c->arena, bite->n_candidates + 1, sizeof(*ids));
	size_t *places = arena_array(c->arena, bite->n_candidates + 1, sizeof(*places)), n = 0;

	for (size_t i = 0; i < bite->n_candidates; i++) {
		bool met = true;

		if (s->depends)
			TRY(meets(c, s, bite->candidates[i], &met));
		if (!met)
			continue;
		ids[n] = bite->candidates[i]->community_id;
		places[n++] = i;
	}
	if (s->among_all)
		TRY(keep_held(c, s, ids, places, &n));
	for (size_t i = 0; i < n && s->n_ids < s->wanted; i++) {
		s->ids[s->n_ids++] = ids[i];
		if (s->n_ids == s->wanted && places[i] + 1 < bite->n_candidates)
			return run_sieve(c, s, places[i] + 1, bite);
	}

	return STATUS_OK;
}

static enum status gather(struct call *c, struct search *s)
{
	s->ids = arena_array(c->arena, s->wanted, sizeof(*s->ids));
	s->next_page_token = "";
	for (size_t i = 0; i < s->n_bites && s->n_ids < s->wanted; i++) {
		Member__CommunityBite bite;

		TRY(run_sieve(c, s, s->bite, &bite));
		TRY(take(c, s, &bite));
		s->next_page_token = s->sieve.page_token = bite.next_page_token;
		if (!bite.next_page_token[0])
			break;
	}

	return STATUS_OK;
}

static size_t at_most(size_t n, size_t most)
{
	return n < most ? n : most;
}

static void choose_size(struct search *s, int32_t page_size)
{
	size_t scans = s->sieve.n_facets ? s->sieve.n_facets : 1;

	s->wanted = page_size > 0 ? at_most((size_t)page_size, PAGE_SIZE_MAX) : PAGE_SIZE_DEFAULT;
	s->bite = at_most(LOOKS_MAX / scans, s->depends ? BITE_MAX : s->wanted);
	s->n_bites = s->depends ? at_most(LOOKS_MAX / scans, TESTS_MAX) / s->bite : 1;
}

/* Big communities are few whatever else they are. */
static bool big_only(const Member__CommunitySieve *sieve)
{
	for (size_t i = 0; i < sieve->n_facets; i++)
		if (sieve->facets[i]->size_class < MEMBER__SIZE_CLASS__SIZE_CLASS_LARGE)
			return false;

	return true;
}

/* Through all of them where many facets may meet the condition, so that many communities may. */
static void choose_way(struct search *s)
{
	if (s->sieve.person_id[0] && !s->among_all)
		s->sieve.way = "";
	else if (s->sieve.locale[0])
		s->sieve.way = "LOCALE";
	else if (s->depends && s->sieve.n_facets > LOOKS_MAX / BITE_MAX && !big_only(&s->sieve))
		s->sieve.way = "ALL";
	else
		s->sieve.way = "FACETS";
	if (!text_equal(s->sieve.way, "FACETS"))
		s->sieve.n_facets = 0;
}

/* The search's filter, person, and what is asked for are set; the communities of its page. */
static enum status search(struct call *c, struct search *s, int32_t page_size,
			  Member__ListCommunitiesResponse *ret)
{
	Member__DutySearch found = MEMBER__DUTY_SEARCH__INIT;

	TRY(filter_parse(c, "filter", s->sieve.filter, fields, &s->filter));
	choose_facets(c, s);
	bound(c, s->filter, &s->sieve);
	if (s->sieve.person_id[0] && (s->filter || s->sieve.n_facets < N_FACETS)) {
		s->depends = true; /* his communities are sorted by nothing but time */
		s->among_all = s->operates_many;
		s->run = s->among_all ? sql_community_sieve : s->run;
	}
	choose_way(s);
	choose_size(s, page_size);
	TRY(gather(c, s));
	if (s->n_ids == 0)
		return STATUS_OK;

	found.community_ids = s->ids;
	found.n_community_ids = s->n_ids;

	return sql_community_of(c, &found, ret);
}

enum status portfolio_of_all(struct call *c, const Member__ListCommunitiesRequest *req,
			     Member__ListCommunitiesResponse *list)
{
	struct search s = {.sieve = MEMBER__COMMUNITY_SIEVE__INIT, .run = sql_community_sieve};
	Member__Facets asked = MEMBER__FACETS__INIT;

	asked.type = req->type;
	asked.state = req->state;
	asked.size_class = req->size_class;
	asked.stage = req->stage;
	asked.product_strategy = req->product_strategy;
	s.sieve.asked = &asked;
	s.sieve.filter = req->filter;
	s.sieve.page_token = req->page_token;
	TRY(search(c, &s, req->page_size, list));
	list->next_page_token = s.next_page_token;

	return STATUS_OK;
}

enum status member_list_portfolio(struct call *c, const Member__ListPortfolioRequest *req,
				  Member__ListPortfolioResponse *list)
{
	struct search s = {.sieve = MEMBER__COMMUNITY_SIEVE__INIT, .run = sql_portfolio_sieve};
	Member__ListCommunitiesResponse found = MEMBER__LIST_COMMUNITIES_RESPONSE__INIT;
	Member__DutySearch duties = MEMBER__DUTY_SEARCH__INIT;
	Member__Facets asked = MEMBER__FACETS__INIT;

	asked.type = req->type;
	asked.state = req->state;
	asked.size_class = req->size_class;
	asked.stage = req->stage;
	asked.product_strategy = req->product_strategy;
	s.sieve.asked = &asked;
	s.sieve.filter = req->filter;
	s.sieve.person_id = req->person_id;
	s.sieve.page_token = req->page_token;
	TRY(sql_portfolio_count(c, req, list));
	s.operates_many = list->community_count > LOOKS_MAX;
	TRY(search(c, &s, req->page_size, &found));

	duties.person_id = req->person_id;
	duties.community_ids = s.ids;
	duties.n_community_ids = s.n_ids;
	if (s.n_ids)
		TRY(sql_duty_of_person(c, &duties, &duties));

	list->communities = found.communities;
	list->n_communities = found.n_communities;
	list->duties = duties.duties;
	list->n_duties = duties.n_duties;
	list->next_page_token = s.next_page_token;

	return STATUS_OK;
}
