/* Admission: who gets in by which way. Statements are in sql/admission.sql and sql/membership.sql.
 */
#include "admission.h"

#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/text.h"
#include "kith/member/v1/joining_store.pb-c.h"
#include "member.h"
#include "member.sql.h"

/*
 * reason                 status               when
 * COMMUNITY_ARCHIVED     FAILED_PRECONDITION  the community is closed
 * BANNED                 FAILED_PRECONDITION  he was put out for good
 * INVITER_NOT_A_MEMBER   FAILED_PRECONDITION  who is said to bring him never was a member
 * INVITATION_REQUIRED    FAILED_PRECONDITION  the nearest way lacks an invitation,
 * APPROVAL_REQUIRED      FAILED_PRECONDITION  a join request that somebody approves,
 * PAYMENT_REQUIRED       FAILED_PRECONDITION  a paid plan,
 * VERIFICATION_REQUIRED  FAILED_PRECONDITION  a verified real name,
 * CONDITION_FAILED       FAILED_PRECONDITION  or a condition that he meets
 * APPROVAL_NOT_OFFERED   FAILED_PRECONDITION  no way has an approval
 */

/* For brevity here. */
#define OPEN      MEMBER__JOIN_MODE__JOIN_MODE_OPEN
#define INVITE    MEMBER__JOIN_MODE__JOIN_MODE_INVITE
#define APPROVAL  MEMBER__JOIN_MODE__JOIN_MODE_APPROVAL
#define PAID      MEMBER__JOIN_MODE__JOIN_MODE_PAID
#define VERIFIED  MEMBER__JOIN_MODE__JOIN_MODE_VERIFIED
#define CONDITION MEMBER__JOIN_MODE__JOIN_MODE_CONDITION
#define N_MODES   (CONDITION + 1)

const struct filter_field admission_fields[] = {
	{"verified", FILTER_BOOL, NULL},  {"attributes.", FILTER_TEXT, NULL},
	{"bought", FILTER_SET, NULL},     {"member_of", FILTER_SET, NULL},
	{"levels.", FILTER_NUMBER, NULL}, {NULL, FILTER_TEXT, NULL},
};

/* What is known of who wants in. */
struct applicant {
	Member__Applicant who;
	Member__ApplicantFacts facts;
	bool has[N_MODES];
	const Member__JoinCondition *failing;
	const char *failing_term;
};

const char *join_mode_name(Member__JoinMode mode)
{
	const ProtobufCEnumValue *value =
		protobuf_c_enum_descriptor_get_value(&member__join_mode__descriptor, (int)mode);

	return value ? value->name + strlen("JOIN_MODE_") : "";
}

/* -- conditions */

static void set_number(struct filter_values *values, int64_t number)
{
	values->n = 1;
	values->number = number;
}

static void set_texts(struct filter_values *values, const char **texts, size_t n)
{
	values->texts = texts;
	values->n = n;
}

static enum status find_attribute(struct call *c, const struct applicant *a, const char *name,
				  struct filter_values *ret)
{
	Member__Applicant asked = a->who;
	Member__ApplicantAttribute answer = MEMBER__APPLICANT_ATTRIBUTE__INIT;
	const char **text = arena_alloc(c->arena, sizeof(*text));
	bool found;

	asked.attribute = name;
	TRY(sql_find_applicant_attribute(c, &asked, &answer, &found));
	*text = answer.value;
	set_texts(ret, text, found ? 1 : 0);

	return STATUS_OK;
}

static enum status find_level(struct call *c, const struct applicant *a, const char *community_id,
			      struct filter_values *ret)
{
	Member__Applicant asked = a->who;
	Member__ApplicantLevel answer = MEMBER__APPLICANT_LEVEL__INIT;
	bool found;

	asked.community_id = community_id;
	TRY(sql_find_applicant_level(c, &asked, &answer, &found));
	if (found)
		set_number(ret, answer.level);

	return STATUS_OK;
}

/* Of type filter_lookup. */
static enum status look_up(struct call *c, void *user, const char *name,
			   const struct filter_field *field, struct filter_values *ret)
{
	const struct applicant *a = user;
	const char *rest = name + strlen(field->name);

	*ret = (struct filter_values){0};
	if (text_equal(field->name, "attributes."))
		return find_attribute(c, a, rest, ret);
	if (text_equal(field->name, "levels."))
		return find_level(c, a, rest, ret);

	if (text_equal(field->name, "bought"))
		set_texts(ret, a->facts.bought, a->facts.n_bought);
	else if (text_equal(field->name, "member_of"))
		set_texts(ret, a->facts.member_of, a->facts.n_member_of);
	else
		set_number(ret, a->facts.verified);

	return STATUS_OK;
}

