/* Profiles: what a person says of himself, in which form, and that no more than so much is kept. */
#include "given.h"
#include "kith/member/v1/profile.pb-c.h"
#include "kith_methods.h"
#include "member/member.h"
#include "member/sight.h"

#define ATTRIBUTES_MAX 100
#define CROWD          64

static struct outcome profile(struct suite *s, const char *person_id, Member__Profile *ret)
{
	Member__GetProfileRequest request = MEMBER__GET_PROFILE_REQUEST__INIT;

	request.person_id = person_id;
	member__profile__init(ret);

	return suite_call(s, method_member_get_profile, &request, ret);
}

static struct outcome public_profile(struct suite *s, const char *person_id, Member__Profile *ret)
{
	Member__GetPublicProfileRequest request = MEMBER__GET_PUBLIC_PROFILE_REQUEST__INIT;

	request.person_id = person_id;
	member__profile__init(ret);

	return suite_call(s, method_member_get_public_profile, &request, ret);
}

static struct outcome update(struct suite *s, const char *person_id, Member__Attribute **attributes,
			     size_t n, Member__Profile *ret)
{
	Member__UpdateProfileRequest request = MEMBER__UPDATE_PROFILE_REQUEST__INIT;

	request.person_id = person_id;
	request.attributes = attributes;
	request.n_attributes = n;
	member__profile__init(ret);

	return suite_call(s, method_member_update_profile, &request, ret);
}

static struct outcome set(struct suite *s, const char *person_id, const char *name,
			  const char *value)
{
	Member__Attribute attribute = MEMBER__ATTRIBUTE__INIT, *attributes = &attribute;
	Member__Profile after;

	attribute.name = name;
	attribute.value = value;

	return update(s, person_id, &attributes, 1, &after);
}

static void person_says_things_and_takes_them_back(void **state)
{
	struct suite *s = *state;
	const char *ann = person(s, "ann"), *removed[] = {"region", "never_said"};
	Member__UpdateProfileRequest request = MEMBER__UPDATE_PROFILE_REQUEST__INIT;
	Member__Profile after;

	as_person(s, ann);
	EXPECT_OK(set(s, ann, "region", "杭州"));
	EXPECT_OK(set(s, ann, "birth_year", "1990"));
	EXPECT_OK(set(s, ann, "region", "苏州"));
	EXPECT_OK(profile(s, ann, &after));
	EXPECT_TEXT(after.display_name, "ann");
	EXPECT_INT(after.n_attributes, 2);
	EXPECT_TEXT(after.attributes[0]->name, "birth_year");
	EXPECT_TEXT(after.attributes[1]->value, "苏州");
	EXPECT_INT(after.attributes[1]->visibility, MEMBER__VISIBILITY__VISIBILITY_MEMBERS);
	assert_non_null(after.attributes[1]->update_time);

	request.person_id = ann;
	request.removed_names = removed;
	request.n_removed_names = 2;
	member__profile__init(&after);
	EXPECT_OK(suite_call(s, method_member_update_profile, &request, &after));
	EXPECT_INT(after.n_attributes, 1);
	EXPECT_TEXT(after.attributes[0]->name, "birth_year");
	as_platform(s);
}

static void of_one_name_given_twice_the_last_counts(void **state)
{
	struct suite *s = *state;
	Member__Attribute one = MEMBER__ATTRIBUTE__INIT, two = MEMBER__ATTRIBUTE__INIT;
	Member__Attribute *both[] = {&one, &two};
	Member__Profile after;

	one.name = two.name = "hobby";
	one.value = "chess";
	two.value = "go";
	EXPECT_OK(update(s, person(s, "twice"), both, 2, &after));
	EXPECT_INT(after.n_attributes, 1);
	EXPECT_TEXT(after.attributes[0]->value, "go");
}

