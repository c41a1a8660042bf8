/* Segments, tags, breakdowns: who meets a filter, and who may ask. */
#include <string.h>

#include "given.h"
#include "kith/member/v1/segment.pb-c.h"
#include "kith_methods.h"
#include "member/member.h"

static struct outcome set_tags(struct suite *s, const char *community, const char *name,
			       const char *add, const char *remove, Member__Membership *ret)
{
	Member__SetMembershipTagsRequest request = MEMBER__SET_MEMBERSHIP_TAGS_REQUEST__INIT;

	request.community_id = community;
	request.person_id = person(s, name);
	request.add_tags = &add;
	request.n_add_tags = add != NULL;
	request.remove_tags = &remove;
	request.n_remove_tags = remove != NULL;

	return suite_call(s, method_member_set_membership_tags, &request, ret);
}

static void tag(struct suite *s, const char *community, const char *name, const char *text)
{
	Member__Membership tagged = MEMBER__MEMBERSHIP__INIT;

	EXPECT_OK(set_tags(s, community, name, text, NULL, &tagged));
}

static struct outcome create(struct suite *s, const char *community, const char *name,
			     const char *filter, Member__Segment *ret)
{
	Member__CreateSegmentRequest request = MEMBER__CREATE_SEGMENT_REQUEST__INIT;
	Member__Segment wanted = MEMBER__SEGMENT__INIT;

	wanted.name = name;
	wanted.filter = filter;
	request.community_id = community;
	request.segment = &wanted;

	return suite_call(s, method_member_create_segment, &request, ret);
}

static struct outcome get(struct suite *s, const char *community, const char *segment,
			  Member__Segment *ret)
{
	Member__GetSegmentRequest request = MEMBER__GET_SEGMENT_REQUEST__INIT;

	request.community_id = community;
	request.segment_id = segment;

	return suite_call(s, method_member_get_segment, &request, ret);
}

static struct outcome update(struct suite *s, const Member__Segment *wanted, const char *filter,
			     const char *etag, Member__Segment *ret)
{
	Member__UpdateSegmentRequest request = MEMBER__UPDATE_SEGMENT_REQUEST__INIT;
	Member__Segment change = MEMBER__SEGMENT__INIT;

	change.filter = filter;
	change.etag = etag;
	request.community_id = wanted->community_id;
	request.segment_id = wanted->segment_id;
	request.segment = &change;

	return suite_call(s, method_member_update_segment, &request, ret);
}

static struct outcome list(struct suite *s, const char *community, const char *filter,
			   Member__ListMembershipsResponse *ret)
{
	Member__ListMembershipsRequest request = MEMBER__LIST_MEMBERSHIPS_REQUEST__INIT;

	request.community_id = community;
	request.filter = filter;

	return suite_call(s, method_member_list_memberships, &request, ret);
}

static struct outcome explain(struct suite *s, const char *community, const char *filter,
			      const char *name, Member__FilterExplanation *ret)
{
	Member__GetFilterExplanationRequest request = MEMBER__GET_FILTER_EXPLANATION_REQUEST__INIT;

	request.community_id = community;
	request.filter = filter;
	request.person_id = name ? person(s, name) : "";

	return suite_call(s, method_member_get_filter_explanation, &request, ret);
}

static struct outcome break_down(struct suite *s, const char *community, const char *facet,
				 const char *filter, Member__MemberBreakdown *ret)
{
	Member__GetMemberBreakdownRequest request = MEMBER__GET_MEMBER_BREAKDOWN_REQUEST__INIT;

	request.community_id = community;
	request.facet = facet;
	request.filter = filter;

	return suite_call(s, method_member_get_member_breakdown, &request, ret);
}

/* A community of ann, its owner, and n guests. */
static const char *given_guests(struct suite *s, int n)
{
	const char *community = given_community(s, .owner = "ann");

	for (int i = 0; i < n; i++)
		EXPECT_OK(join(s, community, arena_printf(suite_arena(s), "guest %d", i)));

	return community;
}

