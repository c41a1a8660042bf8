/* Merged persons: what they do for their communities and how they came there, under whichever id
 * they are named. */
#include <string.h>

#include "kith/member/v1/api_key.pb-c.h"
#include "kith/member/v1/card.pb-c.h"
#include "kith/member/v1/contribution.pb-c.h"
#include "kith/member/v1/duty.pb-c.h"
#include "kith/member/v1/expert.pb-c.h"
#include "kith/member/v1/invitation.pb-c.h"
#include "kith/member/v1/join_request.pb-c.h"
#include "kith/member/v1/kol.pb-c.h"
#include "kith/member/v1/person.pb-c.h"
#include "kith/member/v1/source.pb-c.h"
#include "kith/member/v1/verification.pb-c.h"
#include "kith_methods.h"
#include "member/member.h"
#include "merge_words.h"
#include "split_words.h"

#define CONTENT MEMBER__DUTY_KIND__DUTY_KIND_CONTENT
#define SERVICE MEMBER__DUTY_KIND__DUTY_KIND_SERVICE

#define MODERATOR MEMBER__DUTY_ROLE__DUTY_ROLE_MODERATOR
#define ADMIN     MEMBER__DUTY_ROLE__DUTY_ROLE_ADMIN

/* -- operators */

static void assign(struct suite *s, const char *name, const char *community, Member__DutyRole role,
		   Member__DutyKind kind)
{
	Member__AssignDutyRequest request = MEMBER__ASSIGN_DUTY_REQUEST__INIT;
	Member__AssignDutyResponse reply = MEMBER__ASSIGN_DUTY_RESPONSE__INIT;

	request.person_id = person(s, name);
	request.community_ids = &community;
	request.n_community_ids = 1;
	request.role = role;
	request.kinds = &kind;
	request.n_kinds = 1;
	EXPECT_OK(suite_call_as_platform(s, method_member_assign_duty, &request, &reply));
	EXPECT_INT(reply.assigned_count, 1);
}

static int64_t revoke(struct suite *s, const char *name, const char *community)
{
	Member__RevokeDutyRequest request = MEMBER__REVOKE_DUTY_REQUEST__INIT;
	Member__RevokeDutyResponse reply = MEMBER__REVOKE_DUTY_RESPONSE__INIT;

	request.person_id = person(s, name);
	request.community_ids = &community;
	request.n_community_ids = 1;
	EXPECT_OK(suite_call_as_platform(s, method_member_revoke_duty, &request, &reply));

	return reply.revoked_count;
}

static Member__ListPortfolioResponse portfolio(struct suite *s, const char *name)
{
	Member__ListPortfolioRequest request = MEMBER__LIST_PORTFOLIO_REQUEST__INIT;
	Member__ListPortfolioResponse ret = MEMBER__LIST_PORTFOLIO_RESPONSE__INIT;

	request.person_id = person(s, name);
	EXPECT_OK(suite_call_as_platform(s, method_member_list_portfolio, &request, &ret));

	return ret;
}

/* Counts are those of the rows, and the others were told each change, last as it is. */
static void expect_duties_sound(struct suite *s)
{
	EXPECT_INT(postgres_int(suite_database(s),
				"SELECT count(*) FROM member.portfolio p WHERE community_count <> "
				"(SELECT count(*) FROM member.duty d WHERE d.person_id = "
				"p.person_id AND revoke_time IS NULL)"),
		   0);
	EXPECT_INT(postgres_int(suite_database(s),
				"SELECT count(*) FROM member.duty d JOIN member.person p USING "
				"(person_id) WHERE p.state = 'MERGED' AND revoke_time IS NULL"),
		   0);
	EXPECT_INT(postgres_int(suite_database(s),
				"SELECT count(*) FROM member.duty d WHERE version <> (SELECT "
				"count(*) FROM member.outbox o WHERE o.type = 'DUTY_CHANGED' AND "
				"o.community_id = d.community_id AND o.person_id = d.person_id) OR "
				"CASE WHEN revoke_time IS NULL THEN role ELSE '' END IS DISTINCT "
				"FROM (SELECT state FROM member.outbox o WHERE o.type = "
				"'DUTY_CHANGED' AND o.community_id = d.community_id AND "
				"o.person_id = d.person_id AND o.version = d.version)"),
		   0);
}

