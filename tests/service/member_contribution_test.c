/* Contributions: offered by members, found by kind and words. */
#include "given.h"
#include "kith/member/v1/contribution.pb-c.h"
#include "kith_methods.h"
#include "member/member.h"

#define LIMIT 50
#define CROWD 64

#define SKILLS   MEMBER__CONTRIBUTION_KIND__CONTRIBUTION_KIND_SKILLS
#define CONTACTS MEMBER__CONTRIBUTION_KIND__CONTRIBUTION_KIND_CONTACTS

static struct outcome offer(struct suite *s, const char *community, const char *name,
			    Member__ContributionKind kind, const char *text,
			    Member__Contribution *ret)
{
	Member__CreateContributionRequest request = MEMBER__CREATE_CONTRIBUTION_REQUEST__INIT;
	Member__Contribution wanted = MEMBER__CONTRIBUTION__INIT;

	wanted.kind = kind;
	wanted.text = text;
	wanted.availability = "Weekends";
	request.community_id = community;
	request.person_id = person(s, name);
	request.contribution = &wanted;
	member__contribution__init(ret);

	return suite_call(s, method_member_create_contribution, &request, ret);
}

static struct outcome take_back(struct suite *s, const Member__Contribution *of)
{
	Member__DeleteContributionRequest request = MEMBER__DELETE_CONTRIBUTION_REQUEST__INIT;
	Member__Contribution was = MEMBER__CONTRIBUTION__INIT;

	request.community_id = of->community_id;
	request.person_id = of->person_id;
	request.contribution_id = of->contribution_id;

	return suite_call(s, method_member_delete_contribution, &request, &was);
}

static struct outcome change(struct suite *s, const Member__Contribution *of, const char *text,
			     const char *etag, const char *path, Member__Contribution *ret)
{
	Member__UpdateContributionRequest request = MEMBER__UPDATE_CONTRIBUTION_REQUEST__INIT;
	Member__Contribution wanted = MEMBER__CONTRIBUTION__INIT;
	Google__Protobuf__FieldMask mask = GOOGLE__PROTOBUF__FIELD_MASK__INIT;

	mask.paths = (char **)&path;
	mask.n_paths = 1;
	wanted.text = text;
	wanted.etag = etag;
	request.community_id = of->community_id;
	request.person_id = of->person_id;
	request.contribution_id = of->contribution_id;
	request.contribution = &wanted;
	request.update_mask = path ? &mask : NULL;
	member__contribution__init(ret);

	return suite_call(s, method_member_update_contribution, &request, ret);
}

static struct outcome get(struct suite *s, const Member__Contribution *of,
			  Member__Contribution *ret)
{
	Member__GetContributionRequest request = MEMBER__GET_CONTRIBUTION_REQUEST__INIT;

	request.community_id = of->community_id;
	request.contribution_id = of->contribution_id;
	member__contribution__init(ret);

	return suite_call(s, method_member_get_contribution, &request, ret);
}

static size_t found(struct suite *s, const char *community, Member__ContributionKind kind,
		    const char *words, const char *name)
{
	Member__ListContributionsRequest request = MEMBER__LIST_CONTRIBUTIONS_REQUEST__INIT;
	Member__ListContributionsResponse list = MEMBER__LIST_CONTRIBUTIONS_RESPONSE__INIT;

	request.community_id = community;
	request.kind = kind;
	request.words = words;
	request.person_id = name ? person(s, name) : "";
	EXPECT_OK(suite_call(s, method_member_list_contributions, &request, &list));

	return list.n_contributions;
}

