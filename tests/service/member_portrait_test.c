/* Portraits: what follows from what members say and do, in whatever order it is heard of, and in
 * numbers that tell of nobody. */
#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/id.h"
#include "given.h"
#include "kith/event/v1/event.pb-c.h"
#include "kith/member/v1/portrait.pb-c.h"
#include "kith_methods.h"
#include "member/member.h"

#define DAY_S  INT64_C(86400)
#define N_TOLD 6

#define PUBLISHED EVENT__EVENT_TYPE__EVENT_TYPE_POST_PUBLISHED
#define REMOVED   EVENT__EVENT_TYPE__EVENT_TYPE_POST_REMOVED
#define COMMENTED EVENT__EVENT_TYPE__EVENT_TYPE_COMMENT_CREATED
#define REACTED   EVENT__EVENT_TYPE__EVENT_TYPE_REACTION_ADDED

struct deed {
	Event__EventType type;
	const char *subject, *topic, *kind;
	int64_t version;
	int days_ago;
};

/* When all of this happens: one second for all tests, so that sums can be compared. */
static int64_t now_s;

static void tell(struct suite *s, const char *community, const char *name,
		 const struct deed *const *deeds, size_t n)
{
	Event__DeliverEventsRequest request = EVENT__DELIVER_EVENTS_REQUEST__INIT;
	Event__DeliverEventsResponse reply = EVENT__DELIVER_EVENTS_RESPONSE__INIT;
	struct arena *arena = suite_arena(s);

	request.events = arena_array(arena, n, sizeof(*request.events));
	request.n_events = n;
	for (size_t i = 0; i < n; i++) {
		Event__Event *event = arena_alloc(arena, sizeof(*event));
		Google__Protobuf__Timestamp *time = arena_alloc(arena, sizeof(*time));
		char *id = arena_alloc(arena, ID_SIZE), *subject = arena_alloc(arena, ID_SIZE);

		event__event__init(event);
		google__protobuf__timestamp__init(time);
		time->seconds = now_s - deeds[i]->days_ago * DAY_S;
		id_new(id);
		id_of(name, deeds[i]->subject, subject);
		event->event_id = id;
		event->community_id = community;
		event->person_id = person(s, name);
		event->type = deeds[i]->type;
		event->subject_id = subject;
		event->topic = deeds[i]->topic;
		event->kind = deeds[i]->kind ? deeds[i]->kind : "";
		event->version = deeds[i]->version;
		event->occur_time = time;
		request.events[i] = event;
	}
	as_service(s);
	EXPECT_OK(suite_call(s, method_member_deliver_events, &request, &reply));
	EXPECT_INT(reply.applied_count, n);
	as_platform(s);
}

static Member__Portrait portrait_of(struct suite *s, const char *community, const char *name)
{
	Member__GetPortraitRequest request = MEMBER__GET_PORTRAIT_REQUEST__INIT;
	Member__Portrait portrait = MEMBER__PORTRAIT__INIT;

	request.community_id = community;
	request.person_id = person(s, name);
	EXPECT_OK(suite_call(s, method_member_get_portrait, &request, &portrait));

	return portrait;
}

/* Clocks move between the deed and the look. */
static void expect_weight(const Member__Interest *interest, double expected)
{
	if (fabs(interest->weight - expected) > expected * 1e-3)
		fail_msg("%s weighs %f, not %f", interest->tag, interest->weight, expected);
}

static void what_is_said_and_liked_weighs_half_after_thirty_days(void **state)
{
	static const struct deed post = {PUBLISHED, "a", "tea", "TEXT", 1, 0};
	static const struct deed comment = {COMMENTED, "b", "tea", NULL, 1, 30};
	static const struct deed reaction = {REACTED, "c", "tea", NULL, 2, 60};
	static const struct deed question = {PUBLISHED, "d", "tea", "QUESTION", 1, 30};
	static const struct deed silent = {PUBLISHED, "e", "", "TEXT", 1, 0};
	struct suite *s = *state;
	const char *community = given_community(s, .owner = "ann");
	Member__Portrait portrait;

	tell(s, community, "ann",
	     (const struct deed *const[]){&post, &comment, &reaction, &question, &silent}, 5);
	say(s, "ann", "phone", "13812345678", MEMBER__VISIBILITY__VISIBILITY_STAFF, false);
	portrait = portrait_of(s, community, "ann");
	EXPECT_INT(portrait.n_interests, 2);
	EXPECT_TEXT(portrait.interests[0]->tag, "tea");
	EXPECT_INT(portrait.interests[0]->kind, MEMBER__INTEREST_KIND__INTEREST_KIND_INTEREST);
	expect_weight(portrait.interests[0], 3 + 2 * 0.5 + 1 * 0.25);
	EXPECT_INT(portrait.interests[0]->post_count, 1);
	EXPECT_INT(portrait.interests[0]->comment_count, 1);
	EXPECT_INT(portrait.interests[0]->reaction_count, 1);
	EXPECT_INT(portrait.interests[0]->last_seen_time->seconds, now_s);
	EXPECT_INT(portrait.interests[1]->kind, MEMBER__INTEREST_KIND__INTEREST_KIND_NEED);
	expect_weight(portrait.interests[1], 1.5);
	EXPECT_INT(portrait.n_attributes, 1);
	EXPECT_TEXT(portrait.attributes[0]->value, "13812345678");
}