static void operators_duties_are_those_of_both(void **state)
{
	struct suite *s = *state;
	const char *both = given_community(s), *his = given_community(s);
	const char *later = given_community(s), *merge;
	Member__ListPortfolioResponse operates;
	Member__GetDutyRequest get = MEMBER__GET_DUTY_REQUEST__INIT;
	Member__Duty duty = MEMBER__DUTY__INIT;

	assign(s, "da", both, ADMIN, CONTENT);
	assign(s, "db", both, MODERATOR, SERVICE);
	assign(s, "db", his, MODERATOR, SERVICE);
	merge = merged(s, "da", "db");
	operates = portfolio(s, "db");
	EXPECT_INT(operates.community_count, 2);
	EXPECT_INT(operates.n_communities, 2);
	get.community_id = both;
	get.person_id = person(s, "db");
	EXPECT_OK(suite_call_as_platform(s, method_member_get_duty, &get, &duty));
	EXPECT_TEXT(duty.person_id, person(s, "da"));
	EXPECT_INT(duty.role, ADMIN);
	EXPECT_INT(duty.n_kinds, 2);
	expect_duties_sound(s);

	/* He is given one and loses one under the former id. */
	assign(s, "db", later, MODERATOR, CONTENT);
	EXPECT_INT(portfolio(s, "da").community_count, 3);
	EXPECT_INT(revoke(s, "db", later), 1);
	expect_duties_sound(s);
	assign(s, "db", later, MODERATOR, CONTENT);

	EXPECT_INT(parted(s, merge), 0);
	expect_duties_sound(s);
	EXPECT_INT(portfolio(s, "da").community_count, 2); /* of both, and the later one */
	EXPECT_INT(portfolio(s, "db").community_count, 2);
	member__duty__init(&duty);
	EXPECT_OK(suite_call_as_platform(s, method_member_get_duty, &get, &duty));
	EXPECT_INT(duty.role, MODERATOR);
	EXPECT_INT(duty.n_kinds, 1);

	/* What was revoked while they were one stays revoked, and is told. */
	merge = merged(s, "da", "db");
	EXPECT_INT(revoke(s, "da", his), 1);
	EXPECT_INT(parted(s, merge), 1);
	EXPECT_INT(portfolio(s, "db").community_count, 1);
	expect_duties_sound(s);
}

/* -- experts and KOLs */

static const char *topics(struct suite *s, const char *community)
{
	Member__ListExpertsRequest request = MEMBER__LIST_EXPERTS_REQUEST__INIT;
	Member__ListExpertsResponse list = MEMBER__LIST_EXPERTS_RESPONSE__INIT;
	const char *text = "";

	request.community_id = community;
	EXPECT_OK(suite_call_as_platform(s, method_member_list_experts, &request, &list));
	for (size_t i = 0; i < list.n_designations; i++)
		text = arena_printf(suite_arena(s), "%s%s:%s ", text, list.designations[i]->topic,
				    postgres_text(suite_database(s),
						  "SELECT external_id FROM member.person WHERE "
						  "person_id = '%s'",
						  list.designations[i]->person_id));

	return text;
}

static struct outcome designate(struct suite *s, const char *community, const char *name,
				const char *topic)
{
	Member__DesignateExpertRequest request = MEMBER__DESIGNATE_EXPERT_REQUEST__INIT;
	Member__Expert expert = MEMBER__EXPERT__INIT;

	request.community_id = community;
	request.person_id = person(s, name);
	request.topics = &topic;
	request.n_topics = 1;

	return suite_call_as_platform(s, method_member_designate_expert, &request, &expert);
}

