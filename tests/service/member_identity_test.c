/* Identities: who a person is in the places he comes from. */
#include <string.h>

#include "given.h"
#include "kith/member/v1/identity.pb-c.h"
#include "kith_methods.h"
#include "member/member.h"

#define WECHAT MEMBER__IDENTITY_KIND__IDENTITY_KIND_WECHAT
#define QQ     MEMBER__IDENTITY_KIND__IDENTITY_KIND_QQ

static struct outcome link_identity(struct suite *s, const char *name, Member__IdentityKind kind,
				    const char *external_id, const char *called,
				    Member__Identity *ret)
{
	Member__LinkIdentityRequest request = MEMBER__LINK_IDENTITY_REQUEST__INIT;

	request.person_id = person(s, name);
	request.kind = kind;
	request.external_id = external_id;
	request.name = called;

	return suite_call(s, method_member_link_identity, &request, ret);
}

static struct outcome unlink_identity(struct suite *s, const char *name, Member__IdentityKind kind,
				      const char *external_id)
{
	Member__UnlinkIdentityRequest request = MEMBER__UNLINK_IDENTITY_REQUEST__INIT;
	Member__Identity was = MEMBER__IDENTITY__INIT;

	request.person_id = person(s, name);
	request.kind = kind;
	request.external_id = external_id;

	return suite_call(s, method_member_unlink_identity, &request, &was);
}

static struct outcome lookup(struct suite *s, Member__IdentityKind kind, const char *external_id,
			     Member__Identity *ret)
{
	Member__LookupIdentityRequest request = MEMBER__LOOKUP_IDENTITY_REQUEST__INIT;

	request.kind = kind;
	request.external_id = external_id;

	return suite_call(s, method_member_lookup_identity, &request, ret);
}

static struct outcome list(struct suite *s, const char *name, int32_t page_size, const char *token,
			   Member__ListIdentitiesResponse *ret)
{
	Member__ListIdentitiesRequest request = MEMBER__LIST_IDENTITIES_REQUEST__INIT;

	*ret = (Member__ListIdentitiesResponse)MEMBER__LIST_IDENTITIES_RESPONSE__INIT;
	request.person_id = person(s, name);
	request.page_size = page_size;
	request.page_token = token;

	return suite_call(s, method_member_list_identities, &request, ret);
}

static void who_is_linked_is_found(void **state)
{
	struct suite *s = *state;
	Member__Identity made = MEMBER__IDENTITY__INIT, found = MEMBER__IDENTITY__INIT;

	EXPECT_OK(link_identity(s, "ann", WECHAT, "wx-1", "安", &made));
	EXPECT_TEXT(made.person_id, person(s, "ann"));
	assert_non_null(made.link_time);
	EXPECT_OK(lookup(s, WECHAT, "wx-1", &found));
	EXPECT_TEXT(found.person_id, person(s, "ann"));
	EXPECT_TEXT(found.name, "安");
	EXPECT_STATUS(lookup(s, QQ, "wx-1", &found), NOT_FOUND, "IDENTITY_NOT_FOUND");
}

static void linking_again_changes_the_name_only(void **state)
{
	struct suite *s = *state;
	Member__Identity first = MEMBER__IDENTITY__INIT, again = MEMBER__IDENTITY__INIT;

	EXPECT_OK(link_identity(s, "bob", QQ, "42", "bob", &first));
	EXPECT_OK(link_identity(s, "bob", QQ, "42", "Bob", &again));
	EXPECT_TEXT(again.name, "Bob");
	EXPECT_INT(again.link_time->seconds, first.link_time->seconds);
	EXPECT_INT(again.link_time->nanos, first.link_time->nanos);
}