static void tags_are_given_and_taken(void **state)
{
	struct suite *s = *state;
	const char *community = given_guests(s, 1);
	Member__Membership guest = MEMBER__MEMBERSHIP__INIT, same = MEMBER__MEMBERSHIP__INIT;

	EXPECT_OK(set_tags(s, community, "guest 0", "host", NULL, &guest));
	EXPECT_INT(guest.n_tags, 1);
	EXPECT_TEXT(guest.tags[0], "host");
	EXPECT_INT(guest.version, 2);
	/* What he has already changes nothing. */
	EXPECT_OK(set_tags(s, community, "guest 0", "host", NULL, &same));
	EXPECT_INT(same.version, 2);
	EXPECT_OK(set_tags(s, community, "guest 0", "老师", "host", &guest));
	EXPECT_INT(guest.n_tags, 1);
	EXPECT_TEXT(guest.tags[0], "老师");
	EXPECT_INT(postgres_int(suite_database(s),
				"SELECT count(*) FROM member.outbox WHERE community_id = '%s' AND "
				"person_id = '%s'",
				community, person(s, "guest 0")),
		   guest.version);
}

static void tags_have_their_bounds(void **state)
{
	struct suite *s = *state;
	const char *community = given_guests(s, 1);
	Member__Membership guest = MEMBER__MEMBERSHIP__INIT;
	char text[52];

	for (int i = 0; i < 50; i++)
		tag(s, community, "guest 0", arena_printf(suite_arena(s), "tag %d", i));
	EXPECT_STATUS(set_tags(s, community, "guest 0", "one more", NULL, &guest),
		      RESOURCE_EXHAUSTED, "TOO_MANY_TAGS");
	EXPECT_OK(set_tags(s, community, "guest 0", "one more", "tag 7", &guest));
	EXPECT_INT(guest.n_tags, 50);
	EXPECT_STATUS(set_tags(s, community, "guest 0", "", NULL, &guest), INVALID_ARGUMENT,
		      "INVALID_FIELD");
	memset(text, 'x', 51);
	text[51] = '\0';
	EXPECT_STATUS(set_tags(s, community, "guest 0", text, NULL, &guest), INVALID_ARGUMENT,
		      "INVALID_FIELD");
	EXPECT_STATUS(set_tags(s, community, "stranger", "host", NULL, &guest), NOT_FOUND,
		      "MEMBERSHIP_NOT_FOUND");
	as_person(s, person(s, "guest 0"));
	EXPECT_STATUS(set_tags(s, community, "guest 0", "host", NULL, &guest), PERMISSION_DENIED,
		      NULL);
	as_platform(s);
}

static void a_list_tells_how_many_there_are(void **state)
{
	struct suite *s = *state;
	const char *community = given_guests(s, 3);
	Member__ListMembershipsResponse page = MEMBER__LIST_MEMBERSHIPS_RESPONSE__INIT;

	tag(s, community, "guest 1", "host");
	EXPECT_OK(list(s, community, "", &page));
	EXPECT_INT(page.total_size, 4);
	EXPECT_OK(list(s, community, "tags:host OR role = OWNER", &page));
	EXPECT_INT(page.total_size, 2);
	EXPECT_INT(page.memberships[0]->number, 1);
	EXPECT_INT(page.memberships[1]->number, 3);
	EXPECT_STATUS(list(s, community, "colour = red", &page), INVALID_ARGUMENT, "BAD_FILTER");
}

static void members_filter_by_what_they_see(void **state)
{
	struct suite *s = *state;
	const char *community = given_guests(s, 2);
	Member__ListMembershipsResponse page = MEMBER__LIST_MEMBERSHIPS_RESPONSE__INIT;

	EXPECT_OK(give_role(s, community, "guest 1", MEMBER__ROLE__ROLE_MODERATOR));
	as_person(s, person(s, "guest 0"));
	EXPECT_OK(list(s, community, "role = OWNER", &page));
	EXPECT_INT(page.total_size, 1);
	EXPECT_STATUS(list(s, community, "attributes.age >= 18", &page), INVALID_ARGUMENT,
		      "BAD_FILTER");
	EXPECT_STATUS(list(s, community, "silent_days > 3", &page), INVALID_ARGUMENT, "BAD_FILTER");
	as_person(s, person(s, "guest 1"));
	EXPECT_OK(list(s, community, "silent_days < 3", &page));
	EXPECT_INT(page.total_size, 3);
	as_platform(s);
}

