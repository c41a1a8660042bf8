/* Access: who is refused what, and why. */
#include "rpc/access.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/method.h"
#include "kith/member/v1/community.pb-c.h"
#include "kith/member/v1/membership.pb-c.h"
#include "kith/member/v1/person.pb-c.h"
#include "kith_methods.h"

#define COMMUNITY "018f4e2a-7b3c-7def-8123-456789abcdef"
#define OTHER     "018f4e2a-7b3c-7def-8123-000000000000"
#define ANN       "018f4e2a-0000-7def-8123-456789abcdef"
#define BOB       "018f4e2a-1111-7def-8123-456789abcdef"
#define NOW_US    INT64_C(1700000000000000)
#define ALL       (SCOPE_READ | SCOPE_WRITE | SCOPE_ADMIN)

static const uint8_t secret[ACCESS_SECRET_SIZE] = "one";
static const uint8_t other_secret[ACCESS_SECRET_SIZE] = "two";
static const char *const one_community[] = {COMMUNITY};
static enum rank rank_of_all;

struct suite {
	struct arena arena;
	struct call call;
	struct buf bytes;
};

static int set_up(void **state)
{
	struct suite *s = calloc(1, sizeof(*s));

	s->call = (struct call){.arena = &s->arena, .now_us = NOW_US};
	rank_of_all = RANK_NONE;
	*state = s;

	return 0;
}

static int tear_down(void **state)
{
	struct suite *s = *state;

	arena_fini(&s->arena);
	buf_fini(&s->bytes);
	free(s);

	return 0;
}

static enum status verify(struct suite *s, const struct caller **ret)
{
	int64_t expire_time_ms;

	call_forgive(&s->call);

	return access_verify(&s->call, s->bytes.data, s->bytes.size, secret, ret, &expire_time_ms);
}

static void expect_forged(struct suite *s, const char *reason)
{
	const struct caller *caller;

	assert_int_equal(verify(s, &caller), STATUS_UNAUTHENTICATED);
	assert_string_equal(s->call.fault.reason, reason);
}

static void a_signed_caller_is_who_he_was(void **state)
{
	struct suite *s = *state;
	const struct caller *caller;

	access_sign(&(struct caller){CALLER_PERSON, "key-1", ANN, SCOPE_READ | SCOPE_ADMIN,
				     one_community, 1},
		    NOW_US / 1000 + 1, secret, &s->bytes);
	assert_int_equal(verify(s, &caller), STATUS_OK);
	assert_int_equal(caller->kind, CALLER_PERSON);
	assert_string_equal(caller->id, "key-1");
	assert_string_equal(caller->person_id, ANN);
	assert_int_equal(caller->scopes, SCOPE_READ | SCOPE_ADMIN);
	assert_int_equal(caller->n_community_ids, 1);
	assert_string_equal(caller->community_ids[0], COMMUNITY);
}

static void a_caller_changed_in_any_bit_is_refused(void **state)
{
	struct suite *s = *state;
	const struct caller *caller;

	access_sign(&(struct caller){.kind = CALLER_SERVICE, .id = "content"}, NOW_US, secret,
		    &s->bytes);
	for (size_t bit = 0; bit < s->bytes.size * 8; bit++) {
		s->bytes.data[bit / 8] ^= (char)(1 << bit % 8);
		assert_int_equal(verify(s, &caller), STATUS_UNAUTHENTICATED);
		s->bytes.data[bit / 8] ^= (char)(1 << bit % 8);
	}
	assert_int_equal(verify(s, &caller), STATUS_OK);
}

static void nobody_the_late_and_the_foreign_are_refused(void **state)
{
	struct suite *s = *state;

	expect_forged(s, "CALLER_MISSING");
	access_sign(&(struct caller){.kind = CALLER_SERVICE, .id = "x"}, NOW_US / 1000, secret,
		    &s->bytes);
	expect_forged(s, "CALLER_EXPIRED");
	buf_clear(&s->bytes);
	access_sign(&(struct caller){.kind = CALLER_SERVICE, .id = "x"}, NOW_US, other_secret,
		    &s->bytes);
	expect_forged(s, "CALLER_FORGED");
	buf_clear(&s->bytes);
	access_sign(&(struct caller){.kind = CALLER_NOBODY}, NOW_US, secret, &s->bytes);
	expect_forged(s, "CALLER_UNKNOWN");
	buf_clear(&s->bytes);
	access_sign(&(struct caller){.kind = CALLER_PERSON}, NOW_US, secret, &s->bytes);
	expect_forged(s, "CALLER_UNKNOWN");
}