static void known_attributes_have_their_form(void **state)
{
	static const struct {
		const char *name, *value;
		bool good;
	} cases[] = {
		{"gender", "female", true},      {"gender", "F", false},
		{"birth_year", "1900", true},    {"birth_year", "1899", false},
		{"birth_year", "2999", false},   {"birth_year", "90s", false},
		{"phone", "+86 138-1234", true}, {"phone", "call me", false},
		{"phone", "+-()", false},        {"email", "a@x.org", true},
		{"email", "x.org", false},       {"email", "a@b@c", false},
		{"email", "@x.org", false},      {"email", "a b@x.org", false},
		{"favourite_tea", "龙井", true}, {"a", "b", true},
		{"Region", "north", false},      {"1st", "x", false},
		{"attributes.x", "x", false},    {"_x", "x", false},
		{"region", "", false},           {"", "x", false},
	};
	struct suite *s = *state;
	const char *fay = person(s, "fay");

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct outcome outcome = set(s, fay, cases[i].name, cases[i].value);
		const char *field = cases[i].value[0] ? "attributes[0].name" : NULL;

		if (cases[i].good) {
			EXPECT_OK(outcome);
			continue;
		}
		assert_int_equal(outcome.status, STATUS_INVALID_ARGUMENT);
		if (cases[i].name[0] && cases[i].value[0]) {
			EXPECT_STATUS(outcome, INVALID_ARGUMENT, "BAD_ATTRIBUTE");
			assert_true(outcome_names(&outcome, field) ||
				    outcome_names(&outcome, "attributes[0].value"));
		}
	}
}

static void personal_attributes_are_always_masked(void **state)
{
	struct suite *s = *state;
	const char *gus = person(s, "gus");
	Member__Profile after;

	EXPECT_OK(set(s, gus, "phone", "13812345678"));
	EXPECT_OK(set(s, gus, "city", "Hangzhou"));
	EXPECT_OK(profile(s, gus, &after));
	EXPECT_INT(after.attributes[0]->masked, false);
	EXPECT_INT(after.attributes[1]->masked, true);
	EXPECT_TEXT(after.attributes[1]->value, "13812345678");
}

static void strangers_see_what_is_public_and_not_that_there_is_more(void **state)
{
	struct suite *s = *state;
	const char *hal = person(s, "hal");
	Member__Attribute shown = MEMBER__ATTRIBUTE__INIT, hidden = MEMBER__ATTRIBUTE__INIT;
	Member__Attribute mail = MEMBER__ATTRIBUTE__INIT, *all[] = {&shown, &hidden, &mail};
	Member__Profile after;

	shown.name = "motto";
	shown.value = "onwards";
	shown.visibility = MEMBER__VISIBILITY__VISIBILITY_PUBLIC;
	hidden.name = "salary";
	hidden.value = "12";
	mail.name = "email";
	mail.value = "hal@x.org";
	mail.visibility = MEMBER__VISIBILITY__VISIBILITY_PUBLIC;
	EXPECT_OK(update(s, hal, all, 3, &after));
	as_person(s, person(s, "stranger"));
	EXPECT_OK(public_profile(s, hal, &after));
	EXPECT_INT(after.n_attributes, 2);
	EXPECT_TEXT(after.attributes[0]->value, "h***@x.org");
	EXPECT_TEXT(after.attributes[1]->value, "onwards");
	EXPECT_TEXT(after.time_zone, "");
	EXPECT_STATUS(profile(s, hal, &after), PERMISSION_DENIED, NULL);
	EXPECT_STATUS(set(s, hal, "motto", "backwards"), PERMISSION_DENIED, NULL);
	as_platform(s);
}

static void who_is_not_there_has_no_profile(void **state)
{
	struct suite *s = *state;
	const char *nobody = "11111111-1111-4111-8111-111111111111";
	Member__Profile none;

	EXPECT_STATUS(profile(s, nobody, &none), NOT_FOUND, "PERSON_NOT_FOUND");
	EXPECT_STATUS(public_profile(s, nobody, &none), NOT_FOUND, "PERSON_NOT_FOUND");
	EXPECT_STATUS(set(s, nobody, "region", "x"), NOT_FOUND, "PERSON_NOT_FOUND");
}

