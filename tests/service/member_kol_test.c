/* KOLs and managers: every move from every stage, evidence, suggestions, policy. */
#include <string.h>

#include "base/clock.h"
#include "base/id.h"
#include "given.h"
#include "kith/event/v1/event.pb-c.h"
#include "kith/member/v1/kol.pb-c.h"
#include "kith_methods.h"
#include "member/member.h"

#define KOL_TRACK MEMBER__KOL_TRACK__KOL_TRACK_KOL
#define MANAGER   MEMBER__KOL_TRACK__KOL_TRACK_MANAGER

#define PROSPECT   MEMBER__KOL_STAGE__KOL_STAGE_PROSPECT
#define CANDIDATE  MEMBER__KOL_STAGE__KOL_STAGE_CANDIDATE
#define KOL        MEMBER__KOL_STAGE__KOL_STAGE_KOL
#define AMBASSADOR MEMBER__KOL_STAGE__KOL_STAGE_AMBASSADOR
#define DROPPED    MEMBER__KOL_STAGE__KOL_STAGE_DROPPED

static struct outcome create(struct suite *s, const char *community, const char *name,
			     Member__KolTrack track, Member__Kol *ret)
{
	Member__CreateKolRequest request = MEMBER__CREATE_KOL_REQUEST__INIT;

	member__kol__init(ret);
	request.community_id = community;
	request.person_id = person(s, name);
	request.track = track;
	request.reason = "writes well";

	return suite_call(s, method_member_create_kol, &request, ret);
}

static struct outcome promote(struct suite *s, const char *community, const char *name,
			      Member__KolTrack track, const char *force_reason, Member__Kol *ret)
{
	Member__PromoteKolRequest request = MEMBER__PROMOTE_KOL_REQUEST__INIT;

	member__kol__init(ret);
	request.community_id = community;
	request.person_id = person(s, name);
	request.track = track;
	request.force = force_reason != NULL;
	request.reason = force_reason ? force_reason : "";

	return suite_call(s, method_member_promote_kol, &request, ret);
}

static struct outcome demote(struct suite *s, const char *community, const char *name,
			     Member__Kol *ret)
{
	Member__DemoteKolRequest request = MEMBER__DEMOTE_KOL_REQUEST__INIT;

	member__kol__init(ret);
	request.community_id = community;
	request.person_id = person(s, name);
	request.track = KOL_TRACK;
	request.reason = "fell silent";

	return suite_call(s, method_member_demote_kol, &request, ret);
}

static struct outcome drop(struct suite *s, const char *community, const char *name,
			   Member__Kol *ret)
{
	Member__DropKolRequest request = MEMBER__DROP_KOL_REQUEST__INIT;

	member__kol__init(ret);
	request.community_id = community;
	request.person_id = person(s, name);
	request.track = KOL_TRACK;
	request.reason = "sells things";

	return suite_call(s, method_member_drop_kol, &request, ret);
}

static Member__Kol kol_of(struct suite *s, const char *community, const char *name,
			  Member__KolTrack track)
{
	Member__GetKolRequest request = MEMBER__GET_KOL_REQUEST__INIT;
	Member__Kol kol = MEMBER__KOL__INIT;

	request.community_id = community;
	request.person_id = person(s, name);
	request.track = track;
	EXPECT_OK(suite_call_as_platform(s, method_member_get_kol, &request, &kol));

	return kol;
}

static Member__ListKolChangesResponse changes_of(struct suite *s, const char *community,
						 const char *name)
{
	Member__ListKolChangesRequest request = MEMBER__LIST_KOL_CHANGES_REQUEST__INIT;
	Member__ListKolChangesResponse list = MEMBER__LIST_KOL_CHANGES_RESPONSE__INIT;

	request.community_id = community;
	request.person_id = person(s, name);
	request.track = KOL_TRACK;
	EXPECT_OK(suite_call_as_platform(s, method_member_list_kol_changes, &request, &list));

	return list;
}

