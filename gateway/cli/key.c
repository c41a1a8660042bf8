/* kith key create|list|revoke: API keys, made with the cluster's secret, so that there can be a
 * first one. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "command.h"
#include "google/protobuf/timestamp.pb-c.h"
#include "kith/member/v1/api_key.pb-c.h"
#include "kith_methods.h"
#include "suite.h"
#include "json/json.h"

#define PATIENCE_US (10 * INT64_C(1000000))
#define LIST_MAX    1000 /* names in a comma-separated option */

static int ask(struct cli *cli, struct suite_call *call)
{
	struct suite *suite = NULL;
	enum status status = suite_open(cli, &suite);

	if (status != STATUS_OK)
		return (int)status;
	status = suite_ask(suite, &cli->arena, call, PATIENCE_US);
	suite_close(suite);
	if (status != STATUS_OK)
		return cli_fail(status, "%s: %s", status_name(status), call->message);

	CLEANUP(buf_fini) struct buf text = {0};
	json_write(call->reply, &text);
	printf("%.*s\n", (int)text.size, text.data);
	return 0;
}

/* The comma-separated words of `text` in the arena. */
static const char **split(struct cli *cli, const char *text, size_t *ret_n)
{
	const char **words = arena_array(&cli->arena, LIST_MAX, sizeof(*words));

	*ret_n = 0;
	while (*text != '\0' && *ret_n < LIST_MAX) {
		size_t length = strcspn(text, ",");

		if (length > 0)
			words[(*ret_n)++] = arena_copy(&cli->arena, text, length);
		text += length + (text[length] == ',');
	}
	return words;
}

static int create(struct cli *cli)
{
	Member__CreateApiKeyRequest request = MEMBER__CREATE_API_KEY_REQUEST__INIT;
	Google__Protobuf__Timestamp expire = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
	const char *expires = cli->values[OPTION_EXPIRES];
	int64_t us;

	request.name = cli_value(cli, OPTION_NAME, NULL, "kith");
	request.person_id = cli_value(cli, OPTION_PERSON, NULL, "");
	request.scopes = split(cli, cli_value(cli, OPTION_SCOPES, NULL, "read,write,admin"),
			       &request.n_scopes);
	request.community_ids =
		split(cli, cli_value(cli, OPTION_COMMUNITY, NULL, ""), &request.n_community_ids);
	if (expires != NULL) {
		if (!text_time(expires, &us, NULL))
			return cli_fail(STATUS_INVALID_ARGUMENT,
					"--expires takes an RFC 3339 time");
		expire.seconds = us / 1000000;
		request.expire_time = &expire;
	}
	return ask(cli, &(struct suite_call){.method = method_member_create_api_key,
					     .request = &request.base});
}

static int list(struct cli *cli)
{
	Member__ListApiKeysRequest request = MEMBER__LIST_API_KEYS_REQUEST__INIT;

	request.page_size = 1000;
	return ask(cli, &(struct suite_call){.method = method_member_list_api_keys,
					     .request = &request.base});
}

static int revoke(struct cli *cli, const char *key_id)
{
	Member__RevokeApiKeyRequest request = MEMBER__REVOKE_API_KEY_REQUEST__INIT;

	request.key_id = key_id;
	return ask(cli, &(struct suite_call){.method = method_member_revoke_api_key,
					     .request = &request.base});
}

static int run(struct cli *cli, int argc, char **argv)
{
	if (text_equal(argv[0], "create") && argc == 1)
		return create(cli);
	if (text_equal(argv[0], "list") && argc == 1)
		return list(cli);
	if (text_equal(argv[0], "revoke") && argc == 2)
		return revoke(cli, argv[1]);
	return cli_fail(STATUS_INVALID_ARGUMENT, "usage: kith key %s", command_key.arguments);
}

const struct command command_key = {
	.name = "key",
	.arguments = "create|list|revoke ID",
	.does = "makes, lists and revokes API keys; needs the cluster's secret",
	.takes = 1 << OPTION_CONFIG | 1 << OPTION_NAME | 1 << OPTION_SCOPES |
		 1 << OPTION_COMMUNITY | 1 << OPTION_PERSON | 1 << OPTION_EXPIRES,
	.min = 1,
	.max = 2,
	.run = run,
};
