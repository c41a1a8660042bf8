/* Communities, persons, memberships in the words of the tests. */
#include "given.h"

#include <string.h>

#include "base/clock.h"
#include "base/id.h"
#include "kith/member/v1/inbox.pb-c.h"
#include "kith/member/v1/invitation.pb-c.h"
#include "kith/member/v1/join_policy.pb-c.h"
#include "kith/member/v1/person.pb-c.h"
#include "kith_methods.h"

const char *community_given(struct suite *s, const struct community_wish *wish)
{
	Member__CreateCommunityRequest request = MEMBER__CREATE_COMMUNITY_REQUEST__INIT;
	Member__Community wanted = MEMBER__COMMUNITY__INIT, made = MEMBER__COMMUNITY__INIT;

	wanted.name = wish->name ? wish->name : "A community";
	wanted.time_zone = wish->time_zone ? wish->time_zone : "";
	wanted.owner_person_id = wish->owner ? person(s, wish->owner) : "";
	wanted.capacity = wish->capacity;
	wanted.join_mode = wish->join_mode;
	wanted.type = wish->type;
	request.community = &wanted;
	EXPECT_OK(suite_call_as_platform(s, method_member_create_community, &request, &made));

	return made.community_id;
}

const char *person(struct suite *s, const char *name)
{
	Member__CreatePersonRequest request = MEMBER__CREATE_PERSON_REQUEST__INIT;
	Member__Person wanted = MEMBER__PERSON__INIT, made = MEMBER__PERSON__INIT;
	struct outcome outcome;
	char id[ID_SIZE];

	wanted.external_id = name;
	wanted.display_name = name;
	request.person = &wanted;
	outcome = suite_call_as_platform(s, method_member_create_person, &request, &made);
	if (outcome.status == STATUS_OK)
		return made.person_id;

	EXPECT_STATUS(outcome, ALREADY_EXISTS, "PERSON_EXTERNAL_ID_TAKEN");
	id_of("person", name, id);

	return arena_string(suite_arena(s), id);
}

void as_named(struct suite *s, const char *name)
{
	as_person(s, person(s, name));
}

struct outcome join(struct suite *s, const char *community, const char *name)
{
	Member__JoinCommunityRequest request = MEMBER__JOIN_COMMUNITY_REQUEST__INIT;
	Member__Membership membership = MEMBER__MEMBERSHIP__INIT;

	request.community_id = community;
	request.person_id = person(s, name);

	return suite_call_as_platform(s, method_member_join_community, &request, &membership);
}

struct outcome come(struct suite *s, const char *community, const char *name, const char *code)
{
	Member__JoinCommunityRequest request = MEMBER__JOIN_COMMUNITY_REQUEST__INIT;
	Member__Membership membership = MEMBER__MEMBERSHIP__INIT;
	struct outcome outcome;

	request.community_id = community;
	request.person_id = person(s, name);
	request.invitation_code = code ? code : "";
	as_person(s, request.person_id);
	outcome = suite_call(s, method_member_join_community, &request, &membership);
	as_platform(s);

	return outcome;
}

struct outcome leave(struct suite *s, const char *community, const char *name)
{
	Member__LeaveCommunityRequest request = MEMBER__LEAVE_COMMUNITY_REQUEST__INIT;
	Member__Membership membership = MEMBER__MEMBERSHIP__INIT;

	request.community_id = community;
	request.person_id = person(s, name);
	request.reason = "tired";

	return suite_call_as_platform(s, method_member_leave_community, &request, &membership);
}

struct outcome give_role(struct suite *s, const char *community, const char *name,
			 Member__Role role)
{
	Member__UpdateMembershipRoleRequest request = MEMBER__UPDATE_MEMBERSHIP_ROLE_REQUEST__INIT;
	Member__Membership membership = MEMBER__MEMBERSHIP__INIT;

	request.community_id = community;
	request.person_id = person(s, name);
	request.role = role;

	return suite_call_as_platform(s, method_member_update_membership_role, &request,
				      &membership);
}