/* A community where ann stands on that stage; 0: in no pipeline. */
static const char *given_stage(struct suite *s, Member__KolStage stage)
{
	const char *community = given_community(s);
	Member__Kol kol;

	EXPECT_OK(join(s, community, "ann"));
	if (stage == 0)
		return community;
	EXPECT_OK(create(s, community, "ann", KOL_TRACK, &kol));
	for (int at = PROSPECT; at < (int)stage && stage != DROPPED; at++)
		EXPECT_OK(promote(s, community, "ann", KOL_TRACK, "as given", &kol));
	if (stage == DROPPED)
		EXPECT_OK(drop(s, community, "ann", &kol));
	EXPECT_INT(kol.stage, stage);

	return community;
}

/* Posts once in each of the last n weeks. */
static void posts_weekly(struct suite *s, const char *community, const char *name, int32_t n)
{
	struct day_wish days[12];

	for (int32_t i = 0; i < n; i++)
		days[i] = (struct day_wish){name, "POST", 7 * i, 2, 0};
	tell_days(s, community, days, (size_t)n);
}

/* So many others answer him. */
static void reaches(struct suite *s, const char *community, const char *name, int n)
{
	struct arena *arena = suite_arena(s);
	Event__DeliverEventsRequest request = EVENT__DELIVER_EVENTS_REQUEST__INIT;
	Event__DeliverEventsResponse reply = EVENT__DELIVER_EVENTS_RESPONSE__INIT;
	Google__Protobuf__Timestamp now = GOOGLE__PROTOBUF__TIMESTAMP__INIT;

	now.seconds = clock_wall_us() / 1000000;
	request.events = arena_array(arena, 2 * (size_t)n, sizeof(*request.events));
	for (int i = 0; i < 2 * n; i++) {
		Event__Event *event = arena_alloc(arena, sizeof(*event));
		char id[ID_SIZE];

		id_new(id);
		event__event__init(event);
		event->event_id = arena_string(arena, id);
		event->community_id = community;
		event->type = i % 2 ? EVENT__EVENT_TYPE__EVENT_TYPE_COMMENT_CREATED
				    : EVENT__EVENT_TYPE__EVENT_TYPE_REACTION_ADDED;
		event->occur_time = &now;
		/* Each twice; and he himself, who does not count. */
		event->person_id =
			person(s, i < 2 ? name : arena_printf(arena, "reader %d", i / 2));
		event->other_person_id = person(s, name);
		request.events[request.n_events++] = event;
	}
	as_service(s);
	EXPECT_OK(suite_call(s, method_member_deliver_events, &request, &reply));
	as_platform(s);
}

static void every_move_from_every_stage(void **state)
{
	static const struct {
		Member__KolStage to;
		const char *reason;
	} expected[][4] = {
		{{PROSPECT, NULL},
		 {0, "KOL_NOT_FOUND"},
		 {0, "KOL_NOT_FOUND"},
		 {0, "KOL_NOT_FOUND"}},
		{{0, "KOL_EXISTS"}, {CANDIDATE, NULL}, {0, "KOL_AT_FOOT"}, {DROPPED, NULL}},
		{{0, "KOL_EXISTS"}, {KOL, NULL}, {PROSPECT, NULL}, {DROPPED, NULL}},
		{{0, "KOL_EXISTS"}, {AMBASSADOR, NULL}, {CANDIDATE, NULL}, {DROPPED, NULL}},
		{{0, "KOL_EXISTS"}, {0, "KOL_AT_TOP"}, {KOL, NULL}, {DROPPED, NULL}},
		{{PROSPECT, NULL}, {0, "KOL_DROPPED"}, {0, "KOL_DROPPED"}, {0, "KOL_DROPPED"}},
	};
	struct suite *s = *state;

	for (int stage = 0; stage <= DROPPED; stage++) {
		for (int move = 0; move < 4; move++) {
			const char *community = given_stage(s, (Member__KolStage)stage);
			size_t before = changes_of(s, community, "ann").n_changes;
			Member__ListKolChangesResponse list;
			Member__Kol kol;
			struct outcome outcome =
				move == 0 ? create(s, community, "ann", KOL_TRACK, &kol)
				: move == 1
					? promote(s, community, "ann", KOL_TRACK, "so be it", &kol)
				: move == 2 ? demote(s, community, "ann", &kol)
					    : drop(s, community, "ann", &kol);

			list = changes_of(s, community, "ann");
			if (expected[stage][move].reason) {
				EXPECT_TEXT(outcome.reason, expected[stage][move].reason);
				EXPECT_INT(list.n_changes, before);
				continue;
			}
			EXPECT_OK(outcome);
			EXPECT_INT(kol.stage, expected[stage][move].to);
			EXPECT_INT(list.n_changes, before + 1);
			EXPECT_INT(list.changes[0]->from_stage, stage);
			EXPECT_INT(list.changes[0]->to_stage, kol.stage);
			EXPECT_INT(list.changes[0]->forced, move == 1);
			EXPECT_INT(list.changes[0]->version, kol.version);
		}
	}
}

