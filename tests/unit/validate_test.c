/* Validation: each demand of the contract is one violation with the field's path. */
#include "rpc/validate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/call.h"
#include "google/protobuf/field_mask.pb-c.h"
#include "google/protobuf/timestamp.pb-c.h"
#include "kith/member/v1/community.pb-c.h"
#include "kith/member/v1/import.pb-c.h"
#include "kith_methods.h"

#define ID "018f4e2a-7b3c-7def-8123-456789abcdef"

struct suite {
	struct arena arena;
	struct call call;
};

static int set_up(void **state)
{
	struct suite *s = calloc(1, sizeof(*s));

	s->call = (struct call){.arena = &s->arena};
	*state = s;

	return 0;
}

static int tear_down(void **state)
{
	struct suite *s = *state;

	arena_fini(&s->arena);
	free(s);

	return 0;
}

static void accept(struct suite *s, const struct method *method, const void *request)
{
	s->call.method = method;
	call_forgive(&s->call);
	if (validate_request(&s->call, request) != STATUS_OK)
		fail_msg("%s", s->call.fault.message);
}

/* Exactly these fields, in order. */
static void refuse(struct suite *s, const struct method *method, const void *request,
		   const char *fields)
{
	char got[1024] = "";

	s->call.method = method;
	call_forgive(&s->call);
	assert_int_equal(validate_request(&s->call, request), STATUS_INVALID_ARGUMENT);
	for (const struct violation *v = s->call.fault.violations; v; v = v->next) {
		size_t at = strlen(got);

		snprintf(got + at, sizeof(got) - at, "%s%s", at ? " " : "", v->field);
	}
	assert_string_equal(got, fields);
}

static void required_fields_must_be_there(void **state)
{
	Member__GetCommunityRequest get = MEMBER__GET_COMMUNITY_REQUEST__INIT;
	Member__CreateCommunityRequest create = MEMBER__CREATE_COMMUNITY_REQUEST__INIT;

	refuse(*state, method_member_get_community, &get, "community_id");
	refuse(*state, method_member_create_community, &create, "community");
	get.community_id = ID;
	accept(*state, method_member_get_community, &get);
}

static void ids_are_uuids(void **state)
{
	Member__GetCommunityRequest get = MEMBER__GET_COMMUNITY_REQUEST__INIT;

	get.community_id = "1; DROP TABLE community";
	refuse(*state, method_member_get_community, &get, "community_id");
}

static void nested_fields_have_their_path(void **state)
{
	Member__CreateCommunityRequest create = MEMBER__CREATE_COMMUNITY_REQUEST__INIT;
	Member__Community community = MEMBER__COMMUNITY__INIT;
	char name[202 * 2 + 1] = "";

	create.community = &community;
	accept(*state, method_member_create_community, &create);

	community.slug = "Not A Slug";
	community.capacity = -1;
	refuse(*state, method_member_create_community, &create,
	       "community.slug community.capacity");

	community.slug = "a-slug-9";
	community.capacity = 1000000000;
	for (int i = 0; i < 200; i++)
		memcpy(name + 2 * i, "ö", 2);
	community.name = name; /* 200 characters, 400 bytes */
	accept(*state, method_member_create_community, &create);
	memcpy(name + 400, "ö", 2);
	refuse(*state, method_member_create_community, &create, "community.name");
}

static void slugs_have_no_outer_hyphens(void **state)
{
	static const char *const bad[] = {"-a", "a-", "A", "a_b", "a.b"};
	Member__CreateCommunityRequest create = MEMBER__CREATE_COMMUNITY_REQUEST__INIT;
	Member__Community community = MEMBER__COMMUNITY__INIT;

	create.community = &community;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		community.slug = bad[i];
		refuse(*state, method_member_create_community, &create, "community.slug");
	}
}

static void enums_have_only_named_values(void **state)
{
	Member__ListCommunitiesRequest list = MEMBER__LIST_COMMUNITIES_REQUEST__INIT;

	list.type = MEMBER__COMMUNITY_TYPE__COMMUNITY_TYPE_REGION;
	accept(*state, method_member_list_communities, &list);
	list.type = 99;
	refuse(*state, method_member_list_communities, &list, "type");
}

