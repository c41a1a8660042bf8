/* Imports: what an outside system knows, once, whatever the order and the batches. */
#include <stdio.h>
#include <string.h>

#include "base/id.h"
#include "given.h"
#include "kith/member/v1/import.pb-c.h"
#include "kith_methods.h"
#include "member/member.h"

#define ITEMS_MAX 1000

static const char *id(struct suite *s, const char *space, const char *external_id)
{
	char made[ID_SIZE];

	id_of(space, external_id, made);

	return arena_string(suite_arena(s), made);
}

/* "2020-01-01T00:00:00Z" plus that many days. */
static Google__Protobuf__Timestamp *day(struct suite *s, int64_t days)
{
	Google__Protobuf__Timestamp *time = arena_alloc(suite_arena(s), sizeof(*time));

	google__protobuf__timestamp__init(time);
	time->seconds = 1577836800 + days * 86400;

	return time;
}

static Member__ImportedCommunity *a_community(struct suite *s, const char *external_id)
{
	Member__ImportedCommunity *item = arena_alloc(suite_arena(s), sizeof(*item));

	member__imported_community__init(item);
	item->external_id = external_id;
	item->community_id = id(s, "community", external_id);

	return item;
}

static Member__ImportedMembership *a_membership(struct suite *s, const char *community,
						const char *name, bool implicit, int64_t join_day)
{
	Member__ImportedMembership *item = arena_alloc(suite_arena(s), sizeof(*item));

	member__imported_membership__init(item);
	item->community_id = id(s, "community", community);
	item->person_external_id = name;
	item->person_id = id(s, "person", name);
	item->implicit = implicit;
	item->join_time = join_day < 0 ? NULL : day(s, join_day);

	return item;
}

static struct outcome import_communities(struct suite *s, Member__ImportedCommunity **items,
					 size_t n, Member__ImportCommunitiesResponse *ret)
{
	Member__ImportCommunitiesRequest request = MEMBER__IMPORT_COMMUNITIES_REQUEST__INIT;

	request.items = items;
	request.n_items = n;

	return suite_call(s, method_member_import_communities, &request, ret);
}

static struct outcome import_memberships(struct suite *s, Member__ImportedMembership **items,
					 size_t n, Member__ImportMembershipsResponse *ret)
{
	Member__ImportMembershipsRequest request = MEMBER__IMPORT_MEMBERSHIPS_REQUEST__INIT;

	request.items = items;
	request.n_items = n;

	return suite_call(s, method_member_import_memberships, &request, ret);
}

static void given_imported(struct suite *s, const char *external_id)
{
	Member__ImportCommunitiesResponse counts = MEMBER__IMPORT_COMMUNITIES_RESPONSE__INIT;
	Member__ImportedCommunity *item = a_community(s, external_id);

	EXPECT_OK(import_communities(s, &item, 1, &counts));
	EXPECT_INT(counts.created_count, 1);
}

static void expect_counts(const Member__ImportMembershipsResponse *counts, int created, int changed,
			  int unchanged)
{
	EXPECT_INT(counts->created_count, created);
	EXPECT_INT(counts->changed_count, changed);
	EXPECT_INT(counts->unchanged_count, unchanged);
}

static int64_t events(struct suite *s)
{
	return postgres_int(suite_database(s), "SELECT count(*) FROM member.outbox");
}

static Member__Membership imported(struct suite *s, const char *community, const char *name)
{
	return membership_of(s, id(s, "community", community), name);
}

static void communities_are_imported_once(void **state)
{
	struct suite *s = *state;
	Member__ImportCommunitiesResponse counts = MEMBER__IMPORT_COMMUNITIES_RESPONSE__INIT;
	Member__ImportedCommunity *items[] = {a_community(s, "c/one"), a_community(s, "c/two"),
					      a_community(s, "c/one")};
	Member__Community one;
	int64_t told;

	items[0]->name = "Overridden by the later line";
	items[2]->name = "One";
	items[2]->kind = MEMBER__COMMUNITY_TYPE__COMMUNITY_TYPE_REGION;
	items[2]->time_zone = "America/New_York";
	items[2]->create_time = day(s, 0);
	items[2]->reported_member_count = 1290;
	EXPECT_OK(import_communities(s, items, 3, &counts));
	EXPECT_INT(counts.created_count, 2);
	EXPECT_INT(counts.unchanged_count, 0);

	one = community_of(s, items[0]->community_id);
	EXPECT_TEXT(one.name, "One");
	EXPECT_TEXT(one.external_id, "c/one");
	EXPECT_INT(one.type, MEMBER__COMMUNITY_TYPE__COMMUNITY_TYPE_REGION);
	EXPECT_TEXT(one.time_zone, "America/New_York");
	EXPECT_INT(one.create_time->seconds, 1577836800);
	EXPECT_INT(one.reported_member_count, 1290);
	EXPECT_INT(one.member_count, 0);
	EXPECT_INT(one.size_class, MEMBER__SIZE_CLASS__SIZE_CLASS_LARGE);
	EXPECT_TEXT(community_of(s, items[1]->community_id).name, "c/two");

	told = events(s);
	EXPECT_OK(import_communities(s, items, 3, &counts));
	EXPECT_INT(counts.created_count + counts.changed_count, 0);
	EXPECT_INT(counts.unchanged_count, 2);
	EXPECT_INT(events(s), told);
	EXPECT_TEXT(community_of(s, items[0]->community_id).etag, one.etag);
}

