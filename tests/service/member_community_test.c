/* Communities: registered, found, listed, changed, archived. */
#include <string.h>

#include "base/id.h"
#include "given.h"
#include "kith_methods.h"
#include "member/member.h"

static struct outcome create(struct suite *s, Member__Community *wanted, Member__Community *made)
{
	Member__CreateCommunityRequest request = MEMBER__CREATE_COMMUNITY_REQUEST__INIT;

	request.community = wanted;

	return suite_call(s, method_member_create_community, &request, made);
}

static struct outcome update(struct suite *s, const char *community, Member__Community *wanted,
			     const char *const *paths, Member__Community *ret)
{
	Member__UpdateCommunityRequest request = MEMBER__UPDATE_COMMUNITY_REQUEST__INIT;
	Google__Protobuf__FieldMask mask = GOOGLE__PROTOBUF__FIELD_MASK__INIT;

	mask.paths = (char **)paths;
	while (paths && paths[mask.n_paths])
		mask.n_paths++;
	request.community_id = community;
	request.community = wanted;
	request.update_mask = paths ? &mask : NULL;

	return suite_call(s, method_member_update_community, &request, ret);
}

static struct outcome archive(struct suite *s, const char *community)
{
	Member__ArchiveCommunityRequest request = MEMBER__ARCHIVE_COMMUNITY_REQUEST__INIT;
	Member__Community archived = MEMBER__COMMUNITY__INIT;

	request.community_id = community;

	return suite_call(s, method_member_archive_community, &request, &archived);
}

static struct outcome lookup(struct suite *s, const char *external_id, const char *slug,
			     Member__Community *ret)
{
	Member__LookupCommunityRequest request = MEMBER__LOOKUP_COMMUNITY_REQUEST__INIT;

	request.external_id = external_id;
	request.slug = slug;

	return suite_call(s, method_member_lookup_community, &request, ret);
}

static int64_t events_of(struct suite *s, const char *community)
{
	return postgres_int(suite_database(s),
			    "SELECT count(*) FROM member.outbox WHERE community_id = '%s'",
			    community);
}

static void what_is_said_at_creation_is_read_again(void **state)
{
	struct suite *s = *state;
	Member__Community wanted = MEMBER__COMMUNITY__INIT, made = MEMBER__COMMUNITY__INIT;
	Member__Community read;

	wanted.name = "Lantern makers";
	wanted.slug = "lantern-makers";
	wanted.notice = "Be kind";
	wanted.theme = "lanterns";
	wanted.avatar_url = "https://example.org/lantern.png";
	wanted.type = MEMBER__COMMUNITY_TYPE__COMMUNITY_TYPE_LEARNING;
	wanted.time_zone = "Asia/Shanghai";
	wanted.locale = "zh-CN";
	wanted.capacity = 300;
	wanted.join_mode = MEMBER__JOIN_MODE__JOIN_MODE_APPROVAL;
	EXPECT_OK(create(s, &wanted, &made));

	read = community_of(s, made.community_id);
	EXPECT_TEXT(read.name, "Lantern makers");
	EXPECT_TEXT(read.slug, "lantern-makers");
	EXPECT_TEXT(read.notice, "Be kind");
	EXPECT_TEXT(read.theme, "lanterns");
	EXPECT_TEXT(read.avatar_url, "https://example.org/lantern.png");
	EXPECT_INT(read.type, MEMBER__COMMUNITY_TYPE__COMMUNITY_TYPE_LEARNING);
	EXPECT_TEXT(read.time_zone, "Asia/Shanghai");
	EXPECT_TEXT(read.locale, "zh-CN");
	EXPECT_INT(read.capacity, 300);
	EXPECT_INT(read.join_mode, MEMBER__JOIN_MODE__JOIN_MODE_APPROVAL);
	EXPECT_INT(read.state, MEMBER__COMMUNITY_STATE__COMMUNITY_STATE_ACTIVE);
	EXPECT_INT(read.size_class, MEMBER__SIZE_CLASS__SIZE_CLASS_SMALL);
	EXPECT_INT(read.member_count, 0);
	EXPECT_TEXT(read.owner_person_id, "");
	assert_non_null(read.create_time);
	EXPECT_TEXT(read.etag, made.etag);
	EXPECT_INT(events_of(s, made.community_id), 1);
}

