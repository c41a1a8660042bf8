/* API keys: made once, verified, worthless when expired or revoked. */
#include <string.h>

#include "base/clock.h"
#include "given.h"
#include "kith/member/v1/api_key.pb-c.h"
#include "kith_methods.h"
#include "member/member.h"

static struct outcome make(struct suite *s, int64_t expires_in_s, const char *scope,
			   Member__CreateApiKeyResponse *ret)
{
	Member__CreateApiKeyRequest request = MEMBER__CREATE_API_KEY_REQUEST__INIT;
	Google__Protobuf__Timestamp expire = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
	const char *scopes[] = {"read", scope};

	expire.seconds = clock_wall_us() / 1000000 + expires_in_s;
	request.name = "nightly import";
	request.scopes = scopes;
	request.n_scopes = 2;
	request.expire_time = expires_in_s ? &expire : NULL;

	return suite_call(s, method_member_create_api_key, &request, ret);
}

static struct outcome verify(struct suite *s, const char *key, Member__ApiKey *ret)
{
	Member__VerifyApiKeyRequest request = MEMBER__VERIFY_API_KEY_REQUEST__INIT;
	struct outcome outcome;

	request.key = key;
	as_service(s);
	outcome = suite_call(s, method_member_verify_api_key, &request, ret);
	as_platform(s);

	return outcome;
}

static void key_is_verified_by_its_text(void **state)
{
	struct suite *s = *state;
	Member__CreateApiKeyResponse made = MEMBER__CREATE_API_KEY_RESPONSE__INIT;
	Member__ApiKey key = MEMBER__API_KEY__INIT;

	EXPECT_OK(make(s, 0, "write", &made));
	assert_int_equal(strncmp(made.key, "kith_", 5), 0);
	assert_null(strchr(made.api_key->key_id, '_'));
	EXPECT_OK(verify(s, made.key, &key));
	EXPECT_TEXT(key.key_id, made.api_key->key_id);
	EXPECT_INT(key.n_scopes, 2);
	EXPECT_TEXT(key.scopes[1], "write");
	EXPECT_INT(key.n_community_ids, 0);
	assert_null(key.expire_time);
}

static void secret_is_kept_nowhere(void **state)
{
	struct suite *s = *state;
	Member__CreateApiKeyResponse made = MEMBER__CREATE_API_KEY_RESPONSE__INIT;
	const char *secret;

	EXPECT_OK(make(s, 0, "write", &made));
	secret = strrchr(made.key, '_') + 1;
	EXPECT_INT(postgres_int(suite_database(s),
				"SELECT count(*) FROM member.idempotency "
				"WHERE position('%s'::bytea IN reply) > 0",
				secret),
		   0);
	EXPECT_INT(strlen(secret), 64);
	EXPECT_INT(postgres_int(suite_database(s),
				"SELECT count(*) FROM member.api_key k WHERE k::text LIKE '%%%s%%'",
				secret),
		   0);
	EXPECT_INT(
		postgres_int(suite_database(s),
			     "SELECT count(*) FROM member.api_key WHERE secret_hash = sha256('%s')",
			     secret),
		1);
}

static void creation_repeated_under_one_request_id_shows_no_secret(void **state)
{
	struct suite *s = *state;
	Member__CreateApiKeyResponse made = MEMBER__CREATE_API_KEY_RESPONSE__INIT;
	Member__CreateApiKeyResponse again = MEMBER__CREATE_API_KEY_RESPONSE__INIT;

	with_request_id(s, "key-1");
	EXPECT_OK(make(s, 0, "write", &made));
	with_request_id(s, "key-1");
	EXPECT_OK(make(s, 0, "write", &again));
	EXPECT_TEXT(again.api_key->key_id, made.api_key->key_id);
	EXPECT_TEXT(again.key, "");
}

static void key_remembers_communities_and_person(void **state)
{
	struct suite *s = *state;
	Member__CreateApiKeyRequest request = MEMBER__CREATE_API_KEY_REQUEST__INIT;
	Member__CreateApiKeyResponse made = MEMBER__CREATE_API_KEY_RESPONSE__INIT;
	Member__ApiKey key = MEMBER__API_KEY__INIT;
	const char *scopes[] = {"read"};
	const char *communities[] = {given_community(s), given_community(s)};
	const char *wrong[] = {"seventeen"};

	request.name = "two communities";
	request.scopes = scopes;
	request.n_scopes = 1;
	request.community_ids = communities;
	request.n_community_ids = 2;
	request.person_id = person(s, "ann");
	EXPECT_OK(suite_call(s, method_member_create_api_key, &request, &made));
	EXPECT_OK(verify(s, made.key, &key));
	EXPECT_INT(key.n_community_ids, 2);
	EXPECT_TEXT(key.community_ids[1], communities[1]);
	EXPECT_TEXT(key.person_id, request.person_id);

	request.community_ids = wrong;
	request.n_community_ids = 1;
	EXPECT_STATUS(suite_call(s, method_member_create_api_key, &request, &made),
		      INVALID_ARGUMENT, NULL);
}

static void wrong_key_is_unknown(void **state)
{
	struct suite *s = *state;
	Member__CreateApiKeyResponse made = MEMBER__CREATE_API_KEY_RESPONSE__INIT;
	Member__CreateApiKeyResponse other = MEMBER__CREATE_API_KEY_RESPONSE__INIT;
	Member__ApiKey key = MEMBER__API_KEY__INIT;
	struct arena *arena = suite_arena(s);

	EXPECT_OK(make(s, 0, "write", &made));
	EXPECT_OK(make(s, 0, "write", &other));
	EXPECT_STATUS(verify(s, "nonsense", &key), UNAUTHENTICATED, "KEY_UNKNOWN");
	EXPECT_STATUS(verify(s, "kith__", &key), UNAUTHENTICATED, "KEY_UNKNOWN");
	EXPECT_STATUS(verify(s, arena_printf(arena, "kith_%s_", made.api_key->key_id), &key),
		      UNAUTHENTICATED, "KEY_UNKNOWN");
	EXPECT_STATUS(verify(s, arena_printf(arena, "%sx", made.key), &key), UNAUTHENTICATED,
		      "KEY_UNKNOWN");
	EXPECT_STATUS(verify(s,
			     arena_printf(arena, "kith_%s_%s", made.api_key->key_id,
					  strrchr(other.key, '_') + 1),
			     &key),
		      UNAUTHENTICATED, "KEY_UNKNOWN");
}

