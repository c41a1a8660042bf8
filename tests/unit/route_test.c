/* Routes: every route of the contract is found again, precedence, verbs, encoded segments. */
#include "route.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/method.h"

static struct arena arena;
static struct router *router;

static int setup(void **state)
{
	(void)state;
	router = router_new();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	router_free(router);
	arena_fini(&arena);
	return 0;
}

static bool find(const char *verb, const char *path, struct route_match *ret)
{
	return router_find(router, &arena, verb, path, strlen(path), ret);
}

static void expect(const char *verb, const char *path, const char *method)
{
	struct route_match match = {0};

	if (!find(verb, path, &match) || match.route == NULL)
		fail_msg("%s %s is not found", verb, path);
	if (strcmp(match.route->method->name, method) != 0)
		fail_msg("%s %s is %s", verb, path, match.route->method->name);
}

static void every_route_is_found_again(void **state)
{
	(void)state;
	for (size_t i = 0; i < kith_methods_count; i++) {
		const struct method *method = &kith_methods[i];
		CLEANUP(buf_fini) struct buf path = {0};

		if (method->route == NULL || !route_is_offered(method))
			continue;
		for (const char *at = method->route; *at != '\0'; at++) {
			if (*at == '{') {
				buf_add_string(&path, "some-id");
				at += strcspn(at, "}");
			} else {
				buf_add_char(&path, *at);
			}
		}
		expect(method->verb, path.data, method->name);
	}
}

static void every_offered_method_has_its_name_as_path(void **state)
{
	struct route_match match;

	(void)state;
	for (size_t i = 0; i < kith_methods_count; i++) {
		char *path = arena_printf(&arena, "/%s", kith_methods[i].name);

		if (route_is_offered(&kith_methods[i]))
			expect("POST", path, kith_methods[i].name);
		else
			assert_false(find("POST", path, &match));
	}
}

static void variables_are_decoded(void **state)
{
	struct route_match match;

	(void)state;
	assert_true(find("GET", "/v1/communities/a%2Fb%20%C3%A4+c", &match));
	assert_string_equal(match.route->variables[0], "community_id");
	assert_string_equal(match.values[0], "a/b ä+c");
	assert_false(find("GET", "/v1/communities/a%00", &match));
	assert_false(find("GET", "/v1/communities/a%ff", &match));
	assert_false(find("GET", "/v1/communities/a%2", &match));
	assert_false(find("GET", "/v1/communities/%zz", &match));
	assert_false(find("GET", "/v1/communities/%", &match));
}

static void a_verb_wins_over_a_value(void **state)
{
	struct route_match match;

	(void)state;
	expect("GET", "/v1/communities:lookup", "kith.member.v1.CommunityService/LookupCommunity");
	expect("POST", "/v1/communities/x:archive",
	       "kith.member.v1.CommunityService/ArchiveCommunity");
	assert_true(find("GET", "/v1/communities/a:b", &match));
	assert_string_equal(match.values[0], "a:b");
	assert_false(find("GET", "/v1/communities:nope", &match));
}

static void what_is_not_there_is_not_found(void **state)
{
	static const char *const paths[] = {
		"",
		"/",
		"//",
		"/v1",
		"/v1/",
		"/v1/communities/",
		"/v1/nope",
		"v1/communities",
		"/v1/communities/x/posts/",
		"/v1//communities",
		"/kith.",
		"/kith.x/y",
		"/kith.member.v1.ApiKeyService/VerifyApiKey",
		"/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q/r/s/t/u/v/w/x/y/z",
	};
	struct route_match match;

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		if (find("GET", paths[i], &match) && match.route != NULL)
			fail_msg("%s is found", paths[i]);
}

static void another_verb_learns_the_right_ones(void **state)
{
	struct route_match match;

	(void)state;
	assert_true(find("PUT", "/v1/communities", &match));
	assert_null(match.route);
	assert_non_null(strstr(match.allow, "GET, HEAD"));
	assert_non_null(strstr(match.allow, "POST"));
	assert_true(find("GET", "/kith.member.v1.CommunityService/GetCommunity", &match));
	assert_null(match.route);
	assert_string_equal(match.allow, "POST");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_route_is_found_again),
		cmocka_unit_test(every_offered_method_has_its_name_as_path),
		cmocka_unit_test(variables_are_decoded),
		cmocka_unit_test(a_verb_wins_over_a_value),
		cmocka_unit_test(what_is_not_there_is_not_found),
		cmocka_unit_test(another_verb_learns_the_right_ones),
	};

	return cmocka_run_group_tests_name("route", tests, setup, teardown);
}
