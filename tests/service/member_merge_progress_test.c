/* Merged persons: what either did counts for the one they are, and each gets his own back. What is
 * expected is reckoned here, by plain SQL over the rows of days. */
#include <string.h>

#include "base/id.h"
#include "kith/event/v1/event.pb-c.h"
#include "kith/member/v1/journey.pb-c.h"
#include "kith/member/v1/kol.pb-c.h"
#include "kith/member/v1/ladder.pb-c.h"
#include "kith/member/v1/onboarding.pb-c.h"
#include "kith/member/v1/portrait.pb-c.h"
#include "kith_methods.h"
#include "member/member.h"
#include "merge_words.h"

#define N_DAYS 60

/* The ids of the persons as a list for SQL. */
static const char *ids_of(struct suite *s, const char *names)
{
	const char *list = "NULL";

	for (const char *at = names; *at; at++)
		list = arena_printf(suite_arena(s), "%s, '%s'", list,
				    person(s, arena_printf(suite_arena(s), "%c %s", *at, names)));

	return list;
}

/* First and last days, score, and when the steps were reached by engagement (5 days and 12 within
 * 30): of one person as the service has it. */
static const char *has(struct suite *s, const char *community, const char *name)
{
	return arena_string(
		suite_arena(s),
		postgres_text(suite_database(s),
			      "SELECT concat_ws(' ', first_active_date, last_active_date, "
			      "first_engaged_date, last_engaged_date, score, (SELECT "
			      "string_agg(step || ':' || (reach_time AT TIME ZONE 'UTC')::date, "
			      "' ' ORDER BY step) FROM member.journey_step j WHERE "
			      "j.community_id = m.community_id AND j.person_id = m.person_id AND "
			      "step <> 'AUDIENCE')) FROM member.membership m JOIN member.standing "
			      "USING (community_id, person_id) WHERE community_id = '%s' AND "
			      "person_id = '%s'",
			      community, person(s, name)));
}

/* The same of the days of all the persons, as one. */
static const char *reckoned(struct suite *s, const char *community, const char *ids)
{
	return arena_string(
		suite_arena(s),
		postgres_text(
			suite_database(s),
			"WITH did AS (SELECT day, kind, sum(count) AS n FROM member.member_day "
			"WHERE community_id = '%s' AND person_id IN (%s) GROUP BY 1, 2), "
			"engaged AS (SELECT DISTINCT day FROM did WHERE n > 0 AND kind IN "
			"('POST', 'COMMENT', 'ANSWER', 'REACTION')), "
			"span AS (SELECT day, (SELECT count(*) FROM engaged o WHERE o.day <= e.day "
			"AND o.day > e.day - 30) AS n FROM engaged e) "
			"SELECT concat_ws(' ', (SELECT concat_ws(' ', min(day), max(day)) FROM did "
			"WHERE n > 0), (SELECT concat_ws(' ', min(day), max(day)) FROM engaged), "
			"(SELECT COALESCE(sum(n * CASE kind WHEN 'POST' THEN 10 WHEN 'COMMENT' "
			"THEN 3 ELSE 0 END), 0) FROM did), "
			"(SELECT string_agg(step || ':' || day, ' ' ORDER BY step) FROM ("
			"SELECT 'TRIAL', min(day) FROM engaged UNION ALL "
			"SELECT 'FAN', min(day) FROM span WHERE n >= 5 UNION ALL "
			"SELECT 'CORE', min(day) FROM span WHERE n >= 12) AS r (step, day)))",
			community, ids));
}

static uint32_t draw(uint64_t *seed, uint32_t limit)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;

	return (uint32_t)(*seed >> 33) % limit;
}

static void does_much(struct suite *s, const char *community, const char *name, uint64_t *seed,
		      size_t n)
{
	static const char *const kinds[] = {"VISIT", "POST", "COMMENT", "REACTION"};
	struct day_wish days[N_DAYS];

	for (size_t i = 0; i < n; i++)
		days[i] = (struct day_wish){name, kinds[draw(seed, 4)], (int32_t)draw(seed, 80),
					    draw(seed, 3) + 1, 0};
	tell_days(s, community, days, n);
}

static const char *const crowd[] = {"a abc", "b abc", "c abc"};

