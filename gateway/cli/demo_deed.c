/* Does the deeds of the demo world's people through the gateway, as any client could. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "demo_people.h"
#include "http.h"

#define DAY_US (86400 * INT64_C(1000000))

struct doer {
	struct cli *cli;
	int64_t now_us;
	const char *community; /* whose members are known; its external id */
	const char *community_id;
	json_t *members; /* present ones, by number */
	const char *kept, *before;
	int place; /* of whom it is done for */
};

static enum status said(enum status status, const char *verb, const char *path,
			const struct buf *answer)
{
	return (enum status)cli_fail(status, "%s %s: %.*s", verb, path, (int)answer->size,
				     answer->size > 0 ? answer->data : "");
}

/* The answer to GET; NOT_FOUND, without a word, where there is nothing. */
static enum status read_at(struct doer *d, const char *path, json_t **ret)
{
	CLEANUP(buf_fini) struct buf answer = {0};

	enum status status = http_send(d->cli, "GET", path, NULL, &answer);
	if (status != STATUS_OK && status != STATUS_NOT_FOUND)
		return said(status, "GET", path, &answer);
	TRY(status);
	*ret = json_loadb(answer.data, answer.size, 0, NULL);
	return *ret != NULL ? STATUS_OK : STATUS_DATA_LOSS;
}

static json_t *first_list(json_t *object)
{
	const char *key;
	json_t *value;

	json_object_foreach(object, key, value) if (json_is_array(value)) return value;
	return NULL;
}

static bool is_something(const json_t *value)
{
	return json_is_array(value)    ? json_array_size(value) > 0
	       : json_is_string(value) ? json_string_length(value) > 0
				       : true;
}

static const char *text_at(struct doer *d, const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text != NULL ? arena_string(&d->cli->arena, text) : NULL;
}

/* A deed names the community that the one before did, or another one. */
static enum status enter(struct doer *d, const char *community)
{
	json_t *answer;

	if (text_equal(d->community, community))
		return STATUS_OK;
	TRY(http_community(d->cli, community, &d->community_id));
	TRY(read_at(d,
		    arena_printf(&d->cli->arena,
				 "/v1/communities/%s/"
				 "memberships?state=MEMBERSHIP_STATE_ACTIVE&page_size=100",
				 d->community_id),
		    &answer));
	json_decref(d->members);
	d->members = json_incref(first_list(answer));
	json_decref(answer);
	d->community = community;
	return STATUS_OK;
}

static const char *member_at(struct doer *d, int64_t place)
{
	json_t *member = place > 0 ? json_array_get(d->members, (size_t)place - 1) : NULL;

	return text_at(d, member, "personId");
}

static const char *person_called(struct doer *d, const char *name)
{
	json_t *person;
	const char *path = arena_printf(&d->cli->arena, "/v1/persons:lookup?external_id=%s", name);

	if (read_at(d, path, &person) != STATUS_OK)
		return NULL;

	const char *id = text_at(d, person, "personId");
	json_decref(person);
	return id;
}

static const char *time_in(struct doer *d, int64_t days)
{
	char *time = arena_alloc(&d->cli->arena, 40);

	text_from_time(d->now_us + days * DAY_US, time);

	return time;
}

/* What a word in angle brackets stands for; NULL for nothing. */
static const char *meaning(struct doer *d, const char *word)
{
	int64_t number;

	if (text_equal(word, "community"))
		return d->community_id;
	if (text_equal(word, "each"))
		return member_at(d, d->place);
	if (text_equal(word, "n"))
		return arena_printf(&d->cli->arena, "%d", d->place);
	if (text_equal(word, "kept"))
		return d->kept;
	if (text_equal(word, "before"))
		return d->before;
	if (text_starts(word, "person:"))
		return person_called(d, word + strlen("person:"));
	if (*word == '+' && text_int64(word + 1, &number))
		return time_in(d, number);
	if (text_starts(word, "day+") && text_int64(word + strlen("day+"), &number))
		return arena_copy(&d->cli->arena, time_in(d, number), strlen("2026-01-01"));
	return text_int64(word, &number) ? member_at(d, number) : NULL;
}

