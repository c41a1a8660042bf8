/* Word lists as people keep them. Statements are in sql/word.sql. */
#include <string.h>

#include "base/arena.h"
#include "content.h"
#include "content.rpc.h"
#include "content.sql.h"
#include "text/normal.h"
#include "text_check.h"
#include "wordlists.h"

/*
 * reason           status              from
 * WORD_UNREADABLE  INVALID_ARGUMENT    AddWords, AddPlatformWords
 * WORDS_TOO_MANY   RESOURCE_EXHAUSTED  AddWords, AddPlatformWords
 */

#define WORDS_MAX 100000

static enum status readable(struct call *c, Content__Word *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (normal_of(content_folding(c), c->arena, words[i]->word, strlen(words[i]->word))
			    .size)
			continue;
		(void)call_fail(c, STATUS_INVALID_ARGUMENT, "WORD_UNREADABLE",
				"nothing of the word is a letter or a digit");
		return call_violation(c, arena_printf(c->arena, "words[%zu].word", i),
				      "has no letter and no digit");
	}

	return STATUS_OK;
}

enum status content_add_words(struct call *c, const Content__AddWordsRequest *req,
			      Content__WordList *list)
{
	Content__GetWordListRequest which = CONTENT__GET_WORD_LIST_REQUEST__INIT;

	TRY(readable(c, req->words, req->n_words));
	which.community_id = req->community_id;
	TRY(sql_word_list_change(c, &which));
	TRY(sql_word_add(c, req, list));
	if (list->word_count > WORDS_MAX)
		return call_fail(c, STATUS_RESOURCE_EXHAUSTED, "WORDS_TOO_MANY",
				 "a list has at most %d words", WORDS_MAX);
	text_checker_want(c, req->community_id);

	return STATUS_OK;
}

enum status content_remove_words(struct call *c, const Content__RemoveWordsRequest *req,
				 Content__WordList *list)
{
	Content__GetWordListRequest which = CONTENT__GET_WORD_LIST_REQUEST__INIT;

	which.community_id = req->community_id;
	TRY(sql_word_list_change(c, &which));
	TRY(sql_word_remove(c, req, list));
	text_checker_want(c, req->community_id);

	return STATUS_OK;
}

enum status content_list_words(struct call *c, const Content__ListWordsRequest *req,
			       Content__ListWordsResponse *reply)
{
	return sql_word_list_words(c, req, reply);
}

enum status content_get_word_list(struct call *c, const Content__GetWordListRequest *req,
				  Content__WordList *list)
{
	return sql_word_list_get(c, req, list);
}

enum status content_add_platform_words(struct call *c, const Content__AddPlatformWordsRequest *req,
				       Content__WordList *list)
{
	Content__AddWordsRequest request = CONTENT__ADD_WORDS_REQUEST__INIT;

	request.community_id = PLATFORM_COMMUNITY;
	request.words = req->words;
	request.n_words = req->n_words;

	return content_add_words(c, &request, list);
}

enum status content_remove_platform_words(struct call *c,
					  const Content__RemovePlatformWordsRequest *req,
					  Content__WordList *list)
{
	Content__RemoveWordsRequest request = CONTENT__REMOVE_WORDS_REQUEST__INIT;

	request.community_id = PLATFORM_COMMUNITY;
	request.words = req->words;
	request.n_words = req->n_words;

	return content_remove_words(c, &request, list);
}

enum status content_list_platform_words(struct call *c,
					const Content__ListPlatformWordsRequest *req,
					Content__ListWordsResponse *reply)
{
	Content__ListWordsRequest request = CONTENT__LIST_WORDS_REQUEST__INIT;

	request.community_id = PLATFORM_COMMUNITY;
	request.page_size = req->page_size;
	request.page_token = req->page_token;

	return content_list_words(c, &request, reply);
}

enum status content_get_platform_word_list(struct call *c,
					   const Content__GetPlatformWordListRequest *req,
					   Content__WordList *list)
{
	Content__GetWordListRequest which = CONTENT__GET_WORD_LIST_REQUEST__INIT;

	(void)req;
	which.community_id = PLATFORM_COMMUNITY;

	return content_get_word_list(c, &which, list);
}