static void a_segment_is_kept_in_canonical_form_and_counted_now(void **state)
{
	struct suite *s = *state;
	const char *community = given_guests(s, 3);
	Member__Segment made = MEMBER__SEGMENT__INIT, read = MEMBER__SEGMENT__INIT;

	EXPECT_OK(create(s, community, "hosts", "( tags:host )AND NOT state=LEFT", &made));
	EXPECT_TEXT(made.filter, "tags:\"host\" AND state != LEFT");
	EXPECT_INT(made.member_count, 0);
	tag(s, community, "guest 0", "host");
	tag(s, community, "guest 2", "host");
	EXPECT_OK(get(s, community, made.segment_id, &read));
	EXPECT_INT(read.member_count, 2);
	EXPECT_OK(leave(s, community, "guest 2"));
	EXPECT_OK(get(s, community, made.segment_id, &read));
	EXPECT_INT(read.member_count, 1);
}

static void segments_are_changed_and_forgotten(void **state)
{
	struct suite *s = *state;
	const char *community = given_guests(s, 3);
	Member__DeleteSegmentRequest request = MEMBER__DELETE_SEGMENT_REQUEST__INIT;
	Member__Segment made = MEMBER__SEGMENT__INIT, other = MEMBER__SEGMENT__INIT;
	Member__Segment changed = MEMBER__SEGMENT__INIT;

	EXPECT_OK(create(s, community, "all", "", &made));
	EXPECT_INT(made.member_count, 4);
	EXPECT_STATUS(create(s, community, "all", "", &other), ALREADY_EXISTS,
		      "SEGMENT_NAME_TAKEN");
	EXPECT_STATUS(create(s, community, "", "", &other), INVALID_ARGUMENT, "INVALID_FIELD");
	EXPECT_STATUS(create(s, community, "bad", "role =", &other), INVALID_ARGUMENT,
		      "BAD_FILTER");
	EXPECT_OK(update(s, &made, "role=OWNER", made.etag, &changed));
	EXPECT_TEXT(changed.filter, "role = OWNER");
	EXPECT_TEXT(changed.name, "all");
	EXPECT_INT(changed.member_count, 1);
	EXPECT_STATUS(update(s, &made, "", made.etag, &other), ABORTED, "ETAG_MISMATCH");
	EXPECT_STATUS(update(s, &made, "x", "", &other), INVALID_ARGUMENT, "BAD_FILTER");

	request.community_id = community;
	request.segment_id = made.segment_id;
	EXPECT_OK(suite_call(s, method_member_delete_segment, &request, &other));
	EXPECT_STATUS(get(s, community, made.segment_id, &other), NOT_FOUND, "SEGMENT_NOT_FOUND");
	EXPECT_STATUS(suite_call(s, method_member_delete_segment, &request, &other), NOT_FOUND,
		      "SEGMENT_NOT_FOUND");
	EXPECT_STATUS(update(s, &made, "", "", &other), NOT_FOUND, "SEGMENT_NOT_FOUND");
}

static void there_are_a_thousand_segments_at_most(void **state)
{
	struct suite *s = *state;
	const char *community = given_guests(s, 0);
	Member__ListSegmentsRequest request = MEMBER__LIST_SEGMENTS_REQUEST__INIT;
	Member__ListSegmentsResponse page = MEMBER__LIST_SEGMENTS_RESPONSE__INIT;
	Member__Segment made = MEMBER__SEGMENT__INIT;

	postgres_text(
		suite_database(s),
		"INSERT INTO member.segment (community_id, segment_id, name, filter, "
		"create_time, update_time) SELECT '%s', gen_random_uuid(), 'segment ' || i, '', "
		"now(), now() FROM generate_series(1, 999) AS i",
		community);
	EXPECT_OK(create(s, community, "a", "", &made));
	EXPECT_STATUS(create(s, community, "b", "", &made), RESOURCE_EXHAUSTED,
		      "TOO_MANY_SEGMENTS");
	request.community_id = community;
	request.page_size = 999;
	EXPECT_OK(suite_call(s, method_member_list_segments, &request, &page));
	EXPECT_INT(page.n_segments, 999);
	EXPECT_TEXT(page.segments[0]->name, "a");
	request.page_token = page.next_page_token;
	EXPECT_OK(suite_call(s, method_member_list_segments, &request, &page));
	EXPECT_INT(page.n_segments, 1);
	EXPECT_TEXT(page.next_page_token, "");
}

