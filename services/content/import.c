/* Imports: what was said elsewhere, in bulk. Statements are in sql/import.sql. */
#include "content.rpc.h"
#include "content.sql.h"

enum status content_import_posts(struct call *c, const Content__ImportPostsRequest *req,
				 Content__ImportPostsResponse *reply)
{
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
