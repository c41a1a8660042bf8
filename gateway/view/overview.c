/* A community as a whole: who belongs, what is said, what is done together, how it is going. */
#include "kith/gateway/v1/view.pb-c.h"

#include "base/call.h"
#include "exchange.h"
#include "kith/member/v1/duty.pb-c.h"
#include "kith/member/v1/membership.pb-c.h"
#include "kith_methods.h"
#include "view/view.h"

#define ITEMS_DEFAULT 5

/* In this order they are asked. */
enum question {
	COMMUNITY,
	CONTENT_SUMMARY,
	POSTS,
	ACTIVITY_SUMMARY,
	EVENTS,
	METRIC_SUMMARY,
	ACTIVE_DAYS,
	GROWTH,
	MEMBERSHIP, /* these two only when a person asks */
	DUTY,
};

static void ask(struct exchange *x)
{
	const Gateway__GetCommunityOverviewRequest *asked =
		(const Gateway__GetCommunityOverviewRequest *)x->request;
	Member__GetCommunityRequest community = MEMBER__GET_COMMUNITY_REQUEST__INIT;
	Content__GetContentSummaryRequest content = CONTENT__GET_CONTENT_SUMMARY_REQUEST__INIT;
	Content__ListPostsRequest posts = CONTENT__LIST_POSTS_REQUEST__INIT;
	Activity__GetActivitySummaryRequest activity = ACTIVITY__GET_ACTIVITY_SUMMARY_REQUEST__INIT;
	Activity__ListEventsRequest events = ACTIVITY__LIST_EVENTS_REQUEST__INIT;
	Evaluation__GetMetricSummaryRequest metrics = EVALUATION__GET_METRIC_SUMMARY_REQUEST__INIT;
	Evaluation__GetActivityRequest days = EVALUATION__GET_ACTIVITY_REQUEST__INIT;
	Evaluation__GetGrowthRequest growth = EVALUATION__GET_GROWTH_REQUEST__INIT;
	Member__GetMembershipRequest membership = MEMBER__GET_MEMBERSHIP_REQUEST__INIT;
	Member__GetDutyRequest duty = MEMBER__GET_DUTY_REQUEST__INIT;
	Google__Protobuf__Timestamp now = GOOGLE__PROTOBUF__TIMESTAMP__INIT;

	community.community_id = content.community_id = posts.community_id = activity.community_id =
		events.community_id = metrics.community_id = days.community_id =
			growth.community_id = membership.community_id = duty.community_id =
				asked->community_id;
	posts.page_size = asked->post_count == 0 ? ITEMS_DEFAULT : asked->post_count;
	events.page_size = asked->event_count == 0 ? ITEMS_DEFAULT : asked->event_count;
	now.seconds = x->call.now_us / 1000000;
	events.start_from = &now;
	growth.period = EVALUATION__PERIOD__PERIOD_WEEK;
	membership.person_id = duty.person_id = x->caller.person_id;

	view_ask(x, method_member_get_community, &community.base);
	view_ask(x, method_content_get_content_summary, &content.base);
	view_ask(x, method_content_list_posts, &posts.base);
	view_ask(x, method_activity_get_activity_summary, &activity.base);
	view_ask(x, method_activity_list_events, &events.base);
	view_ask(x, method_evaluation_get_metric_summary, &metrics.base);
	view_ask(x, method_evaluation_get_activity, &days.base);
	view_ask(x, method_evaluation_get_growth, &growth.base);
	if (x->caller.kind != CALLER_PERSON)
		return;
	view_ask(x, method_member_get_membership, &membership.base);
	view_ask(x, method_member_get_duty, &duty.base);
}

/* The answer, or NULL; a section's status is that of its first question that failed. */
static void *answer(struct exchange *x, enum question i, Gateway__SectionStatus **status)
{
	enum status code;
	const char *reason, *message;
	void *data = view_answer(x, i, &code, &reason, &message);

	if (*status == NULL) {
		*status = arena_alloc(&x->arena, sizeof(**status));
		gateway__section_status__init(*status);
		(*status)->reason = "OK";
	}
	if (code != STATUS_OK && (*status)->code == 0) {
		(*status)->code = (int32_t)code;
		(*status)->reason = arena_string(&x->arena, reason);
		(*status)->message = arena_string(&x->arena, message);
	}
	return data;
}

/* A stranger gets nothing unless he operates the community, and whom member does not know does not
 * exist. */
static enum status check_access(struct exchange *x)
{
	enum status status = x->legs[COMMUNITY].status;
	const Member__Membership *membership;
	const char *reason, *message;

	if (status == STATUS_NOT_FOUND || status == STATUS_PERMISSION_DENIED ||
	    status == STATUS_INVALID_ARGUMENT || status == STATUS_UNAUTHENTICATED)
		return view_fail(x, COMMUNITY);
	if (x->caller.kind != CALLER_PERSON)
		return STATUS_OK;

	view_answer(x, DUTY, &status, &reason, &message);
	if (status == STATUS_OK)
		return STATUS_OK;
	membership = view_answer(x, MEMBERSHIP, &status, &reason, &message);
	if (status == STATUS_NOT_FOUND ||
	    (membership != NULL &&
	     membership->state != MEMBER__MEMBERSHIP_STATE__MEMBERSHIP_STATE_ACTIVE))
		return call_fail(&x->call, STATUS_PERMISSION_DENIED, "NOT_A_MEMBER",
				 "only members see this community's overview");
	return status == STATUS_OK ? STATUS_OK : view_fail(x, MEMBERSHIP);
}

static enum status join(struct exchange *x, ProtobufCMessage *message)
{
	Gateway__CommunityOverview *reply = (Gateway__CommunityOverview *)message;
	struct arena *arena = &x->arena;
	const Content__ListPostsResponse *posts;
	const Activity__ListEventsResponse *events;

	TRY(check_access(x));

	reply->community_id =
		((const Gateway__GetCommunityOverviewRequest *)x->request)->community_id;
	reply->member = arena_alloc(arena, sizeof(*reply->member));
	reply->content = arena_alloc(arena, sizeof(*reply->content));
	reply->activity = arena_alloc(arena, sizeof(*reply->activity));
	reply->evaluation = arena_alloc(arena, sizeof(*reply->evaluation));
	gateway__member_section__init(reply->member);
	gateway__content_section__init(reply->content);
	gateway__activity_section__init(reply->activity);
	gateway__evaluation_section__init(reply->evaluation);

	reply->member->community = answer(x, COMMUNITY, &reply->member->status);

	reply->content->summary = answer(x, CONTENT_SUMMARY, &reply->content->status);
	posts = answer(x, POSTS, &reply->content->status);
	if (posts != NULL) {
		reply->content->posts = posts->posts;
		reply->content->n_posts = posts->n_posts;
	}

	reply->activity->summary = answer(x, ACTIVITY_SUMMARY, &reply->activity->status);
	events = answer(x, EVENTS, &reply->activity->status);
	if (events != NULL) {
		reply->activity->events = events->events;
		reply->activity->n_events = events->n_events;
	}

	reply->evaluation->summary = answer(x, METRIC_SUMMARY, &reply->evaluation->status);
	reply->evaluation->activity = answer(x, ACTIVE_DAYS, &reply->evaluation->status);
	reply->evaluation->growth = answer(x, GROWTH, &reply->evaluation->status);

	return STATUS_OK;
}

const struct view view_overview = {
	.method = "kith.gateway.v1.ViewService/GetCommunityOverview",
	.ask = ask,
	.join = join,
};