static void promotion_needs_what_the_stage_above_demands(void **state)
{
	struct suite *s = *state;
	const char *community = given_stage(s, PROSPECT);
	Member__Kol kol;

	EXPECT_STATUS(promote(s, community, "ann", KOL_TRACK, NULL, &kol), FAILED_PRECONDITION,
		      "KOL_REQUIREMENTS");
	posts_weekly(s, community, "ann", 4);
	reaches(s, community, "ann", 5);
	kol = kol_of(s, community, "ann", KOL_TRACK);
	EXPECT_INT(kol.evidence->post_weeks, 4);
	EXPECT_INT(kol.evidence->post_count, 8);
	EXPECT_INT(kol.evidence->engaged_weeks, 4);
	EXPECT_INT(kol.evidence->reach, 4);
	EXPECT_STATUS(promote(s, community, "ann", KOL_TRACK, NULL, &kol), FAILED_PRECONDITION,
		      "KOL_REQUIREMENTS");
	reaches(s, community, "ann", 6);
	EXPECT_OK(promote(s, community, "ann", KOL_TRACK, NULL, &kol));
	EXPECT_INT(kol.stage, CANDIDATE);
	EXPECT_INT(kol.evidence->reach, 5);
	EXPECT_INT(changes_of(s, community, "ann").changes[0]->evidence->post_count, 8);
	EXPECT_INT(changes_of(s, community, "ann").changes[0]->forced, 0);

	EXPECT_STATUS(promote(s, community, "ann", KOL_TRACK, NULL, &kol), FAILED_PRECONDITION,
		      "KOL_REQUIREMENTS");
	EXPECT_STATUS(promote(s, community, "ann", KOL_TRACK, "", &kol), INVALID_ARGUMENT, NULL);
	EXPECT_OK(promote(s, community, "ann", KOL_TRACK, "the board wants it", &kol));
	EXPECT_TEXT(changes_of(s, community, "ann").changes[0]->reason, "the board wants it");
}

static void evidence_is_of_the_last_twelve_weeks(void **state)
{
	struct suite *s = *state;
	const char *community = given_stage(s, PROSPECT);
	const struct day_wish days[] = {{"ann", "POST", 84, 50, 0},
					{"ann", "POST", 83, 1, 0},
					{"ann", "POST", 77, 1, 0},
					{"ann", "ANSWER", 76, 3, 0},
					{"ann", "VISIT", 3, 9, 0}};
	Member__Kol kol;

	tell_days(s, community, days, 5);
	kol = kol_of(s, community, "ann", KOL_TRACK);
	EXPECT_INT(kol.evidence->post_count, 2);
	EXPECT_INT(kol.evidence->post_weeks, 1);
	EXPECT_INT(kol.evidence->answer_count, 3);
	EXPECT_INT(kol.evidence->engaged_weeks, 2);
}