/* Without any condition nobody meets them. */
static enum status check_conditions(struct call *c, const Member__JoinPolicy *policy,
				    struct applicant *a)
{
	for (size_t i = 0; i < policy->n_conditions && !a->failing; i++) {
		const struct filter *filter;

		TRY(filter_parse(c, "conditions", policy->conditions[i]->filter, admission_fields,
				 &filter));
		TRY(filter_failing(c, filter, look_up, a, &a->failing_term));
		if (a->failing_term)
			a->failing = policy->conditions[i];
	}
	a->has[CONDITION] = policy->n_conditions && !a->failing;

	return STATUS_OK;
}

/* -- ways */

static bool way_has(const Member__JoinWay *way, Member__JoinMode mode)
{
	for (size_t i = 0; i < way->n_modes; i++) {
		if (way->modes[i] == mode)
			return true;
	}

	return false;
}

static bool policy_has(const Member__JoinPolicy *policy, Member__JoinMode mode)
{
	for (size_t i = 0; i < policy->n_ways; i++) {
		if (way_has(policy->ways[i], mode))
			return true;
	}

	return false;
}

/* Asks no more than the ways ask for. */
static enum status look_at(struct call *c, const Member__JoinPolicy *policy, struct applicant *a)
{
	if (!policy_has(policy, PAID) && !policy_has(policy, VERIFIED) &&
	    !policy_has(policy, CONDITION))
		return STATUS_OK;

	TRY(sql_applicant_facts(c, &a->who, &a->facts));
	a->has[PAID] = a->facts.paid;
	a->has[VERIFIED] = a->facts.verified;

	return policy_has(policy, CONDITION) ? check_conditions(c, policy, a) : STATUS_OK;
}

static size_t count_missing(const struct applicant *a, const Member__JoinWay *way)
{
	size_t n = 0;

	for (size_t i = 0; i < way->n_modes; i++)
		n += !a->has[way->modes[i]];

	return n;
}

static enum status condition_failed(struct call *c, const struct applicant *a)
{
	const char *message = a->failing ? a->failing->message : "";

	call_fact(c, "condition", a->failing ? a->failing_term : "");
	call_fact(c, "message", message);

	return call_fail(c, STATUS_FAILED_PRECONDITION, "CONDITION_FAILED", "%s",
			 message[0] ? message : "a condition of the community is not met");
}

/* The first of what the way lacks is the reason, all of it a fact. */
static enum status way_refused(struct call *c, const struct applicant *a,
			       const Member__JoinWay *way)
{
	static const struct {
		const char *reason, *what;
	} lacks[N_MODES] = {
		[INVITE] = {"INVITATION_REQUIRED", "an invitation"},
		[APPROVAL] = {"APPROVAL_REQUIRED", "a join request that is approved"},
		[PAID] = {"PAYMENT_REQUIRED", "a paid plan"},
		[VERIFIED] = {"VERIFICATION_REQUIRED", "a verified real name"},
	};
	CLEANUP(buf_fini) struct buf missing = {0};
	Member__JoinMode first = MEMBER__JOIN_MODE__JOIN_MODE_UNSPECIFIED;

	for (size_t i = 0; i < way->n_modes; i++) {
		if (a->has[way->modes[i]])
			continue;
		buf_add_format(&missing, "%s%s", first ? " " : "", join_mode_name(way->modes[i]));
		if (!first)
			first = way->modes[i];
	}
	call_fact(c, "missing", missing.data);
	if (first == CONDITION)
		return condition_failed(c, a);

	return call_fail(c, STATUS_FAILED_PRECONDITION, lacks[first].reason, "one gets in with %s",
			 lacks[first].what);
}

enum status admission_check(struct call *c, enum admission how, const Member__JoinPolicy *policy,
			    const char *person_id, const Member__Invitation *invitation,
			    bool *ret_pays)
{
	struct applicant a = {MEMBER__APPLICANT__INIT, MEMBER__APPLICANT_FACTS__INIT};
	const Member__JoinWay *nearest = NULL;

	a.who.community_id = policy->community_id;
	a.who.person_id = person_id;
	a.has[OPEN] = true;
	a.has[INVITE] = invitation != NULL;
	a.has[APPROVAL] = how == ADMISSION_APPROVAL;
	TRY(look_at(c, policy, &a));
	for (size_t i = 0; i < policy->n_ways; i++) {
		const Member__JoinWay *way = policy->ways[i];

		if (how == ADMISSION_APPROVAL && !way_has(way, APPROVAL))
			continue;
		if (!nearest || count_missing(&a, way) < count_missing(&a, nearest))
			nearest = way;
	}
	if (!nearest)
		return call_fail(c, STATUS_FAILED_PRECONDITION, "APPROVAL_NOT_OFFERED",
				 "no way into the community needs an approval");

	if (count_missing(&a, nearest))
		return way_refused(c, &a, nearest);

	*ret_pays = way_has(nearest, PAID);
	return STATUS_OK;
}

