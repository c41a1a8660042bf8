/* Tasks completed in content. Statements are in sql/task_completion.sql. */
#include "activity.rpc.h"
#include "activity.sql.h"

enum status activity_list_task_completions(struct call *c,
					   const Activity__ListTaskCompletionsRequest *req,
					   Activity__ListTaskCompletionsResponse *reply)
{
	return sql_task_completion_list(c, req, reply);
}