/* Content tells of an answer of his, so many days ago, twice. */
static void judge(struct suite *s, const char *community, const char *name, const char *answer,
		  Event__EventType type, int64_t version, int32_t ago)
{
	Event__DeliverEventsRequest request = EVENT__DELIVER_EVENTS_REQUEST__INIT;
	Event__DeliverEventsResponse reply = EVENT__DELIVER_EVENTS_RESPONSE__INIT;
	Event__Event event = EVENT__EVENT__INIT, *events[] = {&event};
	Google__Protobuf__Timestamp time = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
	char id[ID_SIZE];

	id_new(id);
	time.seconds = clock_wall_us() / 1000000 - ago * 86400;
	event.event_id = id;
	event.community_id = community;
	event.type = type;
	event.occur_time = &time;
	event.subject_id = answer;
	event.other_person_id = person(s, name);
	event.version = version;
	request.events = events;
	request.n_events = 1;
	as_service(s);
	EXPECT_OK(suite_call(s, method_member_deliver_events, &request, &reply));
	EXPECT_INT(reply.applied_count, 1);
	EXPECT_OK(suite_call(s, method_member_deliver_events, &request, &reply));
	EXPECT_INT(reply.applied_count, 0);
	as_platform(s);
}

static void accepted_answers_are_evidence_while_they_are_accepted(void **state)
{
	static const char a[] = "0192c000-0000-7000-8000-00000000000a",
			  b[] = "0192c000-0000-7000-8000-00000000000b",
			  old[] = "0192c000-0000-7000-8000-00000000000c";
	const Event__EventType accepted = EVENT__EVENT_TYPE__EVENT_TYPE_ANSWER_ACCEPTED,
			       taken_back = EVENT__EVENT_TYPE__EVENT_TYPE_ANSWER_UNACCEPTED;
	struct suite *s = *state;
	const char *community = given_stage(s, PROSPECT);
	Member__UpdateKolPolicyRequest request = MEMBER__UPDATE_KOL_POLICY_REQUEST__INIT;
	Member__KolPolicy policy = MEMBER__KOL_POLICY__INIT, kept = policy;
	Member__KolRequirement demanded = MEMBER__KOL_REQUIREMENT__INIT, *list[] = {&demanded};
	struct outcome outcome;
	Member__Kol kol;

	demanded.track = KOL_TRACK;
	demanded.stage = CANDIDATE;
	demanded.accepted_answer_count = 2;
	policy.requirements = list;
	policy.n_requirements = 1;
	request.community_id = community;
	request.policy = &policy;
	EXPECT_OK(suite_call(s, method_member_update_kol_policy, &request, &kept));
	judge(s, community, "ann", a, accepted, 3, 1);
	judge(s, community, "ann", old, accepted, 3, 85);
	judge(s, community, "ann", b, taken_back, 5, 1);
	judge(s, community, "ann", b, accepted, 4, 1); /* late */
	EXPECT_INT(kol_of(s, community, "ann", KOL_TRACK).evidence->accepted_answer_count, 1);
	outcome = promote(s, community, "ann", KOL_TRACK, NULL, &kol);
	EXPECT_STATUS(outcome, FAILED_PRECONDITION, "KOL_REQUIREMENTS");
	EXPECT_TEXT(outcome_fact(&outcome, "accepted_answer_count"), "1 of 2");
	judge(s, community, "ann", b, accepted, 6, 0);
	EXPECT_OK(promote(s, community, "ann", KOL_TRACK, NULL, &kol));
	EXPECT_INT(changes_of(s, community, "ann").changes[0]->evidence->accepted_answer_count, 2);
	judge(s, community, "ann", a, taken_back, 7, 0);
	EXPECT_INT(kol_of(s, community, "ann", KOL_TRACK).evidence->accepted_answer_count, 1);
}