static struct outcome withdraw(struct suite *s, const char *community, const char *name,
			       const char *topic)
{
	Member__WithdrawExpertRequest request = MEMBER__WITHDRAW_EXPERT_REQUEST__INIT;
	Member__Expert expert = MEMBER__EXPERT__INIT;

	request.community_id = community;
	request.person_id = person(s, name);
	request.topics = &topic;
	request.n_topics = 1;

	return suite_call_as_platform(s, method_member_withdraw_expert, &request, &expert);
}

static void experts_topics_are_those_of_both(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s), *merge;

	EXPECT_OK(join(s, community, "ea"));
	EXPECT_OK(join(s, community, "eb"));
	EXPECT_OK(designate(s, community, "ea", "rice"));
	EXPECT_OK(give_role(s, community, "ea", MEMBER__ROLE__ROLE_MEMBER)); /* and so no expert */
	EXPECT_OK(designate(s, community, "eb", "tea"));
	EXPECT_TEXT(topics(s, community), "tea:eb ");
	merge = merged(s, "ea", "eb");
	EXPECT_TEXT(topics(s, community), "tea:ea ");
	EXPECT_OK(designate(s, community, "eb", "soup"));
	EXPECT_TEXT(topics(s, community), "soup:ea tea:ea ");
	EXPECT_OK(withdraw(s, community, "eb", "soup"));
	EXPECT_INT(parted(s, merge), 0);
	EXPECT_TEXT(topics(s, community), "tea:eb ");

	/* Where the membership cannot go back, nothing that hangs on it does. */
	merge = merged(s, "ea", "eb");
	EXPECT_OK(give_role(s, community, "ea", MEMBER__ROLE__ROLE_MODERATOR));
	assert_true(parted(s, merge) > 0);
	EXPECT_TEXT(topics(s, community), "tea:ea ");
}

static struct outcome step_kol(struct suite *s, const char *community, const char *name, bool first)
{
	Member__CreateKolRequest create = MEMBER__CREATE_KOL_REQUEST__INIT;
	Member__PromoteKolRequest promote = MEMBER__PROMOTE_KOL_REQUEST__INIT;
	Member__Kol kol = MEMBER__KOL__INIT;

	create.community_id = promote.community_id = community;
	create.person_id = promote.person_id = person(s, name);
	create.track = promote.track = MEMBER__KOL_TRACK__KOL_TRACK_KOL;
	promote.force = true;
	promote.reason = "for the test";

	return first ? suite_call_as_platform(s, method_member_create_kol, &create, &kol)
		     : suite_call_as_platform(s, method_member_promote_kol, &promote, &kol);
}

/* Everybody in the pipeline with his stage, and how many steps are listed for him. */
static const char *kols(struct suite *s, const char *community)
{
	Member__ListKolsRequest request = MEMBER__LIST_KOLS_REQUEST__INIT;
	Member__ListKolsResponse list = MEMBER__LIST_KOLS_RESPONSE__INIT;
	Member__ListKolChangesRequest of = MEMBER__LIST_KOL_CHANGES_REQUEST__INIT;
	const char *text = "";

	request.community_id = of.community_id = community;
	request.track = of.track = MEMBER__KOL_TRACK__KOL_TRACK_KOL;
	EXPECT_OK(suite_call_as_platform(s, method_member_list_kols, &request, &list));
	for (size_t i = 0; i < list.n_kols; i++) {
		Member__ListKolChangesResponse steps = MEMBER__LIST_KOL_CHANGES_RESPONSE__INIT;

		of.person_id = list.kols[i]->person_id;
		EXPECT_OK(suite_call_as_platform(s, method_member_list_kol_changes, &of, &steps));
		text = arena_printf(suite_arena(s), "%s%s:%d/%zu ", text,
				    postgres_text(suite_database(s),
						  "SELECT external_id FROM member.person WHERE "
						  "person_id = '%s'",
						  list.kols[i]->person_id),
				    (int)list.kols[i]->stage, steps.n_changes);
	}

	return text;
}