static void what_is_not_said_has_a_default(void **state)
{
	struct suite *s = *state;
	Member__Community read = community_of(s, given_community(s));

	EXPECT_TEXT(read.slug, "");
	EXPECT_INT(read.type, MEMBER__COMMUNITY_TYPE__COMMUNITY_TYPE_INTEREST);
	EXPECT_INT(read.join_mode, MEMBER__JOIN_MODE__JOIN_MODE_OPEN);
	EXPECT_TEXT(read.time_zone, "UTC");
	EXPECT_INT(read.capacity, 0);
}

static void named_owner_is_member_number_one(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .owner = "ann");
	Member__Membership ann = membership_of(s, community, "ann");

	EXPECT_INT(ann.number, 1);
	EXPECT_INT(ann.role, MEMBER__ROLE__ROLE_OWNER);
	EXPECT_INT(member_count(s, community), 1);
	EXPECT_TEXT(community_of(s, community).owner_person_id, person(s, "ann"));
	EXPECT_INT(events_of(s, community), 2);
}

static void unknown_owner_creates_nothing(void **state)
{
	struct suite *s = *state;
	Member__Community wanted = MEMBER__COMMUNITY__INIT, made = MEMBER__COMMUNITY__INIT;

	wanted.name = "Nobody's";
	wanted.slug = "nobodys";
	wanted.owner_person_id = "11111111-1111-4111-8111-111111111111";
	EXPECT_STATUS(create(s, &wanted, &made), NOT_FOUND, "PERSON_NOT_FOUND");
	EXPECT_STATUS(lookup(s, "", "nobodys", &made), NOT_FOUND, "COMMUNITY_NOT_FOUND");
}

static void community_without_name_is_refused(void **state)
{
	struct suite *s = *state;
	Member__Community wanted = MEMBER__COMMUNITY__INIT, made = MEMBER__COMMUNITY__INIT;
	struct outcome outcome = create(s, &wanted, &made);

	EXPECT_STATUS(outcome, INVALID_ARGUMENT, NULL);
	assert_true(outcome_names(&outcome, "community.name"));
}

static void unknown_time_zone_is_refused_by_field(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);
	Member__Community wanted = MEMBER__COMMUNITY__INIT, made = MEMBER__COMMUNITY__INIT;
	struct outcome outcome;

	wanted.name = "Nowhere";
	wanted.time_zone = "Europe/Atlantis";
	outcome = create(s, &wanted, &made);
	EXPECT_STATUS(outcome, INVALID_ARGUMENT, "BAD_TIME_ZONE");
	assert_true(outcome_names(&outcome, "community.time_zone"));

	EXPECT_STATUS(update(s, community, &wanted, NULL, &made), INVALID_ARGUMENT,
		      "BAD_TIME_ZONE");
}

static void slug_belongs_to_one_community(void **state)
{
	struct suite *s = *state;
	const char *other = given_community(s);
	Member__Community wanted = MEMBER__COMMUNITY__INIT, made = MEMBER__COMMUNITY__INIT;
	Member__Community second = MEMBER__COMMUNITY__INIT;

	wanted.name = "First";
	wanted.slug = "taken";
	EXPECT_OK(create(s, &wanted, &made));
	wanted.name = "Second";
	EXPECT_STATUS(create(s, &wanted, &second), ALREADY_EXISTS, "COMMUNITY_SLUG_TAKEN");
	EXPECT_STATUS(update(s, other, &wanted, NULL, &second), ALREADY_EXISTS,
		      "COMMUNITY_SLUG_TAKEN");
	EXPECT_OK(lookup(s, "", "taken", &second));
	EXPECT_TEXT(second.community_id, made.community_id);
}

static void slug_that_was_given_up_is_free_again(void **state)
{
	struct suite *s = *state;
	const char *first = given_community(s), *second = given_community(s);
	Member__Community wanted = MEMBER__COMMUNITY__INIT, ret = MEMBER__COMMUNITY__INIT;
	const char *const slug[] = {"slug", NULL};

	wanted.slug = "wandering";
	EXPECT_OK(update(s, first, &wanted, slug, &ret));
	EXPECT_OK(update(s, first, &wanted, slug, &ret));
	wanted.slug = "";
	EXPECT_OK(update(s, first, &wanted, slug, &ret));
	EXPECT_TEXT(ret.slug, "");
	wanted.slug = "wandering";
	EXPECT_OK(update(s, second, &wanted, slug, &ret));
	EXPECT_OK(lookup(s, "", "wandering", &ret));
	EXPECT_TEXT(ret.community_id, second);
}