static enum status tell_rank(struct call *c, const char *community_id, enum rank *ret_rank)
{
	(void)c;
	assert_string_equal(community_id, COMMUNITY);
	*ret_rank = rank_of_all;

	return STATUS_OK;
}

static enum status check(struct suite *s, const struct method *method, const void *request,
			 const struct caller *caller)
{
	call_forgive(&s->call);
	s->call.method = method;
	s->call.caller = caller;

	return access_check(&s->call, request, tell_rank);
}

static void expect(struct suite *s, const struct method *method, const void *request,
		   const struct caller *caller, enum status status, const char *reason)
{
	assert_int_equal(check(s, method, request, caller), status);
	if (reason)
		assert_string_equal(s->call.fault.reason, reason);
}

static const struct caller ann = {CALLER_PERSON, "k", ANN, ALL, NULL, 0};
static const struct caller platform = {CALLER_PLATFORM, "k", "", ALL, NULL, 0};
static const struct caller bound = {CALLER_PLATFORM, "k", "", ALL, one_community, 1};
static const struct caller service = {CALLER_SERVICE, "content", "", 0, NULL, 0};

static void services_may_do_everything_and_nobody_nothing(void **state)
{
	Member__CreateCommunityRequest create = MEMBER__CREATE_COMMUNITY_REQUEST__INIT;
	Member__GetCommunityRequest get = MEMBER__GET_COMMUNITY_REQUEST__INIT;

	expect(*state, method_member_create_community, &create, &service, STATUS_OK, NULL);
	expect(*state, method_member_get_community, &get, NULL, STATUS_UNAUTHENTICATED,
	       "CALLER_MISSING");
}

static void what_is_for_services_is_for_nobody_else(void **state)
{
	for (size_t i = 0; i < kith_methods_count; i++) {
		const struct method *method = &kith_methods[i];
		char request[4096] = {0};

		if (method->access != ACCESS_SERVICE ||
		    method->request->sizeof_message > sizeof(request))
			continue;
		protobuf_c_message_init(method->request, request);
		expect(*state, method, request, &platform, STATUS_PERMISSION_DENIED,
		       "SERVICE_ONLY");
		expect(*state, method, request, &ann, STATUS_PERMISSION_DENIED, "SERVICE_ONLY");
	}
}

static void scopes_are_needed(void **state)
{
	Member__CreateCommunityRequest create = MEMBER__CREATE_COMMUNITY_REQUEST__INIT;
	Member__GetCommunityRequest get = MEMBER__GET_COMMUNITY_REQUEST__INIT;
	Member__ArchiveCommunityRequest archive = MEMBER__ARCHIVE_COMMUNITY_REQUEST__INIT;
	struct caller caller = platform;

	get.community_id = archive.community_id = COMMUNITY;
	caller.scopes = SCOPE_READ;
	expect(*state, method_member_get_community, &get, &caller, STATUS_OK, NULL);
	expect(*state, method_member_archive_community, &archive, &caller, STATUS_PERMISSION_DENIED,
	       "SCOPE_MISSING");
	caller.scopes = SCOPE_WRITE;
	expect(*state, method_member_get_community, &get, &caller, STATUS_PERMISSION_DENIED,
	       "SCOPE_MISSING");
	expect(*state, method_member_archive_community, &archive, &caller, STATUS_OK, NULL);
	expect(*state, method_member_create_community, &create, &caller, STATUS_PERMISSION_DENIED,
	       "SCOPE_MISSING");
	caller.scopes = SCOPE_ADMIN;
	expect(*state, method_member_create_community, &create, &caller, STATUS_OK, NULL);
}