static void days_of_all_ids_are_one_persons(void **state)
{
	struct suite *s = *state;
	uint64_t seed = 11;

	for (unsigned round = 0; round < 8; round++) {
		const char *community = given_community(s), *first, *second;

		given_hundreds(s, community);
		for (size_t i = 0; i < 3; i++) {
			if (round % 4 != i) /* one of them may not have come here */
				EXPECT_OK(join(s, community, crowd[i]));
			does_much(s, community, crowd[i], &seed, 8 + 6 * i);
		}
		if (round % 4 == 0)
			EXPECT_OK(join(s, community, "a abc"));
		first = merged(s, "b abc", "c abc");
		second = merged(s, "a abc", "b abc");
		EXPECT_TEXT(has(s, community, "a abc"), reckoned(s, community, ids_of(s, "abc")));

		/* Late news of either, and what the one does now. */
		for (size_t i = 0; i < 3; i++)
			does_much(s, community, crowd[i], &seed, 9);
		EXPECT_TEXT(has(s, community, "a abc"), reckoned(s, community, ids_of(s, "abc")));

		EXPECT_INT(parted(s, second), 0);
		EXPECT_TEXT(has(s, community, "b abc"),
			    reckoned(s, community,
				     arena_printf(suite_arena(s), "'%s', '%s'", person(s, "b abc"),
						  person(s, "c abc"))));
		EXPECT_INT(parted(s, first), 0);
		for (size_t i = 0; i < 3; i++)
			if (round % 4 != i || i == 0)
				EXPECT_TEXT(has(s, community, crowd[i]),
					    reckoned(s, community,
						     arena_printf(suite_arena(s), "'%s'",
								  person(s, crowd[i]))));
	}
}

static Member__ListLevelChangesResponse level_changes(struct suite *s, const char *community,
						      const char *name)
{
	Member__ListLevelChangesRequest request = MEMBER__LIST_LEVEL_CHANGES_REQUEST__INIT;
	Member__ListLevelChangesResponse list = MEMBER__LIST_LEVEL_CHANGES_RESPONSE__INIT;

	request.community_id = community;
	request.person_id = person(s, name);
	EXPECT_OK(suite_call_as_platform(s, method_member_list_level_changes, &request, &list));

	return list;
}

static void level_follows_and_what_was_logged_stays_logged(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s), *merge;
	Member__ListLevelChangesResponse list;

	given_hundreds(s, community);
	EXPECT_OK(join(s, community, "la"));
	EXPECT_OK(join(s, community, "lb"));
	tell_day(s, community, "la", "POST", 3, 12);
	tell_day(s, community, "lb", "POST", 3, 9);
	EXPECT_INT(membership_of(s, community, "la").level, 1);
	merge = merged(s, "la", "lb");
	EXPECT_INT(membership_of(s, community, "la").score, 210);
	EXPECT_INT(membership_of(s, community, "la").level, 2);
	/* As the former id, too. */
	list = level_changes(s, community, "lb");
	EXPECT_INT(list.n_changes, 2);
	EXPECT_INT(list.changes[0]->cause, MEMBER__LEVEL_CHANGE_CAUSE__LEVEL_CHANGE_CAUSE_MERGE);

	/* 90 of the other's would keep him nowhere: he was never there. */
	EXPECT_INT(parted(s, merge), 0);
	EXPECT_INT(membership_of(s, community, "la").level, 1);
	EXPECT_INT(membership_of(s, community, "la").score, 120);
	EXPECT_INT(membership_of(s, community, "lb").level, 0);
	EXPECT_INT(membership_of(s, community, "lb").score, 90);
	list = level_changes(s, community, "la");
	EXPECT_INT(list.n_changes, 3);
	EXPECT_INT(list.changes[0]->from_level, 2);
	EXPECT_INT(list.changes[0]->to_level, 1);
	EXPECT_INT(list.changes[0]->cause, MEMBER__LEVEL_CHANGE_CAUSE__LEVEL_CHANGE_CAUSE_MERGE);
}

static struct outcome set_step(struct suite *s, const char *community, const char *name,
			       Member__JourneyStep step)
{
	Member__SetJourneyStepRequest request = MEMBER__SET_JOURNEY_STEP_REQUEST__INIT;
	Member__Journey journey = MEMBER__JOURNEY__INIT;

	request.community_id = community;
	request.person_id = person(s, name);
	request.step = step;
	request.reason = "said so";

	return suite_call_as_platform(s, method_member_set_journey_step, &request, &journey);
}