static void community_that_says_otherwise_is_changed(void **state)
{
	struct suite *s = *state;
	Member__ImportCommunitiesResponse counts = MEMBER__IMPORT_COMMUNITIES_RESPONSE__INIT;
	Member__ImportedCommunity *item = a_community(s, "c/renamed");

	item->name = "Before";
	item->time_zone = "Asia/Tokyo";
	EXPECT_OK(import_communities(s, &item, 1, &counts));
	item = a_community(s, "c/renamed");
	item->name = "After";
	EXPECT_OK(import_communities(s, &item, 1, &counts));
	EXPECT_INT(counts.changed_count, 1);
	EXPECT_TEXT(community_of(s, item->community_id).name, "After");
	EXPECT_TEXT(community_of(s, item->community_id).time_zone, "Asia/Tokyo");
}

static void unknown_time_zone_names_the_item(void **state)
{
	struct suite *s = *state;
	Member__ImportCommunitiesResponse counts = MEMBER__IMPORT_COMMUNITIES_RESPONSE__INIT;
	Member__ImportedCommunity *items[] = {a_community(s, "c/zone0"), a_community(s, "c/zone1")};
	struct outcome outcome;

	items[0]->time_zone = "Europe/Zurich";
	items[1]->time_zone = "Europe/Atlantis";
	outcome = import_communities(s, items, 2, &counts);
	EXPECT_STATUS(outcome, INVALID_ARGUMENT, "BAD_TIME_ZONE");
	assert_true(outcome_names(&outcome, "items[1].time_zone"));
	assert_false(outcome_names(&outcome, "items[0].time_zone"));
	EXPECT_INT(postgres_int(suite_database(s),
				"SELECT count(*) FROM member.community "
				"WHERE external_id LIKE 'c/zone%%'"),
		   0);
}

static void id_that_does_not_follow_from_the_name_is_refused(void **state)
{
	struct suite *s = *state;
	Member__ImportCommunitiesResponse communities = MEMBER__IMPORT_COMMUNITIES_RESPONSE__INIT;
	Member__ImportMembershipsResponse memberships = MEMBER__IMPORT_MEMBERSHIPS_RESPONSE__INIT;
	Member__ImportedCommunity *community = a_community(s, "c/mine");
	Member__ImportedMembership *membership;
	struct outcome outcome;

	community->community_id = id(s, "community", "c/yours");
	outcome = import_communities(s, &community, 1, &communities);
	EXPECT_STATUS(outcome, INVALID_ARGUMENT, "FOREIGN_ID");
	assert_true(outcome_names(&outcome, "items[0].community_id"));
	given_imported(s, "c/ids");
	membership = a_membership(s, "c/ids", "ann", false, 1);
	membership->person_id = id(s, "person", "bob");
	outcome = import_memberships(s, &membership, 1, &memberships);
	EXPECT_STATUS(outcome, INVALID_ARGUMENT, "FOREIGN_ID");
	assert_true(outcome_names(&outcome, "items[0].person_id"));
}

static void membership_of_unknown_community_names_the_item(void **state)
{
	struct suite *s = *state;
	Member__ImportMembershipsResponse counts = MEMBER__IMPORT_MEMBERSHIPS_RESPONSE__INIT;
	Member__ImportedMembership *items[2];
	struct outcome outcome;

	given_imported(s, "c/known");
	items[0] = a_membership(s, "c/known", "ann", false, 1);
	items[1] = a_membership(s, "c/unknown", "ann", false, 1);
	outcome = import_memberships(s, items, 2, &counts);
	EXPECT_STATUS(outcome, INVALID_ARGUMENT, "COMMUNITY_NOT_FOUND");
	assert_true(outcome_names(&outcome, "items[1].community_id"));
	EXPECT_INT(member_count(s, items[0]->community_id), 0);
}