static void a_bound_key_sees_only_its_communities(void **state)
{
	Member__GetCommunityRequest get = MEMBER__GET_COMMUNITY_REQUEST__INIT;
	Member__ListCommunitiesRequest list = MEMBER__LIST_COMMUNITIES_REQUEST__INIT;
	Member__GetPersonRequest anybody = MEMBER__GET_PERSON_REQUEST__INIT;
	struct caller bound_ann = bound;

	bound_ann.kind = CALLER_PERSON;
	bound_ann.person_id = ANN;
	get.community_id = COMMUNITY;
	expect(*state, method_member_get_community, &get, &bound, STATUS_OK, NULL);
	get.community_id = OTHER;
	expect(*state, method_member_get_community, &get, &bound, STATUS_NOT_FOUND,
	       "COMMUNITY_NOT_FOUND");
	get.community_id = "";
	expect(*state, method_member_get_community, &get, &bound, STATUS_NOT_FOUND, NULL);
	expect(*state, method_member_list_communities, &list, &bound, STATUS_PERMISSION_DENIED,
	       "KEY_BOUND");
	expect(*state, method_member_list_communities, &list, &platform, STATUS_OK, NULL);
	/* Persons are of no community: nobody's own but whom the key acts for. */
	anybody.person_id = ANN;
	expect(*state, method_member_get_person, &anybody, &bound, STATUS_PERMISSION_DENIED,
	       "KEY_BOUND");
	expect(*state, method_member_get_person, &anybody, &bound_ann, STATUS_OK, NULL);
	anybody.person_id = BOB;
	expect(*state, method_member_get_person, &anybody, &bound_ann, STATUS_PERMISSION_DENIED,
	       "NOT_ALLOWED");
}

static void persons_need_their_rank(void **state)
{
	Member__ArchiveCommunityRequest archive = MEMBER__ARCHIVE_COMMUNITY_REQUEST__INIT;
	Member__UpdateCommunityRequest update = MEMBER__UPDATE_COMMUNITY_REQUEST__INIT;
	Member__CreateCommunityRequest create = MEMBER__CREATE_COMMUNITY_REQUEST__INIT;

	archive.community_id = update.community_id = COMMUNITY;
	expect(*state, method_member_archive_community, &archive, &ann, STATUS_PERMISSION_DENIED,
	       "NOT_A_MEMBER");
	rank_of_all = RANK_ADMIN;
	expect(*state, method_member_archive_community, &archive, &ann, STATUS_PERMISSION_DENIED,
	       "RANK_TOO_LOW");
	expect(*state, method_member_update_community, &update, &ann, STATUS_OK, NULL);
	rank_of_all = RANK_OWNER;
	expect(*state, method_member_archive_community, &archive, &ann, STATUS_OK, NULL);
	expect(*state, method_member_create_community, &create, &ann, STATUS_PERMISSION_DENIED,
	       "NOT_ALLOWED");
}

/* A method made for the test: the contract's own change. */
static void self_is_the_person_named(void **state)
{
	Member__JoinCommunityRequest join = MEMBER__JOIN_COMMUNITY_REQUEST__INIT;
	struct method method = *method_member_join_community;

	method.access = ACCESS_SELF;
	join.community_id = COMMUNITY;
	join.person_id = ANN;
	expect(*state, &method, &join, &ann, STATUS_OK, NULL);
	join.person_id = BOB;
	expect(*state, &method, &join, &ann, STATUS_PERMISSION_DENIED, "NOT_ALLOWED");
	join.person_id = "";
	expect(*state, &method, &join, &ann, STATUS_PERMISSION_DENIED, "NOT_ALLOWED");
	method.access = ACCESS_SELF | ACCESS_MODERATOR;
	join.person_id = BOB;
	rank_of_all = RANK_MODERATOR;
	expect(*state, &method, &join, &ann, STATUS_OK, NULL);
	rank_of_all = RANK_EXPERT;
	expect(*state, &method, &join, &ann, STATUS_PERMISSION_DENIED, "RANK_TOO_LOW");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_signed_caller_is_who_he_was),
		TEST(a_caller_changed_in_any_bit_is_refused),
		TEST(nobody_the_late_and_the_foreign_are_refused),
		TEST(services_may_do_everything_and_nobody_nothing),
		TEST(what_is_for_services_is_for_nobody_else),
		TEST(scopes_are_needed),
		TEST(a_bound_key_sees_only_its_communities),
		TEST(persons_need_their_rank),
		TEST(self_is_the_person_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