static void the_further_one_of_two_kols_stays(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s), *merge;

	EXPECT_OK(join(s, community, "ka"));
	EXPECT_OK(join(s, community, "kb"));
	EXPECT_OK(step_kol(s, community, "ka", true));
	EXPECT_OK(step_kol(s, community, "kb", true));
	EXPECT_OK(step_kol(s, community, "kb", false));
	merge = merged(s, "ka", "kb");
	EXPECT_TEXT(kols(s, community), "ka:2/3 ");
	EXPECT_STATUS(step_kol(s, community, "kb", true), ALREADY_EXISTS, "KOL_EXISTS");
	EXPECT_INT(parted(s, merge), 0);
	EXPECT_TEXT(kols(s, community), "kb:2/2 ka:1/1 ");

	/* A promotion of the one stays with him; the other is where he was. */
	merge = merged(s, "ka", "kb");
	EXPECT_OK(step_kol(s, community, "kb", false));
	EXPECT_TEXT(kols(s, community), "ka:3/4 ");
	EXPECT_INT(parted(s, merge), 1);
	EXPECT_TEXT(kols(s, community), "kb:2/2 ka:3/2 ");
}

/* -- cards, keys, tags, offers, names */

static void whoever_is_named_by_a_former_id_is_the_survivor(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .owner = "boss"), *scope = "read", *tag = "x";
	const char *merge;
	Member__UnmaskMemberCardRequest unmask = MEMBER__UNMASK_MEMBER_CARD_REQUEST__INIT;
	Member__GetMemberCardRequest get = MEMBER__GET_MEMBER_CARD_REQUEST__INIT;
	Member__MemberCard card = MEMBER__MEMBER_CARD__INIT;
	Member__CreateApiKeyRequest create = MEMBER__CREATE_API_KEY_REQUEST__INIT;
	Member__CreateApiKeyResponse before = MEMBER__CREATE_API_KEY_RESPONSE__INIT, since = before;
	Member__VerifyApiKeyRequest verify = MEMBER__VERIFY_API_KEY_REQUEST__INIT;
	Member__ApiKey key = MEMBER__API_KEY__INIT;
	Member__SetMembershipTagsRequest tags = MEMBER__SET_MEMBERSHIP_TAGS_REQUEST__INIT;
	Member__Membership membership = MEMBER__MEMBERSHIP__INIT;
	Member__CreateContributionRequest offer = MEMBER__CREATE_CONTRIBUTION_REQUEST__INIT;
	Member__Contribution text = MEMBER__CONTRIBUTION__INIT, offered = text;
	Member__UpdatePersonRequest update = MEMBER__UPDATE_PERSON_REQUEST__INIT;
	Member__Person said = MEMBER__PERSON__INIT, renamed = said;

	EXPECT_OK(join(s, community, "na"));
	EXPECT_OK(join(s, community, "nb"));
	create.name = "a key";
	create.scopes = &scope;
	create.n_scopes = 1;
	create.person_id = person(s, "nb");
	EXPECT_OK(suite_call_as_platform(s, method_member_create_api_key, &create, &before));
	say(s, "na", "phone", "0123456789", MEMBER__VISIBILITY__VISIBILITY_MEMBERS, true);
	merge = merged(s, "na", "nb");

	unmask.community_id = get.community_id = community;
	unmask.person_id = get.person_id = person(s, "nb");
	unmask.reason = "a parcel";
	EXPECT_OK(suite_call_as_platform(s, method_member_unmask_member_card, &unmask, &card));
	EXPECT_TEXT(card.person_id, person(s, "na"));
	EXPECT_TEXT(card.attributes[0]->value, "0123456789");
	EXPECT_INT(postgres_int(suite_database(s),
				"SELECT count(*) FROM member.member_audit WHERE person_id = '%s'",
				person(s, "na")),
		   1);
	/* He sees his own card as his own, whichever id he comes with. */
	member__member_card__init(&card);
	as_person(s, person(s, "nb"));
	EXPECT_OK(suite_call(s, method_member_get_member_card, &get, &card));
	assert_false(card.attributes[0]->masked);
	as_platform(s);

	EXPECT_OK(suite_call_as_platform(s, method_member_create_api_key, &create, &since));
	EXPECT_TEXT(since.api_key->person_id, person(s, "na"));
	verify.key = before.key;
	as_service(s);
	EXPECT_OK(suite_call(s, method_member_verify_api_key, &verify, &key));
	as_platform(s);
	EXPECT_TEXT(key.person_id, person(s, "na"));

	tags.community_id = community;
	tags.person_id = person(s, "nb");
	tags.add_tags = &tag;
	tags.n_add_tags = 1;
	EXPECT_OK(suite_call_as_platform(s, method_member_set_membership_tags, &tags, &membership));
	EXPECT_TEXT(membership.person_id, person(s, "na"));
	EXPECT_INT(membership.n_tags, 1);

	text.kind = MEMBER__CONTRIBUTION_KIND__CONTRIBUTION_KIND_SKILLS;
	text.text = "welding";
	offer.community_id = community;
	offer.person_id = person(s, "nb");
	offer.contribution = &text;
	EXPECT_OK(suite_call_as_platform(s, method_member_create_contribution, &offer, &offered));
	EXPECT_TEXT(offered.person_id, person(s, "na"));

	said.display_name = "Nina";
	update.person_id = person(s, "nb");
	update.person = &said;
	update.update_mask = &(Google__Protobuf__FieldMask){
		PROTOBUF_C_MESSAGE_INIT(&google__protobuf__field_mask__descriptor), 1,
		(char *[]){"display_name"}};
	EXPECT_OK(suite_call_as_platform(s, method_member_update_person, &update, &renamed));
	EXPECT_TEXT(renamed.person_id, person(s, "na"));

	/* The key was his who is parted now; what was made since is the survivor's. */
	EXPECT_INT(parted(s, merge), 0);
	as_service(s);
	member__api_key__init(&key);
	EXPECT_OK(suite_call(s, method_member_verify_api_key, &verify, &key));
	EXPECT_TEXT(key.person_id, person(s, "nb"));
	verify.key = since.key;
	member__api_key__init(&key);
	EXPECT_OK(suite_call(s, method_member_verify_api_key, &verify, &key));
	EXPECT_TEXT(key.person_id, person(s, "na"));
	as_platform(s);
}

