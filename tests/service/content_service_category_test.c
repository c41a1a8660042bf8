/* Type services: what each type brings, what a community makes of it, and where nothing is. */
#include <string.h>

#include "base/clock.h"
#include "content_words.h"
#include "kith/content/v1/service_category.pb-c.h"
#include "kith/content/v1/topic.pb-c.h"
#include "kith_methods.h"

#define TYPE(name) MEMBER__COMMUNITY_TYPE__COMMUNITY_TYPE_##name

typedef Content__ServiceCatalogue catalogue;

static catalogue catalogue_of(struct suite *s, const char *community, const char *locale)
{
	Content__GetServiceCatalogueRequest request = CONTENT__GET_SERVICE_CATALOGUE_REQUEST__INIT;
	catalogue list = CONTENT__SERVICE_CATALOGUE__INIT;

	request.community_id = community;
	request.locale = locale;
	EXPECT_OK(suite_call_as_platform(s, method_content_get_service_catalogue, &request, &list));

	return list;
}

static const Content__ServiceCategory *in(const catalogue *list, const char *category)
{
	for (size_t i = 0; i < list->n_categories; i++)
		if (strcmp(list->categories[i]->category, category) == 0)
			return list->categories[i];
	fail_msg("no category %s", category);
	return NULL;
}

static struct outcome update(struct suite *s, const char *community,
			     Content__ServiceCategory *wanted, size_t n, catalogue *ret)
{
	Content__UpdateServiceCategoriesRequest request =
		CONTENT__UPDATE_SERVICE_CATEGORIES_REQUEST__INIT;
	Content__ServiceCategory *list[100];

	for (size_t i = 0; i < n; i++)
		list[i] = &wanted[i];
	request.community_id = community;
	request.categories = list;
	request.n_categories = n;
	content__service_catalogue__init(ret);

	return suite_call(s, method_content_update_service_categories, &request, ret);
}

static void post_about(struct suite *s, const char *community, const char *topic,
		       const char *days_ago)
{
	Content__CreatePostRequest request = CONTENT__CREATE_POST_REQUEST__INIT;
	Content__Post post = CONTENT__POST__INIT, made = CONTENT__POST__INIT;

	post.author_person_id = person(s, "ann");
	post.body = "words";
	post.topic = topic;
	request.community_id = community;
	request.post = &post;
	EXPECT_OK(suite_call_as_platform(s, method_content_create_post, &request, &made));
	postgres_int(suite_database(s),
		     "UPDATE content.post SET publish_time = publish_time - interval '%s days' "
		     "WHERE post_id = '%s'",
		     days_ago, made.post_id);
}

static void each_type_brings_categories_of_its_own(void **state)
{
	static const struct {
		Member__CommunityType type;
		const char *category, *title[2];
	} cases[] = {
		{TYPE(INDUSTRY), "industry-news", {"Industry news", "行业动态"}},
		{TYPE(INTEREST), "tutorials", {"Tutorials", "教程"}},
		{TYPE(REGION), "local-information", {"Local information", "本地资讯"}},
		{TYPE(PRODUCT), "product-help", {"Product help", "使用答疑"}},
		{TYPE(LEARNING), "study-material", {"Study material", "学习资料"}},
	};
	struct suite *s = *state;

	for (size_t i = 0; i < 5; i++) {
		const char *community = given_community(s, .type = cases[i].type);
		catalogue english = catalogue_of(s, community, "de");
		catalogue chinese = catalogue_of(s, community, "zh-Hans");

		EXPECT_INT(english.type, cases[i].type);
		EXPECT_INT(english.n_categories, 3);
		EXPECT_INT(english.missing_count, 3);
		EXPECT_TEXT(english.categories[0]->category, cases[i].category);
		EXPECT_TEXT(english.categories[0]->title, cases[i].title[0]);
		EXPECT_TEXT(chinese.categories[0]->title, cases[i].title[1]);
		EXPECT_INT(english.categories[0]->n_topics, 2);
		assert_true(english.categories[0]->description[0]);
		EXPECT_INT(english.categories[0]->enabled, 1);
		EXPECT_INT(english.categories[0]->own, 0);
	}
}

