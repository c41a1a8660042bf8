/* Channels and experts: the places a community has outside, and those it asks. */
#include <string.h>

#include "given.h"
#include "kith/member/v1/channel.pb-c.h"
#include "kith/member/v1/expert.pb-c.h"
#include "kith_methods.h"
#include "member/member.h"

#define WECHAT    MEMBER__CHANNEL_KIND__CHANNEL_KIND_WECHAT
#define QQ        MEMBER__CHANNEL_KIND__CHANNEL_KIND_QQ
#define N_AT_ONCE 64

static struct outcome bind_place(struct suite *s, const char *community, Member__ChannelKind kind,
				 const char *external_id, Member__Channel *ret)
{
	Member__CreateChannelRequest request = MEMBER__CREATE_CHANNEL_REQUEST__INIT;
	Member__Channel wanted = MEMBER__CHANNEL__INIT;

	wanted.kind = kind;
	wanted.external_id = external_id;
	wanted.name = "Group 1";
	wanted.capacity = 500;
	request.community_id = community;
	request.channel = &wanted;
	member__channel__init(ret);

	return suite_call(s, method_member_create_channel, &request, ret);
}

static struct outcome unbind(struct suite *s, const Member__Channel *channel)
{
	Member__DeleteChannelRequest request = MEMBER__DELETE_CHANNEL_REQUEST__INIT;
	Member__Channel gone = MEMBER__CHANNEL__INIT;

	request.community_id = channel->community_id;
	request.channel_id = channel->channel_id;

	return suite_call(s, method_member_delete_channel, &request, &gone);
}

static void place_belongs_to_one_community(void **state)
{
	struct suite *s = *state;
	const char *here = given_community(s, .owner = "ann"), *there = given_community(s);
	Member__LookupChannelRequest lookup = MEMBER__LOOKUP_CHANNEL_REQUEST__INIT;
	Member__Channel channel, other, found = MEMBER__CHANNEL__INIT;

	as_person(s, person(s, "ann"));
	EXPECT_OK(bind_place(s, here, WECHAT, "group-1", &channel));
	EXPECT_INT(channel.state, MEMBER__CHANNEL_STATE__CHANNEL_STATE_ACTIVE);
	EXPECT_STATUS(bind_place(s, there, WECHAT, "group-2", &other), PERMISSION_DENIED, NULL);
	as_platform(s);
	EXPECT_STATUS(bind_place(s, there, WECHAT, "group-1", &other), ALREADY_EXISTS,
		      "CHANNEL_TAKEN");
	EXPECT_STATUS(bind_place(s, here, WECHAT, "group-1", &other), ALREADY_EXISTS,
		      "CHANNEL_TAKEN");
	EXPECT_OK(bind_place(s, there, QQ, "group-1", &other)); /* another kind, another place */
	lookup.kind = WECHAT;
	lookup.external_id = "group-1";
	EXPECT_OK(suite_call(s, method_member_lookup_channel, &lookup, &found));
	EXPECT_TEXT(found.channel_id, channel.channel_id);

	EXPECT_OK(unbind(s, &channel));
	EXPECT_STATUS(unbind(s, &channel), NOT_FOUND, "CHANNEL_NOT_FOUND");
	EXPECT_STATUS(suite_call(s, method_member_lookup_channel, &lookup, &found), NOT_FOUND,
		      "CHANNEL_NOT_FOUND");
	EXPECT_OK(bind_place(s, there, WECHAT, "group-1", &other));
	EXPECT_STATUS(
		bind_place(s, there, MEMBER__CHANNEL_KIND__CHANNEL_KIND_UNSPECIFIED, "x", &other),
		INVALID_ARGUMENT, NULL);
	EXPECT_STATUS(bind_place(s, there, QQ, "", &other), INVALID_ARGUMENT, NULL);
}

static void one_of_many_gets_the_place(void **state)
{
	struct suite *s = *state;
	Member__CreateChannelRequest requests[N_AT_ONCE];
	Member__Channel wanted = MEMBER__CHANNEL__INIT;
	struct outcome outcomes[N_AT_ONCE];
	const void *pointers[N_AT_ONCE];
	int n_bound = 0;

	wanted.kind = QQ;
	wanted.external_id = "the-one";
	for (size_t i = 0; i < N_AT_ONCE; i++) {
		requests[i] = (Member__CreateChannelRequest)MEMBER__CREATE_CHANNEL_REQUEST__INIT;
		requests[i].community_id =
			i % 16 ? requests[i - 1].community_id : given_community(s);
		requests[i].channel = &wanted;
		pointers[i] = &requests[i];
	}
	as_platform(s);
	suite_call_at_once(s, method_member_create_channel, N_AT_ONCE, pointers, NULL, NULL,
			   outcomes);
	for (size_t i = 0; i < N_AT_ONCE; i++) {
		n_bound += outcomes[i].status == STATUS_OK;
		if (outcomes[i].status != STATUS_OK)
			EXPECT_STATUS(outcomes[i], ALREADY_EXISTS, "CHANNEL_TAKEN");
	}
	EXPECT_INT(n_bound, 1);
}