static void member_offers_changes_and_takes_back(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .owner = "ann");
	Member__Contribution made, after;

	EXPECT_OK(join(s, community, "bob"));
	as_named(s, "bob");
	EXPECT_OK(offer(s, community, "bob", SKILLS, "Repairs bicycles", &made));
	EXPECT_OK(get(s, &made, &after));
	EXPECT_TEXT(after.text, "Repairs bicycles");
	EXPECT_TEXT(after.availability, "Weekends");
	EXPECT_INT(after.kind, SKILLS);
	EXPECT_OK(change(s, &made, "Repairs boats", made.etag, NULL, &after));
	EXPECT_TEXT(after.text, "Repairs boats");
	EXPECT_TEXT(after.availability, "Weekends");
	EXPECT_STATUS(change(s, &made, "Repairs cars", made.etag, NULL, &after), ABORTED,
		      "ETAG_MISMATCH");
	EXPECT_STATUS(change(s, &made, "x", "", "person_id", &after), INVALID_ARGUMENT,
		      "FIELD_NOT_CHANGEABLE");
	EXPECT_STATUS(change(s, &made, "", "", "text", &after), INVALID_ARGUMENT, "INVALID_FIELD");
	EXPECT_STATUS(change(s, &made, "", "", "kind", &after), INVALID_ARGUMENT, "INVALID_FIELD");
	EXPECT_OK(take_back(s, &made));
	EXPECT_STATUS(take_back(s, &made), NOT_FOUND, "CONTRIBUTION_NOT_FOUND");
	EXPECT_STATUS(get(s, &made, &after), NOT_FOUND, "CONTRIBUTION_NOT_FOUND");
	EXPECT_STATUS(change(s, &made, "x", "", NULL, &after), NOT_FOUND, "CONTRIBUTION_NOT_FOUND");
	as_platform(s);
}

static void offers_are_found_by_kind_words_and_person(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .owner = "ann");
	Member__Contribution made;

	EXPECT_OK(join(s, community, "bob"));
	EXPECT_OK(offer(s, community, "ann", SKILLS, "修自行车 and Boats", &made));
	EXPECT_OK(offer(s, community, "ann", CONTACTS, "Knows boat builders", &made));
	EXPECT_OK(offer(s, community, "bob", SKILLS, "100% Cooking_", &made));
	as_named(s, "bob");
	EXPECT_INT(found(s, community, 0, "", NULL), 3);
	EXPECT_INT(found(s, community, SKILLS, "", NULL), 2);
	EXPECT_INT(found(s, community, 0, "BOAT", NULL), 2);
	EXPECT_INT(found(s, community, CONTACTS, "boat", NULL), 1);
	EXPECT_INT(found(s, community, 0, "  weekends   自行车 ", NULL), 1);
	EXPECT_INT(found(s, community, 0, "boat cooking", NULL), 0);
	EXPECT_INT(found(s, community, 0, "0% _", NULL), 1);
	EXPECT_INT(found(s, community, 0, "%", NULL), 1);
	EXPECT_INT(found(s, community, 0, "", "ann"), 2);
	as_platform(s);
}

static void who_is_gone_offers_nothing(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .owner = "ann");
	Member__Contribution made, after;

	EXPECT_OK(join(s, community, "bob"));
	EXPECT_OK(offer(s, community, "bob", SKILLS, "Cooks", &made));
	EXPECT_OK(leave(s, community, "bob"));
	EXPECT_INT(found(s, community, 0, "", NULL), 0);
	EXPECT_STATUS(get(s, &made, &after), NOT_FOUND, "CONTRIBUTION_NOT_FOUND");
	EXPECT_STATUS(offer(s, community, "bob", SKILLS, "Cooks", &after), FAILED_PRECONDITION,
		      "NOT_A_MEMBER");
	EXPECT_STATUS(change(s, &made, "Bakes", "", NULL, &after), FAILED_PRECONDITION,
		      "NOT_A_MEMBER");
	EXPECT_OK(join(s, community, "bob"));
	EXPECT_INT(found(s, community, 0, "", NULL), 1);
}