static void memberships_are_imported_once_with_dense_numbers(void **state)
{
	struct suite *s = *state;
	Member__ImportMembershipsResponse counts = MEMBER__IMPORT_MEMBERSHIPS_RESPONSE__INIT;
	Member__ImportedMembership *items[6];
	int64_t told;

	given_imported(s, "m/dense");
	items[0] = a_membership(s, "m/dense", "d/late", false, 30);
	items[1] = a_membership(s, "m/dense", "d/early", false, 10);
	items[2] = a_membership(s, "m/dense", "d/gone", false, 20);
	items[2]->leave_time = day(s, 25);
	items[2]->leave_reason = "moved";
	items[3] = a_membership(s, "m/dense", "d/early", false, 10);
	items[4] = a_membership(s, "m/dense", "d/seen", true, 40);
	items[5] = a_membership(s, "m/dense", "d/seen", true, 35);
	EXPECT_OK(import_memberships(s, items, 6, &counts));
	expect_counts(&counts, 4, 0, 0);
	EXPECT_INT(counts.person_created_count, 4);

	EXPECT_INT(imported(s, "m/dense", "d/early").number, 1);
	EXPECT_INT(imported(s, "m/dense", "d/gone").number, 2);
	EXPECT_INT(imported(s, "m/dense", "d/late").number, 3);
	EXPECT_INT(imported(s, "m/dense", "d/seen").number, 4);
	EXPECT_INT(imported(s, "m/dense", "d/seen").join_time->seconds, day(s, 35)->seconds);
	EXPECT_INT(imported(s, "m/dense", "d/gone").state,
		   MEMBER__MEMBERSHIP_STATE__MEMBERSHIP_STATE_LEFT);
	EXPECT_TEXT(imported(s, "m/dense", "d/gone").leave_reason, "moved");
	EXPECT_INT(member_count(s, items[0]->community_id), 3);
	EXPECT_INT(postgres_int(suite_database(s),
				"SELECT extract(epoch FROM occur_time)::bigint FROM member.outbox "
				"WHERE person_id = '%s'",
				items[2]->person_id),
		   day(s, 25)->seconds);

	told = events(s);
	EXPECT_OK(import_memberships(s, items, 6, &counts));
	expect_counts(&counts, 0, 0, 4);
	EXPECT_INT(counts.person_created_count, 0);
	EXPECT_INT(events(s), told);

	EXPECT_OK(join(s, items[0]->community_id, "d/next"));
	EXPECT_INT(imported(s, "m/dense", "d/next").number, 5);
}

static void implicit_membership_keeps_the_earliest_time_until_one_is_said(void **state)
{
	struct suite *s = *state;
	Member__ImportMembershipsResponse counts = MEMBER__IMPORT_MEMBERSHIPS_RESPONSE__INIT;
	Member__ImportedMembership *item;

	given_imported(s, "m/implicit");
	item = a_membership(s, "m/implicit", "i/ann", true, 50);
	EXPECT_OK(import_memberships(s, &item, 1, &counts));
	item = a_membership(s, "m/implicit", "i/ann", true, 60);
	EXPECT_OK(import_memberships(s, &item, 1, &counts));
	expect_counts(&counts, 0, 0, 1);
	item = a_membership(s, "m/implicit", "i/ann", true, 40);
	EXPECT_OK(import_memberships(s, &item, 1, &counts));
	expect_counts(&counts, 0, 1, 0);
	EXPECT_INT(imported(s, "m/implicit", "i/ann").join_time->seconds, day(s, 40)->seconds);

	item = a_membership(s, "m/implicit", "i/ann", false, 45);
	item->role = MEMBER__ROLE__ROLE_EXPERT;
	EXPECT_OK(import_memberships(s, &item, 1, &counts));
	expect_counts(&counts, 0, 1, 0);
	item = a_membership(s, "m/implicit", "i/ann", true, 1);
	EXPECT_OK(import_memberships(s, &item, 1, &counts));
	expect_counts(&counts, 0, 0, 1);
	EXPECT_INT(imported(s, "m/implicit", "i/ann").join_time->seconds, day(s, 45)->seconds);
	EXPECT_INT(imported(s, "m/implicit", "i/ann").role, MEMBER__ROLE__ROLE_EXPERT);
}