static void channel_is_read_listed_and_changed(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .owner = "ann");
	Member__UpdateChannelRequest update = MEMBER__UPDATE_CHANNEL_REQUEST__INIT;
	Member__ListChannelsRequest request = MEMBER__LIST_CHANNELS_REQUEST__INIT;
	Member__ListChannelsResponse list = MEMBER__LIST_CHANNELS_RESPONSE__INIT;
	Member__GetChannelRequest one = MEMBER__GET_CHANNEL_REQUEST__INIT;
	Member__Channel first, second, ret = MEMBER__CHANNEL__INIT, wanted = MEMBER__CHANNEL__INIT;
	Google__Protobuf__FieldMask mask = GOOGLE__PROTOBUF__FIELD_MASK__INIT;
	char *paths[] = {"kind"};

	as_person(s, person(s, "ann"));
	EXPECT_OK(bind_place(s, community, WECHAT, "listed-1", &first));
	EXPECT_OK(bind_place(s, community, QQ, "listed-2", &second));
	update.community_id = community;
	update.channel_id = second.channel_id;
	update.channel = &wanted;
	wanted.member_count = 500;
	wanted.state = MEMBER__CHANNEL_STATE__CHANNEL_STATE_FULL;
	wanted.etag = "1";
	EXPECT_OK(suite_call(s, method_member_update_channel, &update, &ret));
	EXPECT_INT(ret.member_count, 500);
	EXPECT_TEXT(ret.name, "Group 1");
	EXPECT_STATUS(suite_call(s, method_member_update_channel, &update, &ret), ABORTED,
		      "ETAG_MISMATCH");
	mask.paths = paths;
	mask.n_paths = 1;
	update.update_mask = &mask;
	EXPECT_STATUS(suite_call(s, method_member_update_channel, &update, &ret), INVALID_ARGUMENT,
		      "FIELD_NOT_CHANGEABLE");

	request.community_id = community;
	request.page_size = 1;
	EXPECT_OK(suite_call(s, method_member_list_channels, &request, &list));
	EXPECT_TEXT(list.channels[0]->external_id, "listed-1");
	request.page_token = list.next_page_token;
	EXPECT_OK(suite_call(s, method_member_list_channels, &request, &list));
	EXPECT_TEXT(list.channels[0]->external_id, "listed-2");
	EXPECT_TEXT(list.next_page_token, "");
	request.page_token = "";
	request.state = MEMBER__CHANNEL_STATE__CHANNEL_STATE_FULL;
	EXPECT_OK(suite_call(s, method_member_list_channels, &request, &list));
	EXPECT_INT(list.n_channels, 1);
	EXPECT_TEXT(list.channels[0]->external_id, "listed-2");
	one.community_id = given_community(s); /* another community has no such channel */
	one.channel_id = first.channel_id;
	as_platform(s);
	EXPECT_STATUS(suite_call(s, method_member_get_channel, &one, &ret), NOT_FOUND,
		      "CHANNEL_NOT_FOUND");
	one.community_id = community;
	EXPECT_OK(suite_call(s, method_member_get_channel, &one, &ret));
}

/* -- experts */

static struct outcome designate(struct suite *s, const char *community, const char *name,
				const char *topic, int32_t place, Member__Expert *ret)
{
	Member__DesignateExpertRequest request = MEMBER__DESIGNATE_EXPERT_REQUEST__INIT;

	request.community_id = community;
	request.person_id = person(s, name);
	request.topics = &topic;
	request.n_topics = 1;
	request.place = place;
	member__expert__init(ret);

	return suite_call(s, method_member_designate_expert, &request, ret);
}

static struct outcome withdraw(struct suite *s, const char *community, const char *name,
			       const char *topic, Member__Expert *ret)
{
	Member__WithdrawExpertRequest request = MEMBER__WITHDRAW_EXPERT_REQUEST__INIT;

	request.community_id = community;
	request.person_id = person(s, name);
	request.topics = &topic;
	request.n_topics = topic ? 1 : 0;
	member__expert__init(ret);

	return suite_call(s, method_member_withdraw_expert, &request, ret);
}

/* "bob cid ": the names of who is asked about a topic, in order. */
static const char *experts_of(struct suite *s, const char *community, const char *topic)
{
	static const char *const names[] = {"ann", "bob", "cid"};
	Member__ListExpertsRequest request = MEMBER__LIST_EXPERTS_REQUEST__INIT;
	Member__ListExpertsResponse list = MEMBER__LIST_EXPERTS_RESPONSE__INIT;
	const char *found = "";

	request.community_id = community;
	request.topic = topic;
	EXPECT_OK(suite_call(s, method_member_list_experts, &request, &list));
	for (size_t i = 0; i < list.n_designations; i++)
		for (size_t k = 0; k < 3; k++)
			if (strcmp(person(s, names[k]), list.designations[i]->person_id) == 0)
				found = arena_printf(suite_arena(s), "%s%s ", found, names[k]);

	return found;
}