/* 64 at once, with 90 there: ten of them find room, whoever they are. */
static void a_hundred_attributes_and_no_more_whoever_comes_at_once(void **state)
{
	struct suite *s = *state;
	const char *ida = person(s, "ida");
	Member__UpdateProfileRequest requests[CROWD];
	Member__Attribute attributes[CROWD], *pointers[CROWD];
	const void *asked[CROWD];
	struct outcome outcomes[CROWD];
	Member__Profile after;
	int refused = 0;

	for (int i = 0; i < ATTRIBUTES_MAX - 10; i++)
		EXPECT_OK(set(s, ida, arena_printf(suite_arena(s), "was_%d", i), "there"));
	for (int i = 0; i < CROWD; i++) {
		member__attribute__init(&attributes[i]);
		attributes[i].name = arena_printf(suite_arena(s), "new_%d", i);
		attributes[i].value = "x";
		pointers[i] = &attributes[i];
		member__update_profile_request__init(&requests[i]);
		requests[i].person_id = ida;
		requests[i].attributes = &pointers[i];
		requests[i].n_attributes = 1;
		asked[i] = &requests[i];
	}
	suite_call_at_once(s, method_member_update_profile, CROWD, asked, NULL, NULL, outcomes);
	for (int i = 0; i < CROWD; i++) {
		if (outcomes[i].status == STATUS_OK)
			continue;
		EXPECT_STATUS(outcomes[i], RESOURCE_EXHAUSTED, "TOO_MANY_ATTRIBUTES");
		refused++;
	}
	EXPECT_INT(refused, CROWD - 10);
	EXPECT_OK(profile(s, ida, &after));
	EXPECT_INT(after.n_attributes, ATTRIBUTES_MAX);
	EXPECT_OK(set(s, ida, "was_1", "changed"));
}

static void facets_of_his_memberships_are_looked_at_again(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .owner = "joe"), *joe = person(s, "joe");
	struct postgres *db = suite_database(s);

	postgres_int(db,
		     "UPDATE member.membership SET indexed_version = version "
		     "WHERE community_id = '%s' RETURNING 1",
		     community);
	EXPECT_OK(set(s, joe, "region", "north"));
	EXPECT_INT(postgres_int(db,
				"SELECT indexed_version FROM member.membership "
				"WHERE community_id = '%s'",
				community),
		   0);
}

static void masks_keep_the_shape_and_nothing_else(void **state)
{
	static const struct {
		const char *name, *value, *mask;
	} cases[] = {
		{"phone", "13812345678", "138****5678"},
		{"phone", "+86 138-1234-5678", "+86 138-****-5678"},
		{"phone", "415-555-2671", "415-5**-**71"},
		{"phone", "1234567", "1****67"},
		{"phone", "12345", "1***5"},
		{"phone", "１３８１２３４５６７８", "１***８"},
		{"email", "alice@x.org", "a***@x.org"},
		{"email", "王小明@例子.中国", "王***@例子.中国"},
		{"email", "a@x.org", "***@x.org"},
		{"email", "@", "***@"},
		{"real_name", "王明", "王*"},
		{"real_name", "欧阳小明", "欧***"},
		{"real_name", "王", "*"},
		{"wechat", "wx_panda", "w***a"},
		{"address", "西湖区北山街1号", "西***号"},
		{"free", "😀ab😎", "😀***😎"},
		{"free", "abc", "a***"},
		{"free", "ab", "a***"},
		{"free", "a", "***"},
		{"free", "", "***"},
	};
	struct suite *s = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		EXPECT_TEXT(sight_mask(suite_arena(s), cases[i].name, cases[i].value),
			    cases[i].mask);
}

static int start(void **state)
{
	return suite_setup(state, (const struct service *const[]){&member_service, NULL});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(person_says_things_and_takes_them_back),
		cmocka_unit_test(of_one_name_given_twice_the_last_counts),
		cmocka_unit_test(known_attributes_have_their_form),
		cmocka_unit_test(personal_attributes_are_always_masked),
		cmocka_unit_test(strangers_see_what_is_public_and_not_that_there_is_more),
		cmocka_unit_test(who_is_not_there_has_no_profile),
		cmocka_unit_test(a_hundred_attributes_and_no_more_whoever_comes_at_once),
		cmocka_unit_test(facets_of_his_memberships_are_looked_at_again),
		cmocka_unit_test(masks_keep_the_shape_and_nothing_else),
	};

	return cmocka_run_group_tests_name("member: profiles", tests, start, suite_teardown);
}