static enum status put_in(struct doer *d, const char *text, const char **ret)
{
	CLEANUP(buf_fini) struct buf done = {0};

	if (text == NULL) {
		*ret = NULL;
		return STATUS_OK;
	}
	for (const char *at = text; *at != '\0';) {
		const char *end = *at == '<' ? strchr(at, '>') : NULL;

		if (end == NULL) {
			buf_add_char(&done, *at++);
			continue;
		}
		const char *word = arena_copy(&d->cli->arena, at + 1, (size_t)(end - at - 1));
		const char *means = meaning(d, word);
		if (means == NULL)
			return (enum status)cli_fail(STATUS_NOT_FOUND, "%s: no <%s>", d->community,
						     word);
		buf_add_string(&done, means);
		at = end + 1;
	}
	*ret = arena_copy(&d->cli->arena, done.data, done.size);
	return STATUS_OK;
}

/* Of a list its first element counts. */
static void keep(struct doer *d, const struct demo_deed *deed, json_t *answer)
{
	const char *kept = deed->keep != NULL ? text_at(d, answer, deed->keep) : NULL;

	if (deed->keep != NULL && kept == NULL)
		kept = text_at(d, json_array_get(first_list(answer), 0), deed->keep);
	if (kept == NULL)
		return;
	d->before = d->kept;
	d->kept = kept;
}

static enum status is_done(struct doer *d, const struct demo_deed *deed, bool *ret_done)
{
	const char *path;
	json_t *found;

	*ret_done = false;
	TRY(put_in(d, deed->unless, &path));
	if (path == NULL)
		return STATUS_OK;

	enum status status = read_at(d, path, &found);
	if (status == STATUS_NOT_FOUND)
		return STATUS_OK;
	TRY(status);
	json_t *sign = deed->sign != NULL ? json_object_get(found, deed->sign) : first_list(found);
	*ret_done = sign != NULL ? is_something(sign) : deed->sign == NULL;
	if (*ret_done)
		keep(d, deed, found);
	json_decref(found);
	return STATUS_OK;
}

static enum status do_once(struct doer *d, const struct demo_deed *deed)
{
	CLEANUP(buf_fini) struct buf answer = {0};
	const char *path, *body, *person;
	bool done;

	TRY(is_done(d, deed, &done));
	if (done)
		return STATUS_OK;
	TRY(put_in(d, deed->path, &path));
	TRY(put_in(d, deed->body, &body));
	TRY(put_in(d, deed->person, &person));

	d->cli->values[OPTION_PERSON] = person;
	enum status status = http_send(d->cli, deed->verb, path, body, &answer);
	d->cli->values[OPTION_PERSON] = NULL;
	if (status == STATUS_ALREADY_EXISTS)
		return STATUS_OK;
	if (status != STATUS_OK)
		return said(status, deed->verb, path, &answer);

	json_t *reply = json_loadb(answer.data, answer.size, 0, NULL);
	keep(d, deed, reply);
	json_decref(reply);
	return STATUS_OK;
}

static enum status do_deed(struct doer *d, const struct demo_deed *deed)
{
	TRY(enter(d, deed->community));
	for (d->place = deed->first; d->place <= deed->last; d->place++)
		TRY(do_once(d, deed));
	return STATUS_OK;
}

static enum status do_all(struct doer *d, const struct demo_deed *deeds, size_t n)
{
	for (size_t i = 0; i < n; i++)
		TRY(do_deed(d, &deeds[i]));

	return STATUS_OK;
}

int demo_people(struct cli *cli, int64_t now_us)
{
	struct doer d = {.cli = cli, .now_us = now_us};
	enum status status = do_all(&d, demo_deeds, demo_deeds_count);

	if (status == STATUS_OK)
		status = do_all(&d, demo_said_deeds, demo_said_deeds_count);
	json_decref(d.members);
	return (int)status;
}
