/* What is reported and what is rejected, from content to member's cases and sanctions: once,
 * whoever is killed meanwhile. */
#include "base/clock.h"
#include "base/id.h"
#include "content/content.h"
#include "content_words.h"
#include "kith/content/v1/review.pb-c.h"
#include "kith/event/v1/event.pb-c.h"
#include "kith/member/v1/sanction.pb-c.h"
#include "kith/member/v1/violation.pb-c.h"
#include "kith_methods.h"
#include "member/member.h"

#define PATIENCE_US 30000000

#define APPROVE CONTENT__REVIEW_DECISION__REVIEW_DECISION_APPROVE
#define REJECT  CONTENT__REVIEW_DECISION__REVIEW_DECISION_REJECT

/* Content tells member here, and nobody else. */
static const struct service *const *services(void)
{
	static const char *const consumers[] = {"member", NULL};
	static struct service content;
	static const struct service *const list[] = {&member_service, &content, NULL};

	content = content_service;
	content.consumers = consumers;

	return list;
}

static int setup(void **state)
{
	return suite_setup(state, services());
}

static const char *given_members(struct suite *s)
{
	static const char *const names[] = {"founder", "bob", "ann", "cat", "dan", "mod", "max"};
	const char *community = given_community(s);

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		EXPECT_OK(join(s, community, names[i]));
	EXPECT_OK(give_role(s, community, "mod", MEMBER__ROLE__ROLE_MODERATOR));
	EXPECT_OK(give_role(s, community, "max", MEMBER__ROLE__ROLE_MODERATOR));
	suite_settle(s);

	return community;
}

static struct outcome report(struct suite *s, const char *community, const char *name,
			     const char *subject, Content__ContentReport *ret)
{
	Content__ReportContentRequest request = CONTENT__REPORT_CONTENT_REQUEST__INIT;

	request.community_id = community;
	request.subject_id = subject;
	request.category = CONTENT__TEXT_CATEGORY__TEXT_CATEGORY_SPEECH;
	request.note = "rude";
	as_named(s, name);

	return suite_call(s, method_content_report_content, &request, ret);
}

static Content__ReviewItem only_item(struct suite *s, const char *community)
{
	Content__ListReviewItemsRequest request = CONTENT__LIST_REVIEW_ITEMS_REQUEST__INIT;
	Content__ListReviewItemsResponse page = CONTENT__LIST_REVIEW_ITEMS_RESPONSE__INIT;

	request.community_id = community;
	EXPECT_OK(suite_call_as_platform(s, method_content_list_review_items, &request, &page));
	EXPECT_INT(page.n_items, 1);

	return *page.items[0];
}

/* Whoever calls now. */
static struct outcome decide_now(struct suite *s, const Content__ReviewItem *item,
				 Content__ReviewDecision what, bool sanction)
{
	Content__DecideReviewItemRequest request = CONTENT__DECIDE_REVIEW_ITEM_REQUEST__INIT;
	Content__ReviewItem done = CONTENT__REVIEW_ITEM__INIT;

	request.community_id = item->community_id;
	request.item_id = item->item_id;
	request.decision = what;
	request.sanction = sanction;

	return suite_call(s, method_content_decide_review_item, &request, &done);
}

static struct outcome decide(struct suite *s, const Content__ReviewItem *item, const char *name,
			     Content__ReviewDecision what, bool sanction)
{
	as_named(s, name);

	return decide_now(s, item, what, sanction);
}

/* The cases of the person that are in that state, once there are so many. */
static void expect_cases(struct suite *s, const char *community, const char *name,
			 const char *state, int64_t wanted)
{
	int64_t until = clock_mono_us() + PATIENCE_US;

	while (postgres_int(suite_database(s),
			    "SELECT count(*) FROM member.violation_case WHERE community_id = '%s' "
			    "AND subject_person_id = '%s' AND state = '%s'",
			    community, person(s, name), state) != wanted)
		assert_true(clock_mono_us() < until);
}

static Member__ListSanctionsResponse sanctions_of(struct suite *s, const char *community,
						  const char *name)
{
	Member__ListSanctionsRequest request = MEMBER__LIST_SANCTIONS_REQUEST__INIT;
	Member__ListSanctionsResponse list = MEMBER__LIST_SANCTIONS_RESPONSE__INIT;

	request.community_id = community;
	request.person_id = person(s, name);
	EXPECT_OK(suite_call_as_platform(s, method_member_list_sanctions, &request, &list));

	return list;
}

