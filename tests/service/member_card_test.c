/* Member cards: cell by cell, what who may see; and that nobody looks behind a mask unseen. */
#include <string.h>

#include "given.h"
#include "kith/member/v1/card.pb-c.h"
#include "kith_methods.h"
#include "member/member.h"

static struct outcome card(struct suite *s, const char *community, const char *name,
			   Member__MemberCard *ret)
{
	Member__GetMemberCardRequest request = MEMBER__GET_MEMBER_CARD_REQUEST__INIT;

	request.community_id = community;
	request.person_id = person(s, name);
	member__member_card__init(ret);

	return suite_call(s, method_member_get_member_card, &request, ret);
}

static struct outcome unmask(struct suite *s, const char *community, const char *name,
			     const char *reason, Member__MemberCard *ret)
{
	Member__UnmaskMemberCardRequest request = MEMBER__UNMASK_MEMBER_CARD_REQUEST__INIT;

	request.community_id = community;
	request.person_id = person(s, name);
	request.reason = reason;
	member__member_card__init(ret);

	return suite_call(s, method_member_unmask_member_card, &request, ret);
}

static const Member__CardAttribute *shown(const Member__MemberCard *card, const char *name)
{
	for (size_t i = 0; i < card->n_attributes; i++)
		if (strcmp(card->attributes[i]->name, name) == 0)
			return card->attributes[i];

	return NULL;
}

/* "ann" owns it, "mod" moderates it, "exp" is an expert, "bob" and "carl" are members. */
static const char *given_circle(struct suite *s)
{
	const char *community = given_community(s, .owner = "ann");

	EXPECT_OK(join(s, community, "bob"));
	EXPECT_OK(join(s, community, "carl"));
	EXPECT_OK(join(s, community, "mod"));
	EXPECT_OK(join(s, community, "exp"));
	EXPECT_OK(give_role(s, community, "mod", MEMBER__ROLE__ROLE_MODERATOR));
	EXPECT_OK(give_role(s, community, "exp", MEMBER__ROLE__ROLE_EXPERT));

	return community;
}

static void as(struct suite *s, const char *name)
{
	if (name)
		as_person(s, person(s, name));
	else
		as_platform(s);
}

/* Rows: who looks. Columns: PUBLIC, MEMBERS, STAFF, SELF; of each first open, then masked.
 * c: in clear, m: its shape, -: not even that it is there. */
static void each_sees_what_his_rank_and_the_attribute_allow(void **state)
{
	static const struct {
		const char *viewer, *sees;
	} rows[] = {
		{"carl", "cmcm----"}, {"exp", "cmcm----"}, {"mod", "cmcmcm--"},
		{"ann", "cmcmcm--"},  {"bob", "cccccccc"}, {NULL, "cccccccc"},
	};
	struct suite *s = *state;
	const char *community = given_circle(s);

	for (int v = MEMBER__VISIBILITY__VISIBILITY_PUBLIC;
	     v <= MEMBER__VISIBILITY__VISIBILITY_SELF; v++)
		for (int masked = 0; masked < 2; masked++)
			say(s, "bob", arena_printf(suite_arena(s), "cell_%d%d", v, masked),
			    "secret", (Member__Visibility)v, masked);

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		Member__MemberCard seen;
		size_t n_seen = 0;

		as(s, rows[i].viewer);
		EXPECT_OK(card(s, community, "bob", &seen));
		for (int cell = 0; cell < 8; cell++) {
			char name[16];
			const Member__CardAttribute *attribute;

			snprintf(name, sizeof(name), "cell_%d%d", cell / 2 + 1, cell % 2);
			attribute = shown(&seen, name);
			n_seen += rows[i].sees[cell] != '-';
			assert_int_equal(attribute != NULL, rows[i].sees[cell] != '-');
			if (!attribute)
				continue;
			EXPECT_INT(attribute->masked, rows[i].sees[cell] == 'm');
			EXPECT_TEXT(attribute->value,
				    rows[i].sees[cell] == 'm' ? "s***t" : "secret");
		}
		EXPECT_INT(seen.n_attributes, n_seen);
	}
	as_person(s, person(s, "stranger"));
	EXPECT_STATUS(card(s, community, "bob", &(Member__MemberCard){0}), PERMISSION_DENIED, NULL);
	as_platform(s);
}

static void members_see_neither_tags_nor_who_has_left(void **state)
{
	struct suite *s = *state;
	const char *community = given_circle(s);
	Member__MemberCard seen;

	postgres_int(suite_database(s),
		     "UPDATE member.membership SET tags = '{difficult}' "
		     "WHERE community_id = '%s' AND person_id = '%s' RETURNING 1",
		     community, person(s, "bob"));
	as(s, "carl");
	EXPECT_OK(card(s, community, "bob", &seen));
	EXPECT_TEXT(seen.display_name, "bob");
	EXPECT_INT(seen.number, 2);
	EXPECT_INT(seen.role, MEMBER__ROLE__ROLE_MEMBER);
	EXPECT_INT(seen.n_tags, 0);
	as(s, "bob");
	EXPECT_OK(card(s, community, "bob", &seen));
	EXPECT_INT(seen.n_tags, 0);
	as(s, "mod");
	EXPECT_OK(card(s, community, "bob", &seen));
	EXPECT_INT(seen.n_tags, 1);

	EXPECT_OK(leave(s, community, "bob"));
	EXPECT_OK(card(s, community, "bob", &seen));
	EXPECT_INT(seen.state, MEMBER__MEMBERSHIP_STATE__MEMBERSHIP_STATE_LEFT);
	as(s, "carl");
	EXPECT_STATUS(card(s, community, "bob", &seen), NOT_FOUND, "MEMBERSHIP_NOT_FOUND");
	EXPECT_STATUS(card(s, community, "stranger", &seen), NOT_FOUND, "MEMBERSHIP_NOT_FOUND");
	as_platform(s);
}