static const char *journey(struct suite *s, const char *community, const char *name)
{
	Member__GetJourneyRequest request = MEMBER__GET_JOURNEY_REQUEST__INIT;
	Member__Journey ret = MEMBER__JOURNEY__INIT;
	const char *text;

	request.community_id = community;
	request.person_id = person(s, name);
	EXPECT_OK(suite_call_as_platform(s, method_member_get_journey, &request, &ret));
	text = arena_printf(suite_arena(s), "%d", (int)ret.step);
	for (size_t i = 0; i < ret.n_steps; i++)
		text = arena_printf(suite_arena(s), "%s %d/%d", text, (int)ret.steps[i]->step,
				    (int)ret.steps[i]->cause);

	return text;
}

static void engaged(struct suite *s, const char *community, const char *name, int32_t from, int n)
{
	for (int i = 0; i < n; i++)
		tell_day(s, community, name, "COMMENT", from + i, 1);
}

static void journeys_become_one_and_part(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s), *merge, *before_a, *before_b;

	EXPECT_OK(join(s, community, "ja"));
	EXPECT_OK(join(s, community, "jb"));
	engaged(s, community, "ja", 1, 3);
	engaged(s, community, "jb", 3, 4); /* one day is both one's */
	before_a = journey(s, community, "ja");
	before_b = journey(s, community, "jb");
	EXPECT_TEXT(before_a, "2 1/1 2/2");
	merge = merged(s, "ja", "jb");
	EXPECT_TEXT(journey(s, community, "ja"), "3 1/1 2/2 3/2");
	EXPECT_TEXT(journey(s, community, "jb"), "3 1/1 2/2 3/2");
	EXPECT_INT(parted(s, merge), 0);
	EXPECT_TEXT(journey(s, community, "ja"), before_a);
	EXPECT_TEXT(journey(s, community, "jb"), before_b);

	/* What was set by hand meanwhile stays, and nothing above it comes back. */
	merge = merged(s, "ja", "jb");
	EXPECT_OK(set_step(s, community, "jb", MEMBER__JOURNEY_STEP__JOURNEY_STEP_CORE));
	EXPECT_OK(set_step(s, community, "ja", MEMBER__JOURNEY_STEP__JOURNEY_STEP_AUDIENCE));
	EXPECT_INT(parted(s, merge), 0);
	EXPECT_TEXT(journey(s, community, "ja"), "1 1/5");
	EXPECT_TEXT(journey(s, community, "jb"), before_b);
}

static void in_a_community_of_the_merged_one_alone_he_gets_it_all_back(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s), *merge, *before;

	given_hundreds(s, community);
	EXPECT_OK(join(s, community, "ob"));
	tell_day(s, community, "ob", "POST", 9, 11);
	engaged(s, community, "ob", 1, 4);
	before = arena_printf(suite_arena(s), "%s, %s", has(s, community, "ob"),
			      journey(s, community, "ob"));
	merge = merged(s, "oa", "ob");
	tell_day(s, community, "oa", "POST", 0, 20);
	EXPECT_INT(membership_of(s, community, "oa").level, 3);
	EXPECT_INT(parted(s, merge), 0);
	EXPECT_TEXT(arena_printf(suite_arena(s), "%s, %s", has(s, community, "ob"),
				 journey(s, community, "ob")),
		    before);
	EXPECT_INT(membership_of(s, community, "ob").level, 1);
}

/* Content tells that one answered the other, or posted on a topic. */
static void tell_event(struct suite *s, const char *community, Event__EventType type,
		       const char *name, const char *other, const char *topic)
{
	Event__DeliverEventsRequest request = EVENT__DELIVER_EVENTS_REQUEST__INIT;
	Event__DeliverEventsResponse reply = EVENT__DELIVER_EVENTS_RESPONSE__INIT;
	Google__Protobuf__Timestamp time = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
	Event__Event event = EVENT__EVENT__INIT, *events[] = {&event};
	char id[ID_SIZE], subject[ID_SIZE];

	time.seconds = postgres_int(suite_database(s), "SELECT extract(epoch FROM now())::bigint");
	id_new(id);
	id_new(subject);
	event.event_id = id;
	event.type = type;
	event.community_id = community;
	event.person_id = person(s, name);
	event.other_person_id = other ? person(s, other) : "";
	event.subject_id = subject;
	event.topic = topic;
	event.version = 1;
	event.occur_time = &time;
	request.events = events;
	request.n_events = 1;
	as_service(s);
	EXPECT_OK(suite_call(s, method_member_deliver_events, &request, &reply));
	as_platform(s);
}

