/* kith export-person PERSON: all that is kept of a person, a JSON object a line. First he himself,
 * then each record with its kind, as "content.posts", and the id it is kept under. */
#include <jansson.h>
#include <stdio.h>
#include <time.h>

#include "base/clock.h"
#include "base/text.h"
#include "command.h"
#include "http.h"

#define PAGE_SIZE 1000
#define RETRY_MS  200

struct export
{
	struct cli *cli;
	const char *person_id;
	int64_t patience_us;
	enum status missing; /* why not all of it is there */
};

/* The answer, caller-owned; from the beginning without a token. Tries again for a while when a
 * service is away. */
static enum status fetch(struct export *e, const char *token, json_t **ret_answer)
{
	const char *path =
		arena_printf(&e->cli->arena, "/v1/persons/%s:export?page_size=%d&page_token=%s",
			     e->person_id, PAGE_SIZE, token);
	int64_t until_us = clock_mono_us() + e->patience_us;

	for (;;) {
		CLEANUP(buf_fini) struct buf answer = {0};
		enum status status = http_send(e->cli, "GET", path, NULL, &answer);

		if (status == STATUS_OK) {
			*ret_answer = json_loadb(answer.data, answer.size, 0, NULL);
			return *ret_answer != NULL ? STATUS_OK : STATUS_UNKNOWN;
		}
		if (status != STATUS_UNAVAILABLE || clock_mono_us() >= until_us)
			return status;
		nanosleep(&(struct timespec){.tv_nsec = RETRY_MS * 1000000L}, NULL);
	}
}

static const char *text(const json_t *object, const char *key)
{
	const char *found = json_string_value(json_object_get(object, key));

	return found != NULL ? found : "";
}

static void print_line(const char *type, const char *person_id, json_t *record)
{
	json_t *line =
		json_pack("{s:s, s:s, s:O}", "type", type, "personId", person_id, "record", record);

	json_dumpf(line, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(line);
}

static void print_section(struct export *e, const json_t *section)
{
	const char *service = text(section, "service");
	json_t *nouns = json_object_get(section, service), *records, *record;
	const char *noun;
	size_t i;

	json_object_foreach(nouns, noun, records) json_array_foreach(records, i, record)
		print_line(arena_printf(&e->cli->arena, "%s.%s", service, noun),
			   text(section, "personId"), record);
}

/* A section to its end. What cannot be had now does not keep the next sections back. */
static void take_section(struct export *e, const json_t *section)
{
	const char *service = arena_string(&e->cli->arena, text(section, "service"));
	const char *token = arena_string(&e->cli->arena, text(section, "nextPageToken"));

	print_section(e, section);
	while (*token != '\0') {
		json_t *answer = NULL;
		enum status status = fetch(e, token, &answer);

		if (status != STATUS_OK) {
			e->missing = status;
			cli_fail(status, "the rest of %s: %s", service, status_name(status));
			return;
		}
		section = json_array_get(json_object_get(answer, "sections"), 0);
		print_section(e, section);
		token = arena_string(&e->cli->arena, text(section, "nextPageToken"));
		json_decref(answer);
	}
}

static int run(struct cli *cli, int argc, char **argv)
{
	struct export e = {.cli = cli};
	json_t *answer = NULL, *section;
	uint64_t patience;
	size_t i;

	(void)argc;
	if (!text_uint64(cli_value(cli, OPTION_PATIENCE, NULL, "60"), &patience) ||
	    patience > 86400)
		return cli_fail(STATUS_INVALID_ARGUMENT, "--patience takes a number");
	e.patience_us = (int64_t)patience * 1000000;

	enum status status = http_person(cli, argv[0], &e.person_id);
	if (status != STATUS_OK)
		return (int)status;
	status = fetch(&e, "", &answer);
	if (status != STATUS_OK)
		return cli_fail(status, "person '%s': %s", argv[0], status_name(status));
	json_t *person = json_object_get(answer, "person");
	print_line("member.person", text(person, "personId"), person);
	json_array_foreach(json_object_get(answer, "sections"), i, section)
		take_section(&e, section);
	json_decref(answer);
	return (int)e.missing;
}

const struct command command_export = {
	.name = "export-person",
	.arguments = "PERSON",
	.does = "prints all that is kept of a person, a JSON object a line; by his id or external "
		"id",
	.takes = 1 << OPTION_URL | 1 << OPTION_KEY | 1 << OPTION_PERSON | 1 << OPTION_PATIENCE,
	.min = 1,
	.max = 1,
	.run = run,
};
