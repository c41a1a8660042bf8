/* Culture, welcome and strategy: the spirit and the means of a community. */
#include "given.h"
#include "kith/member/v1/culture.pb-c.h"
#include "kith/member/v1/strategy.pb-c.h"
#include "kith_methods.h"
#include "member/member.h"

#define OFFLINE MEMBER__STRATEGY_KIND__STRATEGY_KIND_OFFLINE_EVENTS

static struct outcome read_culture(struct suite *s, const char *community, Member__Culture *ret)
{
	Member__GetCultureRequest request = MEMBER__GET_CULTURE_REQUEST__INIT;

	request.community_id = community;
	member__culture__init(ret);

	return suite_call(s, method_member_get_culture, &request, ret);
}

static struct outcome update_culture(struct suite *s, const char *community,
				     Member__Culture *wanted, const char *path,
				     Member__Culture *ret)
{
	Member__UpdateCultureRequest request = MEMBER__UPDATE_CULTURE_REQUEST__INIT;
	Google__Protobuf__FieldMask mask = GOOGLE__PROTOBUF__FIELD_MASK__INIT;

	mask.paths = (char **)&path;
	mask.n_paths = 1;
	request.community_id = community;
	request.culture = wanted;
	request.update_mask = path ? &mask : NULL;
	member__culture__init(ret);

	return suite_call(s, method_member_update_culture, &request, ret);
}

static struct outcome read_strategy(struct suite *s, const char *community, const char *locale,
				    Member__Strategy *ret)
{
	Member__GetStrategyRequest request = MEMBER__GET_STRATEGY_REQUEST__INIT;

	request.community_id = community;
	request.locale = locale;
	member__strategy__init(ret);

	return suite_call(s, method_member_get_strategy, &request, ret);
}

static struct outcome change_item(struct suite *s, const char *community, size_t n,
				  Member__StrategyItem **items, Member__Strategy *ret)
{
	Member__UpdateStrategyRequest request = MEMBER__UPDATE_STRATEGY_REQUEST__INIT;

	request.community_id = community;
	request.items = items;
	request.n_items = n;
	member__strategy__init(ret);

	return suite_call(s, method_member_update_strategy, &request, ret);
}

static void archive(struct suite *s, const char *community)
{
	Member__ArchiveCommunityRequest request = MEMBER__ARCHIVE_COMMUNITY_REQUEST__INIT;
	Member__Community archived = MEMBER__COMMUNITY__INIT;

	request.community_id = community;
	EXPECT_OK(suite_call_as_platform(s, method_member_archive_community, &request, &archived));
}

static void culture_is_empty_until_something_is_said(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .owner = "ann");
	const char *values[] = {"be kind", "be on time"}, *rituals[] = {"tea on Fridays"};
	Member__Culture wanted = MEMBER__CULTURE__INIT, ret;
	Member__Anthem anthem = MEMBER__ANTHEM__INIT;

	as_person(s, person(s, "stranger"));
	EXPECT_OK(read_culture(s, community, &ret));
	EXPECT_INT(ret.n_values, 0);
	EXPECT_TEXT(ret.etag, "0");
	EXPECT_STATUS(update_culture(s, community, &wanted, NULL, &ret), PERMISSION_DENIED, NULL);

	as_person(s, person(s, "ann"));
	anthem.title = "Lanterns";
	wanted.values = values;
	wanted.n_values = 2;
	wanted.slogan = "Light for all";
	wanted.anthem = &anthem;
	EXPECT_OK(update_culture(s, community, &wanted, NULL, &ret));
	EXPECT_TEXT(ret.etag, "1");
	EXPECT_TEXT(ret.values[1], "be on time");
	EXPECT_TEXT(ret.anthem->title, "Lanterns");

	wanted = (Member__Culture)MEMBER__CULTURE__INIT;
	wanted.rituals = rituals;
	wanted.n_rituals = 1;
	wanted.etag = "1";
	EXPECT_OK(update_culture(s, community, &wanted, "rituals", &ret));
	EXPECT_INT(ret.n_values, 2); /* what the mask leaves out stays */
	EXPECT_TEXT(ret.rituals[0], "tea on Fridays");
	EXPECT_STATUS(update_culture(s, community, &wanted, "rituals", &ret), ABORTED,
		      "ETAG_MISMATCH");
	wanted.etag = "";
	EXPECT_STATUS(update_culture(s, community, &wanted, "community_id", &ret), INVALID_ARGUMENT,
		      "FIELD_NOT_CHANGEABLE");
	EXPECT_OK(update_culture(s, community, &wanted, "anthem", &ret));
	EXPECT_TEXT(ret.anthem->title, "");
	archive(s, community);
	as_platform(s);
	EXPECT_STATUS(update_culture(s, community, &wanted, "rituals", &ret), FAILED_PRECONDITION,
		      "COMMUNITY_ARCHIVED");
	EXPECT_STATUS(read_culture(s, "11111111-1111-4111-8111-111111111111", &ret), NOT_FOUND,
		      "COMMUNITY_NOT_FOUND");
}