static void what_is_missing_is_said(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .type = TYPE(INTEREST));
	Content__CreateTopicRequest create = CONTENT__CREATE_TOPIC_REQUEST__INIT;
	Content__UpdateTopicRequest rename = CONTENT__UPDATE_TOPIC_REQUEST__INIT;
	Content__Topic topic = CONTENT__TOPIC__INIT, made = CONTENT__TOPIC__INIT;
	catalogue list;

	EXPECT_OK(join(s, community, "ann"));
	suite_settle(s);
	as_platform(s);
	post_about(s, community, "Tutorials", "1");
	post_about(s, community, "教程", "8");
	post_about(s, community, "教程", "31");
	post_about(s, community, "Shared experience", "31");
	post_about(s, community, "something else", "0");
	list = catalogue_of(s, community, "");
	EXPECT_INT(list.missing_count, 2);
	EXPECT_INT(in(&list, "tutorials")->post_count, 2);
	EXPECT_INT(in(&list, "tutorials")->missing, 0);
	EXPECT_INT(in(&list, "tutorials")->overdue, 0);
	EXPECT_INT(in(&list, "experience")->post_count, 0);
	EXPECT_INT(in(&list, "experience")->missing, 1);
	EXPECT_INT(in(&list, "experience")->overdue, 1);
	assert_non_null(in(&list, "experience")->last_post_time);
	assert_null(in(&list, "questions")->last_post_time);

	/* Posts belong by what their topic means, whatever it is called now. */
	topic.topic = "something else";
	create.community_id = rename.community_id = community;
	create.topic = rename.topic = &topic;
	EXPECT_OK(suite_call(s, method_content_create_topic, &create, &made));
	rename.topic_id = made.topic_id;
	topic.topic = "Questions and answers";
	EXPECT_OK(suite_call(s, method_content_update_topic, &rename, &made));
	list = catalogue_of(s, community, "");
	EXPECT_INT(in(&list, "questions")->post_count, 1);
	EXPECT_INT(list.missing_count, 1);
}

static void a_community_words_drops_and_adds(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .owner = "olga", .type = TYPE(REGION));
	Content__ResetServiceCategoriesRequest reset =
		CONTENT__RESET_SERVICE_CATEGORIES_REQUEST__INIT;
	Content__ServiceCategory wanted[51];
	const char *topics[] = {"weather", "traffic"}, *first = "local-information";
	catalogue list;

	for (size_t i = 0; i < 51; i++)
		content__service_category__init(&wanted[i]);
	EXPECT_OK(join(s, community, "ann"));
	suite_settle(s);
	wanted[0].category = "local-information";
	wanted[0].enabled = true;
	wanted[0].topics = topics;
	wanted[0].n_topics = 2;
	wanted[0].cadence_days = 30;
	wanted[1].category = "living-here";
	wanted[2].category = "dialect";
	wanted[2].enabled = true;
	wanted[2].title = "Our words";
	as_named(s, "olga");
	EXPECT_OK(update(s, community, wanted, 3, &list));
	EXPECT_INT(list.n_categories, 4);
	EXPECT_INT(list.missing_count, 3);
	EXPECT_TEXT(in(&list, "local-information")->title, "Local information");
	EXPECT_TEXT(in(&list, "local-information")->topics[1], "traffic");
	EXPECT_INT(in(&list, "local-information")->own, 1);
	EXPECT_INT(in(&list, "living-here")->enabled, 0);
	EXPECT_INT(in(&list, "living-here")->missing, 0);
	EXPECT_TEXT(list.categories[3]->category, "dialect");
	EXPECT_TEXT(list.categories[3]->topics[0], "Our words");
	post_about(s, community, "weather", "29");
	post_about(s, community, "Local information", "0");
	list = catalogue_of(s, community, "");
	EXPECT_INT(in(&list, "local-information")->post_count, 1);
	EXPECT_INT(in(&list, "local-information")->overdue, 0);

	as_named(s, "ann");
	EXPECT_STATUS(update(s, community, wanted, 1, &list), PERMISSION_DENIED, "RANK_TOO_LOW");
	as_named(s, "olga");
	wanted[1].category = "dialect";
	wanted[1].title = "Once more";
	EXPECT_STATUS(update(s, community, wanted, 3, &list), INVALID_ARGUMENT, "CATEGORY_TWICE");
	wanted[2].category = "no-title";
	wanted[2].title = "";
	{
		struct outcome outcome = update(s, community, wanted, 3, &list);

		EXPECT_STATUS(outcome, INVALID_ARGUMENT, NULL);
		assert_true(outcome_names(&outcome, "categories[2].title"));
	}
	reset.community_id = community;
	reset.categories = &first;
	reset.n_categories = 1;
	content__service_catalogue__init(&list);
	EXPECT_OK(suite_call(s, method_content_reset_service_categories, &reset, &list));
	EXPECT_INT(list.n_categories, 4);
	EXPECT_INT(in(&list, "local-information")->own, 0);
	EXPECT_INT(in(&list, "local-information")->cadence_days, 2);
	EXPECT_INT(in(&list, "living-here")->own, 1);
	reset.n_categories = 0;
	content__service_catalogue__init(&list);
	EXPECT_OK(suite_call(s, method_content_reset_service_categories, &reset, &list));
	EXPECT_INT(list.n_categories, 3);
	as_platform(s);
}