static void slug_that_is_no_slug_is_refused(void **state)
{
	struct suite *s = *state;
	Member__Community wanted = MEMBER__COMMUNITY__INIT, made = MEMBER__COMMUNITY__INIT;
	struct outcome outcome;

	wanted.name = "A";
	wanted.slug = "No Slug!";
	outcome = create(s, &wanted, &made);
	EXPECT_STATUS(outcome, INVALID_ARGUMENT, NULL);
	assert_true(outcome_names(&outcome, "community.slug"));
}

static void external_id_makes_the_id_and_is_unique(void **state)
{
	struct suite *s = *state;
	Member__Community wanted = MEMBER__COMMUNITY__INIT, made = MEMBER__COMMUNITY__INIT;
	Member__Community found = MEMBER__COMMUNITY__INIT;
	char id[ID_SIZE];

	wanted.name = "From outside";
	wanted.external_id = "wechat/42";
	EXPECT_OK(create(s, &wanted, &made));
	id_of("community", "wechat/42", id);
	EXPECT_TEXT(made.community_id, id);
	EXPECT_OK(lookup(s, "wechat/42", "", &found));
	EXPECT_TEXT(found.name, "From outside");
	EXPECT_STATUS(create(s, &wanted, &made), ALREADY_EXISTS, "COMMUNITY_EXTERNAL_ID_TAKEN");
	EXPECT_STATUS(lookup(s, "wechat/43", "", &found), NOT_FOUND, "COMMUNITY_NOT_FOUND");
	EXPECT_STATUS(lookup(s, "", "", &found), INVALID_ARGUMENT, NULL);
	EXPECT_STATUS(lookup(s, "wechat/42", "x", &found), INVALID_ARGUMENT, NULL);
}

static void unknown_community_is_not_found(void **state)
{
	struct suite *s = *state;
	Member__GetCommunityRequest request = MEMBER__GET_COMMUNITY_REQUEST__INIT;
	Member__Community ret = MEMBER__COMMUNITY__INIT, wanted = MEMBER__COMMUNITY__INIT;

	request.community_id = "11111111-1111-4111-8111-111111111111";
	EXPECT_STATUS(suite_call(s, method_member_get_community, &request, &ret), NOT_FOUND,
		      "COMMUNITY_NOT_FOUND");
	wanted.name = "x";
	EXPECT_STATUS(update(s, request.community_id, &wanted, NULL, &ret), NOT_FOUND,
		      "COMMUNITY_NOT_FOUND");
	EXPECT_STATUS(archive(s, request.community_id), NOT_FOUND, "COMMUNITY_NOT_FOUND");
	request.community_id = "seventeen";
	EXPECT_STATUS(suite_call(s, method_member_get_community, &request, &ret), INVALID_ARGUMENT,
		      NULL);
}

static void update_changes_what_the_mask_names_and_nothing_else(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .name = "Before", .capacity = 7);
	Member__Community wanted = MEMBER__COMMUNITY__INIT, after = MEMBER__COMMUNITY__INIT;
	const char *const paths[] = {"capacity", "time_zone", NULL};

	wanted.name = "Not this";
	wanted.time_zone = "America/New_York";
	EXPECT_OK(update(s, community, &wanted, paths, &after));
	EXPECT_TEXT(after.name, "Before");
	EXPECT_INT(after.capacity, 0);
	EXPECT_TEXT(after.time_zone, "America/New_York");
	EXPECT_TEXT(
		postgres_text(
			suite_database(s),
			"SELECT community_time_zone FROM member.outbox WHERE community_id = '%s' "
			"ORDER BY version DESC LIMIT 1",
			community),
		"America/New_York");
}

static void update_without_mask_changes_what_is_set(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .name = "Before", .capacity = 7);
	Member__Community wanted = MEMBER__COMMUNITY__INIT, after = MEMBER__COMMUNITY__INIT;

	wanted.name = "After";
	EXPECT_OK(update(s, community, &wanted, NULL, &after));
	EXPECT_TEXT(after.name, "After");
	EXPECT_INT(after.capacity, 7);
}

static void mask_that_names_more_than_settings_is_refused(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);
	Member__Community wanted = MEMBER__COMMUNITY__INIT, after = MEMBER__COMMUNITY__INIT;
	const char *const counts[] = {"member_count", NULL};
	const char *const nothing[] = {"no_such_field", NULL};
	const char *const name[] = {"name", NULL};

	EXPECT_STATUS(update(s, community, &wanted, counts, &after), INVALID_ARGUMENT,
		      "FIELD_NOT_CHANGEABLE");
	EXPECT_STATUS(update(s, community, &wanted, nothing, &after), INVALID_ARGUMENT, NULL);
	EXPECT_STATUS(update(s, community, &wanted, name, &after), INVALID_ARGUMENT, NULL);
}

