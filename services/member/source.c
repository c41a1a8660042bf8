/* Sources: whence members came, and who brought whom. Statements are in sql/source.sql. */
#include "kith/member/v1/source.pb-c.h"

#include "member.rpc.h"
#include "member.sql.h"

#define DEPTH_DEFAULT 3

enum status member_list_stays(struct call *c, const Member__ListStaysRequest *req,
			      Member__ListStaysResponse *list)
{
	return sql_stay_list(c, req, list);
}

enum status member_list_referrals(struct call *c, const Member__ListReferralsRequest *req,
				  Member__ListReferralsResponse *list)
{
	Member__ListReferralsRequest request = *req;

	if (request.max_depth == 0)
		request.max_depth = DEPTH_DEFAULT;

	return sql_referral_list(c, &request, list);
}

enum status member_get_source_report(struct call *c, const Member__GetSourceReportRequest *req,
				     Member__SourceReport *report)
{
	return sql_source_report(c, req, report);
}
