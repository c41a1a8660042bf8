/* What the nouns around ways in keep of a person who is forgotten: that he was, and nothing he
 * said. */
#include "base/clock.h"
#include "db/db.h"
#include "given.h"
#include "kith/member/v1/entitlement.pb-c.h"
#include "kith/member/v1/join_request.pb-c.h"
#include "kith/member/v1/verification.pb-c.h"
#include "kith_methods.h"
#include "member/erasure.h"
#include "member/member.h"

static void forget(struct suite *s, const char *name)
{
	static const uint8_t secret[32] = {1};
	const struct sql_table *const tables[] = {member_service.sql, NULL};
	Member__GetPersonRequest who = MEMBER__GET_PERSON_REQUEST__INIT;
	struct db *db = db_new(&(struct db_options){.url = postgres_url(suite_database(s)),
						    .schema = "member",
						    .name = "erasure",
						    .prepare = true,
						    .connect_timeout_us = 10000000,
						    .page_secret = secret,
						    .tables = tables});
	struct call c = {.arena = suite_arena(s),
			 .db = db,
			 .request_id = "",
			 .traceparent = "",
			 .now_us = clock_wall_us(),
			 .deadline_us = clock_mono_us() + 10000000};

	who.person_id = person(s, name);
	assert_int_equal(db_begin(&c), STATUS_OK);
	assert_int_equal(erasure_run(&c, &who), STATUS_OK);
	assert_int_equal(db_commit(&c), STATUS_OK);
	db_free(db);
}

static void given_words(struct suite *s, const char *community, const char *name)
{
	Member__GrantEntitlementRequest grant = MEMBER__GRANT_ENTITLEMENT_REQUEST__INIT;
	Member__Entitlement granted = MEMBER__ENTITLEMENT__INIT;
	Member__RequestToJoinRequest ask = MEMBER__REQUEST_TO_JOIN_REQUEST__INIT;
	Member__JoinRequest asked = MEMBER__JOIN_REQUEST__INIT;
	Member__SubmitVerificationRequest submit = MEMBER__SUBMIT_VERIFICATION_REQUEST__INIT;
	Member__Verification submitted = MEMBER__VERIFICATION__INIT;

	EXPECT_OK(join(s, community, name));
	EXPECT_OK(leave(s, community, name));
	EXPECT_OK(join(s, community, name));
	EXPECT_OK(leave(s, community, name));
	grant.person_id = ask.person_id = submit.person_id = person(s, name);
	grant.key = "course:c-1";
	EXPECT_OK(suite_call(s, method_member_grant_entitlement, &grant, &granted));
	ask.community_id = community;
	EXPECT_OK(suite_call(s, method_member_request_to_join, &ask, &asked));
	submit.real_name = name;
	submit.document_kind = MEMBER__DOCUMENT_KIND__DOCUMENT_KIND_PASSPORT;
	submit.document_number = arena_printf(suite_arena(s), "%s00001", name);
	EXPECT_OK(suite_call(s, method_member_submit_verification, &submit, &submitted));
}

static int64_t count(struct suite *s, const char *rows, const char *name)
{
	return postgres_int(suite_database(s),
			    "SELECT count(*) FROM member.%s AND person_id = '%s'", rows,
			    person(s, name));
}

static void who_is_forgotten_leaves_no_words_and_others_keep_theirs(void **state)
{
	struct suite *s = *state;
	const char *community =
		given_community(s, .join_mode = MEMBER__JOIN_MODE__JOIN_MODE_APPROVAL);
	const char *const names[] = {"ann", "bob"};

	as_platform(s);
	given_words(s, community, "ann");
	given_words(s, community, "bob");
	forget(s, "ann");
	for (int kept = 0; kept < 2; kept++) {
		EXPECT_INT(count(s, "entitlement WHERE true", names[kept]), kept);
		EXPECT_INT(count(s, "verification WHERE true", names[kept]), kept);
		EXPECT_INT(count(s, "real_document WHERE true", names[kept]), kept);
		EXPECT_INT(count(s, "join_request WHERE state = 'PENDING'", names[kept]), kept);
		EXPECT_INT(count(s, "stay WHERE leave_reason = 'tired'", names[kept]), kept);
		EXPECT_INT(count(s, "join_request WHERE true", names[kept]), 1);
		EXPECT_INT(count(s, "stay WHERE true", names[kept]), 1);
	}
}

static int start(void **state)
{
	return suite_setup(state, (const struct service *const[]){&member_service, NULL});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_is_forgotten_leaves_no_words_and_others_keep_theirs),
	};

	return cmocka_run_group_tests_name("member: ways in, forgotten", tests, start,
					   suite_teardown);
}