static void cards_of_many_come_by_number_and_each_sees_his_own_in_clear(void **state)
{
	struct suite *s = *state;
	const char *community = given_circle(s);
	const char *ids[] = {person(s, "mod"), person(s, "bob"), person(s, "stranger"),
			     person(s, "carl")};
	Member__ListMemberCardsRequest request = MEMBER__LIST_MEMBER_CARDS_REQUEST__INIT;
	Member__ListMemberCardsResponse list = MEMBER__LIST_MEMBER_CARDS_RESPONSE__INIT;

	say(s, "bob", "phone", "13812345678", MEMBER__VISIBILITY__VISIBILITY_MEMBERS, false);
	say(s, "carl", "phone", "13887654321", MEMBER__VISIBILITY__VISIBILITY_SELF, false);
	say(s, "stranger", "phone", "13800000000", MEMBER__VISIBILITY__VISIBILITY_PUBLIC, false);
	request.community_id = community;
	request.person_ids = ids;
	request.n_person_ids = 4;
	as(s, "carl");
	EXPECT_OK(suite_call(s, method_member_list_member_cards, &request, &list));
	EXPECT_INT(list.n_cards, 3);
	EXPECT_TEXT(list.cards[0]->person_id, person(s, "bob"));
	EXPECT_TEXT(shown(list.cards[0], "phone")->value, "138****5678");
	EXPECT_TEXT(list.cards[1]->person_id, person(s, "carl"));
	EXPECT_TEXT(shown(list.cards[1], "phone")->value, "13887654321");
	EXPECT_TEXT(list.cards[2]->person_id, person(s, "mod"));
	EXPECT_INT(list.cards[2]->n_attributes, 0);
	as_platform(s);
}

static void who_looks_behind_a_mask_is_written_down(void **state)
{
	struct suite *s = *state;
	const char *community = given_circle(s);
	Member__ListMemberAuditsRequest request = MEMBER__LIST_MEMBER_AUDITS_REQUEST__INIT;
	Member__ListMemberAuditsResponse list = MEMBER__LIST_MEMBER_AUDITS_RESPONSE__INIT;
	Member__MemberCard seen;

	say(s, "dora", "phone", "13812345678", MEMBER__VISIBILITY__VISIBILITY_STAFF, false);
	say(s, "dora", "diary", "private", MEMBER__VISIBILITY__VISIBILITY_SELF, true);
	say(s, "dora", "region", "north", MEMBER__VISIBILITY__VISIBILITY_MEMBERS, false);
	EXPECT_OK(join(s, community, "dora"));
	as(s, "carl");
	EXPECT_STATUS(unmask(s, community, "dora", "curious", &seen), PERMISSION_DENIED, NULL);
	as(s, "mod");
	EXPECT_OK(card(s, community, "dora", &seen));
	EXPECT_TEXT(shown(&seen, "phone")->value, "138****5678");
	EXPECT_OK(unmask(s, community, "dora", "she is ill", &seen));
	EXPECT_TEXT(shown(&seen, "phone")->value, "13812345678");
	assert_null(shown(&seen, "diary"));
	EXPECT_STATUS(unmask(s, community, "stranger", "who?", &seen), NOT_FOUND,
		      "MEMBERSHIP_NOT_FOUND");
	EXPECT_STATUS(unmask(s, community, "dora", "", &seen), INVALID_ARGUMENT, NULL);

	request.community_id = community;
	EXPECT_STATUS(suite_call(s, method_member_list_member_audits, &request, &list),
		      PERMISSION_DENIED, NULL);
	as(s, "ann");
	request.person_id = person(s, "dora");
	EXPECT_OK(suite_call(s, method_member_list_member_audits, &request, &list));
	EXPECT_INT(list.n_audits, 1);
	EXPECT_TEXT(list.audits[0]->actor_person_id, person(s, "mod"));
	EXPECT_TEXT(list.audits[0]->person_id, person(s, "dora"));
	EXPECT_TEXT(list.audits[0]->reason, "she is ill");
	EXPECT_INT(list.audits[0]->n_attribute_names, 1);
	EXPECT_TEXT(list.audits[0]->attribute_names[0], "phone");
	assert_non_null(list.audits[0]->create_time);
	request.person_id = person(s, "bob");
	member__list_member_audits_response__init(&list);
	EXPECT_OK(suite_call(s, method_member_list_member_audits, &request, &list));
	EXPECT_INT(list.n_audits, 0);
	as_platform(s);
}

static int start(void **state)
{
	return suite_setup(state, (const struct service *const[]){&member_service, NULL});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_sees_what_his_rank_and_the_attribute_allow),
		cmocka_unit_test(members_see_neither_tags_nor_who_has_left),
		cmocka_unit_test(cards_of_many_come_by_number_and_each_sees_his_own_in_clear),
		cmocka_unit_test(who_looks_behind_a_mask_is_written_down),
	};

	return cmocka_run_group_tests_name("member: cards", tests, start, suite_teardown);
}
