/* Merging persons while they are given duties, topics and steps, ask to join, and are told of:
 * nobody is lost, and nothing is there twice. */
#include "kith/member/v1/duty.pb-c.h"
#include "kith/member/v1/expert.pb-c.h"
#include "kith/member/v1/inbox.pb-c.h"
#include "kith/member/v1/join_request.pb-c.h"
#include "kith/member/v1/journey.pb-c.h"
#include "kith_methods.h"
#include "member/member.h"
#include "merge_words.h"

#define CALLS  64
#define PEOPLE 8
#define ROUNDS 6

/* Calls that are made at the same moment, and what they may end with beside OK. */
struct calls {
	const struct method *methods[CALLS];
	const void *requests[CALLS];
	const char *refusals[CALLS];
	struct outcome outcomes[CALLS];
};

static const char *twin(struct suite *s, unsigned round, unsigned i)
{
	return person(s, arena_printf(suite_arena(s), "round %u twin %u", round, i % PEOPLE));
}

static void add(struct calls *c, unsigned i, const struct method *method, const void *request,
		const char *refusal)
{
	c->methods[i] = method;
	c->requests[i] = request;
	c->refusals[i] = refusal;
}

/* Each into the third after him, so that they come to be one; one merge would close the ring. */
static void add_merge(struct suite *s, struct calls *c, unsigned i, unsigned round)
{
	Member__MergePersonsRequest *merge = arena_alloc(suite_arena(s), sizeof(*merge));

	member__merge_persons_request__init(merge);
	merge->merged_person_id = twin(s, round, i / PEOPLE);
	merge->person_id = twin(s, round, i / PEOPLE + 3);
	add(c, i, method_member_merge_persons, merge, "MERGE_CYCLE");
}

static void add_duty(struct suite *s, struct calls *c, unsigned i, unsigned round,
		     const char **community)
{
	static Member__DutyKind kinds[] = {MEMBER__DUTY_KIND__DUTY_KIND_CONTENT};
	Member__AssignDutyRequest *assign = arena_alloc(suite_arena(s), sizeof(*assign));
	Member__RevokeDutyRequest *revoke = arena_alloc(suite_arena(s), sizeof(*revoke));

	member__assign_duty_request__init(assign);
	member__revoke_duty_request__init(revoke);
	assign->person_id = revoke->person_id = twin(s, round, i / 2);
	assign->community_ids = revoke->community_ids = community;
	assign->n_community_ids = revoke->n_community_ids = 1;
	assign->kinds = kinds;
	assign->n_kinds = 1;
	assign->role = MEMBER__DUTY_ROLE__DUTY_ROLE_MODERATOR;
	if (i / PEOPLE % 3 == 0)
		add(c, i, method_member_revoke_duty, revoke, NULL);
	else
		add(c, i, method_member_assign_duty, assign, NULL);
}

static void add_role(struct suite *s, struct calls *c, unsigned i, unsigned round,
		     const char *community)
{
	static const char *topics[] = {"tea"};
	Member__SetJourneyStepRequest *step = arena_alloc(suite_arena(s), sizeof(*step));
	Member__DesignateExpertRequest *expert = arena_alloc(suite_arena(s), sizeof(*expert));

	member__set_journey_step_request__init(step);
	member__designate_expert_request__init(expert);
	step->community_id = expert->community_id = community;
	step->person_id = expert->person_id = twin(s, round, i / 4);
	step->step = MEMBER__JOURNEY_STEP__JOURNEY_STEP_CORE;
	step->reason = "said so";
	expert->topics = topics;
	expert->n_topics = 1;
	if (i / PEOPLE % 2 == 0)
		add(c, i, method_member_set_journey_step, step, NULL);
	else
		add(c, i, method_member_designate_expert, expert, NULL);
}

static void add_request(struct suite *s, struct calls *c, unsigned i, unsigned round,
			const char *community)
{
	Member__RequestToJoinRequest *ask = arena_alloc(suite_arena(s), sizeof(*ask));

	member__request_to_join_request__init(ask);
	ask->community_id = community;
	ask->person_id = twin(s, round, i / PEOPLE);
	add(c, i, method_member_request_to_join, ask, "JOIN_REQUEST_PENDING");
}

static void add_day(struct suite *s, struct calls *c, unsigned i, unsigned round,
		    const char *community)
{
	Member__DeliverDaysRequest *deliver = arena_alloc(suite_arena(s), sizeof(*deliver));
	Member__ToldDay *day = arena_alloc(suite_arena(s), sizeof(*day));

	member__deliver_days_request__init(deliver);
	member__told_day__init(day);
	day->community_id = community;
	day->person_id = twin(s, round, i / PEOPLE + i);
	day->date = days_ago(s, community, (int32_t)i);
	day->kind = MEMBER__ACTIVITY_KIND__ACTIVITY_KIND_POST;
	day->count = i + 1;
	day->version = 1;
	deliver->days = arena_array(suite_arena(s), 1, sizeof(*deliver->days));
	deliver->days[deliver->n_days++] = day;
	add(c, i, method_member_deliver_days, deliver, NULL);
}