static struct outcome submit(struct suite *s, const char *name, const char *number,
			     Member__Verification *ret)
{
	Member__SubmitVerificationRequest request = MEMBER__SUBMIT_VERIFICATION_REQUEST__INIT;

	member__verification__init(ret);
	request.person_id = person(s, name);
	request.real_name = "Vera";
	request.document_kind = MEMBER__DOCUMENT_KIND__DOCUMENT_KIND_ID_CARD;
	request.document_number = number;

	return suite_call_as_platform(s, method_member_submit_verification, &request, ret);
}

static void a_review_goes_on_under_either_id(void **state)
{
	struct suite *s = *state;
	Member__StartVerificationReviewRequest start =
		MEMBER__START_VERIFICATION_REVIEW_REQUEST__INIT;
	Member__ApproveVerificationRequest approve = MEMBER__APPROVE_VERIFICATION_REQUEST__INIT;
	Member__Verification review, other;
	const char *merge;

	EXPECT_OK(submit(s, "vb", "AB 123 456", &review));
	merge = merged(s, "va", "vb");
	EXPECT_STATUS(submit(s, "va", "AB 123 456", &other), FAILED_PRECONDITION,
		      "VERIFICATION_STATE");
	start.person_id = approve.person_id = person(s, "vb");
	start.verification_id = approve.verification_id =
		arena_string(suite_arena(s), review.verification_id);
	start.reviewer = approve.reviewer = "rita";
	EXPECT_OK(suite_call_as_platform(s, method_member_start_verification_review, &start,
					 &review));
	EXPECT_OK(suite_call_as_platform(s, method_member_approve_verification, &approve, &review));
	EXPECT_TEXT(review.person_id, person(s, "va"));
	EXPECT_INT(postgres_int(suite_database(s),
				"SELECT count(verify_time) FROM member.person WHERE person_id = "
				"'%s'",
				person(s, "va")),
		   1);
	/* It was decided of the one they were. */
	EXPECT_INT(parted(s, merge), 1);
	EXPECT_STATUS(submit(s, "vb", "AB 123 456", &other), ALREADY_EXISTS,
		      "DOCUMENT_ALREADY_USED");
}