static void too_long_a_value_is_refused_by_its_place(void **state)
{
	struct suite *s = *state;
	const char *values[] = {"short", arena_printf(suite_arena(s), "%201s", "long")};
	Member__Culture wanted = MEMBER__CULTURE__INIT, ret;

	as_platform(s);
	wanted.values = values;
	wanted.n_values = 2;
	EXPECT_STATUS(update_culture(s, given_community(s), &wanted, NULL, &ret), INVALID_ARGUMENT,
		      NULL);
}

static void welcome_tells_the_first_steps(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .name = "Lanterns",
						.join_mode = MEMBER__JOIN_MODE__JOIN_MODE_APPROVAL);
	Member__GetWelcomeRequest request = MEMBER__GET_WELCOME_REQUEST__INIT;
	Member__Culture wanted = MEMBER__CULTURE__INIT, culture;
	Member__Welcome welcome = MEMBER__WELCOME__INIT;

	as_platform(s);
	wanted.slogan = "Light for all";
	EXPECT_OK(update_culture(s, community, &wanted, NULL, &culture));
	postgres_text(suite_database(s),
		      "UPDATE member.community SET rules_version = 3 WHERE community_id = '%s'",
		      community);
	as_person(s, person(s, "stranger"));
	request.community_id = community;
	EXPECT_OK(suite_call(s, method_member_get_welcome, &request, &welcome));
	EXPECT_TEXT(welcome.name, "Lanterns");
	EXPECT_TEXT(welcome.culture->slogan, "Light for all");
	EXPECT_INT(welcome.rules_version, 3);
	EXPECT_INT(welcome.n_first_steps, 4);
	EXPECT_INT(welcome.first_steps[0], MEMBER__FIRST_STEP__FIRST_STEP_ASK_TO_JOIN);
	EXPECT_INT(welcome.first_steps[1], MEMBER__FIRST_STEP__FIRST_STEP_JOIN);
	EXPECT_INT(welcome.first_steps[2], MEMBER__FIRST_STEP__FIRST_STEP_ACCEPT_RULES);
	EXPECT_INT(welcome.first_steps[3], MEMBER__FIRST_STEP__FIRST_STEP_SAY_HELLO);
	archive(s, community);
	EXPECT_OK(suite_call(s, method_member_get_welcome, &request, &welcome));
	EXPECT_INT(welcome.n_first_steps, 0);
	request.community_id = "11111111-1111-4111-8111-111111111111";
	EXPECT_STATUS(suite_call(s, method_member_get_welcome, &request, &welcome), NOT_FOUND,
		      "COMMUNITY_NOT_FOUND");
}

static void each_type_brings_three_means_of_its_own(void **state)
{
	struct suite *s = *state;
	Member__Strategy strategy;

	as_platform(s);
	for (Member__CommunityType type = MEMBER__COMMUNITY_TYPE__COMMUNITY_TYPE_INDUSTRY;
	     type <= MEMBER__COMMUNITY_TYPE__COMMUNITY_TYPE_LEARNING; type++) {
		const char *community = given_community(s, .type = type);

		EXPECT_OK(read_strategy(s, community, "", &strategy));
		EXPECT_INT(strategy.type, type);
		EXPECT_INT(strategy.n_items, 3);
		for (size_t i = 0; i < 3; i++) {
			EXPECT_INT(strategy.items[i]->kind, 3 * (type - 1) + 1 + (int)i);
			assert_true(strategy.items[i]->enabled);
			assert_false(strategy.items[i]->own);
			assert_true(strategy.items[i]->text[0]);
		}
	}
}

