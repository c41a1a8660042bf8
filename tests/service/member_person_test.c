/* Persons: registered, read by themselves, changed. */
#include "base/id.h"
#include "given.h"
#include "kith/member/v1/person.pb-c.h"
#include "kith_methods.h"
#include "member/member.h"

static struct outcome create(struct suite *s, Member__Person *wanted, Member__Person *made)
{
	Member__CreatePersonRequest request = MEMBER__CREATE_PERSON_REQUEST__INIT;

	request.person = wanted;

	return suite_call(s, method_member_create_person, &request, made);
}

static struct outcome get(struct suite *s, const char *person_id, Member__Person *ret)
{
	Member__GetPersonRequest request = MEMBER__GET_PERSON_REQUEST__INIT;

	request.person_id = person_id;

	return suite_call(s, method_member_get_person, &request, ret);
}

static struct outcome update(struct suite *s, const char *person_id, Member__Person *wanted,
			     const char *path, Member__Person *ret)
{
	Member__UpdatePersonRequest request = MEMBER__UPDATE_PERSON_REQUEST__INIT;
	Google__Protobuf__FieldMask mask = GOOGLE__PROTOBUF__FIELD_MASK__INIT;

	mask.paths = (char **)&path;
	mask.n_paths = 1;
	request.person_id = person_id;
	request.person = wanted;
	request.update_mask = path ? &mask : NULL;

	return suite_call(s, method_member_update_person, &request, ret);
}

static void person_is_read_as_he_was_registered(void **state)
{
	struct suite *s = *state;
	Member__Person wanted = MEMBER__PERSON__INIT, made = MEMBER__PERSON__INIT;
	Member__Person read = MEMBER__PERSON__INIT;

	wanted.display_name = "安娜";
	wanted.locale = "zh-CN";
	wanted.time_zone = "Asia/Shanghai";
	EXPECT_OK(create(s, &wanted, &made));
	EXPECT_OK(get(s, made.person_id, &read));
	EXPECT_TEXT(read.display_name, "安娜");
	EXPECT_TEXT(read.locale, "zh-CN");
	EXPECT_TEXT(read.time_zone, "Asia/Shanghai");
	EXPECT_TEXT(read.external_id, "");
	assert_non_null(read.create_time);
}

static void external_id_makes_the_id_and_is_unique(void **state)
{
	struct suite *s = *state;
	Member__LookupPersonRequest request = MEMBER__LOOKUP_PERSON_REQUEST__INIT;
	Member__Person wanted = MEMBER__PERSON__INIT, made = MEMBER__PERSON__INIT;
	Member__Person found = MEMBER__PERSON__INIT;
	char id[ID_SIZE];

	wanted.external_id = "crm-7";
	EXPECT_OK(create(s, &wanted, &made));
	id_of("person", "crm-7", id);
	EXPECT_TEXT(made.person_id, id);
	EXPECT_STATUS(create(s, &wanted, &made), ALREADY_EXISTS, "PERSON_EXTERNAL_ID_TAKEN");
	request.external_id = "crm-7";
	EXPECT_OK(suite_call(s, method_member_lookup_person, &request, &found));
	EXPECT_TEXT(found.person_id, id);
	request.external_id = "crm-8";
	EXPECT_STATUS(suite_call(s, method_member_lookup_person, &request, &found), NOT_FOUND,
		      "PERSON_NOT_FOUND");
}

static void person_reads_himself_and_nobody_else(void **state)
{
	struct suite *s = *state;
	const char *ann = person(s, "ann"), *bob = person(s, "bob");
	Member__Person read = MEMBER__PERSON__INIT;

	as_person(s, ann);
	EXPECT_OK(get(s, ann, &read));
	EXPECT_STATUS(get(s, bob, &read), PERMISSION_DENIED, NULL);
	as_platform(s);
	EXPECT_OK(get(s, bob, &read));
	EXPECT_STATUS(get(s, "11111111-1111-4111-8111-111111111111", &read), NOT_FOUND,
		      "PERSON_NOT_FOUND");
}

static void update_keeps_what_the_mask_leaves_out(void **state)
{
	struct suite *s = *state;
	const char *ann = person(s, "anna");
	Member__Person wanted = MEMBER__PERSON__INIT, after = MEMBER__PERSON__INIT;

	wanted.display_name = "Anna K";
	wanted.locale = "de";
	EXPECT_OK(update(s, ann, &wanted, "locale", &after));
	EXPECT_TEXT(after.display_name, "anna");
	EXPECT_TEXT(after.locale, "de");
	EXPECT_OK(update(s, ann, &wanted, NULL, &after));
	EXPECT_TEXT(after.display_name, "Anna K");
	EXPECT_STATUS(update(s, ann, &wanted, "external_id", &after), INVALID_ARGUMENT,
		      "FIELD_NOT_CHANGEABLE");
}

static void stale_etag_and_bad_zone_are_refused(void **state)
{
	struct suite *s = *state;
	const char *ann = person(s, "annette");
	Member__Person wanted = MEMBER__PERSON__INIT, after = MEMBER__PERSON__INIT;

	EXPECT_OK(get(s, ann, &after));
	wanted.etag = after.etag;
	wanted.locale = "fr";
	EXPECT_OK(update(s, ann, &wanted, NULL, &after));
	EXPECT_STATUS(update(s, ann, &wanted, NULL, &after), ABORTED, "ETAG_MISMATCH");
	wanted.etag = "";
	wanted.time_zone = "Mars/Olympus";
	EXPECT_STATUS(update(s, ann, &wanted, NULL, &after), INVALID_ARGUMENT, "BAD_TIME_ZONE");
	EXPECT_STATUS(create(s, &wanted, &after), INVALID_ARGUMENT, "BAD_TIME_ZONE");
	EXPECT_STATUS(update(s, "11111111-1111-4111-8111-111111111111",
			     &(Member__Person)MEMBER__PERSON__INIT, "locale", &after),
		      NOT_FOUND, "PERSON_NOT_FOUND");
}

static int start(void **state)
{
	return suite_setup(state, (const struct service *const[]){&member_service, NULL});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(person_is_read_as_he_was_registered),
		cmocka_unit_test(external_id_makes_the_id_and_is_unique),
		cmocka_unit_test(person_reads_himself_and_nobody_else),
		cmocka_unit_test(update_keeps_what_the_mask_leaves_out),
		cmocka_unit_test(stale_etag_and_bad_zone_are_refused),
	};

	return cmocka_run_group_tests_name("member: persons", tests, start, suite_teardown);
}
