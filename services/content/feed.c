/* Feeds: what is new or much talked of in a person's communities. Statements are in sql/feed.sql.
 */
#include "content.h"
#include "content.rpc.h"
#include "content.sql.h"

enum status content_get_home_feed(struct call *c, const Content__GetHomeFeedRequest *req,
				  Content__ListPostsResponse *reply)
{
	return posts_shown(c,
			   req->order == CONTENT__POST_ORDER__POST_ORDER_HOT
				   ? sql_feed_hot(c, req, reply)
				   : sql_feed_new(c, req, reply),
			   reply);
}