static void experts_of_a_topic_have_their_order(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .owner = "ann");
	Member__Expert expert;

	EXPECT_OK(join(s, community, "bob"));
	EXPECT_OK(join(s, community, "cid"));
	as_person(s, person(s, "ann"));
	EXPECT_OK(designate(s, community, "bob", "paper", 2, &expert));
	EXPECT_OK(designate(s, community, "cid", "paper", 1, &expert));
	EXPECT_OK(designate(s, community, "ann", "paper", 2, &expert));
	EXPECT_OK(designate(s, community, "bob", "glue", 0, &expert));
	EXPECT_INT(expert.n_topics, 2);
	EXPECT_TEXT(expert.topics[0], "glue");
	EXPECT_TEXT(experts_of(s, community, "paper"), "cid bob ann ");
	EXPECT_TEXT(experts_of(s, community, ""), "bob cid bob ann ");
	EXPECT_INT(membership_of(s, community, "bob").role, MEMBER__ROLE__ROLE_EXPERT);
	EXPECT_INT(membership_of(s, community, "bob").version,
		   3); /* each designation is told in its order */
	EXPECT_INT(membership_of(s, community, "ann").role, MEMBER__ROLE__ROLE_OWNER);
	EXPECT_STATUS(designate(s, community, "zoe", "paper", 0, &expert), FAILED_PRECONDITION,
		      "NOT_A_MEMBER");
	EXPECT_STATUS(designate(s, community, "bob", "", 0, &expert), INVALID_ARGUMENT, NULL);
	as_person(s, person(s, "bob"));
	EXPECT_STATUS(designate(s, community, "cid", "glue", 0, &expert), PERMISSION_DENIED, NULL);
}

static void who_has_no_topic_left_is_a_member_again(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .owner = "ann");
	Member__Expert expert;

	EXPECT_OK(join(s, community, "bob"));
	as_person(s, person(s, "ann"));
	EXPECT_OK(designate(s, community, "bob", "paper", 0, &expert));
	EXPECT_OK(designate(s, community, "bob", "glue", 0, &expert));
	EXPECT_STATUS(withdraw(s, community, "bob", "tea", &expert), NOT_FOUND, "EXPERT_NOT_FOUND");
	EXPECT_OK(withdraw(s, community, "bob", "paper", &expert));
	EXPECT_INT(expert.n_topics, 1);
	EXPECT_INT(membership_of(s, community, "bob").role, MEMBER__ROLE__ROLE_EXPERT);
	EXPECT_OK(withdraw(s, community, "bob", NULL, &expert));
	EXPECT_INT(expert.n_topics, 0);
	EXPECT_INT(membership_of(s, community, "bob").role, MEMBER__ROLE__ROLE_MEMBER);
	EXPECT_STATUS(withdraw(s, community, "bob", NULL, &expert), NOT_FOUND, "EXPERT_NOT_FOUND");
	EXPECT_OK(designate(s, community, "ann", "paper", 0, &expert));
	EXPECT_OK(withdraw(s, community, "ann", NULL, &expert));
	EXPECT_INT(membership_of(s, community, "ann").role, MEMBER__ROLE__ROLE_OWNER);
}

static void leaving_withdraws(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .owner = "ann");
	Member__Expert expert;

	EXPECT_OK(join(s, community, "bob"));
	as_person(s, person(s, "ann"));
	EXPECT_OK(designate(s, community, "bob", "paper", 0, &expert));
	EXPECT_OK(leave(s, community, "bob"));
	EXPECT_TEXT(experts_of(s, community, "paper"), "");
	EXPECT_STATUS(withdraw(s, community, "bob", NULL, &expert), NOT_FOUND, "EXPERT_NOT_FOUND");

	/* Who comes back begins anew, even as an expert of something else. */
	EXPECT_OK(join(s, community, "bob"));
	EXPECT_TEXT(experts_of(s, community, "paper"), "");
	EXPECT_OK(designate(s, community, "bob", "glue", 0, &expert));
	EXPECT_INT(expert.n_topics, 1);
	EXPECT_TEXT(experts_of(s, community, "paper"), "");
	EXPECT_TEXT(experts_of(s, community, "glue"), "bob ");
}

static int setup(void **state)
{
	static const struct service *const services[] = {&member_service, NULL};

	return suite_setup(state, services);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(place_belongs_to_one_community),
		cmocka_unit_test(one_of_many_gets_the_place),
		cmocka_unit_test(channel_is_read_listed_and_changed),
		cmocka_unit_test(experts_of_a_topic_have_their_order),
		cmocka_unit_test(who_has_no_topic_left_is_a_member_again),
		cmocka_unit_test(leaving_withdraws),
	};

	return cmocka_run_group_tests(tests, setup, suite_teardown);
}