static void what_is_wrong_with_an_offer_is_said(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .owner = "ann");
	const char *other = given_community(s, .owner = "ann");
	Member__ArchiveCommunityRequest archive = MEMBER__ARCHIVE_COMMUNITY_REQUEST__INIT;
	Member__Community archived = MEMBER__COMMUNITY__INIT;
	Member__Contribution made, after;

	EXPECT_STATUS(offer(s, community, "ann", 0, "x", &after), INVALID_ARGUMENT,
		      "INVALID_FIELD");
	EXPECT_STATUS(offer(s, community, "ann", SKILLS, "", &after), INVALID_ARGUMENT,
		      "INVALID_FIELD");
	EXPECT_STATUS(offer(s, "11111111-1111-4111-8111-111111111111", "ann", SKILLS, "x", &after),
		      NOT_FOUND, "COMMUNITY_NOT_FOUND");
	EXPECT_OK(offer(s, community, "ann", SKILLS, "Paints", &made));
	made.community_id = other;
	EXPECT_STATUS(get(s, &made, &after), NOT_FOUND, "CONTRIBUTION_NOT_FOUND");
	EXPECT_STATUS(take_back(s, &made), NOT_FOUND, "CONTRIBUTION_NOT_FOUND");
	made.community_id = community;
	as_named(s, "bob");
	EXPECT_STATUS(offer(s, community, "ann", SKILLS, "x", &after), PERMISSION_DENIED, NULL);
	EXPECT_STATUS(get(s, &made, &after), PERMISSION_DENIED, NULL);
	EXPECT_STATUS(take_back(s, &made), PERMISSION_DENIED, NULL);
	EXPECT_OK(join(s, community, "bob"));
	EXPECT_STATUS(take_back(s, &made), PERMISSION_DENIED, NULL);
	as_platform(s);
	archive.community_id = community;
	EXPECT_OK(suite_call(s, method_member_archive_community, &archive, &archived));
	EXPECT_STATUS(offer(s, community, "ann", SKILLS, "x", &after), FAILED_PRECONDITION,
		      "COMMUNITY_ARCHIVED");
	EXPECT_STATUS(change(s, &made, "x", "", NULL, &after), FAILED_PRECONDITION,
		      "COMMUNITY_ARCHIVED");
	EXPECT_OK(take_back(s, &made));
}

static void fifty_offers_and_no_more_whoever_comes_at_once(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .owner = "eve");
	Member__CreateContributionRequest request = MEMBER__CREATE_CONTRIBUTION_REQUEST__INIT;
	Member__Contribution wanted = MEMBER__CONTRIBUTION__INIT;
	const void *requests[CROWD];
	struct outcome outcomes[CROWD];
	int refused = 0;

	wanted.kind = SKILLS;
	wanted.text = "Sings";
	request.community_id = community;
	request.person_id = person(s, "eve");
	request.contribution = &wanted;
	for (int i = 0; i < CROWD; i++)
		requests[i] = &request;
	suite_call_at_once(s, method_member_create_contribution, CROWD, requests, NULL, NULL,
			   outcomes);
	for (int i = 0; i < CROWD; i++) {
		if (outcomes[i].status == STATUS_OK)
			continue;
		EXPECT_STATUS(outcomes[i], RESOURCE_EXHAUSTED, "CONTRIBUTION_LIMIT");
		refused++;
	}
	EXPECT_INT(refused, CROWD - LIMIT);
	EXPECT_INT(postgres_int(suite_database(s),
				"SELECT count(*) FROM member.contribution "
				"WHERE community_id = '%s'",
				community),
		   LIMIT);
}

static int start(void **state)
{
	return suite_setup(state, (const struct service *const[]){&member_service, NULL});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(member_offers_changes_and_takes_back),
		cmocka_unit_test(offers_are_found_by_kind_words_and_person),
		cmocka_unit_test(who_is_gone_offers_nothing),
		cmocka_unit_test(what_is_wrong_with_an_offer_is_said),
		cmocka_unit_test(fifty_offers_and_no_more_whoever_comes_at_once),
	};

	return cmocka_run_group_tests_name("member: contributions", tests, start, suite_teardown);
}
