/* The showcase, and what is said of a community outside. Statements are in sql/showcase.sql. */
#include "base/arena.h"
#include "base/buf.h"
#include "content.h"
#include "content.rpc.h"
#include "content.sql.h"
#include "kith/content/v1/showcase_store.pb-c.h"
#include "service/precondition.h"
#include "text/markdown.h"

/*
 * reason          status               from
 * POST_NOT_FOUND  NOT_FOUND            Feature, RecordMention
 * POST_STATE      FAILED_PRECONDITION  Feature
 * SHOWCASE_FULL   RESOURCE_EXHAUSTED   Feature
 * BAD_UNTIL_TIME  INVALID_ARGUMENT     Feature
 * BAD_URL         INVALID_ARGUMENT     RecordMention
 */

#define SHOWCASE_MAX 200

static void show(struct call *c, Content__FeaturedPost *post)
{
	post->body_html = markdown_html(c->arena, post->body);
}

enum status content_feature_post(struct call *c, const Content__FeaturePostRequest *req,
				 Content__FeaturedPost *featured)
{
	Content__Post post = CONTENT__POST__INIT;
	Content__ShowcaseSize now = CONTENT__SHOWCASE_SIZE__INIT;

	if (time_has_passed(c, req->until_time)) {
		(void)call_fail(c, STATUS_INVALID_ARGUMENT, "BAD_UNTIL_TIME",
				"it would never be shown");
		return call_violation(c, "until_time", "has passed");
	}
	TRY(post_read(c, req->community_id, req->post_id, &post));
	TRY(post_published(c, &post));
	TRY(sql_showcase_size(c, req, &now));
	if (!now.featured && now.size >= SHOWCASE_MAX)
		return call_fail(c, STATUS_RESOURCE_EXHAUSTED, "SHOWCASE_FULL",
				 "a showcase of more than %d shows nothing", SHOWCASE_MAX);
	TRY(sql_showcase_put(c, req, featured));
	show(c, featured);

	return STATUS_OK;
}

enum status content_unfeature_post(struct call *c, const Content__UnfeaturePostRequest *req,
				   Content__UnfeaturePostResponse *reply)
{
	return sql_showcase_drop(c, req, reply);
}

enum status content_list_showcase(struct call *c, const Content__ListShowcaseRequest *req,
				  Content__ListShowcaseResponse *list)
{
	TRY(sql_showcase_list(c, req, list));
	for (size_t i = 0; i < list->n_posts; i++)
		show(c, list->posts[i]);

	return STATUS_OK;
}

enum status content_export_showcase(struct call *c, const Content__ExportShowcaseRequest *req,
				    Content__ShowcaseExport *ret)
{
	CLEANUP(buf_fini) struct buf text = {0};
	Content__ListShowcaseResponse list = CONTENT__LIST_SHOWCASE_RESPONSE__INIT;

	TRY(sql_showcase_export(c, req, &list));
	for (size_t i = 0; i < list.n_posts; i++) {
		const Content__FeaturedPost *post = list.posts[i];

		if (i > 0)
			buf_add_string(&text, "\n---\n\n");
		if (post->title[0])
			buf_add_format(&text, "# %s\n\n", post->title);
		if (post->note[0])
			buf_add_format(&text, "> %s\n\n", post->note);
		buf_add_format(&text, "%s\n\n(%s)\n", post->body, post->author_person_id);
	}
	ret->community_id = req->community_id;
	ret->markdown = arena_copy(c->arena, text.data ? text.data : "", text.size);
	ret->post_count = (int32_t)list.n_posts;

	return STATUS_OK;
}

enum status content_record_mention(struct call *c, const Content__RecordMentionRequest *req,
				   Content__OutsideMention *mention)
{
	Content__Post post = CONTENT__POST__INIT;

	TRY(web_address(c, "url", req->url));
	if (req->post_id[0])
		TRY(post_read(c, req->community_id, req->post_id, &post));

	return sql_mention_record(c, req, mention);
}

enum status content_list_mentions(struct call *c, const Content__ListMentionsRequest *req,
				  Content__ListMentionsResponse *list)
{
	return sql_mention_list(c, req, list);
}