static void a_manager_stays_steady_and_is_not_muted(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);
	struct postgres *db = suite_database(s);
	Member__Kol kol;

	EXPECT_OK(join(s, community, "ann"));
	EXPECT_OK(create(s, community, "ann", MANAGER, &kol));
	posts_weekly(s, community, "ann", 6);
	EXPECT_STATUS(promote(s, community, "ann", MANAGER, NULL, &kol), FAILED_PRECONDITION,
		      "KOL_REQUIREMENTS");
	postgres_int(db,
		     "UPDATE member.membership SET join_time = join_time - interval '40 days', "
		     "mute_until_time = now() + interval '1 hour' WHERE community_id = '%s'",
		     community);
	EXPECT_STATUS(promote(s, community, "ann", MANAGER, NULL, &kol), FAILED_PRECONDITION,
		      "KOL_REQUIREMENTS");
	EXPECT_INT(kol_of(s, community, "ann", MANAGER).evidence->muted, 1);
	postgres_int(db,
		     "UPDATE member.membership SET mute_until_time = now() - interval '1 hour' "
		     "WHERE community_id = '%s'",
		     community);
	EXPECT_OK(promote(s, community, "ann", MANAGER, NULL, &kol));
	EXPECT_INT(kol.stage, CANDIDATE);
	EXPECT_INT(kol.evidence->member_days, 40);
}

static void only_members_are_raised_and_only_by_admins(void **state)
{
	struct suite *s = *state;
	const char *community = given_stage(s, PROSPECT);
	Member__ArchiveCommunityRequest archive = MEMBER__ARCHIVE_COMMUNITY_REQUEST__INIT;
	Member__Community archived = MEMBER__COMMUNITY__INIT;
	Member__Kol kol;

	EXPECT_STATUS(create(s, community, "bob", KOL_TRACK, &kol), FAILED_PRECONDITION,
		      "NOT_A_MEMBER");
	EXPECT_STATUS(create(s, "01890000-0000-7000-8000-000000000000", "bob", KOL_TRACK, &kol),
		      NOT_FOUND, "COMMUNITY_NOT_FOUND");
	EXPECT_OK(join(s, community, "mod"));
	EXPECT_OK(give_role(s, community, "mod", MEMBER__ROLE__ROLE_MODERATOR));
	as_person(s, person(s, "mod"));
	EXPECT_STATUS(promote(s, community, "ann", KOL_TRACK, "for me", &kol), PERMISSION_DENIED,
		      "RANK_TOO_LOW");
	as_platform(s);
	EXPECT_OK(leave(s, community, "ann"));
	EXPECT_STATUS(promote(s, community, "ann", KOL_TRACK, "still", &kol), FAILED_PRECONDITION,
		      "NOT_A_MEMBER");
	/* Who has left can still be dropped. */
	EXPECT_OK(drop(s, community, "ann", &kol));
	archive.community_id = community;
	EXPECT_OK(suite_call(s, method_member_archive_community, &archive, &archived));
	EXPECT_STATUS(create(s, community, "ann", KOL_TRACK, &kol), FAILED_PRECONDITION,
		      "COMMUNITY_ARCHIVED");
}

static void a_pipeline_is_listed_by_stage(void **state)
{
	struct suite *s = *state;
	const char *community = given_stage(s, CANDIDATE);
	Member__ListKolsRequest request = MEMBER__LIST_KOLS_REQUEST__INIT;
	Member__ListKolsResponse list = MEMBER__LIST_KOLS_RESPONSE__INIT;
	Member__Kol kol;
	size_t n = 0;

	EXPECT_OK(join(s, community, "bob"));
	EXPECT_OK(join(s, community, "cem"));
	EXPECT_OK(create(s, community, "bob", KOL_TRACK, &kol));
	EXPECT_OK(create(s, community, "cem", KOL_TRACK, &kol));
	EXPECT_OK(create(s, community, "cem", MANAGER, &kol));
	request.community_id = community;
	request.track = KOL_TRACK;
	request.page_size = 2;
	do {
		member__list_kols_response__init(&list);
		EXPECT_OK(suite_call(s, method_member_list_kols, &request, &list));
		n += list.n_kols;
		request.page_token = list.next_page_token;
	} while (*list.next_page_token);
	EXPECT_INT(n, 3);
	request.page_token = "";
	request.stage = CANDIDATE;
	member__list_kols_response__init(&list);
	EXPECT_OK(suite_call(s, method_member_list_kols, &request, &list));
	EXPECT_INT(list.n_kols, 1);
	EXPECT_TEXT(list.kols[0]->person_id, person(s, "ann"));
}