static void order_of_batches_does_not_matter(void **state)
{
	struct suite *s = *state;
	Member__ImportMembershipsResponse counts = MEMBER__IMPORT_MEMBERSHIPS_RESPONSE__INIT;
	Member__ImportedMembership *said, *seen;

	given_imported(s, "m/forth");
	given_imported(s, "m/back");
	said = a_membership(s, "m/forth", "o/ann", false, 9);
	seen = a_membership(s, "m/forth", "o/ann", true, 5);
	EXPECT_OK(import_memberships(s, &said, 1, &counts));
	EXPECT_OK(import_memberships(s, &seen, 1, &counts));
	said = a_membership(s, "m/back", "o/ann", false, 9);
	seen = a_membership(s, "m/back", "o/ann", true, 5);
	EXPECT_OK(import_memberships(s, &seen, 1, &counts));
	EXPECT_OK(import_memberships(s, &said, 1, &counts));
	EXPECT_INT(imported(s, "m/forth", "o/ann").join_time->seconds, day(s, 9)->seconds);
	EXPECT_INT(imported(s, "m/back", "o/ann").join_time->seconds, day(s, 9)->seconds);
}

static void import_leaves_one_owner(void **state)
{
	struct suite *s = *state;
	Member__ImportMembershipsResponse counts = MEMBER__IMPORT_MEMBERSHIPS_RESPONSE__INIT;
	Member__ImportedMembership *items[2];

	given_imported(s, "m/owner");
	items[0] = a_membership(s, "m/owner", "w/first", false, 1);
	items[1] = a_membership(s, "m/owner", "w/second", false, 1);
	items[0]->role = items[1]->role = MEMBER__ROLE__ROLE_OWNER;
	EXPECT_OK(import_memberships(s, items, 2, &counts));
	EXPECT_INT(imported(s, "m/owner", "w/first").role, MEMBER__ROLE__ROLE_OWNER);
	EXPECT_INT(imported(s, "m/owner", "w/second").role, MEMBER__ROLE__ROLE_ADMIN);
	EXPECT_TEXT(community_of(s, items[0]->community_id).owner_person_id, items[0]->person_id);
	EXPECT_OK(import_memberships(s, items, 2, &counts));
	expect_counts(&counts, 0, 0, 2);

	items[0]->role = MEMBER__ROLE__ROLE_MEMBER;
	items[0]->leave_time = day(s, 2);
	EXPECT_OK(import_memberships(s, items, 2, &counts));
	expect_counts(&counts, 0, 0, 2);
}

static void who_was_put_out_here_stays_out(void **state)
{
	struct suite *s = *state;
	Member__ImportMembershipsResponse counts = MEMBER__IMPORT_MEMBERSHIPS_RESPONSE__INIT;
	Member__RemoveMembershipRequest request = MEMBER__REMOVE_MEMBERSHIP_REQUEST__INIT;
	Member__Membership removed = MEMBER__MEMBERSHIP__INIT;
	Member__ImportedMembership *item;

	given_imported(s, "m/ban");
	item = a_membership(s, "m/ban", "b/ann", false, 1);
	EXPECT_OK(import_memberships(s, &item, 1, &counts));
	request.community_id = item->community_id;
	request.person_id = item->person_id;
	request.ban = true;
	EXPECT_OK(suite_call(s, method_member_remove_membership, &request, &removed));
	EXPECT_OK(import_memberships(s, &item, 1, &counts));
	expect_counts(&counts, 0, 0, 1);
	EXPECT_INT(imported(s, "m/ban", "b/ann").state,
		   MEMBER__MEMBERSHIP_STATE__MEMBERSHIP_STATE_BANNED);
}

static void who_left_here_stays_away_until_he_is_said_to_have_come_back(void **state)
{
	struct suite *s = *state;
	Member__ImportMembershipsResponse counts = MEMBER__IMPORT_MEMBERSHIPS_RESPONSE__INIT;
	Member__ImportedMembership *item;

	given_imported(s, "m/left");
	item = a_membership(s, "m/left", "l/ann", false, 1);
	item->leave_time = day(s, 5);
	EXPECT_OK(import_memberships(s, &item, 1, &counts));
	item = a_membership(s, "m/left", "l/ann", false, 1);
	EXPECT_OK(import_memberships(s, &item, 1, &counts));
	expect_counts(&counts, 0, 0, 1);
	item = a_membership(s, "m/left", "l/ann", false, 8);
	EXPECT_OK(import_memberships(s, &item, 1, &counts));
	expect_counts(&counts, 0, 1, 0);
	EXPECT_INT(imported(s, "m/left", "l/ann").state,
		   MEMBER__MEMBERSHIP_STATE__MEMBERSHIP_STATE_ACTIVE);
	EXPECT_INT(member_count(s, item->community_id), 1);
	EXPECT_INT(postgres_int(suite_database(s),
				"SELECT extract(day FROM leave_time - join_time) FROM member.stay "
				"WHERE community_id = '%s' AND state = 'LEFT' AND sequence = 1",
				item->community_id),
		   4);
}