/* What must hold of everybody, whatever was done. */
static void expect_sound(struct suite *s)
{
	struct postgres *db = suite_database(s);

	EXPECT_INT(postgres_int(db,
				"SELECT count(*) FROM member.portfolio p WHERE community_count "
				"<> (SELECT count(*) FROM member.duty d WHERE d.person_id = "
				"p.person_id AND revoke_time IS NULL)"),
		   0);
	EXPECT_INT(postgres_int(db,
				"SELECT count(*) FROM member.duty d JOIN member.person p USING "
				"(person_id) WHERE p.state = 'MERGED' AND revoke_time IS NULL"),
		   0);
	EXPECT_INT(postgres_int(db,
				"SELECT count(*) FROM member.join_request r JOIN member.person p "
				"USING (person_id) WHERE p.state = 'MERGED'"),
		   0);
	EXPECT_INT(postgres_int(db,
				"SELECT count(*) FROM member.duty d WHERE version <> (SELECT "
				"count(*) FROM member.outbox o WHERE o.type = 'DUTY_CHANGED' AND "
				"o.community_id = d.community_id AND o.person_id = d.person_id)"),
		   0);
}

/* The one that the twins are, by his id: what he has of what they did and were given. */
static void expect_one(struct suite *s, const char *community, const char *asked, unsigned n_days)
{
	struct postgres *db = suite_database(s);
	const char *one = arena_string(
		suite_arena(s), postgres_text(db,
					      "SELECT person_id FROM member.membership WHERE "
					      "community_id = '%s' AND state = 'ACTIVE'",
					      community));

	EXPECT_INT(member_count(s, community), 1);
	EXPECT_INT(postgres_int(db,
				"SELECT count(*) FROM member.member_day WHERE community_id = '%s'",
				community),
		   n_days);
	EXPECT_INT(postgres_int(db,
				"SELECT score FROM member.membership WHERE community_id = '%s' AND "
				"person_id = '%s'",
				community, one),
		   postgres_int(db,
				"SELECT sum(10 * count) FROM member.member_day WHERE community_id "
				"= '%s'",
				community));
	EXPECT_INT(postgres_int(db,
				"SELECT count(*) FROM member.membership m JOIN member.standing s "
				"USING (community_id, person_id) WHERE community_id = '%s' AND "
				"person_id = '%s' AND level = 3 AND journey_step = 'CORE' AND role "
				"= 'EXPERT' AND first_active_date = (SELECT min(day) FROM "
				"member.member_day d WHERE d.community_id = m.community_id)",
				community, one),
		   1);
	EXPECT_INT(postgres_int(db,
				"SELECT count(*) FROM member.designation WHERE community_id = '%s' "
				"AND person_id = '%s'",
				community, one),
		   1);
	EXPECT_INT(postgres_int(db,
				"SELECT count(*) FROM member.join_request WHERE community_id = "
				"'%s' AND person_id = '%s' AND state = 'PENDING'",
				asked, one),
		   1);
}

static void whatever_is_done_to_the_merged_is_done_to_the_one(void **state)
{
	struct suite *s = *state;

	for (unsigned round = 0; round < ROUNDS; round++) {
		const char *community = given_community(s), *operated = given_community(s);
		const char *asked =
			given_community(s, .join_mode = MEMBER__JOIN_MODE__JOIN_MODE_APPROVAL);
		struct calls *c = arena_alloc(suite_arena(s), sizeof(*c));
		unsigned n_days = 0, n_merged = 0;

		given_hundreds(s, community);
		for (unsigned i = 0; i < PEOPLE; i++)
			EXPECT_OK(join(s, community,
				       arena_printf(suite_arena(s), "round %u twin %u", round, i)));
		for (unsigned i = 0; i < CALLS; i++) {
			switch (i % PEOPLE) {
			case 7:
				add_merge(s, c, i, round);
				break;
			case 0:
			case 4:
				add_duty(s, c, i, round, &operated);
				break;
			case 1:
				add_role(s, c, i, round, community);
				break;
			case 2:
				add_request(s, c, i, round, asked);
				break;
			default:
				add_day(s, c, i, round, community);
				n_days++;
			}
		}
		as_service(s);
		suite_call_mixed(s, CALLS, c->methods, c->requests, NULL, NULL, c->outcomes);
		as_platform(s);
		for (unsigned i = 0; i < CALLS; i++) {
			if (c->outcomes[i].status == STATUS_OK)
				n_merged += i % PEOPLE == 7;
			else if (c->refusals[i])
				EXPECT_TEXT(c->outcomes[i].reason, c->refusals[i]);
			else
				EXPECT_OK(c->outcomes[i]);
		}
		EXPECT_INT(n_merged, PEOPLE - 1);
		expect_sound(s);
		expect_one(s, community, asked, n_days);
	}
}

static int start(void **state)
{
	return suite_setup(state, (const struct service *const[]){&member_service, NULL});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whatever_is_done_to_the_merged_is_done_to_the_one),
	};

	return cmocka_run_group_tests_name("member: merged meanwhile", tests, start,
					   suite_teardown);
}
