/* One request to the gateway by libcurl. */
#include "http.h"

#include <curl/curl.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/id.h"
#include "base/text.h"

#define TIMEOUT_MS  120000L
#define ANSWER_MAX  (64u << 20)
#define HEADER_SIZE 512

static size_t take(char *bytes, size_t one, size_t n, void *to)
{
	struct buf *answer = to;

	(void)one;
	if (answer->size + n > ANSWER_MAX)
		return 0;
	buf_add(answer, bytes, n);
	return n;
}

/* The status that an error's body names; where it names none, what the HTTP code says. */
static enum status status_of(long code, const struct buf *answer)
{
	if (code >= 200 && code < 300)
		return STATUS_OK;

	json_t *body = json_loadb(answer->data != NULL ? answer->data : "", answer->size, 0, NULL);
	const char *name =
		json_string_value(json_object_get(json_object_get(body, "error"), "status"));
	enum status status = name != NULL      ? status_from_name(name)
			     : code == 404     ? STATUS_NOT_FOUND
			     : code == 503     ? STATUS_UNAVAILABLE
			     : code == 401     ? STATUS_UNAUTHENTICATED
			     : code / 100 == 4 ? STATUS_INVALID_ARGUMENT
					       : STATUS_UNKNOWN;
	json_decref(body);
	return status;
}

enum status http_send(const struct cli *cli, const char *verb, const char *path, const char *body,
		      struct buf *to)
{
	const char *url = cli_value(cli, OPTION_URL, "KITH_HTTP", "http://127.0.0.1:8080");
	const char *key = cli_value(cli, OPTION_KEY, "KITH_KEY", "");
	const char *person = cli_value(cli, OPTION_PERSON, NULL, "");
	char address[4096], authorization[HEADER_SIZE], acting[HEADER_SIZE];
	struct curl_slist *headers = NULL;
	CURL *curl = curl_easy_init();
	long code = 0;

	if (curl == NULL)
		return (enum status)cli_fail(STATUS_INTERNAL, "libcurl does not start");
	if (snprintf(address, sizeof(address), "%s%s", url, path) >= (int)sizeof(address) ||
	    snprintf(authorization, sizeof(authorization), "Authorization: Bearer %s", key) >=
		    (int)sizeof(authorization) ||
	    snprintf(acting, sizeof(acting), "Kith-Person: %s", person) >= (int)sizeof(acting)) {
		curl_easy_cleanup(curl);
		return (enum status)cli_fail(STATUS_INVALID_ARGUMENT,
					     "address, key or person too long");
	}
	if (*key != '\0')
		headers = curl_slist_append(headers, authorization);
	if (*person != '\0')
		headers = curl_slist_append(headers, acting);
	if (body != NULL) {
		headers = curl_slist_append(headers, "Content-Type: application/json");
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
		curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)strlen(body));
	}
	curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, verb);
	curl_easy_setopt(curl, CURLOPT_URL, address);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, TIMEOUT_MS);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, to);
	CURLcode done = curl_easy_perform(curl);
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &code);
	curl_slist_free_all(headers);
	curl_easy_cleanup(curl);

	if (done != CURLE_OK)
		return (enum status)cli_fail(done == CURLE_OPERATION_TIMEDOUT
						     ? STATUS_DEADLINE_EXCEEDED
						     : STATUS_UNAVAILABLE,
					     "%s: %s", url, curl_easy_strerror(done));
	return status_of(code, to);
}

int http_print(const struct cli *cli, const char *verb, const char *path, const char *body)
{
	CLEANUP(buf_fini) struct buf answer = {0};
	enum status status = http_send(cli, verb, path, body, &answer);
	FILE *to = status == STATUS_OK ? stdout : stderr;

	if (answer.size > 0) {
		fwrite(answer.data, 1, answer.size, to);
		if (answer.data[answer.size - 1] != '\n')
			fputc('\n', to);
	}
	return (int)status;
}

/* The id in `field` of the one that /v1/`collection`:lookup finds by that word. */
static enum status look_up(struct cli *cli, const char *collection, const char *field,
			   const char *by, const char *word, const char **ret_id)
{
	CLEANUP(buf_fini) struct buf answer = {0};
	char *escaped = curl_easy_escape(NULL, word, 0);
	char *path = arena_printf(&cli->arena, "/v1/%s:lookup?%s=%s", collection, by,
				  escaped != NULL ? escaped : "");

	curl_free(escaped);
	TRY(http_send(cli, "GET", path, NULL, &answer));

	json_t *found = json_loadb(answer.data, answer.size, 0, NULL);
	const char *id = json_string_value(json_object_get(found, field));
	if (id != NULL)
		*ret_id = arena_string(&cli->arena, id);
	json_decref(found);
	return id != NULL ? STATUS_OK : STATUS_UNKNOWN;
}

enum status http_community(struct cli *cli, const char *word, const char **ret_id)
{
	if (id_is_valid(word)) {
		*ret_id = word;
		return STATUS_OK;
	}

	enum status status =
		look_up(cli, "communities", "communityId", "external_id", word, ret_id);
	if (status == STATUS_NOT_FOUND)
		status = look_up(cli, "communities", "communityId", "slug", word, ret_id);
	if (status != STATUS_OK)
		cli_fail(status, "community '%s': %s", word, status_name(status));
	return status;
}

enum status http_person(struct cli *cli, const char *word, const char **ret_id)
{
	if (id_is_valid(word)) {
		*ret_id = word;
		return STATUS_OK;
	}

	enum status status = look_up(cli, "persons", "personId", "external_id", word, ret_id);
	if (status != STATUS_OK)
		cli_fail(status, "person '%s': %s", word, status_name(status));
	return status;
}