static Member__KolEvidence evidence(struct suite *s, const char *community, const char *name)
{
	Member__GetKolRequest request = MEMBER__GET_KOL_REQUEST__INIT;
	Member__Kol kol = MEMBER__KOL__INIT;

	request.community_id = community;
	request.person_id = person(s, name);
	request.track = MEMBER__KOL_TRACK__KOL_TRACK_KOL;
	EXPECT_OK(suite_call_as_platform(s, method_member_get_kol, &request, &kol));

	return *kol.evidence;
}

static void a_kol_is_known_by_all_that_he_did(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s), *merge;
	Member__CreateKolRequest request = MEMBER__CREATE_KOL_REQUEST__INIT;
	Member__Kol kol = MEMBER__KOL__INIT;
	Member__KolEvidence known;

	for (int i = 0; i < 5; i++)
		EXPECT_OK(join(s, community, (const char *[]){"ka", "kb", "k1", "k2", "k3"}[i]));
	request.community_id = community;
	request.person_id = person(s, "ka");
	request.track = MEMBER__KOL_TRACK__KOL_TRACK_KOL;
	EXPECT_OK(suite_call_as_platform(s, method_member_create_kol, &request, &kol));
	tell_day(s, community, "ka", "POST", 1, 2);
	tell_day(s, community, "ka", "ANSWER", 1, 1);
	tell_day(s, community, "kb", "POST", 2, 3); /* the same week */
	tell_day(s, community, "kb", "POST", 20, 3);
	for (int i = 0; i < 2; i++) {
		const char *by = i ? "k2" : "k1";

		tell_event(s, community, EVENT__EVENT_TYPE__EVENT_TYPE_COMMENT_CREATED, by, "ka",
			   "");
		tell_event(s, community, EVENT__EVENT_TYPE__EVENT_TYPE_COMMENT_CREATED,
			   i ? "k3" : "k1", "kb", "");
	}
	/* They answered each other, which reaches nobody else. */
	tell_event(s, community, EVENT__EVENT_TYPE__EVENT_TYPE_COMMENT_CREATED, "ka", "kb", "");
	tell_event(s, community, EVENT__EVENT_TYPE__EVENT_TYPE_COMMENT_CREATED, "kb", "ka", "");
	EXPECT_INT(evidence(s, community, "ka").reach, 3); /* kb is somebody yet */

	merge = merged(s, "ka", "kb");
	known = evidence(s, community, "kb");
	EXPECT_INT(known.post_weeks, 2);
	EXPECT_INT(known.post_count, 8);
	EXPECT_INT(known.answer_count, 1);
	EXPECT_INT(known.engaged_weeks, 2);
	EXPECT_INT(known.reach, 3); /* k1 once */
	merged(s, "k1", "k2");
	EXPECT_INT(evidence(s, community, "ka").reach, 2);

	EXPECT_INT(parted(s, merge), 0);
	known = evidence(s, community, "ka");
	EXPECT_INT(known.post_weeks, 1);
	EXPECT_INT(known.post_count, 2);
	EXPECT_INT(known.reach, 2); /* k1 and kb */
}

static const char *interests(struct suite *s, const char *community, const char *name)
{
	Member__GetPortraitRequest request = MEMBER__GET_PORTRAIT_REQUEST__INIT;
	Member__Portrait portrait = MEMBER__PORTRAIT__INIT;
	const char *text = "";

	request.community_id = community;
	request.person_id = person(s, name);
	EXPECT_OK(suite_call_as_platform(s, method_member_get_portrait, &request, &portrait));
	for (size_t i = 0; i < portrait.n_interests; i++)
		text = arena_printf(suite_arena(s), "%s%s %d/%d ", text, portrait.interests[i]->tag,
				    portrait.interests[i]->post_count,
				    portrait.interests[i]->comment_count);

	return text;
}