static void revoked_key_is_worthless(void **state)
{
	struct suite *s = *state;
	Member__CreateApiKeyResponse made = MEMBER__CREATE_API_KEY_RESPONSE__INIT;
	Member__RevokeApiKeyRequest request = MEMBER__REVOKE_API_KEY_REQUEST__INIT;
	Member__ApiKey key = MEMBER__API_KEY__INIT, again = MEMBER__API_KEY__INIT;

	EXPECT_OK(make(s, 0, "write", &made));
	request.key_id = made.api_key->key_id;
	EXPECT_OK(suite_call(s, method_member_revoke_api_key, &request, &key));
	assert_non_null(key.revoke_time);
	EXPECT_OK(suite_call(s, method_member_revoke_api_key, &request, &again));
	EXPECT_INT(again.revoke_time->nanos, key.revoke_time->nanos);
	EXPECT_STATUS(verify(s, made.key, &key), UNAUTHENTICATED, "KEY_REVOKED");
	request.key_id = "0000";
	EXPECT_STATUS(suite_call(s, method_member_revoke_api_key, &request, &key), NOT_FOUND,
		      "API_KEY_NOT_FOUND");
}

static void expired_key_is_worthless(void **state)
{
	struct suite *s = *state;
	Member__CreateApiKeyResponse made = MEMBER__CREATE_API_KEY_RESPONSE__INIT;
	Member__ApiKey key = MEMBER__API_KEY__INIT;

	EXPECT_OK(make(s, 3600, "write", &made));
	EXPECT_OK(verify(s, made.key, &key));
	postgres_int(suite_database(s),
		     "UPDATE member.api_key SET expire_time = now() - interval '1 s' "
		     "WHERE key_id = '%s'",
		     made.api_key->key_id);
	EXPECT_STATUS(verify(s, made.key, &key), UNAUTHENTICATED, "KEY_EXPIRED");
	EXPECT_STATUS(make(s, -60, "write", &made), INVALID_ARGUMENT, "BAD_EXPIRE_TIME");
}

static void scope_that_is_none_is_refused(void **state)
{
	struct suite *s = *state;
	Member__CreateApiKeyResponse made = MEMBER__CREATE_API_KEY_RESPONSE__INIT;
	struct outcome outcome = make(s, 0, "everything", &made);

	EXPECT_STATUS(outcome, INVALID_ARGUMENT, "BAD_SCOPE");
	assert_true(outcome_names(&outcome, "scopes[1]"));
}

static void list_shows_every_key_and_no_secret(void **state)
{
	struct suite *s = *state;
	Member__ListApiKeysRequest request = MEMBER__LIST_API_KEYS_REQUEST__INIT;
	Member__ListApiKeysResponse page = MEMBER__LIST_API_KEYS_RESPONSE__INIT;
	size_t n = 0;

	request.page_size = 2;
	do {
		EXPECT_OK(suite_call(s, method_member_list_api_keys, &request, &page));
		n += page.n_api_keys;
		request.page_token = page.next_page_token;
	} while (request.page_token[0]);
	EXPECT_INT(n, postgres_int(suite_database(s), "SELECT count(*) FROM member.api_key"));
}

static void only_the_platform_makes_keys_and_only_services_verify(void **state)
{
	struct suite *s = *state;
	Member__CreateApiKeyResponse made = MEMBER__CREATE_API_KEY_RESPONSE__INIT;
	Member__VerifyApiKeyRequest request = MEMBER__VERIFY_API_KEY_REQUEST__INIT;
	Member__ApiKey key = MEMBER__API_KEY__INIT;

	as_person(s, person(s, "ann"));
	EXPECT_STATUS(make(s, 0, "write", &made), PERMISSION_DENIED, NULL);
	as_caller(s, &(struct caller){.kind = CALLER_PLATFORM,
				      .id = "weak",
				      .person_id = "",
				      .scopes = SCOPE_READ | SCOPE_WRITE});
	EXPECT_STATUS(make(s, 0, "write", &made), PERMISSION_DENIED, NULL);
	as_platform(s);
	request.key = "kith_a_b";
	EXPECT_STATUS(suite_call(s, method_member_verify_api_key, &request, &key),
		      PERMISSION_DENIED, NULL);
}

static int start(void **state)
{
	return suite_setup(state, (const struct service *const[]){&member_service, NULL});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(key_is_verified_by_its_text),
		cmocka_unit_test(secret_is_kept_nowhere),
		cmocka_unit_test(creation_repeated_under_one_request_id_shows_no_secret),
		cmocka_unit_test(key_remembers_communities_and_person),
		cmocka_unit_test(wrong_key_is_unknown),
		cmocka_unit_test(revoked_key_is_worthless),
		cmocka_unit_test(expired_key_is_worthless),
		cmocka_unit_test(scope_that_is_none_is_refused),
		cmocka_unit_test(list_shows_every_key_and_no_secret),
		cmocka_unit_test(only_the_platform_makes_keys_and_only_services_verify),
	};

	return cmocka_run_group_tests_name("member: API keys", tests, start, suite_teardown);
}