static void one_id_is_one_person_and_the_refusal_names_nobody(void **state)
{
	struct suite *s = *state;
	Member__Identity made = MEMBER__IDENTITY__INIT;
	struct outcome refused;

	EXPECT_OK(link_identity(s, "cid", WECHAT, "secret-wx", "cid", &made));
	refused = link_identity(s, "dan", WECHAT, "secret-wx", "dan", &made);
	EXPECT_STATUS(refused, ALREADY_EXISTS, "IDENTITY_TAKEN");
	assert_null(strstr(refused.message, "secret-wx"));
	assert_null(strstr(refused.message, person(s, "cid")));
	EXPECT_OK(link_identity(s, "dan", QQ, "secret-wx", "dan", &made));
}

static void unlinked_is_free_for_another(void **state)
{
	struct suite *s = *state;
	Member__Identity made = MEMBER__IDENTITY__INIT;

	EXPECT_OK(link_identity(s, "eve", WECHAT, "wx-5", "", &made));
	EXPECT_STATUS(unlink_identity(s, "fay", WECHAT, "wx-5"), NOT_FOUND, "IDENTITY_NOT_FOUND");
	EXPECT_OK(unlink_identity(s, "eve", WECHAT, "wx-5"));
	EXPECT_STATUS(unlink_identity(s, "eve", WECHAT, "wx-5"), NOT_FOUND, "IDENTITY_NOT_FOUND");
	EXPECT_OK(link_identity(s, "fay", WECHAT, "wx-5", "", &made));
}

static void unknown_and_erased_persons_have_no_identities(void **state)
{
	struct suite *s = *state;
	Member__LinkIdentityRequest request = MEMBER__LINK_IDENTITY_REQUEST__INIT;
	Member__Identity made = MEMBER__IDENTITY__INIT;

	request.person_id = "00000000-0000-7000-8000-000000000000";
	request.kind = QQ;
	request.external_id = "nobody";
	EXPECT_STATUS(suite_call(s, method_member_link_identity, &request, &made), NOT_FOUND,
		      "PERSON_NOT_FOUND");
	request.kind = MEMBER__IDENTITY_KIND__IDENTITY_KIND_UNSPECIFIED;
	EXPECT_STATUS(suite_call(s, method_member_link_identity, &request, &made), INVALID_ARGUMENT,
		      NULL);
	postgres_int(suite_database(s),
		     "UPDATE member.person SET state = 'ERASED' WHERE person_id = '%s'",
		     person(s, "gone"));
	EXPECT_STATUS(link_identity(s, "gone", QQ, "gone", "", &made), FAILED_PRECONDITION,
		      "PERSON_ERASED");
}

static void he_sees_his_own_page_by_page(void **state)
{
	struct suite *s = *state;
	Member__Identity made = MEMBER__IDENTITY__INIT;
	Member__ListIdentitiesResponse page;
	const char *token = "";
	size_t n = 0;

	for (int i = 0; i < 7; i++)
		EXPECT_OK(link_identity(s, "hal", i % 2 ? QQ : WECHAT,
					arena_printf(suite_arena(s), "hal %d", i), "", &made));
	as_person(s, person(s, "hal"));
	do {
		EXPECT_OK(list(s, "hal", 2, token, &page));
		assert_true(page.n_identities <= 2);
		n += page.n_identities;
		token = page.next_page_token;
	} while (token[0]);
	EXPECT_INT(n, 7);
	EXPECT_STATUS(list(s, "ann", 2, "", &page), PERMISSION_DENIED, "NOT_ALLOWED");
	EXPECT_STATUS(lookup(s, QQ, "hal 1", &made), PERMISSION_DENIED, NULL);
	as_platform(s);
}

static int start(void **state)
{
	return suite_setup(state, (const struct service *const[]){&member_service, NULL});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_is_linked_is_found),
		cmocka_unit_test(linking_again_changes_the_name_only),
		cmocka_unit_test(one_id_is_one_person_and_the_refusal_names_nobody),
		cmocka_unit_test(unlinked_is_free_for_another),
		cmocka_unit_test(unknown_and_erased_persons_have_no_identities),
		cmocka_unit_test(he_sees_his_own_page_by_page),
	};

	return cmocka_run_group_tests_name("member: identities", tests, start, suite_teardown);
}