static void stale_etag_is_refused(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);
	Member__Community wanted = MEMBER__COMMUNITY__INIT, after = MEMBER__COMMUNITY__INIT;

	wanted.name = "Once";
	wanted.etag = community_of(s, community).etag;
	EXPECT_OK(update(s, community, &wanted, NULL, &after));
	wanted.name = "Twice";
	EXPECT_STATUS(update(s, community, &wanted, NULL, &after), ABORTED, "ETAG_MISMATCH");
	EXPECT_TEXT(community_of(s, community).name, "Once");

	/* A join is no change of settings. */
	wanted.etag = community_of(s, community).etag;
	EXPECT_OK(join(s, community, "ann"));
	EXPECT_OK(update(s, community, &wanted, NULL, &after));
}

static void archived_community_is_readable_and_closed(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .owner = "ann");
	Member__Community wanted = MEMBER__COMMUNITY__INIT, after = MEMBER__COMMUNITY__INIT;
	int64_t events;

	EXPECT_OK(archive(s, community));
	events = events_of(s, community);
	EXPECT_OK(archive(s, community));
	EXPECT_INT(events_of(s, community), events);
	EXPECT_INT(community_of(s, community).state,
		   MEMBER__COMMUNITY_STATE__COMMUNITY_STATE_ARCHIVED);
	wanted.name = "New name";
	EXPECT_STATUS(update(s, community, &wanted, NULL, &after), FAILED_PRECONDITION,
		      "COMMUNITY_ARCHIVED");
	EXPECT_STATUS(join(s, community, "bob"), FAILED_PRECONDITION, "COMMUNITY_ARCHIVED");
	EXPECT_OK(join(s, community, "ann")); /* is in already */
}

static void who_may_not_may_not(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .owner = "ann");
	Member__ListCommunitiesRequest list = MEMBER__LIST_COMMUNITIES_REQUEST__INIT;
	Member__ListCommunitiesResponse listed = MEMBER__LIST_COMMUNITIES_RESPONSE__INIT;
	Member__Community wanted = MEMBER__COMMUNITY__INIT, after = MEMBER__COMMUNITY__INIT;
	const char *ann = person(s, "ann"), *bob = person(s, "bob");

	EXPECT_OK(join(s, community, "bob"));
	EXPECT_OK(give_role(s, community, "bob", MEMBER__ROLE__ROLE_ADMIN));
	wanted.name = "Ours";

	as_person(s, bob);
	EXPECT_OK(update(s, community, &wanted, NULL, &after));
	EXPECT_STATUS(archive(s, community), PERMISSION_DENIED, NULL);
	EXPECT_STATUS(create(s, &wanted, &after), PERMISSION_DENIED, NULL);
	EXPECT_STATUS(suite_call(s, method_member_list_communities, &list, &listed),
		      PERMISSION_DENIED, NULL);
	as_person(s, person(s, "eve"));
	EXPECT_STATUS(update(s, community, &wanted, NULL, &after), PERMISSION_DENIED, NULL);
	as_nobody(s);
	EXPECT_STATUS(update(s, community, &wanted, NULL, &after), UNAUTHENTICATED, NULL);
	as_person(s, ann);
	EXPECT_OK(archive(s, community));
	as_platform(s);
}

static size_t list_all(struct suite *s, Member__ListCommunitiesRequest *request,
		       const char *name_prefix)
{
	Member__ListCommunitiesResponse page;
	size_t n = 0, pages = 0;
	int64_t last = INT64_MAX;

	request->page_token = "";
	do {
		page = (Member__ListCommunitiesResponse)MEMBER__LIST_COMMUNITIES_RESPONSE__INIT;
		EXPECT_OK(suite_call(s, method_member_list_communities, request, &page));
		assert_true(page.n_communities <= (size_t)request->page_size);
		for (size_t i = 0; i < page.n_communities; i++) {
			const Google__Protobuf__Timestamp *time = page.communities[i]->create_time;
			int64_t now = time->seconds * 1000000 + time->nanos / 1000;

			assert_true(now <= last);
			last = now;
			n += strncmp(page.communities[i]->name, name_prefix, strlen(name_prefix)) ==
			     0;
		}
		request->page_token = page.next_page_token;
		assert_true(++pages < 1000);
	} while (request->page_token[0]);

	return n;
}