static void suggestions_come_by_their_evidence(void **state)
{
	static const char *const names[] = {"ann", "bob", "cem", "dora", "eva", "finn"};
	static const int32_t weeks[] = {2, 5, 1, 5, 6, 0};
	struct suite *s = *state;
	const char *community = given_community(s);
	Member__ListKolSuggestionsRequest request = MEMBER__LIST_KOL_SUGGESTIONS_REQUEST__INIT;
	Member__ListKolSuggestionsResponse list = MEMBER__LIST_KOL_SUGGESTIONS_RESPONSE__INIT;
	const char *found = "";
	Member__Kol kol;

	for (size_t i = 0; i < 6; i++) {
		EXPECT_OK(join(s, community, names[i]));
		if (weeks[i])
			posts_weekly(s, community, names[i], weeks[i]);
	}
	tell_day(s, community, "finn", "VISIT", 0, 100);
	EXPECT_OK(create(s, community, "eva", KOL_TRACK, &kol));
	EXPECT_OK(drop(s, community, "eva", &kol));
	request.community_id = community;
	request.track = KOL_TRACK;
	request.page_size = 3;
	do {
		member__list_kol_suggestions_response__init(&list);
		EXPECT_OK(suite_call(s, method_member_list_kol_suggestions, &request, &list));
		for (size_t i = 0; i < list.n_suggestions; i++)
			found = arena_printf(suite_arena(s), "%s %lld:%lld", found,
					     (long long)list.suggestions[i]->number,
					     (long long)list.suggestions[i]->points);
		request.page_token = list.next_page_token;
	} while (*list.next_page_token);
	/* 17 points a week of two posts; equals by number. */
	EXPECT_TEXT(found, " 2:85 4:85 1:34 3:17");
	request.page_token = "";
	request.track = MANAGER;
	member__list_kol_suggestions_response__init(&list);
	EXPECT_OK(suite_call(s, method_member_list_kol_suggestions, &request, &list));
	EXPECT_INT(list.suggestions[0]->number, 5);
	EXPECT_INT(list.suggestions[0]->points, 90);
	EXPECT_INT(list.suggestions[0]->evidence->engaged_weeks, 6);
}

