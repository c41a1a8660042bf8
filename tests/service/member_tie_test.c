/* Ties: what outside systems say of them, and what content's events make of them. */
#include "base/id.h"
#include "kith/event/v1/event.pb-c.h"
#include "kith_methods.h"
#include "member/member.h"
#include "split_words.h"

/* The weight of the tie from all its sources. */
static int64_t weight(struct suite *s, const char *community, const char *a, const char *b)
{
	return postgres_int(suite_database(s),
			    "SELECT sum(weight) FROM member.tie WHERE community_id = '%s' AND "
			    "person_id = LEAST('%s'::uuid, '%s'::uuid) AND "
			    "other_person_id = GREATEST('%s'::uuid, '%s'::uuid)",
			    community, a, b, a, b);
}

static int64_t between(struct suite *s, const char *community, unsigned a, unsigned b)
{
	return weight(s, community, one_of(s, "tie", a), one_of(s, "tie", b));
}

static int64_t ties(struct suite *s, const char *community)
{
	return postgres_int(suite_database(s),
			    "SELECT count(*) FROM member.tie WHERE community_id = '%s'", community);
}

static void imported_again_changes_nothing(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);
	/* The first pair comes again the other way round: the last counts. */
	const struct tie some[] = {{0, 1, 5}, {2, 3, 7}, {1, 0, 9}};
	const struct tie later[] = {{0, 1, 4}, {2, 3, 7}};
	Member__ImportTiesResponse counts = MEMBER__IMPORT_TIES_RESPONSE__INIT;

	EXPECT_OK(import_ties(s, community, "forum", "tie", some, 3, &counts));
	EXPECT_INT(counts.changed_count, 2);
	EXPECT_INT(counts.unchanged_count, 0);
	EXPECT_INT(between(s, community, 0, 1), 9);
	EXPECT_OK(import_ties(s, community, "forum", "tie", some, 3, &counts));
	EXPECT_INT(counts.changed_count, 0);
	EXPECT_INT(counts.unchanged_count, 2);
	EXPECT_OK(import_ties(s, community, "forum", "tie", later, 2, &counts));
	EXPECT_INT(counts.changed_count, 1);
	EXPECT_INT(between(s, community, 1, 0), 4);
	EXPECT_OK(import_ties(s, community, "chat", "tie", some, 1, &counts));
	EXPECT_INT(between(s, community, 0, 1), 9); /* 4 from the forum, 5 from the chat */
	EXPECT_INT(ties(s, community), 3);
}

static void wrong_ties_are_refused(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .owner = "tie owner");
	const struct tie self[] = {{0, 1, 1}, {2, 2, 1}}, good[] = {{0, 1, 1}},
			 negative[] = {{0, 1, -1}};
	Member__ImportTiesResponse counts = MEMBER__IMPORT_TIES_RESPONSE__INIT;
	struct outcome outcome = import_ties(s, community, "forum", "tie", self, 2, &counts);

	EXPECT_STATUS(outcome, INVALID_ARGUMENT, "SELF_TIE");
	assert_true(outcome_names(&outcome, "items[1].other_person_id"));
	EXPECT_STATUS(import_ties(s, community, "content", "tie", good, 1, &counts),
		      INVALID_ARGUMENT, "SOURCE_RESERVED");
	EXPECT_STATUS(import_ties(s, community, "", "tie", good, 1, &counts), INVALID_ARGUMENT,
		      NULL);
	EXPECT_STATUS(import_ties(s, community, "forum", "tie", negative, 1, &counts),
		      INVALID_ARGUMENT, NULL);
	EXPECT_STATUS(import_ties(s, one_of(s, "tie", 0), "forum", "tie", good, 1, &counts),
		      NOT_FOUND, "COMMUNITY_NOT_FOUND");
	as_person(s, person(s, "tie owner"));
	EXPECT_STATUS(import_ties(s, community, "forum", "tie", good, 1, &counts),
		      PERMISSION_DENIED, NULL);
	as_platform(s);
	EXPECT_INT(ties(s, community), 0);
}

/* -- content's events */

struct told {
	Event__EventType type;
	unsigned who, whom; /* members of the crowd; the same: nobody */
	const char *subject;
	int64_t version;
};