static void list_gives_every_community_once_page_by_page(void **state)
{
	struct suite *s = *state;
	Member__ListCommunitiesRequest request = MEMBER__LIST_COMMUNITIES_REQUEST__INIT;

	for (int i = 0; i < 25; i++)
		given_community(s, .name = arena_printf(suite_arena(s), "listed %d", i),
				.type = i % 2 ? MEMBER__COMMUNITY_TYPE__COMMUNITY_TYPE_REGION
					      : MEMBER__COMMUNITY_TYPE__COMMUNITY_TYPE_PRODUCT);
	request.page_size = 4;
	EXPECT_INT(list_all(s, &request, "listed"), 25);
	request.type = MEMBER__COMMUNITY_TYPE__COMMUNITY_TYPE_REGION;
	EXPECT_INT(list_all(s, &request, "listed"), 12);
	request.state = MEMBER__COMMUNITY_STATE__COMMUNITY_STATE_ARCHIVED;
	EXPECT_INT(list_all(s, &request, "listed"), 0);
	request.state = MEMBER__COMMUNITY_STATE__COMMUNITY_STATE_ACTIVE;
	request.size_class = MEMBER__SIZE_CLASS__SIZE_CLASS_SMALL;
	EXPECT_INT(list_all(s, &request, "listed"), 12);
	request.size_class = MEMBER__SIZE_CLASS__SIZE_CLASS_HUGE;
	EXPECT_INT(list_all(s, &request, "listed"), 0);
}

static void page_token_that_was_tampered_with_is_refused(void **state)
{
	struct suite *s = *state;
	Member__ListCommunitiesRequest request = MEMBER__LIST_COMMUNITIES_REQUEST__INIT;
	Member__ListCommunitiesResponse page = MEMBER__LIST_COMMUNITIES_RESPONSE__INIT;

	request.page_token = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
	EXPECT_STATUS(suite_call(s, method_member_list_communities, &request, &page),
		      INVALID_ARGUMENT, NULL);
	request.page_token = "";
	request.page_size = -1;
	EXPECT_STATUS(suite_call(s, method_member_list_communities, &request, &page),
		      INVALID_ARGUMENT, NULL);
}

static void creation_repeated_under_one_request_id_is_one(void **state)
{
	struct suite *s = *state;
	Member__Community wanted = MEMBER__COMMUNITY__INIT, made = MEMBER__COMMUNITY__INIT;
	Member__Community again = MEMBER__COMMUNITY__INIT;

	wanted.name = "Only once";
	with_request_id(s, "create-1");
	EXPECT_OK(create(s, &wanted, &made));
	with_request_id(s, "create-1");
	EXPECT_OK(create(s, &wanted, &again));
	EXPECT_TEXT(again.community_id, made.community_id);
	EXPECT_INT(postgres_int(suite_database(s),
				"SELECT count(*) FROM member.community WHERE name = 'Only once'"),
		   1);
}

static int start(void **state)
{
	return suite_setup(state, (const struct service *const[]){&member_service, NULL});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_said_at_creation_is_read_again),
		cmocka_unit_test(what_is_not_said_has_a_default),
		cmocka_unit_test(named_owner_is_member_number_one),
		cmocka_unit_test(unknown_owner_creates_nothing),
		cmocka_unit_test(community_without_name_is_refused),
		cmocka_unit_test(unknown_time_zone_is_refused_by_field),
		cmocka_unit_test(slug_belongs_to_one_community),
		cmocka_unit_test(slug_that_was_given_up_is_free_again),
		cmocka_unit_test(slug_that_is_no_slug_is_refused),
		cmocka_unit_test(external_id_makes_the_id_and_is_unique),
		cmocka_unit_test(unknown_community_is_not_found),
		cmocka_unit_test(update_changes_what_the_mask_names_and_nothing_else),
		cmocka_unit_test(update_without_mask_changes_what_is_set),
		cmocka_unit_test(mask_that_names_more_than_settings_is_refused),
		cmocka_unit_test(stale_etag_is_refused),
		cmocka_unit_test(archived_community_is_readable_and_closed),
		cmocka_unit_test(who_may_not_may_not),
		cmocka_unit_test(list_gives_every_community_once_page_by_page),
		cmocka_unit_test(page_token_that_was_tampered_with_is_refused),
		cmocka_unit_test(creation_repeated_under_one_request_id_is_one),
	};

	return cmocka_run_group_tests_name("member: communities", tests, start, suite_teardown);
}