/* -- letting in */

enum status admission_inviter(struct call *c, const char *community_id, const char *person_id,
			      const char **inviter_person_id)
{
	Member__GetMembershipRequest wanted = MEMBER__GET_MEMBERSHIP_REQUEST__INIT;
	Member__Membership inviter = MEMBER__MEMBERSHIP__INIT;
	bool found;

	if (!(*inviter_person_id)[0])
		return STATUS_OK;

	wanted.community_id = community_id;
	wanted.person_id = *inviter_person_id;
	TRY(sql_find_membership_get(c, &wanted, &inviter, &found));
	if (found && strcasecmp(person_id, inviter.person_id) != 0) {
		*inviter_person_id = inviter.person_id;
		return STATUS_OK;
	}

	return call_fail(c, STATUS_FAILED_PRECONDITION, "INVITER_NOT_A_MEMBER",
			 "who brings somebody is, or was, a member himself");
}

/* What the invitation says of whence he comes, where he does not say it himself. */
static void come_by(Member__JoinCommunityRequest *req, const Member__Invitation *invitation)
{
	if (invitation->inviter_person_id[0])
		req->inviter_person_id = invitation->inviter_person_id;
	if (!req->source[0])
		req->source = invitation->source;
	if (!req->campaign[0])
		req->campaign = invitation->campaign;
	if (!req->scene[0])
		req->scene = invitation->scene;
}

/* A present member is let alone, and so is the invitation he brings. */
static enum status present(struct call *c, const Member__JoinCommunityRequest *req,
			   Member__Membership *membership, bool *ret_present)
{
	Member__GetMembershipRequest wanted = MEMBER__GET_MEMBERSHIP_REQUEST__INIT;
	Member__Membership was = MEMBER__MEMBERSHIP__INIT;
	bool found;

	wanted.community_id = req->community_id;
	wanted.person_id = req->person_id;
	TRY(sql_find_membership_get(c, &wanted, &was, &found));
	*ret_present = found && was.state == MEMBER__MEMBERSHIP_STATE__MEMBERSHIP_STATE_ACTIVE;
	if (*ret_present)
		*membership = was;
	if (found && was.state == MEMBER__MEMBERSHIP_STATE__MEMBERSHIP_STATE_BANNED)
		return person_banned(c);

	return STATUS_OK;
}

enum status admission_admit(struct call *c, enum admission how, const Member__Community *community,
			    const Member__JoinCommunityRequest *req, const char *invitation_id,
			    Member__Membership *membership)
{
	Member__JoinPolicy policy = MEMBER__JOIN_POLICY__INIT;
	Member__Invitation invitation = MEMBER__INVITATION__INIT;
	Member__JoinCommunityRequest entry = *req;
	bool invited, is_present, pays = false;

	/* What most joins are: nothing to be looked at. */
	if (!req->invitation_code[0] && !invitation_id[0] &&
	    (how == ADMISSION_ADDED || community->join_mode == OPEN)) {
		TRY(admission_inviter(c, req->community_id, req->person_id,
				      &entry.inviter_person_id));
		return membership_join(c, community, &entry, membership);
	}

	TRY(present(c, req, membership, &is_present));
	if (is_present)
		return STATUS_OK;

	TRY(community_open(c, community));
	TRY(invitation_pick(c, req->community_id, req->person_id, req->invitation_code,
			    invitation_id, &invitation, &invited));
	if (how != ADMISSION_ADDED) {
		TRY(join_policy_read(c, req->community_id, &policy));
		TRY(admission_check(c, how, &policy, req->person_id, invited ? &invitation : NULL,
				    &pays));
	}
	if (invited)
		come_by(&entry, &invitation);
	TRY(admission_inviter(c, req->community_id, req->person_id, &entry.inviter_person_id));
	TRY(membership_join(c, community, &entry, membership));
	if (pays)
		TRY(sql_subscription_enter(c, membership));

	return invited ? invitation_take(c, &invitation, req->person_id) : STATUS_OK;
}