static void strategy_speaks_chinese_and_english(void **state)
{
	struct suite *s = *state;
	const char *community =
		given_community(s, .type = MEMBER__COMMUNITY_TYPE__COMMUNITY_TYPE_REGION);
	Member__Strategy strategy;

	as_platform(s);
	EXPECT_OK(read_strategy(s, community, "zh-CN", &strategy));
	EXPECT_TEXT(strategy.items[0]->title, "本地生活服务");
	EXPECT_OK(read_strategy(s, community, "fi", &strategy));
	EXPECT_TEXT(strategy.items[0]->title, "Services nearby");
	postgres_text(suite_database(s),
		      "UPDATE member.community SET locale = 'zh' WHERE community_id = '%s'",
		      community);
	EXPECT_OK(read_strategy(s, community, "", &strategy));
	EXPECT_TEXT(strategy.items[0]->title, "本地生活服务");
}

static void community_makes_items_its_own_and_takes_that_back(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .owner = "ann");
	Member__ResetStrategyRequest reset = MEMBER__RESET_STRATEGY_REQUEST__INIT;
	Member__StrategyItem item = MEMBER__STRATEGY_ITEM__INIT;
	Member__StrategyItem *items[] = {&item, &item};
	Member__Strategy strategy;

	as_person(s, person(s, "ann"));
	item.kind = OFFLINE; /* not an interest's */
	item.enabled = true;
	item.text = "A picnic";
	item.note = "in May";
	EXPECT_OK(change_item(s, community, 1, items, &strategy));
	EXPECT_INT(strategy.n_items, 4);
	EXPECT_INT(strategy.items[0]->kind, OFFLINE);
	EXPECT_TEXT(strategy.items[0]->text, "A picnic");
	EXPECT_TEXT(strategy.items[0]->note, "in May");
	assert_true(strategy.items[0]->own);
	item.kind = MEMBER__STRATEGY_KIND__STRATEGY_KIND_THEME_FESTIVAL;
	item.enabled = false;
	item.text = "";
	EXPECT_OK(change_item(s, community, 1, items, &strategy));
	assert_false(strategy.items[3]->enabled);
	assert_true(strategy.items[3]->text[0]); /* Kith's words where it has none of its own */
	EXPECT_STATUS(change_item(s, community, 2, items, &strategy), INVALID_ARGUMENT,
		      "ITEM_TWICE");

	reset.community_id = community;
	EXPECT_OK(suite_call(s, method_member_reset_strategy, &reset, &strategy));
	EXPECT_INT(strategy.n_items, 3);
	assert_true(strategy.items[2]->enabled);
	as_person(s, person(s, "bob"));
	EXPECT_STATUS(change_item(s, community, 1, items, &strategy), PERMISSION_DENIED, NULL);
	archive(s, community);
	as_platform(s);
	EXPECT_STATUS(change_item(s, community, 1, items, &strategy), FAILED_PRECONDITION,
		      "COMMUNITY_ARCHIVED");
	EXPECT_STATUS(read_strategy(s, "11111111-1111-4111-8111-111111111111", "", &strategy),
		      NOT_FOUND, "COMMUNITY_NOT_FOUND");
}

static int setup(void **state)
{
	static const struct service *const services[] = {&member_service, NULL};

	return suite_setup(state, services);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(culture_is_empty_until_something_is_said),
		cmocka_unit_test(too_long_a_value_is_refused_by_its_place),
		cmocka_unit_test(welcome_tells_the_first_steps),
		cmocka_unit_test(each_type_brings_three_means_of_its_own),
		cmocka_unit_test(strategy_speaks_chinese_and_english),
		cmocka_unit_test(community_makes_items_its_own_and_takes_that_back),
	};

	return cmocka_run_group_tests(tests, setup, suite_teardown);
}
