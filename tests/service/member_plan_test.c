/* Plans: what is sold, until it is retired. */
#include "given.h"
#include "google/protobuf/field_mask.pb-c.h"
#include "kith_methods.h"
#include "member/member.h"

static Member__Plan plan_of(struct suite *s, const char *community, const char *plan_id)
{
	Member__GetPlanRequest request = MEMBER__GET_PLAN_REQUEST__INIT;
	Member__Plan plan = MEMBER__PLAN__INIT;

	request.community_id = community;
	request.plan_id = plan_id;
	EXPECT_OK(suite_call_as_platform(s, method_member_get_plan, &request, &plan));

	return plan;
}

static struct outcome update(struct suite *s, const char *community, const char *plan_id,
			     Member__Plan *wanted, const char *field, Member__Plan *ret)
{
	Member__UpdatePlanRequest request = MEMBER__UPDATE_PLAN_REQUEST__INIT;
	Google__Protobuf__FieldMask mask = GOOGLE__PROTOBUF__FIELD_MASK__INIT;
	char *paths[] = {(char *)field};

	mask.paths = paths;
	mask.n_paths = 1;
	request.community_id = community;
	request.plan_id = plan_id;
	request.plan = wanted;
	request.update_mask = &mask;

	return suite_call(s, method_member_update_plan, &request, ret);
}

static void an_admin_offers_and_changes_a_plan(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .owner = "ann");
	Member__CreatePlanRequest request = MEMBER__CREATE_PLAN_REQUEST__INIT;
	Member__Plan wanted = MEMBER__PLAN__INIT, made = MEMBER__PLAN__INIT;
	const char *benefits[] = {"all lessons", "a weekly call"};

	wanted.name = "Yearly";
	wanted.price = 9900;
	wanted.currency = "CNY";
	wanted.benefits = benefits;
	wanted.n_benefits = 2;
	request.community_id = community;
	request.plan = &wanted;
	as_person(s, person(s, "ann"));
	EXPECT_STATUS(suite_call(s, method_member_create_plan, &request, &made),
		      FAILED_PRECONDITION, "PLAN_WITHOUT_PERIOD");
	wanted.period_months = 12;
	EXPECT_OK(suite_call(s, method_member_create_plan, &request, &made));
	EXPECT_INT(made.n_benefits, 2);
	EXPECT_TEXT(made.benefits[1], "a weekly call");
	EXPECT_INT(made.state, MEMBER__PLAN_STATE__PLAN_STATE_ACTIVE);

	wanted.price = 8800;
	wanted.etag = made.etag;
	EXPECT_OK(update(s, community, made.plan_id, &wanted, "price", &made));
	EXPECT_INT(made.price, 8800);
	EXPECT_INT(made.period_months, 12);
	EXPECT_STATUS(update(s, community, made.plan_id, &wanted, "price", &made), ABORTED,
		      "ETAG_MISMATCH");
	wanted.etag = "";
	EXPECT_STATUS(update(s, community, made.plan_id, &wanted, "state", &made), INVALID_ARGUMENT,
		      "FIELD_NOT_CHANGEABLE");
	wanted.period_months = 0;
	EXPECT_STATUS(update(s, community, made.plan_id, &wanted, "period_months", &made),
		      FAILED_PRECONDITION, "PLAN_WITHOUT_PERIOD");
	EXPECT_OK(join(s, community, "bob"));
	as_person(s, person(s, "bob"));
	EXPECT_STATUS(suite_call(s, method_member_create_plan, &request, &made), PERMISSION_DENIED,
		      NULL);
	as_platform(s);
}

static void a_retired_plan_stays_as_it_was(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);
	const char *plan = given_plan(s, community, 3), *other = given_plan(s, community, 3);
	Member__RetirePlanRequest request = MEMBER__RETIRE_PLAN_REQUEST__INIT;
	Member__ListPlansRequest list = MEMBER__LIST_PLANS_REQUEST__INIT;
	Member__ListPlansResponse page = MEMBER__LIST_PLANS_RESPONSE__INIT;
	Member__Plan wanted = MEMBER__PLAN__INIT, got = MEMBER__PLAN__INIT;

	as_platform(s);
	request.community_id = community;
	request.plan_id = plan;
	EXPECT_OK(suite_call(s, method_member_retire_plan, &request, &got));
	EXPECT_OK(suite_call(s, method_member_retire_plan, &request, &got));
	EXPECT_TEXT(plan_of(s, community, plan).etag, "2");
	wanted.name = "New name";
	EXPECT_STATUS(update(s, community, plan, &wanted, "name", &got), FAILED_PRECONDITION,
		      "PLAN_RETIRED");
	EXPECT_OK(update(s, community, other, &wanted, "name", &got));
	request.plan_id = community;
	EXPECT_STATUS(suite_call(s, method_member_retire_plan, &request, &got), NOT_FOUND,
		      "PLAN_NOT_FOUND");

	list.community_id = community;
	list.page_size = 1;
	EXPECT_OK(suite_call(s, method_member_list_plans, &list, &page));
	EXPECT_TEXT(page.plans[0]->plan_id, other);
	list.page_token = page.next_page_token;
	EXPECT_OK(suite_call(s, method_member_list_plans, &list, &page));
	EXPECT_TEXT(page.plans[0]->plan_id, plan);
	list.page_token = "";
	list.state = MEMBER__PLAN_STATE__PLAN_STATE_ACTIVE;
	EXPECT_OK(suite_call(s, method_member_list_plans, &list, &page));
	EXPECT_INT(page.n_plans, 1);
	EXPECT_TEXT(page.next_page_token, "");
}

static int start(void **state)
{
	return suite_setup(state, (const struct service *const[]){&member_service, NULL});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_admin_offers_and_changes_a_plan),
		cmocka_unit_test(a_retired_plan_stays_as_it_was),
	};

	return cmocka_run_group_tests_name("member: plans", tests, start, suite_teardown);
}