static void there_is_an_end_to_categories(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);
	Content__ServiceCategory wanted[50];
	catalogue list;

	suite_settle(s);
	for (int round = 0; round < 3; round++) {
		struct outcome outcome;

		for (int i = 0; i < 50; i++) {
			content__service_category__init(&wanted[i]);
			wanted[i].category =
				arena_printf(suite_arena(s), "number-%d", 50 * round + i);
			wanted[i].title = "One more";
		}
		outcome = update(s, community, wanted, round < 2 ? 50 : 1, &list);
		if (round < 2)
			EXPECT_OK(outcome);
		else
			EXPECT_STATUS(outcome, RESOURCE_EXHAUSTED, "TOO_MANY_CATEGORIES");
	}
	list = catalogue_of(s, community, "");
	EXPECT_INT(list.n_categories, 103);
	EXPECT_INT(list.missing_count, 3);
}

static void a_community_of_another_type_is_offered_other_things(void **state)
{
	static char *paths[] = {"type"};
	struct suite *s = *state;
	const char *community = given_community(s, .type = TYPE(INTEREST));
	Member__UpdateCommunityRequest request = MEMBER__UPDATE_COMMUNITY_REQUEST__INIT;
	Google__Protobuf__FieldMask mask = GOOGLE__PROTOBUF__FIELD_MASK__INIT;
	Member__Community wanted = MEMBER__COMMUNITY__INIT, made = wanted;
	int64_t until = clock_mono_us() + 20000000;

	EXPECT_INT(catalogue_of(s, community, "").type, TYPE(INTEREST));
	mask.paths = paths;
	mask.n_paths = 1;
	wanted.type = TYPE(LEARNING);
	request.community_id = community;
	request.community = &wanted;
	request.update_mask = &mask;
	EXPECT_OK(suite_call(s, method_member_update_community, &request, &made));
	while (catalogue_of(s, community, "").type != TYPE(LEARNING))
		assert_true(clock_mono_us() < until);
	EXPECT_TEXT(catalogue_of(s, community, "").categories[1]->category, "exercises");

	/* Told by an older version of Kith, which did not tell it. */
	postgres_int(suite_database(s),
		     "UPDATE content.replica_community SET type = NULL WHERE community_id = '%s'",
		     community);
	EXPECT_INT(catalogue_of(s, community, "").type, TYPE(LEARNING));
	EXPECT_TEXT(postgres_text(suite_database(s),
				  "SELECT type FROM content.replica_community WHERE community_id = "
				  "'%s'",
				  community),
		    "LEARNING");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_type_brings_categories_of_its_own),
		cmocka_unit_test(what_is_missing_is_said),
		cmocka_unit_test(a_community_words_drops_and_adds),
		cmocka_unit_test(there_is_an_end_to_categories),
		cmocka_unit_test(a_community_of_another_type_is_offered_other_things),
	};

	return cmocka_run_group_tests(tests, content_setup, suite_teardown);
}