static void a_community_demands_what_it_wants(void **state)
{
	struct suite *s = *state;
	const char *community = given_stage(s, PROSPECT);
	Member__UpdateKolPolicyRequest request = MEMBER__UPDATE_KOL_POLICY_REQUEST__INIT;
	Member__GetKolPolicyRequest key = MEMBER__GET_KOL_POLICY_REQUEST__INIT;
	Member__KolPolicy policy = MEMBER__KOL_POLICY__INIT, stored = policy;
	Member__KolRequirement one = MEMBER__KOL_REQUIREMENT__INIT, *both[] = {&one, &one};
	Member__Kol kol;

	key.community_id = request.community_id = community;
	EXPECT_OK(suite_call(s, method_member_get_kol_policy, &key, &stored));
	EXPECT_INT(stored.n_requirements, 6);
	EXPECT_INT(stored.requirements[0]->post_weeks, 3);
	EXPECT_TEXT(stored.etag, "");

	one.track = KOL_TRACK;
	one.stage = CANDIDATE;
	one.post_count = 1;
	policy.requirements = both;
	policy.n_requirements = 2;
	request.policy = &policy;
	EXPECT_STATUS(suite_call(s, method_member_update_kol_policy, &request, &stored),
		      INVALID_ARGUMENT, "REQUIREMENT_TWICE");
	policy.n_requirements = 1;
	one.stage = PROSPECT;
	EXPECT_STATUS(suite_call(s, method_member_update_kol_policy, &request, &stored),
		      INVALID_ARGUMENT, "NO_STAGE_ABOVE");
	one.stage = CANDIDATE;
	member__kol_policy__init(&stored);
	EXPECT_OK(suite_call(s, method_member_update_kol_policy, &request, &stored));
	EXPECT_INT(stored.n_requirements, 6);
	EXPECT_INT(stored.requirements[0]->post_weeks, 0);
	EXPECT_INT(stored.requirements[1]->post_weeks, 6);
	EXPECT_TEXT(stored.etag, "1");
	policy.etag = "7";
	EXPECT_STATUS(suite_call(s, method_member_update_kol_policy, &request, &stored), ABORTED,
		      "ETAG_MISMATCH");

	EXPECT_STATUS(promote(s, community, "ann", KOL_TRACK, NULL, &kol), FAILED_PRECONDITION,
		      "KOL_REQUIREMENTS");
	tell_day(s, community, "ann", "POST", 0, 1);
	EXPECT_OK(promote(s, community, "ann", KOL_TRACK, NULL, &kol));
	/* Nothing named: the defaults again. */
	policy.etag = "1";
	policy.n_requirements = 0;
	member__kol_policy__init(&stored);
	EXPECT_OK(suite_call(s, method_member_update_kol_policy, &request, &stored));
	EXPECT_INT(stored.requirements[0]->post_weeks, 3);
	key.community_id = "01890000-0000-7000-8000-000000000000";
	EXPECT_STATUS(suite_call(s, method_member_get_kol_policy, &key, &stored), NOT_FOUND,
		      "COMMUNITY_NOT_FOUND");
}

static void sixty_four_promotions_at_once_are_one_each(void **state)
{
	struct suite *s = *state;
	const char *community = given_stage(s, PROSPECT);
	static Member__PromoteKolRequest requests[64];
	static Member__Kol kols[64];
	const void *pointers[64];
	void *replies[64];
	struct outcome outcomes[64];
	int done = 0;

	for (int i = 0; i < 64; i++) {
		requests[i] = (Member__PromoteKolRequest)MEMBER__PROMOTE_KOL_REQUEST__INIT;
		kols[i] = (Member__Kol)MEMBER__KOL__INIT;
		requests[i].community_id = community;
		requests[i].person_id = person(s, "ann");
		requests[i].track = KOL_TRACK;
		requests[i].force = true;
		requests[i].reason = "me first";
		pointers[i] = &requests[i];
		replies[i] = &kols[i];
	}
	suite_call_at_once(s, method_member_promote_kol, 64, pointers, NULL, replies, outcomes);
	for (int i = 0; i < 64; i++) {
		if (outcomes[i].status == STATUS_OK)
			done++;
		else
			EXPECT_TEXT(outcomes[i].reason, "KOL_AT_TOP");
	}
	EXPECT_INT(done, 3);
	EXPECT_INT(changes_of(s, community, "ann").n_changes, 4);
}

static int setup(void **state)
{
	static const struct service *const services[] = {&member_service, NULL};

	return suite_setup(state, services);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_move_from_every_stage),
		cmocka_unit_test(promotion_needs_what_the_stage_above_demands),
		cmocka_unit_test(evidence_is_of_the_last_twelve_weeks),
		cmocka_unit_test(accepted_answers_are_evidence_while_they_are_accepted),
		cmocka_unit_test(a_manager_stays_steady_and_is_not_muted),
		cmocka_unit_test(only_members_are_raised_and_only_by_admins),
		cmocka_unit_test(a_pipeline_is_listed_by_stage),
		cmocka_unit_test(suggestions_come_by_their_evidence),
		cmocka_unit_test(a_community_demands_what_it_wants),
		cmocka_unit_test(sixty_four_promotions_at_once_are_one_each),
	};

	return cmocka_run_group_tests_name("member kol", tests, setup, suite_teardown);
}