static void reports_weigh_what_their_reporters_are_worth(void **state)
{
	struct suite *s = *state;
	const char *community = given_members(s), *post = given_post(s, community, "bob");
	Content__ContentReport taken = CONTENT__CONTENT_REPORT__INIT;
	Content__ReviewItem item;

	EXPECT_OK(report(s, community, "ann", post, &taken));
	EXPECT_INT(taken.weight, 500);
	EXPECT_STATUS(report(s, community, "ann", post, &taken), ALREADY_EXISTS,
		      "ALREADY_REPORTED");
	EXPECT_STATUS(report(s, community, "bob", post, &taken), FAILED_PRECONDITION,
		      "SELF_REPORT");
	EXPECT_STATUS(report(s, community, "ann", community, &taken), NOT_FOUND,
		      "REVIEW_TARGET_NOT_FOUND");
	EXPECT_OK(report(s, community, "cat", post, &taken));
	EXPECT_INT(post_of(s, community, post).state, CONTENT__POST_STATE__POST_STATE_PUBLISHED);
	EXPECT_OK(report(s, community, "dan", post, &taken));
	EXPECT_INT(post_of(s, community, post).state, CONTENT__POST_STATE__POST_STATE_REVIEW);
	EXPECT_INT(summary_of(s, community).post_count, 0);

	item = only_item(s, community);
	EXPECT_INT(item.weight, 1500);
	EXPECT_INT(item.report_count, 3);
	EXPECT_INT(item.reason->cause, CONTENT__TEXT_CAUSE__TEXT_CAUSE_REPORT);

	/* They were wrong: the post is back, and they weigh less. */
	EXPECT_OK(decide(s, &item, "mod", APPROVE, false));
	EXPECT_INT(post_of(s, community, post).state, CONTENT__POST_STATE__POST_STATE_PUBLISHED);
	EXPECT_INT(summary_of(s, community).post_count, 1);
	expect_cases(s, community, "bob", "DISMISSED", 1);
	EXPECT_OK(report(s, community, "ann", given_post(s, community, "bob"), &taken));
	EXPECT_INT(taken.weight, 333);
	as_platform(s);
}

static void a_reported_comment_goes_out_of_sight_and_out_of_the_counts(void **state)
{
	struct suite *s = *state;
	const char *community = given_members(s), *post = given_post(s, community, "ann");
	Content__ContentReport taken = CONTENT__CONTENT_REPORT__INIT;
	Content__Comment comment = CONTENT__COMMENT__INIT;
	Content__ReviewItem item;

	EXPECT_OK(comment_as(s, community, post, "", "bob", &comment));
	EXPECT_INT(post_of(s, community, post).comment_count, 1);
	EXPECT_OK(report(s, community, "ann", comment.comment_id, &taken));
	EXPECT_OK(report(s, community, "cat", comment.comment_id, &taken));
	EXPECT_OK(report(s, community, "dan", comment.comment_id, &taken));
	EXPECT_INT(post_of(s, community, post).comment_count, 0);
	EXPECT_INT(summary_of(s, community).comment_count, 0);
	item = only_item(s, community);
	EXPECT_OK(decide(s, &item, "mod", REJECT, true));
	EXPECT_INT(post_of(s, community, post).comment_count, 0);
	expect_cases(s, community, "bob", "UPHELD", 1);

	/* They were right, and weigh more. */
	EXPECT_OK(report(s, community, "ann", given_post(s, community, "bob"), &taken));
	EXPECT_INT(taken.weight, 667);
	as_platform(s);
}

static void a_rejection_goes_up_the_ladder_and_can_be_appealed(void **state)
{
	struct suite *s = *state;
	const char *community = given_members(s);
	Content__ContentReport taken = CONTENT__CONTENT_REPORT__INIT;
	Member__AppealSanctionRequest appeal = MEMBER__APPEAL_SANCTION_REQUEST__INIT;
	Member__JudgeAppealRequest judge = MEMBER__JUDGE_APPEAL_REQUEST__INIT;
	Member__ListSanctionsResponse list;
	Member__Sanction sanction = MEMBER__SANCTION__INIT;

	for (int64_t i = 1; i <= 2; i++) {
		Content__ReviewItem item;

		EXPECT_OK(report(s, community, "ann", given_post(s, community, "bob"), &taken));
		item = only_item(s, community);
		EXPECT_OK(decide(s, &item, "mod", REJECT, true));
		expect_cases(s, community, "bob", "UPHELD", i);
	}
	list = sanctions_of(s, community, "bob");
	EXPECT_INT(list.n_sanctions, 2);
	EXPECT_INT(list.sanctions[1]->kind, MEMBER__SANCTION_KIND__SANCTION_KIND_WARN);
	EXPECT_INT(list.sanctions[0]->kind, MEMBER__SANCTION_KIND__SANCTION_KIND_MUTE_DAY);
	EXPECT_TEXT(list.sanctions[0]->judge_person_id, person(s, "mod"));
	assert_non_null(membership_of(s, community, "bob").mute_until_time);
	EXPECT_INT(postgres_int(suite_database(s),
				"SELECT count(*) FROM member.violation_report WHERE "
				"community_id = '%s' AND reporter_person_id IS NULL AND "
				"evidence = 'a post'",
				community),
		   2);

	appeal.community_id = judge.community_id = community;
	appeal.sanction_id = judge.sanction_id = list.sanctions[0]->sanction_id;
	appeal.person_id = person(s, "bob");
	appeal.appeal = "it was a joke";
	as_named(s, "bob");
	EXPECT_OK(suite_call(s, method_member_appeal_sanction, &appeal, &sanction));
	judge.accept = true;
	judge.answer = "it was";
	as_named(s, "mod");
	EXPECT_STATUS(suite_call(s, method_member_judge_appeal, &judge, &sanction),
		      PERMISSION_DENIED, "SAME_REVIEWER");
	as_named(s, "max");
	EXPECT_OK(suite_call(s, method_member_judge_appeal, &judge, &sanction));
	assert_null(membership_of(s, community, "bob").mute_until_time);
	as_platform(s);
}