static void interests_are_those_of_both(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s), *merge, *name;
	Member__GetCommunityPortraitRequest request = MEMBER__GET_COMMUNITY_PORTRAIT_REQUEST__INIT;
	Member__CommunityPortrait all = MEMBER__COMMUNITY_PORTRAIT__INIT;

	for (int i = 0; i < 6; i++) {
		name = arena_printf(suite_arena(s), "i%d", i);
		EXPECT_OK(join(s, community, name));
		tell_event(s, community, EVENT__EVENT_TYPE__EVENT_TYPE_POST_PUBLISHED, name, NULL,
			   "tea");
	}
	tell_event(s, community, EVENT__EVENT_TYPE__EVENT_TYPE_COMMENT_CREATED, "i1", NULL, "tea");
	tell_event(s, community, EVENT__EVENT_TYPE__EVENT_TYPE_COMMENT_CREATED, "i1", NULL, "rice");
	merge = merged(s, "i0", "i1");
	EXPECT_TEXT(interests(s, community, "i0"), "tea 2/1 rice 0/1 ");
	EXPECT_TEXT(interests(s, community, "i1"), "tea 2/1 rice 0/1 ");
	/* In the community's he is one of five. */
	request.community_id = community;
	EXPECT_OK(suite_call_as_platform(s, method_member_get_community_portrait, &request, &all));
	EXPECT_INT(all.n_cells, 0);
	EXPECT_INT(parted(s, merge), 0);
	EXPECT_TEXT(interests(s, community, "i0"), "tea 1/0 ");
	EXPECT_TEXT(interests(s, community, "i1"), "tea 1/1 rice 0/1 ");
}

static Member__Onboarding onboarding(struct suite *s, const char *community, const char *name,
				     int32_t complete)
{
	Member__CompleteOnboardingStepRequest request =
		MEMBER__COMPLETE_ONBOARDING_STEP_REQUEST__INIT;
	Member__GetOnboardingRequest get = MEMBER__GET_ONBOARDING_REQUEST__INIT;
	Member__Onboarding ret = MEMBER__ONBOARDING__INIT;

	request.community_id = get.community_id = community;
	request.person_id = get.person_id = person(s, name);
	request.step = complete;
	if (complete)
		EXPECT_OK(suite_call_as_platform(s, method_member_complete_onboarding_step,
						 &request, &ret));
	else
		EXPECT_OK(suite_call_as_platform(s, method_member_get_onboarding, &get, &ret));

	return ret;
}

static const char *done(struct suite *s, const char *community, const char *name)
{
	Member__Onboarding of = onboarding(s, community, name, 0);
	const char *text = "";

	for (size_t i = 0; i < of.n_tasks; i++)
		if (of.tasks[i]->done)
			text = arena_printf(suite_arena(s), "%s%d", text, (int)of.tasks[i]->step);

	return text;
}

static void steps_of_the_welcome_are_done_by_either(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s), *merge;
	Member__GetOnboardingSummaryRequest request = MEMBER__GET_ONBOARDING_SUMMARY_REQUEST__INIT;
	Member__OnboardingSummary summary = MEMBER__ONBOARDING_SUMMARY__INIT;

	EXPECT_OK(join(s, community, "wa"));
	EXPECT_OK(join(s, community, "wb"));
	onboarding(s, community, "wa", 1);
	onboarding(s, community, "wb", 1);
	onboarding(s, community, "wb", 3);
	tell_day(s, community, "wb", "POST", 0, 1);
	merge = merged(s, "wa", "wb");
	EXPECT_TEXT(done(s, community, "wa"), "135");
	onboarding(s, community, "wb", 4);
	EXPECT_TEXT(done(s, community, "wb"), "1345");
	request.community_id = community;
	EXPECT_OK(suite_call_as_platform(s, method_member_get_onboarding_summary, &request,
					 &summary));
	EXPECT_INT(summary.member_count, 1);
	EXPECT_INT(summary.first_post_count, 1);
	EXPECT_INT(parted(s, merge), 0);
	EXPECT_TEXT(done(s, community, "wa"), "14");
	EXPECT_TEXT(done(s, community, "wb"), "135");
}

static int start(void **state)
{
	return suite_setup(state, (const struct service *const[]){&member_service, NULL});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(days_of_all_ids_are_one_persons),
		cmocka_unit_test(level_follows_and_what_was_logged_stays_logged),
		cmocka_unit_test(journeys_become_one_and_part),
		cmocka_unit_test(in_a_community_of_the_merged_one_alone_he_gets_it_all_back),
		cmocka_unit_test(a_kol_is_known_by_all_that_he_did),
		cmocka_unit_test(interests_are_those_of_both),
		cmocka_unit_test(steps_of_the_welcome_are_done_by_either),
	};

	return cmocka_run_group_tests_name("member: progress of merged persons", tests, start,
					   suite_teardown);
}