/* -- coming */

static struct outcome ask(struct suite *s, const char *community, const char *name)
{
	Member__RequestToJoinRequest request = MEMBER__REQUEST_TO_JOIN_REQUEST__INIT;
	Member__JoinRequest made = MEMBER__JOIN_REQUEST__INIT;

	request.community_id = community;
	request.person_id = person(s, name);

	return suite_call_as_platform(s, method_member_request_to_join, &request, &made);
}

/* The states of the person's requests, oldest first. */
static const char *requests(struct suite *s, const char *community, const char *name)
{
	Member__ListJoinRequestsRequest request = MEMBER__LIST_JOIN_REQUESTS_REQUEST__INIT;
	Member__ListJoinRequestsResponse list = MEMBER__LIST_JOIN_REQUESTS_RESPONSE__INIT;
	const char *text = "";

	request.community_id = community;
	request.person_id = person(s, name);
	EXPECT_OK(suite_call_as_platform(s, method_member_list_join_requests, &request, &list));
	for (size_t i = 0; i < list.n_join_requests; i++)
		text = arena_printf(suite_arena(s), "%s%d", text,
				    (int)list.join_requests[i]->state);

	return text;
}

static void who_asks_twice_asks_once(void **state)
{
	struct suite *s = *state;
	const char *both = given_community(s, .join_mode = MEMBER__JOIN_MODE__JOIN_MODE_APPROVAL);
	const char *in = given_community(s, .join_mode = MEMBER__JOIN_MODE__JOIN_MODE_APPROVAL);
	const char *merge;

	EXPECT_OK(ask(s, both, "ra"));
	EXPECT_OK(ask(s, both, "rb"));
	EXPECT_OK(ask(s, in, "ra"));
	EXPECT_OK(join(s, in, "rb"));
	merge = merged(s, "ra", "rb");
	EXPECT_TEXT(requests(s, both, "rb"), "15"); /* pending, cancelled */
	EXPECT_TEXT(requests(s, in, "ra"), "5");
	EXPECT_INT(parted(s, merge), 0);
	EXPECT_TEXT(requests(s, both, "ra"), "1");
	EXPECT_TEXT(requests(s, both, "rb"), "1");
	EXPECT_TEXT(requests(s, in, "ra"), "1");

	/* The one who expired is in nobody's way. */
	postgres_text(suite_database(s),
		      "UPDATE member.join_request SET expire_time = now() WHERE community_id = "
		      "'%s' AND person_id = '%s'",
		      both, person(s, "ra"));
	merged(s, "ra", "rb");
	EXPECT_TEXT(requests(s, both, "ra"), "41");
}

/* The tree below a person: names with depth and how many came by each. */
static const char *tree(struct suite *s, const char *community, const char *name)
{
	Member__ListReferralsRequest request = MEMBER__LIST_REFERRALS_REQUEST__INIT;
	Member__ListReferralsResponse list = MEMBER__LIST_REFERRALS_RESPONSE__INIT;
	const char *text = "";

	request.community_id = community;
	request.person_id = person(s, name);
	request.max_depth = 10;
	EXPECT_OK(suite_call_as_platform(s, method_member_list_referrals, &request, &list));
	for (size_t i = 0; i < list.n_referrals; i++)
		text = arena_printf(suite_arena(s), "%s%s:%d/%d ", text,
				    postgres_text(suite_database(s),
						  "SELECT external_id FROM member.person WHERE "
						  "person_id = '%s'",
						  list.referrals[i]->person_id),
				    (int)list.referrals[i]->depth,
				    (int)list.referrals[i]->descendant_count);

	return text;
}

static void brings(struct suite *s, const char *community, const char *who, const char *whom)
{
	EXPECT_OK(come(s, community, whom, given_invitation(s, community, who, 1)));
}

