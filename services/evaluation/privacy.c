/* Privacy: what was counted of one person. Statements are in sql/export.sql. */
#include "evaluation.rpc.h"
#include "evaluation.sql.h"

enum status evaluation_list_evaluation_records(struct call *c,
					       const Evaluation__ListEvaluationRecordsRequest *req,
					       Evaluation__PersonRecords *page)
{
	return sql_walk(c, &evaluation_sql, &req->base, &page->base);
}