static void deliver(struct suite *s, const char *community, const struct told *told, size_t n)
{
	Event__DeliverEventsRequest request = EVENT__DELIVER_EVENTS_REQUEST__INIT;
	Event__DeliverEventsResponse reply = EVENT__DELIVER_EVENTS_RESPONSE__INIT;
	char id[ID_SIZE];

	request.events = arena_array(suite_arena(s), n, sizeof(*request.events));
	for (size_t i = 0; i < n; i++) {
		Event__Event *event = arena_alloc(suite_arena(s), sizeof(*event));

		event__event__init(event);
		id_new(id);
		event->event_id = arena_string(suite_arena(s), id);
		event->community_id = community;
		event->type = told[i].type;
		event->person_id = one_of(s, "tie", told[i].who);
		/* An end does not say whom it reached. */
		if (told[i].type == EVENT__EVENT_TYPE__EVENT_TYPE_COMMENT_CREATED ||
		    told[i].type == EVENT__EVENT_TYPE__EVENT_TYPE_REACTION_ADDED)
			event->other_person_id = one_of(s, "tie", told[i].whom);
		id_of("subject", told[i].subject, id);
		event->subject_id = arena_string(suite_arena(s), id);
		event->version = told[i].version;
		event->occur_time = arena_alloc(suite_arena(s), sizeof(*event->occur_time));
		google__protobuf__timestamp__init(event->occur_time);
		request.events[request.n_events++] = event;
	}
	as_service(s);
	EXPECT_OK(suite_call(s, method_member_deliver_events, &request, &reply));
	EXPECT_INT(reply.applied_count, n);
	EXPECT_OK(suite_call(s, method_member_deliver_events, &request, &reply)); /* nothing new */
	as_platform(s);
}

#define TOLD(type, ...)                                                                            \
	{                                                                                          \
		EVENT__EVENT_TYPE__EVENT_TYPE_##type, __VA_ARGS__                                  \
	}

static void comments_and_reactions_tie(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);
	const struct told first[] = {TOLD(COMMENT_CREATED, 0, 1, "c1", 1),
				     TOLD(COMMENT_CREATED, 1, 0, "c2", 1),
				     TOLD(REACTION_ADDED, 1, 0, "r1", 2),
				     TOLD(REACTION_ADDED, 2, 0, "r1", 4), /* the same sign */
				     TOLD(COMMENT_CREATED, 3, 3, "c3", 1)};
	const struct told ended[] = {TOLD(COMMENT_REMOVED, 0, 1, "c1", 2),
				     TOLD(REACTION_REMOVED, 1, 0, "r1", 3)};
	const struct told again[] = {TOLD(REACTION_ADDED, 1, 0, "r1", 6)};

	deliver(s, community, first, 5);
	EXPECT_INT(between(s, community, 0, 1), 7);
	EXPECT_INT(between(s, community, 0, 2), 1);
	EXPECT_INT(ties(s, community), 2); /* nobody is tied to himself */
	deliver(s, community, ended, 2);
	EXPECT_INT(between(s, community, 0, 1), 3);
	EXPECT_INT(between(s, community, 0, 2), 1);
	deliver(s, community, again, 1);
	EXPECT_INT(between(s, community, 0, 1), 4);
}

static void events_in_any_order_come_to_the_same(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);
	const struct told end[] = {TOLD(COMMENT_REMOVED, 0, 1, "late", 2)},
			  begin[] = {TOLD(COMMENT_CREATED, 0, 1, "late", 1)},
			  both[] = {TOLD(REACTION_REMOVED, 0, 1, "both", 3),
				    TOLD(REACTION_ADDED, 0, 1, "both", 2),
				    TOLD(REACTION_ADDED, 0, 1, "other", 2)};

	deliver(s, community, end, 1);
	deliver(s, community, begin, 1);
	EXPECT_INT(between(s, community, 0, 1), 0);
	deliver(s, community, both, 3);
	EXPECT_INT(between(s, community, 0, 1), 1);
}

static int start(void **state)
{
	return suite_setup(state, (const struct service *const[]){&member_service, NULL});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(imported_again_changes_nothing),
		cmocka_unit_test(wrong_ties_are_refused),
		cmocka_unit_test(comments_and_reactions_tie),
		cmocka_unit_test(events_in_any_order_come_to_the_same),
	};

	return cmocka_run_group_tests_name("member: ties", tests, start, suite_teardown);
}