static Member__JoinWay *read_way(struct suite *s, char *names)
{
	static const Member__JoinWay none = MEMBER__JOIN_WAY__INIT;
	Member__JoinWay *way = arena_alloc(suite_arena(s), sizeof(*way));
	char *rest;

	*way = none;
	way->modes = arena_array(suite_arena(s), 8, sizeof(*way->modes));
	for (char *name = strtok_r(names, " ", &rest); name; name = strtok_r(NULL, " ", &rest)) {
		const ProtobufCEnumValue *mode = protobuf_c_enum_descriptor_get_value_by_name(
			&member__join_mode__descriptor,
			arena_printf(suite_arena(s), "JOIN_MODE_%s", name));

		assert_non_null(mode);
		way->modes[way->n_modes++] = (Member__JoinMode)mode->value;
	}

	return way;
}

void given_ways(struct suite *s, const char *community, const char *ways, const char *condition)
{
	Member__UpdateJoinPolicyRequest request = MEMBER__UPDATE_JOIN_POLICY_REQUEST__INIT;
	Member__JoinPolicy wanted = MEMBER__JOIN_POLICY__INIT, made = MEMBER__JOIN_POLICY__INIT;
	Member__JoinCondition asked = MEMBER__JOIN_CONDITION__INIT, *conditions[] = {&asked};
	char *list = arena_string(suite_arena(s), ways), *rest;

	wanted.ways = arena_array(suite_arena(s), 8, sizeof(*wanted.ways));
	for (char *way = strtok_r(list, ",", &rest); way; way = strtok_r(NULL, ",", &rest))
		wanted.ways[wanted.n_ways++] = read_way(s, way);
	if (condition) {
		asked.filter = condition;
		asked.message = "not yet";
		wanted.conditions = conditions;
		wanted.n_conditions = 1;
	}
	request.community_id = community;
	request.join_policy = &wanted;
	EXPECT_OK(suite_call_as_platform(s, method_member_update_join_policy, &request, &made));
}

const char *given_invitation(struct suite *s, const char *community, const char *name,
			     int32_t max_uses)
{
	Member__CreateInvitationRequest request = MEMBER__CREATE_INVITATION_REQUEST__INIT;
	Member__Invitation invitation = MEMBER__INVITATION__INIT;

	request.community_id = community;
	request.max_uses = max_uses;
	as_platform(s);
	if (name)
		as_person(s, person(s, name));
	EXPECT_OK(suite_call(s, method_member_create_invitation, &request, &invitation));
	as_platform(s);

	return invitation.code;
}

Member__Membership membership_of(struct suite *s, const char *community, const char *name)
{
	Member__GetMembershipRequest request = MEMBER__GET_MEMBERSHIP_REQUEST__INIT;
	Member__Membership membership = MEMBER__MEMBERSHIP__INIT;

	request.community_id = community;
	request.person_id = person(s, name);
	EXPECT_OK(suite_call_as_platform(s, method_member_get_membership, &request, &membership));

	return membership;
}

Member__Community community_of(struct suite *s, const char *community_id)
{
	Member__GetCommunityRequest request = MEMBER__GET_COMMUNITY_REQUEST__INIT;
	Member__Community community = MEMBER__COMMUNITY__INIT;

	request.community_id = community_id;
	EXPECT_OK(suite_call_as_platform(s, method_member_get_community, &request, &community));

	return community;
}

int64_t member_count(struct suite *s, const char *community)
{
	return community_of(s, community).member_count;
}

void say(struct suite *s, const char *name, const char *attribute_name, const char *value,
	 Member__Visibility visibility, bool masked)
{
	Member__UpdateProfileRequest request = MEMBER__UPDATE_PROFILE_REQUEST__INIT;
	Member__Attribute attribute = MEMBER__ATTRIBUTE__INIT, *attributes = &attribute;
	Member__Profile after = MEMBER__PROFILE__INIT;

	attribute.name = attribute_name;
	attribute.value = value;
	attribute.visibility = visibility;
	attribute.masked = masked;
	request.person_id = person(s, name);
	request.attributes = &attributes;
	request.n_attributes = 1;
	EXPECT_OK(suite_call_as_platform(s, method_member_update_profile, &request, &after));
}

