/* Privacy: how much of what is said is one person's. Statements are in sql/erasure.sql. */
#include "content.rpc.h"
#include "content.sql.h"

enum status content_get_author_summary(struct call *c, const Content__GetAuthorSummaryRequest *req,
				       Content__AuthorSummary *summary)
{
	return sql_author_summary(c, req, summary);
}