static void a_segments_members_come_in_pages(void **state)
{
	struct suite *s = *state;
	const char *community = given_guests(s, 7);
	Member__ListSegmentMembersRequest request = MEMBER__LIST_SEGMENT_MEMBERS_REQUEST__INIT;
	Member__ListSegmentMembersResponse page = MEMBER__LIST_SEGMENT_MEMBERS_RESPONSE__INIT;
	Member__Segment made = MEMBER__SEGMENT__INIT;
	int64_t last = 0;
	size_t n = 0;

	EXPECT_OK(create(s, community, "guests", "role = MEMBER", &made));
	request.community_id = community;
	request.segment_id = made.segment_id;
	request.page_size = 3;
	do {
		EXPECT_OK(suite_call(s, method_member_list_segment_members, &request, &page));
		EXPECT_INT(page.total_size, 7);
		for (size_t i = 0; i < page.n_memberships; i++, n++) {
			assert_true(page.memberships[i]->number > last);
			last = page.memberships[i]->number;
		}
		request.page_token = page.next_page_token;
	} while (*request.page_token);
	EXPECT_INT(n, 7);
	request.page_token = "AAAAAAAAAAAAAAAAAAAAAAAAAAAA";
	EXPECT_STATUS(suite_call(s, method_member_list_segment_members, &request, &page),
		      INVALID_ARGUMENT, "BAD_PAGE_TOKEN");
	request.page_token = "";
	request.segment_id = community;
	EXPECT_STATUS(suite_call(s, method_member_list_segment_members, &request, &page), NOT_FOUND,
		      "SEGMENT_NOT_FOUND");
}

static void a_filter_is_explained_condition_by_condition(void **state)
{
	struct suite *s = *state;
	const char *community = given_guests(s, 3);
	Member__GetFilterExplanationRequest request = MEMBER__GET_FILTER_EXPLANATION_REQUEST__INIT;
	Member__FilterExplanation told = MEMBER__FILTER_EXPLANATION__INIT;
	Member__Segment made = MEMBER__SEGMENT__INIT;
	const char *filter = "state=ACTIVE AND (tags:host OR role=OWNER) AND silent_days<1";

	tag(s, community, "guest 1", "host");
	EXPECT_OK(explain(s, community, filter, "guest 0", &told));
	EXPECT_TEXT(told.filter,
		    "state = ACTIVE AND (tags:\"host\" OR role = OWNER) AND silent_days < 1");
	EXPECT_INT(told.member_count, 2);
	assert_false(told.met);
	EXPECT_INT(told.n_conditions, 3);
	EXPECT_TEXT(told.conditions[1]->condition, "(tags:host OR role=OWNER)");
	EXPECT_INT(told.conditions[1]->member_count, 2);
	assert_false(told.conditions[1]->met);
	assert_true(told.conditions[0]->met);
	assert_true(told.conditions[2]->met);
	EXPECT_INT(told.conditions[2]->member_count, 4);
	EXPECT_OK(explain(s, community, filter, "guest 1", &told));
	assert_true(told.met);
	EXPECT_OK(explain(s, community, "", NULL, &told));
	EXPECT_INT(told.member_count, 4);
	EXPECT_INT(told.n_conditions, 0);
	EXPECT_STATUS(explain(s, community, "", "stranger", &told), NOT_FOUND,
		      "MEMBERSHIP_NOT_FOUND");
	EXPECT_STATUS(explain(s, community, "tags:", NULL, &told), INVALID_ARGUMENT, "BAD_FILTER");

	EXPECT_OK(create(s, community, "these", filter, &made));
	request.community_id = community;
	request.segment_id = made.segment_id;
	EXPECT_OK(suite_call(s, method_member_get_filter_explanation, &request, &told));
	EXPECT_INT(told.member_count, 2);
	request.filter = filter;
	EXPECT_STATUS(suite_call(s, method_member_get_filter_explanation, &request, &told),
		      INVALID_ARGUMENT, "FILTER_OR_SEGMENT");
}

static void nobody_is_told_apart_in_a_breakdown(void **state)
{
	static const int shares[] = {9, 6, 5, 4}; /* members of each value */
	struct suite *s = *state;
	const char *community = given_guests(s, 24);
	Member__MemberBreakdown told = MEMBER__MEMBER_BREAKDOWN__INIT;
	int guest = 0;

	for (int value = 0; value < 4; value++)
		for (int i = 0; i < shares[value]; i++, guest++)
			tag(s, community, arena_printf(suite_arena(s), "guest %d", guest),
			    arena_printf(suite_arena(s), "t%d", value));
	/* 4 share t3, and the owner alone has none: together they are 5. */
	EXPECT_OK(break_down(s, community, "tags", "", &told));
	EXPECT_INT(told.n_counts, 3);
	EXPECT_TEXT(told.counts[0]->value, "t0");
	EXPECT_INT(told.counts[0]->member_count, 9);
	EXPECT_INT(told.counts[2]->member_count, 5);
	EXPECT_INT(told.other_count, 5);
	/* Without him t3 would follow from the sum, so the next smallest goes with it. */
	EXPECT_OK(break_down(s, community, "tags", "role != OWNER", &told));
	EXPECT_INT(told.n_counts, 2);
	EXPECT_TEXT(told.counts[1]->value, "t1");
	EXPECT_INT(told.other_count, 9);
	/* Fewer than 5 in all: nothing. */
	EXPECT_OK(break_down(s, community, "tags", "tags:t3", &told));
	EXPECT_INT(told.n_counts, 0);
	EXPECT_INT(told.other_count, 0);
}

