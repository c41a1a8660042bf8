/* Word lists in use. A list that is asked for is never waited for: the job compiles the next one
 * beside it and puts it in its place. Statements are in sql/word.sql. */
#include "wordlists.h"

#include <pthread.h>
#include <stdlib.h>
#include <strings.h>

#include "base/arena.h"
#include "base/call.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "content.h"
#include "content.sql.h"
#include "kith/content/v1/text_store.pb-c.h"
#include "text/wordlist.h"

#define LISTS_MAX 1024                      /* kept at once; the longest unused goes for the next */
#define UNUSED_US (INT64_C(3600) * 1000000) /* after which a list is dropped */

struct kept {
	char community_id[ID_SIZE];
	struct wordlist *list; /* NULL: not read yet */
	int64_t used_us;       /* by the monotonic clock */
};

struct wordlists {
	pthread_mutex_t lock;
	struct kept kept[LISTS_MAX];
	size_t n;
};

struct wordlists *wordlists_new(void)
{
	struct wordlists *lists = calloc(1, sizeof(*lists));

	if (!lists)
		log_die("no-memory", "what=wordlists");
	pthread_mutex_init(&lists->lock, NULL);
	wordlists_want(lists, PLATFORM_COMMUNITY);

	return lists;
}

void wordlists_free(struct wordlists *lists)
{
	if (!lists)
		return;

	for (size_t i = 0; i < lists->n; i++)
		wordlist_unref(lists->kept[i].list);
	pthread_mutex_destroy(&lists->lock);
	free(lists);
}

/* Under the lock. */
static struct kept *find(struct wordlists *lists, const char *community_id)
{
	for (size_t i = 0; i < lists->n; i++)
		if (strcasecmp(lists->kept[i].community_id, community_id) == 0)
			return &lists->kept[i];

	return NULL;
}

static void drop(struct wordlists *lists, struct kept *kept)
{
	wordlist_unref(kept->list);
	*kept = lists->kept[--lists->n];
}

struct wordlist *wordlists_get(struct wordlists *lists, const char *community_id)
{
	struct wordlist *list = NULL;
	struct kept *kept;

	pthread_mutex_lock(&lists->lock);
	kept = find(lists, community_id);
	if (kept && kept->list) {
		kept->used_us = clock_mono_us();
		list = wordlist_ref(kept->list);
	}
	pthread_mutex_unlock(&lists->lock);

	return list;
}

/* The one that was not asked for longest; the platform's is the first and stays. */
static struct kept *oldest(struct wordlists *lists)
{
	struct kept *old = &lists->kept[1];

	for (size_t i = 2; i < lists->n; i++)
		if (lists->kept[i].used_us < old->used_us)
			old = &lists->kept[i];

	return old;
}

void wordlists_want(struct wordlists *lists, const char *community_id)
{
	struct kept *kept;

	pthread_mutex_lock(&lists->lock);
	kept = find(lists, community_id);
	if (!kept) {
		if (lists->n == LISTS_MAX)
			drop(lists, oldest(lists));
		kept = &lists->kept[lists->n++];
		*kept = (struct kept){0};
		snprintf(kept->community_id, sizeof(kept->community_id), "%s", community_id);
	}
	kept->used_us = clock_mono_us();
	pthread_mutex_unlock(&lists->lock);
}

/* The lists to look after, without those that nobody has asked for in a while. */
static void wanted(struct call *c, struct wordlists *lists, Content__WordListKeys *ret)
{
	pthread_mutex_lock(&lists->lock);
	for (size_t i = lists->n; i-- > 1;)
		if (lists->kept[i].used_us < clock_mono_us() - UNUSED_US)
			drop(lists, &lists->kept[i]);
	ret->community_ids = arena_array(c->arena, lists->n, sizeof(*ret->community_ids));
	for (size_t i = 0; i < lists->n; i++)
		ret->community_ids[ret->n_community_ids++] =
			arena_string(c->arena, lists->kept[i].community_id);
	pthread_mutex_unlock(&lists->lock);
}

static int64_t version_of(struct wordlists *lists, const char *community_id)
{
	int64_t version = -1;
	struct kept *kept;

	pthread_mutex_lock(&lists->lock);
	kept = find(lists, community_id);
	if (kept && kept->list)
		version = wordlist_version(kept->list);
	pthread_mutex_unlock(&lists->lock);

	return version;
}

static void replace(struct wordlists *lists, const char *community_id, struct wordlist *list)
{
	struct kept *kept;

	pthread_mutex_lock(&lists->lock);
	kept = find(lists, community_id);
	if (kept) {
		struct wordlist *old = kept->list;

		kept->list = list;
		list = old;
	}
	pthread_mutex_unlock(&lists->lock);
	wordlist_unref(list);
}

static enum status read_again(struct call *c, struct wordlists *lists,
			      const Content__WordList *news)
{
	Content__WordPage page = CONTENT__WORD_PAGE__INIT;
	Content__Words words = CONTENT__WORDS__INIT;
	Content__Word **all = arena_array(c->arena, (size_t)news->word_count + 1, sizeof(*all));
	size_t n = 0;

	page.community_id = news->community_id;
	do {
		content__words__init(&words);
		TRY(sql_word_page(c, &page, &words));
		for (size_t i = 0; i < words.n_words && n < (size_t)news->word_count; i++)
			all[n++] = words.words[i];
		if (words.n_words)
			page.after = words.words[words.n_words - 1]->word;
	} while (words.n_words && n < (size_t)news->word_count);
	replace(lists, news->community_id, wordlist_new(content_folding(c), all, n, news->version));

	return STATUS_OK;
}

enum status wordlists_refresh(struct call *c, struct wordlists *lists)
{
	Content__WordListKeys keys = CONTENT__WORD_LIST_KEYS__INIT;
	Content__WordListVersions news = CONTENT__WORD_LIST_VERSIONS__INIT;

	wanted(c, lists, &keys);
	TRY(sql_word_list_versions(c, &keys, &news));
	for (size_t i = 0; i < news.n_lists; i++)
		if (news.lists[i]->version != version_of(lists, news.lists[i]->community_id))
			TRY(read_again(c, lists, news.lists[i]));

	return STATUS_OK;
}