static void whom_they_brought_is_one_tree(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s), *second, *third, *before;

	/* t1 brought t2, t2 t3, t3 t4; u brought v. */
	EXPECT_OK(join(s, community, "t1"));
	brings(s, community, "t1", "t2");
	brings(s, community, "t2", "t3");
	EXPECT_OK(join(s, community, "u"));
	brings(s, community, "t3", "t4");
	brings(s, community, "u", "v");
	before = tree(s, community, "t1");
	EXPECT_TEXT(before, "t1:0/3 t2:1/2 t3:2/1 t4:3/0 ");

	merged(s, "t4", "t1"); /* whom his own brought is the first one */
	EXPECT_TEXT(tree(s, community, "t4"), "t4:0/2 t2:1/1 t3:2/0 ");
	second = merged(s, "v", "t2"); /* and so was brought by t1, as he came first */
	EXPECT_TEXT(tree(s, community, "t1"), "t4:0/2 v:1/1 t3:2/0 ");
	EXPECT_TEXT(tree(s, community, "u"), "u:0/0 ");
	third = merged(s, "w", "t3"); /* who was no member: he takes his place */
	EXPECT_TEXT(tree(s, community, "t4"), "t4:0/2 v:1/1 w:2/0 ");
	EXPECT_INT(parted(s, third), 0);
	EXPECT_INT(parted(s, second), 0);
	EXPECT_TEXT(tree(s, community, "u"), "u:0/1 v:1/0 ");
	EXPECT_TEXT(tree(s, community, "t2"), "t2:0/1 t3:1/0 ");
}

static const char *stays(struct suite *s, const char *community, const char *name)
{
	Member__ListStaysRequest request = MEMBER__LIST_STAYS_REQUEST__INIT;
	Member__ListStaysResponse list = MEMBER__LIST_STAYS_RESPONSE__INIT;
	const char *text = "";

	request.community_id = community;
	request.person_id = person(s, name);
	EXPECT_OK(suite_call_as_platform(s, method_member_list_stays, &request, &list));
	for (size_t i = 0; i < list.n_stays; i++)
		text = arena_printf(suite_arena(s), "%s%d:%d ", text, (int)list.stays[i]->sequence,
				    (int)list.stays[i]->state);

	return text;
}

/* How many joined, by how many persons. */
static void expect_joins(struct suite *s, const char *community, int64_t joins, int64_t persons)
{
	Member__GetSourceReportRequest request = MEMBER__GET_SOURCE_REPORT_REQUEST__INIT;
	Member__SourceReport report = MEMBER__SOURCE_REPORT__INIT;

	request.community_id = community;
	request.by = MEMBER__SOURCE_KEY__SOURCE_KEY_SOURCE;
	EXPECT_OK(suite_call_as_platform(s, method_member_get_source_report, &request, &report));
	EXPECT_INT(report.n_counts, 1);
	EXPECT_INT(report.counts[0]->join_count, joins);
	EXPECT_INT(report.counts[0]->person_count, persons);
}

static void stays_of_either_are_the_ones(void **state)
{
	struct suite *s = *state;
	const char *left = given_community(s), *alone = given_community(s), *merge;

	EXPECT_OK(join(s, left, "sb"));
	EXPECT_OK(leave(s, left, "sb"));
	EXPECT_OK(join(s, left, "sb"));
	EXPECT_OK(leave(s, left, "sb"));
	EXPECT_OK(join(s, left, "sa"));
	EXPECT_OK(join(s, alone, "sb"));
	expect_joins(s, left, 3, 2);
	merge = merged(s, "sa", "sb");
	EXPECT_TEXT(stays(s, left, "sb"), "1:2 2:2 3:1 ");
	expect_joins(s, left, 3, 1);
	EXPECT_TEXT(stays(s, alone, "sa"), "1:1 ");
	expect_joins(s, alone, 1, 1);
	EXPECT_OK(leave(s, left, "sa"));
	EXPECT_OK(join(s, left, "sb"));
	EXPECT_TEXT(stays(s, left, "sa"), "1:2 2:2 3:2 4:1 ");
	EXPECT_OK(leave(s, left, "sa"));
	/* He has left, which the merge did not: the membership stays, and all stays with it. */
	assert_true(parted(s, merge) > 0);
	EXPECT_TEXT(stays(s, alone, "sb"), "1:1 ");
	EXPECT_TEXT(stays(s, alone, "sa"), "");
}