static void nobody_sanctions_who_ranks_as_high(void **state)
{
	struct suite *s = *state;
	const char *community = given_members(s);
	Content__ContentReport taken = CONTENT__CONTENT_REPORT__INIT;
	Content__ReviewItem item;

	EXPECT_OK(report(s, community, "ann", given_post(s, community, "max"), &taken));
	item = only_item(s, community);
	EXPECT_STATUS(decide(s, &item, "mod", REJECT, true), PERMISSION_DENIED, "ROLE_TOO_LOW");
	EXPECT_OK(decide(s, &item, "mod", REJECT, false));
	as_platform(s);
}

static void news_of_one_rejection_are_one_sanction(void **state)
{
	struct suite *s = *state;
	const char *community = given_members(s);
	Event__DeliverEventsRequest request = EVENT__DELIVER_EVENTS_REQUEST__INIT;
	Event__DeliverEventsResponse reply = EVENT__DELIVER_EVENTS_RESPONSE__INIT;
	Event__Event event = EVENT__EVENT__INIT, *events[] = {&event};
	Google__Protobuf__Timestamp now = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
	char ids[2][ID_SIZE], subject[ID_SIZE];

	id_new(ids[0]);
	id_new(ids[1]);
	id_new(subject);
	now.seconds = 1700000000;
	event.event_id = ids[0];
	event.community_id = community;
	event.type = EVENT__EVENT_TYPE__EVENT_TYPE_CONTENT_JUDGED;
	event.occur_time = &now;
	event.person_id = person(s, "bob");
	event.subject_id = subject;
	event.other_person_id = person(s, "mod");
	event.state = "REJECTED";
	event.kind = "SPEECH";
	event.words = "what he said";
	event.version = 2;
	request.events = events;
	request.n_events = 1;
	as_service(s);
	for (int i = 0; i < 3; i++) {
		event.event_id = ids[i / 2];
		EXPECT_OK(suite_call(s, method_member_deliver_events, &request, &reply));
	}
	as_platform(s);
	EXPECT_INT(sanctions_of(s, community, "bob").n_sanctions, 1);
}

/* Member is away when it is decided; or content is killed as soon as it has answered. */
static void a_kill_loses_nothing_and_doubles_nothing(void **state)
{
	struct suite *s = suite_start_processes(services());
	const char *community = given_members(s), *mod = person(s, "mod");

	(void)state;
	for (int64_t i = 0; i < 4; i++) {
		const char *name = i % 2 ? "bob" : "dan", *killed = i % 2 ? "content" : "member";
		Content__ContentReport taken = CONTENT__CONTENT_REPORT__INIT;
		Content__ReviewItem item;

		EXPECT_OK(report(s, community, "ann", given_post(s, community, name), &taken));
		item = only_item(s, community);
		as_person(s, mod);
		if (i % 2 == 0)
			suite_kill(s, killed);
		EXPECT_OK(decide_now(s, &item, REJECT, true));
		if (i % 2)
			suite_kill(s, killed);
		suite_revive(s, killed);
		expect_cases(s, community, name, "UPHELD", i / 2 + 1);
	}
	suite_settle(s);
	EXPECT_INT(sanctions_of(s, community, "bob").n_sanctions, 2);
	EXPECT_INT(sanctions_of(s, community, "dan").n_sanctions, 2);
	suite_stop(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reports_weigh_what_their_reporters_are_worth),
		cmocka_unit_test(a_reported_comment_goes_out_of_sight_and_out_of_the_counts),
		cmocka_unit_test(a_rejection_goes_up_the_ladder_and_can_be_appealed),
		cmocka_unit_test(nobody_sanctions_who_ranks_as_high),
		cmocka_unit_test(news_of_one_rejection_are_one_sanction),
		cmocka_unit_test(a_kill_loses_nothing_and_doubles_nothing),
	};

	return cmocka_run_group_tests_name("content_judged", tests, setup, suite_teardown);
}