static void pages_are_not_negative(void **state)
{
	Member__ListCommunitiesRequest list = MEMBER__LIST_COMMUNITIES_REQUEST__INIT;

	list.page_size = INT32_MAX;
	accept(*state, method_member_list_communities, &list);
	list.page_size = -1;
	refuse(*state, method_member_list_communities, &list, "page_size");
}

static void timestamps_are_within_four_digit_years(void **state)
{
	Member__CreateCommunityRequest create = MEMBER__CREATE_COMMUNITY_REQUEST__INIT;
	Member__Community community = MEMBER__COMMUNITY__INIT;
	Google__Protobuf__Timestamp time = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
	static const struct {
		int64_t seconds;
		int32_t nanos;
	} bad[] = {{-62135596801, 0}, {253402300800, 0}, {0, -1}, {0, 1000000000}, {INT64_MIN, 0}};

	create.community = &community;
	community.create_time = &time;
	time.seconds = 253402300799;
	time.nanos = 999999999;
	accept(*state, method_member_create_community, &create);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		time.seconds = bad[i].seconds;
		time.nanos = bad[i].nanos;
		refuse(*state, method_member_create_community, &create, "community.create_time");
	}
}

static void masks_name_fields(void **state)
{
	Member__UpdateCommunityRequest update = MEMBER__UPDATE_COMMUNITY_REQUEST__INIT;
	Member__Community community = MEMBER__COMMUNITY__INIT;
	Google__Protobuf__FieldMask mask = GOOGLE__PROTOBUF__FIELD_MASK__INIT;
	const char *good[] = {"name", "create_time.seconds"};
	const char *bad[] = {"name", "nope", "name.x", "", "."};

	update.community_id = ID;
	update.community = &community;
	update.update_mask = &mask;
	mask.paths = (char **)good;
	mask.n_paths = 2;
	accept(*state, method_member_update_community, &update);
	mask.paths = (char **)bad;
	mask.n_paths = 5;
	refuse(*state, method_member_update_community, &update,
	       "update_mask update_mask update_mask update_mask");
}

static void items_of_lists_have_their_index(void **state)
{
	Member__ImportCommunitiesRequest import = MEMBER__IMPORT_COMMUNITIES_REQUEST__INIT;
	Member__ImportedCommunity items[3], *pointers[1001];

	for (int i = 0; i < 3; i++) {
		member__imported_community__init(&items[i]);
		items[i].community_id = ID;
		items[i].external_id = "x";
	}
	for (int i = 0; i < 1001; i++)
		pointers[i] = &items[i < 3 ? i : 0];
	import.items = pointers;
	import.n_items = 3;
	items[1].community_id = "nope";
	items[2].external_id = "";
	refuse(*state, method_member_import_communities, &import,
	       "items[1].community_id items[2].external_id");
	items[1] = items[2] = items[0];
	import.n_items = 1000;
	accept(*state, method_member_import_communities, &import);
	import.n_items = 1001;
	refuse(*state, method_member_import_communities, &import, "items");
}

static void violations_are_told_only_so_many_times(void **state)
{
	struct suite *s = *state;
	Member__ImportCommunitiesRequest import = MEMBER__IMPORT_COMMUNITIES_REQUEST__INIT;
	Member__ImportedCommunity item = MEMBER__IMPORTED_COMMUNITY__INIT, *pointers[1000];
	size_t n = 0;

	for (int i = 0; i < 1000; i++)
		pointers[i] = &item;
	import.items = pointers;
	import.n_items = 1000;
	s->call.method = method_member_import_communities;
	assert_int_equal(validate_request(&s->call, &import.base), STATUS_INVALID_ARGUMENT);
	for (const struct violation *v = s->call.fault.violations; v; v = v->next)
		n++;
	assert_int_equal(n, 32);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(required_fields_must_be_there),
		TEST(ids_are_uuids),
		TEST(nested_fields_have_their_path),
		TEST(slugs_have_no_outer_hyphens),
		TEST(enums_have_only_named_values),
		TEST(pages_are_not_negative),
		TEST(timestamps_are_within_four_digit_years),
		TEST(masks_name_fields),
		TEST(items_of_lists_have_their_index),
		TEST(violations_are_told_only_so_many_times),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