static void an_invitation_lets_one_in_once(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s), *code;

	EXPECT_OK(join(s, community, "inviter"));
	code = given_invitation(s, community, "inviter", 2);
	EXPECT_OK(come(s, community, "ia", code));
	EXPECT_OK(leave(s, community, "ia"));
	merged(s, "ib", "ia");
	EXPECT_OK(come(s, community, "ib", code));
	EXPECT_INT(postgres_int(suite_database(s),
				"SELECT use_count FROM member.invitation WHERE code = '%s'", code),
		   1);
	/* Nobody invites himself, under whichever id. */
	merged(s, "ic", "inviter");
	EXPECT_OK(leave(s, community, "ic"));
	EXPECT_STATUS(come(s, community, "ic", code), FAILED_PRECONDITION,
		      "INVITATION_NOT_FOR_YOU");
}

/* -- splits */

static void splits_know_the_one_they_are(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .owner = "split owner");
	const char *pinned[] = {one_of(s, "cut", 19)};
	const struct tie ties[] = {{0, 1, 5}, {0, 2, 7}, {1, 2, 3}};
	Member__Split *wish = order(s, STRATEGY(LEAST_LOADED), 0, 0);
	Member__ImportTiesResponse counts = MEMBER__IMPORT_TIES_RESPONSE__INIT;
	Member__Split plan;
	const char *merge;

	given_crowd(s, community, "cut", 20);
	EXPECT_OK(import_ties(s, community, "forum", "cut", ties, 3, &counts));
	merge = merged(s, "cut 18", "cut 19");
	wish->pinned_person_ids = pinned;
	wish->n_pinned_person_ids = 1;
	plan = given_split(s, community, wish, NULL, 1);
	EXPECT_INT(postgres_int(suite_database(s),
				"SELECT count(*) FROM member.split_move WHERE split_id = '%s' AND "
				"person_id = '%s'",
				plan.split_id, person(s, "cut 18")),
		   0);
	EXPECT_INT(plan.tie_count, 3);
	EXPECT_INT(plan.tie_weight, 15);

	/* 0 and 1 become one: with himself he has no tie, with 2 one of both weights. */
	EXPECT_INT(parted(s, merge), 0);
	merge = merged(s, "cut 0", "cut 1");
	plan = given_split(s, community, order(s, STRATEGY(BY_GRAPH), 0, 0), NULL, 1);
	EXPECT_INT(plan.tie_count, 1);
	EXPECT_INT(plan.tie_weight, 10);
	EXPECT_INT(parted(s, merge), 0);
	plan = given_split(s, community, order(s, STRATEGY(BY_GRAPH), 0, 0), NULL, 1);
	EXPECT_INT(plan.tie_count, 3);
}

static int start(void **state)
{
	return suite_setup(state, (const struct service *const[]){&member_service, NULL});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(operators_duties_are_those_of_both),
		cmocka_unit_test(experts_topics_are_those_of_both),
		cmocka_unit_test(the_further_one_of_two_kols_stays),
		cmocka_unit_test(whoever_is_named_by_a_former_id_is_the_survivor),
		cmocka_unit_test(a_review_goes_on_under_either_id),
		cmocka_unit_test(who_asks_twice_asks_once),
		cmocka_unit_test(whom_they_brought_is_one_tree),
		cmocka_unit_test(stays_of_either_are_the_ones),
		cmocka_unit_test(an_invitation_lets_one_in_once),
		cmocka_unit_test(splits_know_the_one_they_are),
	};

	return cmocka_run_group_tests_name("member: roles of merged persons", tests, start,
					   suite_teardown);
}