static void what_one_keeps_to_himself_is_not_broken_down(void **state)
{
	struct suite *s = *state;
	const char *community = given_guests(s, 12);
	Member__MemberBreakdown told = MEMBER__MEMBER_BREAKDOWN__INIT;

	postgres_text(suite_database(s),
		      "INSERT INTO member.person_attribute (person_id, name, value, visibility, "
		      "update_time) SELECT person_id, a.name, 'x', a.visibility, now() "
		      "FROM member.membership, (VALUES ('open', 'MEMBERS'), ('own', 'SELF')) "
		      "AS a (name, visibility) WHERE community_id = '%s' ON CONFLICT DO NOTHING",
		      community);
	postgres_text(suite_database(s),
		      "UPDATE member.membership SET indexed_version = 0 WHERE community_id = '%s'",
		      community);
	EXPECT_OK(break_down(s, community, "attributes.open", "", &told));
	EXPECT_INT(told.n_counts, 1);
	EXPECT_TEXT(told.counts[0]->value, "x");
	EXPECT_INT(told.counts[0]->member_count, 13);
	EXPECT_OK(break_down(s, community, "attributes.own", "", &told));
	EXPECT_INT(told.n_counts, 1);
	EXPECT_TEXT(told.counts[0]->value, "");
	EXPECT_STATUS(break_down(s, community, "joined", "", &told), INVALID_ARGUMENT,
		      "NO_BREAKDOWN");
	EXPECT_STATUS(break_down(s, community, "lurker", "", &told), INVALID_ARGUMENT,
		      "NO_BREAKDOWN");
	EXPECT_STATUS(break_down(s, community, "tags", "tags", &told), INVALID_ARGUMENT,
		      "BAD_FILTER");
}

static void an_archived_community_keeps_its_segments(void **state)
{
	struct suite *s = *state;
	const char *community = given_guests(s, 1);
	Member__ArchiveCommunityRequest request = MEMBER__ARCHIVE_COMMUNITY_REQUEST__INIT;
	Member__Community archived = MEMBER__COMMUNITY__INIT;
	Member__Segment made = MEMBER__SEGMENT__INIT, read = MEMBER__SEGMENT__INIT;

	EXPECT_OK(create(s, community, "all", "", &made));
	request.community_id = community;
	EXPECT_OK(suite_call(s, method_member_archive_community, &request, &archived));
	EXPECT_STATUS(create(s, community, "more", "", &read), FAILED_PRECONDITION,
		      "COMMUNITY_ARCHIVED");
	EXPECT_STATUS(update(s, &made, "", "", &read), FAILED_PRECONDITION, "COMMUNITY_ARCHIVED");
	EXPECT_OK(get(s, community, made.segment_id, &read));
}

static int start(void **state)
{
	return suite_setup(state, (const struct service *const[]){&member_service, NULL});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tags_are_given_and_taken),
		cmocka_unit_test(tags_have_their_bounds),
		cmocka_unit_test(a_list_tells_how_many_there_are),
		cmocka_unit_test(members_filter_by_what_they_see),
		cmocka_unit_test(a_segment_is_kept_in_canonical_form_and_counted_now),
		cmocka_unit_test(segments_are_changed_and_forgotten),
		cmocka_unit_test(there_are_a_thousand_segments_at_most),
		cmocka_unit_test(a_segments_members_come_in_pages),
		cmocka_unit_test(a_filter_is_explained_condition_by_condition),
		cmocka_unit_test(nobody_is_told_apart_in_a_breakdown),
		cmocka_unit_test(what_one_keeps_to_himself_is_not_broken_down),
		cmocka_unit_test(an_archived_community_keeps_its_segments),
	};

	return cmocka_run_group_tests_name("member: segments", tests, start, suite_teardown);
}
