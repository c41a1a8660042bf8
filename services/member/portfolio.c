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

#include "base/text.h"
#include "condition.h"
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
#define LOOKS_MAX 20000
#define TESTS_MAX 5000
#define BITE_MAX  PAGE_SIZE_MAX

typedef enum status (*sieve_function)(struct call *c, const Member__CommunitySieve *in,
				      Member__CommunityBite *ret);

struct search {
	Member__CommunitySieve sieve;
	sieve_function run;
	const struct filter *filter;
	size_t wanted;      /* communities on the page */
	size_t bite;        /* rows at a time */
	size_t n_bites;     /* at most */
	bool depends;       /* candidates have to be tested */
	bool operates_many; /* the person */
	bool among_all;     /* so his communities are looked for among all */
	const char **ids;   /* of those that meet */
	size_t n_ids;
	const char *next_page_token;
};

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
			TRY(condition_met(c, s->sieve.asked, s->filter, bite->candidates[i], &met));
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

	TRY(condition_read(c, &s->sieve, &s->filter, &s->depends));
	if (s->sieve.person_id[0] && (s->filter || s->sieve.n_facets < CONDITION_FACETS)) {
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
	Member__ListPortfolioRequest request = *req;
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
	TRY(person_meant(c, req->person_id, &request.person_id));
	s.sieve.person_id = request.person_id;
	s.sieve.page_token = req->page_token;
	TRY(sql_portfolio_count(c, &request, list));
	s.operates_many = list->community_count > LOOKS_MAX;
	TRY(search(c, &s, req->page_size, &found));

	duties.person_id = request.person_id;
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
