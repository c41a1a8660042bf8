/* Entitlements: told by other systems, listed for the person. */
#include "base/clock.h"
#include "given.h"
#include "kith/member/v1/entitlement.pb-c.h"
#include "kith_methods.h"
#include "member/member.h"

static struct outcome grant(struct suite *s, const char *name, const char *key, const char *source,
			    int64_t seconds)
{
	Member__GrantEntitlementRequest request = MEMBER__GRANT_ENTITLEMENT_REQUEST__INIT;
	Google__Protobuf__Timestamp until = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
	Member__Entitlement granted = MEMBER__ENTITLEMENT__INIT;

	request.person_id = person(s, name);
	request.key = key;
	request.source = source;
	until.seconds = clock_wall_us() / 1000000 + seconds;
	if (seconds)
		request.until_time = &until;

	return suite_call(s, method_member_grant_entitlement, &request, &granted);
}

static struct outcome revoke(struct suite *s, const char *name, const char *key)
{
	Member__RevokeEntitlementRequest request = MEMBER__REVOKE_ENTITLEMENT_REQUEST__INIT;
	Member__Entitlement revoked = MEMBER__ENTITLEMENT__INIT;

	request.person_id = person(s, name);
	request.key = key;

	return suite_call(s, method_member_revoke_entitlement, &request, &revoked);
}

static Member__ListEntitlementsResponse list(struct suite *s, const char *name)
{
	Member__ListEntitlementsRequest request = MEMBER__LIST_ENTITLEMENTS_REQUEST__INIT;
	Member__ListEntitlementsResponse page = MEMBER__LIST_ENTITLEMENTS_RESPONSE__INIT;

	request.person_id = person(s, name);
	EXPECT_OK(suite_call(s, method_member_list_entitlements, &request, &page));

	return page;
}

static void last_word_counts(void **state)
{
	struct suite *s = *state;
	Member__ListEntitlementsResponse page;

	as_platform(s);
	EXPECT_OK(grant(s, "ann", "course:go-101", "shop", 0));
	EXPECT_OK(grant(s, "ann", "course:c-7", "shop", 60));
	EXPECT_OK(grant(s, "ann", "course:go-101", "gift", 60));
	as_person(s, person(s, "ann"));
	page = list(s, "ann");
	EXPECT_INT(page.n_entitlements, 2);
	EXPECT_TEXT(page.entitlements[0]->key, "course:c-7");
	EXPECT_TEXT(page.entitlements[1]->key, "course:go-101");
	EXPECT_TEXT(page.entitlements[1]->source, "gift");
	assert_non_null(page.entitlements[1]->until_time);
	as_platform(s);
	EXPECT_OK(revoke(s, "ann", "course:c-7"));
	EXPECT_INT(list(s, "ann").n_entitlements, 1);
	EXPECT_STATUS(revoke(s, "ann", "course:c-7"), NOT_FOUND, "ENTITLEMENT_NOT_FOUND");
}

static void what_is_refused(void **state)
{
	struct suite *s = *state;
	Member__GrantEntitlementRequest request = MEMBER__GRANT_ENTITLEMENT_REQUEST__INIT;
	Member__ListEntitlementsRequest others = MEMBER__LIST_ENTITLEMENTS_REQUEST__INIT;
	Member__ListEntitlementsResponse page = MEMBER__LIST_ENTITLEMENTS_RESPONSE__INIT;
	Member__Entitlement granted = MEMBER__ENTITLEMENT__INIT;

	as_platform(s);
	EXPECT_STATUS(grant(s, "bob", "course:c-7", "shop", -60), INVALID_ARGUMENT,
		      "BAD_UNTIL_TIME");
	request.person_id = "11111111-1111-4111-8111-111111111111";
	request.key = "course:c-7";
	EXPECT_STATUS(suite_call(s, method_member_grant_entitlement, &request, &granted), NOT_FOUND,
		      "PERSON_NOT_FOUND");
	as_person(s, person(s, "bob"));
	EXPECT_STATUS(grant(s, "bob", "course:c-7", "me", 0), PERMISSION_DENIED, NULL);
	others.person_id = person(s, "ann");
	EXPECT_STATUS(suite_call(s, method_member_list_entitlements, &others, &page),
		      PERMISSION_DENIED, NULL);
	as_platform(s);
}

static int start(void **state)
{
	return suite_setup(state, (const struct service *const[]){&member_service, NULL});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(last_word_counts),
		cmocka_unit_test(what_is_refused),
	};

	return cmocka_run_group_tests_name("member: entitlements", tests, start, suite_teardown);
}