static void importers_at_once_give_dense_numbers(void **state)
{
	enum { IMPORTERS = 8, EACH = 1000 };
	struct suite *s = *state;
	static Member__ImportedMembership *items[IMPORTERS][EACH];
	Member__ImportMembershipsRequest requests[IMPORTERS];
	const void *pointers[IMPORTERS];
	struct outcome outcomes[IMPORTERS];

	given_imported(s, "m/crowd0");
	given_imported(s, "m/crowd1");
	for (unsigned k = 0; k < IMPORTERS; k++) {
		for (unsigned i = 0; i < EACH; i++) {
			/* Each person comes from two importers, in opposite order. */
			unsigned n = k / 2 * EACH + (k % 2 ? EACH - 1 - i : i);

			items[k][i] = a_membership(s, n % 2 ? "m/crowd1" : "m/crowd0",
						   arena_printf(suite_arena(s), "q/%u", n), true,
						   n + k % 2);
		}
		requests[k] =
			(Member__ImportMembershipsRequest)MEMBER__IMPORT_MEMBERSHIPS_REQUEST__INIT;
		requests[k].items = items[k];
		requests[k].n_items = EACH;
		pointers[k] = &requests[k];
	}
	suite_call_at_once(s, method_member_import_memberships, IMPORTERS, pointers, NULL, NULL,
			   outcomes);
	for (unsigned k = 0; k < IMPORTERS; k++)
		EXPECT_OK(outcomes[k]);
	for (unsigned i = 0; i < 2; i++) {
		const char *community = id(s, "community", i ? "m/crowd1" : "m/crowd0");

		EXPECT_INT(member_count(s, community), IMPORTERS * EACH / 4);
		EXPECT_INT(postgres_int(suite_database(s),
					"SELECT max(number) - count(DISTINCT number) "
					"FROM member.membership WHERE community_id = '%s'",
					community),
			   0);
	}
}

static void too_many_items_are_refused(void **state)
{
	struct suite *s = *state;
	static Member__ImportedMembership *items[ITEMS_MAX + 1];
	Member__ImportMembershipsResponse counts = MEMBER__IMPORT_MEMBERSHIPS_RESPONSE__INIT;

	given_imported(s, "m/many");
	for (unsigned i = 0; i <= ITEMS_MAX; i++)
		items[i] =
			a_membership(s, "m/many", arena_printf(suite_arena(s), "n/%u", i), true, 1);
	EXPECT_STATUS(import_memberships(s, items, ITEMS_MAX + 1, &counts), INVALID_ARGUMENT, NULL);
	EXPECT_OK(import_memberships(s, items, ITEMS_MAX, &counts));
	expect_counts(&counts, ITEMS_MAX, 0, 0);
	EXPECT_OK(import_memberships(s, NULL, 0, &counts));
	expect_counts(&counts, 0, 0, 0);
}

static void only_the_platform_imports(void **state)
{
	struct suite *s = *state;
	Member__ImportMembershipsResponse counts = MEMBER__IMPORT_MEMBERSHIPS_RESPONSE__INIT;

	as_person(s, person(s, "ann"));
	EXPECT_STATUS(import_memberships(s, NULL, 0, &counts), PERMISSION_DENIED, NULL);
	as_platform(s);
}

static int start(void **state)
{
	return suite_setup(state, (const struct service *const[]){&member_service, NULL});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(communities_are_imported_once),
		cmocka_unit_test(community_that_says_otherwise_is_changed),
		cmocka_unit_test(unknown_time_zone_names_the_item),
		cmocka_unit_test(id_that_does_not_follow_from_the_name_is_refused),
		cmocka_unit_test(membership_of_unknown_community_names_the_item),
		cmocka_unit_test(memberships_are_imported_once_with_dense_numbers),
		cmocka_unit_test(implicit_membership_keeps_the_earliest_time_until_one_is_said),
		cmocka_unit_test(order_of_batches_does_not_matter),
		cmocka_unit_test(import_leaves_one_owner),
		cmocka_unit_test(who_was_put_out_here_stays_out),
		cmocka_unit_test(who_left_here_stays_away_until_he_is_said_to_have_come_back),
		cmocka_unit_test(importers_at_once_give_dense_numbers),
		cmocka_unit_test(too_many_items_are_refused),
		cmocka_unit_test(only_the_platform_imports),
	};

	return cmocka_run_group_tests_name("member: imports", tests, start, suite_teardown);
}