static void who_may_look_at_a_portrait(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .owner = "ann");
	Member__GetPortraitRequest request = MEMBER__GET_PORTRAIT_REQUEST__INIT;
	Member__GetCommunityPortraitRequest whole = MEMBER__GET_COMMUNITY_PORTRAIT_REQUEST__INIT;
	Member__Portrait portrait = MEMBER__PORTRAIT__INIT;
	Member__CommunityPortrait cells = MEMBER__COMMUNITY_PORTRAIT__INIT;

	EXPECT_OK(join(s, community, "bob"));
	EXPECT_OK(join(s, community, "mod"));
	EXPECT_OK(give_role(s, community, "mod", MEMBER__ROLE__ROLE_MODERATOR));
	say(s, "bob", "phone", "13812345678", MEMBER__VISIBILITY__VISIBILITY_STAFF, false);
	request.community_id = whole.community_id = community;
	request.person_id = person(s, "bob");
	as_person(s, person(s, "mod"));
	EXPECT_OK(suite_call(s, method_member_get_portrait, &request, &portrait));
	EXPECT_TEXT(portrait.attributes[0]->value, "138****5678");
	EXPECT_OK(suite_call(s, method_member_get_community_portrait, &whole, &cells));
	EXPECT_INT(cells.n_cells, 0);
	as_person(s, person(s, "bob"));
	member__portrait__init(&portrait);
	EXPECT_OK(suite_call(s, method_member_get_portrait, &request, &portrait));
	EXPECT_TEXT(portrait.attributes[0]->value, "13812345678");
	EXPECT_STATUS(suite_call(s, method_member_get_community_portrait, &whole, &cells),
		      PERMISSION_DENIED, NULL);
	request.person_id = person(s, "mod");
	EXPECT_STATUS(suite_call(s, method_member_get_portrait, &request, &portrait),
		      PERMISSION_DENIED, NULL);
	as_platform(s);
	request.person_id = person(s, "stranger");
	EXPECT_STATUS(suite_call(s, method_member_get_portrait, &request, &portrait), NOT_FOUND,
		      "MEMBERSHIP_NOT_FOUND");
}

/* All that is summed up about one person, to the last digit. */
static const char *rows_about(struct suite *s, const char *community, const char *name)
{
	return arena_string(
		suite_arena(s),
		postgres_text(suite_database(s),
			      "SELECT string_agg(concat_ws('|', kind, tag, amount, post_count, "
			      "comment_count, reaction_count), ',' ORDER BY kind, tag) "
			      "FROM member.interest WHERE community_id = '%s' "
			      "AND person_id = '%s' AND amount <> 0",
			      community, person(s, name)));
}

/* A post that is published, removed, restored under another topic; others around it. Each order of
 * the six, one event a delivery, comes to the same rows as all at once. */
static void the_order_of_events_does_not_matter(void **state)
{
	static const struct deed deeds[N_TOLD] = {
		{PUBLISHED, "a", "tea", "TEXT", 1, 50}, {REMOVED, "a", "tea", "TEXT", 2, 40},
		{PUBLISHED, "a", "go", "TEXT", 3, 50},  {COMMENTED, "b", "tea", NULL, 1, 7},
		{REACTED, "c", "tea", NULL, 4, 3},      {REMOVED, "d", "tea", "TEXT", 2, 1},
	};
	struct suite *s = *state;
	const char *community = given_community(s, .owner = "all"), *expected;
	const struct deed *all[N_TOLD];

	for (size_t i = 0; i < N_TOLD; i++)
		all[i] = &deeds[i];
	tell(s, community, "all", all, N_TOLD);
	expected = rows_about(s, community, "all");
	assert_non_null(strstr(expected, "INTEREST|go|"));
	for (int order = 0; order < 720; order += 31) {
		const char *name = arena_printf(suite_arena(s), "order%d", order);
		size_t left = N_TOLD;
		int code = order;
		const struct deed *rest[N_TOLD];

		memcpy(rest, all, sizeof(rest));
		for (size_t i = 0; i < N_TOLD; i++) {
			size_t pick = (size_t)code % left;

			code /= (int)left;
			tell(s, community, name, &rest[pick], 1);
			memmove(&rest[pick], &rest[pick + 1],
				(left - pick - 1) * sizeof(struct deed *));
			left--;
		}
		EXPECT_TEXT(rows_about(s, community, name), expected);
	}
}

