/* Imports: what was said elsewhere, in bulk. Statements are in sql/import.sql. */
#include "base/arena.h"
#include "base/call.h"
#include "content.rpc.h"
#include "content.sql.h"

/* A line knows of no plan and no level. */
static enum status readers_are_known(struct call *c, const Content__ImportPostsRequest *req)
{
	enum status status = STATUS_OK;

	for (size_t i = 0; i < req->n_items; i++)
		if (req->items[i]->visibility > CONTENT__VISIBILITY__VISIBILITY_MEMBER)
			status = call_violation(c,
						arena_printf(c->arena, "items[%zu].visibility", i),
						"must be PUBLIC or MEMBER");

	return status;
}

enum status content_import_posts(struct call *c, const Content__ImportPostsRequest *req,
				 Content__ImportPostsResponse *reply)
{
	TRY(readers_are_known(c, req));

	return sql_import_posts(c, req, reply);
}

enum status content_import_comments(struct call *c, const Content__ImportCommentsRequest *req,
				    Content__ImportCommentsResponse *reply)
{
	return sql_import_comments(c, req, reply);
}

enum status content_import_reactions(struct call *c, const Content__ImportReactionsRequest *req,
				     Content__ImportReactionsResponse *reply)
{
	return sql_import_reactions(c, req, reply);
}
