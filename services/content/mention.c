/* Mentions: members named in posts and comments. Statements are in sql/mention.sql. */
#include "mention.h"

#include "content.rpc.h"
#include "content.sql.h"
#include "text/markdown.h"

/*
 * reason             status            from
 * TOO_MANY_MENTIONS  INVALID_ARGUMENT  CreatePost, UpdatePost, CreateComment
 */

#define MENTIONS_MAX 50

enum status mention_read(struct call *c, const char *field, const char *words,
			 Content__NamedNumbers *ret)
{
	ret->n_numbers = markdown_mentions(c->arena, words, &ret->numbers);
	if (ret->n_numbers <= MENTIONS_MAX)
		return STATUS_OK;

	(void)call_fail(c, STATUS_INVALID_ARGUMENT, "TOO_MANY_MENTIONS",
			"a text names %d members at most", MENTIONS_MAX);

	return call_violation(c, field, "must not name more than %d members", MENTIONS_MAX);
}

enum status mention_put(struct call *c, Content__NamedNumbers *named, const char *community_id,
			const char *post_id, const char *subject_id)
{
	named->community_id = community_id;
	named->post_id = post_id;
	named->subject_id = subject_id;

	return sql_person_mention_put(c, named);
}

enum status content_list_person_mentions(struct call *c,
					 const Content__ListPersonMentionsRequest *req,
					 Content__ListPersonMentionsResponse *list)
{
	return req->unread ? sql_person_mention_list_unread(c, req, list)
			   : sql_person_mention_list(c, req, list);
}

enum status content_read_person_mentions(struct call *c,
					 const Content__ReadPersonMentionsRequest *req,
					 Content__ReadPersonMentionsResponse *reply)
{
	return sql_person_mention_read(c, req, reply);
}
