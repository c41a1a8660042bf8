/* Search: what was said, by its words. Statements are in sql/search.sql, words in term.h. */
#include "content.h"
#include "content.rpc.h"
#include "content.sql.h"
#include "event/replica.h"
#include "text/query.h"

/*
 * reason    status            from
 * NO_WORDS  INVALID_ARGUMENT  SearchPosts, SearchHome, SearchAllPosts
 */

#define TITLE_LENGTH   300 /* the longest there is */
#define SNIPPET_LENGTH 160
/* Of the newest entries, so many are looked through at first. Beginnings of words take the index as
 * long for few entries as for many: once should do. */
#define FIRST_ENTRIES        2000
#define FIRST_PREFIX_ENTRIES 10000
/* What is looked at to mark a page, shared by its hits: pages of long articles do not take long. */
#define PAGE_TERMS 200000
#define HIT_TERMS  20000

static enum status understand(struct call *c, const char *text, struct query *ret)
{
	*ret = query_of(content_folding(c), content_dictionary(c), c->arena, text);
	if (ret->count > 0)
		return STATUS_OK;

	(void)call_fail(c, STATUS_INVALID_ARGUMENT, "NO_WORDS", "there is no word to search for");

	return call_violation(c, "query", "must have a word, a number or a sign such as an emoji");
}

/* The statement has put the texts where the HTML is to be. */
static enum status search(struct call *c, const char *text, Content__SearchOrder order,
			  Content__SearchQuery *query, Content__SearchResponse *reply)
{
	size_t terms_most = HIT_TERMS;
	struct query words;

	TRY(understand(c, text, &words));
	query->query = query_tsquery(&words, c->arena);
	query->first_entries = query_has_prefix(&words) ? FIRST_PREFIX_ENTRIES : FIRST_ENTRIES;
	query->newest = order == CONTENT__SEARCH_ORDER__SEARCH_ORDER_NEW;
	TRY(sql_search(c, query, reply));

	if (reply->n_hits > PAGE_TERMS / HIT_TERMS)
		terms_most = PAGE_TERMS / reply->n_hits;
	for (size_t i = 0; i < reply->n_hits; i++) {
		Content__SearchHit *hit = reply->hits[i];

		hit->title_html = query_mark(&words, content_folding(c), c->arena, hit->title_html,
					     TITLE_LENGTH, terms_most);
		hit->snippet_html = query_mark(&words, content_folding(c), c->arena,
					       hit->snippet_html, SNIPPET_LENGTH, terms_most);
	}

	return STATUS_OK;
}

/* A moderator sees all that can be found, as the platform does. */
enum status content_search_posts(struct call *c, const Content__SearchPostsRequest *req,
				 Content__SearchResponse *reply)
{
	Content__SearchQuery query = CONTENT__SEARCH_QUERY__INIT;
	enum rank rank = RANK_OWNER;

	if (c->caller->kind == CALLER_PERSON)
		TRY(replica_rank(c, req->community_id, &rank));
	query.community_id = req->community_id;
	query.viewer_id = rank >= RANK_MODERATOR ? "" : c->caller->person_id;
	query.belongs = rank >= RANK_MEMBER;
	query.filter = req->filter;
	query.page_size = req->page_size;
	query.page_token = req->page_token;

	return search(c, req->query, req->order, &query, reply);
}

enum status content_search_home(struct call *c, const Content__SearchHomeRequest *req,
				Content__SearchResponse *reply)
{
	Content__SearchQuery query = CONTENT__SEARCH_QUERY__INIT;

	query.person_id = query.viewer_id = req->person_id;
	query.belongs = true;
	query.filter = req->filter;
	query.page_size = req->page_size;
	query.page_token = req->page_token;

	return search(c, req->query, req->order, &query, reply);
}

enum status content_search_all_posts(struct call *c, const Content__SearchAllPostsRequest *req,
				     Content__SearchResponse *reply)
{
	Content__SearchQuery query = CONTENT__SEARCH_QUERY__INIT;

	query.filter = req->filter;
	query.page_size = req->page_size;
	query.page_token = req->page_token;

	return search(c, req->query, req->order, &query, reply);
}