static void a_delivery_that_comes_twice_counts_once(void **state)
{
	static const struct deed post = {PUBLISHED, "a", "tea", "TEXT", 1, 0};
	struct suite *s = *state;
	const char *community = given_community(s, .owner = "twice"), *before;

	tell(s, community, "twice", (const struct deed *const[]){&post}, 1);
	before = rows_about(s, community, "twice");
	tell(s, community, "twice", (const struct deed *const[]){&post}, 1);
	EXPECT_TEXT(rows_about(s, community, "twice"), before);
}

static Member__CommunityPortrait cells_of(struct suite *s, const char *community)
{
	Member__GetCommunityPortraitRequest request = MEMBER__GET_COMMUNITY_PORTRAIT_REQUEST__INIT;
	Member__CommunityPortrait portrait = MEMBER__COMMUNITY_PORTRAIT__INIT;

	request.community_id = community;
	EXPECT_OK(suite_call(s, method_member_get_community_portrait, &request, &portrait));

	return portrait;
}

static int64_t cell(const Member__CommunityPortrait *portrait, const char *dimension,
		    const char *value)
{
	for (size_t i = 0; i < portrait->n_cells; i++)
		if (strcmp(portrait->cells[i]->dimension, dimension) == 0 &&
		    strcmp(portrait->cells[i]->value, value) == 0)
			return portrait->cells[i]->member_count;

	return 0;
}

/* Regions of 9, 7, 6 and 4: the 4 are too few, and without the 6 they would follow from the sum.
 */
static void small_cells_are_left_out_with_the_next_smallest(void **state)
{
	static const struct deed post = {PUBLISHED, "a", "Tea", "TEXT", 1, 0};
	struct suite *s = *state;
	const char *community = given_community(s, .name = "Portrait");
	Member__CommunityPortrait portrait;

	for (int i = 0; i < 26; i++) {
		const char *name = arena_printf(suite_arena(s), "p%d", i);

		EXPECT_OK(join(s, community, name));
		say(s, name, "region",
		    i < 9    ? "North"
		    : i < 16 ? " south"
		    : i < 22 ? "east"
			     : "west",
		    MEMBER__VISIBILITY__VISIBILITY_MEMBERS, false);
		say(s, name, "birth_year", i % 2 ? "1990" : "1999",
		    MEMBER__VISIBILITY__VISIBILITY_STAFF, false);
		say(s, name, "interests", i < 5 ? "go, Chess" : "chess",
		    i < 6 ? MEMBER__VISIBILITY__VISIBILITY_PUBLIC
			  : MEMBER__VISIBILITY__VISIBILITY_SELF,
		    false);
		say(s, name, "occupation", "spy", MEMBER__VISIBILITY__VISIBILITY_MEMBERS, true);
		if (i < 6)
			tell(s, community, name, (const struct deed *const[]){&post}, 1);
	}
	portrait = cells_of(s, community);
	EXPECT_INT(cell(&portrait, "attributes.region", "north"), 9);
	EXPECT_INT(cell(&portrait, "attributes.region", "south"), 7);
	EXPECT_INT(cell(&portrait, "attributes.region", "east"), 0);
	EXPECT_INT(cell(&portrait, "attributes.region", "west"), 0);
	EXPECT_INT(cell(&portrait, "attributes.birth_year", "1990s"), 26);
	EXPECT_INT(cell(&portrait, "attributes.interests", "go"), 5);
	EXPECT_INT(cell(&portrait, "attributes.interests", "chess"), 6);
	EXPECT_INT(cell(&portrait, "attributes.occupation", "spy"), 0);
	EXPECT_INT(cell(&portrait, "interest", "Tea"), 6);

	EXPECT_OK(leave(s, community, "p0"));
	EXPECT_OK(leave(s, community, "p1"));
	portrait = cells_of(s, community);
	EXPECT_INT(cell(&portrait, "interest", "Tea"), 0);
	EXPECT_INT(cell(&portrait, "attributes.interests", "go"), 0);
	EXPECT_INT(cell(&portrait, "attributes.interests", "chess"), 0);
	EXPECT_INT(cell(&portrait, "attributes.region", "north"), 7);
}

static int start(void **state)
{
	now_s = clock_wall_us() / 1000000;

	return suite_setup(state, (const struct service *const[]){&member_service, NULL});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_said_and_liked_weighs_half_after_thirty_days),
		cmocka_unit_test(who_may_look_at_a_portrait),
		cmocka_unit_test(the_order_of_events_does_not_matter),
		cmocka_unit_test(a_delivery_that_comes_twice_counts_once),
		cmocka_unit_test(small_cells_are_left_out_with_the_next_smallest),
	};

	return cmocka_run_group_tests_name("member: portraits", tests, start, suite_teardown);
}