const char *given_plan(struct suite *s, const char *community, int32_t grace_days)
{
	Member__CreatePlanRequest request = MEMBER__CREATE_PLAN_REQUEST__INIT;
	Member__Plan wanted = MEMBER__PLAN__INIT, made = MEMBER__PLAN__INIT;

	wanted.name = "Monthly";
	wanted.price = 1000;
	wanted.currency = "CNY";
	wanted.period_months = 1;
	wanted.grace_days = grace_days;
	request.community_id = community;
	request.plan = &wanted;
	EXPECT_OK(suite_call_as_platform(s, method_member_create_plan, &request, &made));

	return made.plan_id;
}

struct outcome subscribe(struct suite *s, const char *community, const char *name, const char *plan,
			 const char *order, bool joins, Member__Subscription *ret)
{
	Member__StartSubscriptionRequest request = MEMBER__START_SUBSCRIPTION_REQUEST__INIT;

	request.community_id = community;
	request.person_id = person(s, name);
	request.plan_id = plan;
	request.order_ref = order;
	request.join = joins;
	*ret = (Member__Subscription)MEMBER__SUBSCRIPTION__INIT;

	return suite_call_as_platform(s, method_member_start_subscription, &request, ret);
}

void end_subscription(struct suite *s, const char *community, const char *name, bool grace_too)
{
	postgres_int(suite_database(s),
		     "UPDATE member.subscription SET start_time = start_time - passed, "
		     "end_time = end_time - passed, grace_end_time = grace_end_time - passed "
		     "FROM (SELECT %s - now() + interval '1 ms' AS passed FROM member.subscription "
		     "WHERE community_id = '%s' AND person_id = '%s') AS p "
		     "WHERE community_id = '%s' AND person_id = '%s'",
		     grace_too ? "grace_end_time" : "end_time", community, person(s, name),
		     community, person(s, name));
}

const char *days_ago(struct suite *s, const char *community, int32_t n)
{
	return arena_string(suite_arena(s),
			    postgres_text(suite_database(s),
					  "SELECT (now() AT TIME ZONE time_zone)::date - %d "
					  "FROM member.community WHERE community_id = '%s'",
					  n, community));
}

static Member__ToldDay *told_day(struct suite *s, const char *community, const struct day_wish *day)
{
	const ProtobufCEnumValue *kind = protobuf_c_enum_descriptor_get_value_by_name(
		&member__activity_kind__descriptor,
		arena_printf(suite_arena(s), "ACTIVITY_KIND_%s", day->kind));
	static int64_t last_version = 1000;
	Member__ToldDay *told = arena_alloc(suite_arena(s), sizeof(*told));

	assert_non_null(kind);
	member__told_day__init(told);
	told->community_id = community;
	told->person_id = person(s, day->name);
	told->date = days_ago(s, community, day->ago);
	told->kind = (Member__ActivityKind)kind->value;
	told->count = day->count;
	told->version = day->version ? day->version : ++last_version;

	return told;
}

void tell_days(struct suite *s, const char *community, const struct day_wish *days, size_t n)
{
	Member__DeliverDaysRequest request = MEMBER__DELIVER_DAYS_REQUEST__INIT;
	Member__DeliverDaysResponse reply = MEMBER__DELIVER_DAYS_RESPONSE__INIT;

	request.days = arena_array(suite_arena(s), n, sizeof(*request.days));
	for (size_t i = 0; i < n; i++)
		request.days[request.n_days++] = told_day(s, community, &days[i]);
	as_service(s);
	EXPECT_OK(suite_call(s, method_member_deliver_days, &request, &reply));
	as_platform(s);
}

void tell_day(struct suite *s, const char *community, const char *name, const char *kind,
	      int32_t ago, int64_t count)
{
	const struct day_wish day = {name, kind, ago, count, 0};

	tell_days(s, community, &day, 1);
}
