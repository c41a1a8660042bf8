/* kith demo: tells the demo world's history as interchange lines. The same date gives the same
 * lines: chance comes from a generator with a fixed seed. kith demo people: does at the gateway
 * what lines do not tell. */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"
#include "command.h"
#include "demo_people.h"
#include "demo_world.h"
#include "json/json.h"

#define MEMBERS_MAX 400 /* of one community over its history */
#define RECENT      12  /* posts that people still answer */
#define DAY_US      (86400 * INT64_C(1000000))

struct member {
	char person[64];
	int eager;  /* of 1000: how often he is there when all is well */
	int joined; /* day */
	int joined_minute;
	int left; /* day of his leaving; 0 while he is there */
	const char *reason;
};

/* What is being told. Chance and counters belong to one community, so that adding one does not
 * change the others. */
struct tale {
	const struct demo_community *c;
	uint64_t chance;
	int32_t first_day; /* of the history, since 1970 */
	int today;         /* days since then */
	struct member members[MEMBERS_MAX];
	int n_members, n_here;
	int n_posts, n_comments, n_events, n_orders;
	int recent[RECENT]; /* numbers of posts; 0 for none */
	struct buf line, lines;
};

/* ---- chance ---- */

static uint64_t draw(struct tale *t)
{
	uint64_t z = (t->chance += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static int below(struct tale *t, int n)
{
	return (int)(draw(t) % (uint64_t)n);
}

static bool happens(struct tale *t, int of_1000)
{
	return below(t, 1000) < of_1000;
}

static const char *any_of(struct tale *t, const char *const *words)
{
	int n = 0;

	while (words[n] != NULL)
		n++;
	return words[below(t, n)];
}

/* ---- lines ---- */

static void begin(struct tale *t, const char *type)
{
	buf_clear(&t->line);
	buf_add_format(&t->line, "{\"type\":\"%s\",\"community\":\"%s\"", type, t->c->id);
}

static void add_text(struct tale *t, const char *key, const char *text)
{
	buf_add_format(&t->line, ",\"%s\":", key);
	json_write_string(text, strlen(text), &t->line);
}

static void add_number(struct tale *t, const char *key, int number)
{
	buf_add_format(&t->line, ",\"%s\":%d", key, number);
}

static void add_id(struct tale *t, const char *key, const char *what, int number)
{
	buf_add_format(&t->line, ",\"%s\":\"%s-%d\"", key, what, number);
}

/* Local time of the community (TZ is its zone), with the offset of that moment. */
static void add_time(struct tale *t, const char *key, int day, int minute)
{
	int64_t noon_s = ((int64_t)t->first_day + day) * 86400 + 43200;
	time_t at = (time_t)noon_s;
	struct tm date, local;

	gmtime_r(&at, &date); /* the civil day */
	date.tm_hour = minute / 60;
	date.tm_min = minute % 60;
	date.tm_isdst = -1;
	at = mktime(&date);
	localtime_r(&at, &local);
	long offset = local.tm_gmtoff / 60;
	buf_add_format(&t->line, ",\"%s\":\"%04d-%02d-%02dT%02d:%02d:%02d%c%02ld:%02ld\"", key,
		       local.tm_year + 1900, local.tm_mon + 1, local.tm_mday, local.tm_hour,
		       local.tm_min, local.tm_sec, offset < 0 ? '-' : '+', labs(offset) / 60,
		       labs(offset) % 60);
}

static void end(struct tale *t)
{
	buf_add_string(&t->line, "}\n");
	buf_add(&t->lines, t->line.data, t->line.size);
}

/* ---- how a community fares ---- */

/* Between two points of a line, in whole numbers. */
static int between(int from, int to, int at, int length)
{
	return from + (to - from) * at / (length > 0 ? length : 1);
}

/* How lively it is today, of 1000. */
static int mood(const struct tale *t)
{
	int length = t->c->days, third = length / 3, day = t->today;

	switch (t->c->stage) {
	case DEMO_LAUNCH:
		return between(500, 900, day, length);
	case DEMO_GROWTH:
		return between(450, 1000, day, length);
	case DEMO_MATURITY:
		return day < third ? between(400, 900, day, third) : 900;
	case DEMO_DECLINE:
		return day < third ? between(500, 900, day, third)
				   : between(900, 60, day - third, length - third);
	case DEMO_TRANSFORM:
		return day < third       ? between(500, 800, day, third)
		       : day < 2 * third ? between(800, 80, day - third, third)
					 : between(80, 950, day - 2 * third, length - 2 * third);
	}
	return 0;
}

/* How many have joined by today if all goes as it should. */
static int wanted_members(const struct tale *t)
{
	int length = t->c->days, third = length / 3, day = t->today, most = t->c->members;

	switch (t->c->stage) {
	case DEMO_LAUNCH:
	case DEMO_GROWTH:
		return between(most / 12 + 3, most, day, length);
	case DEMO_MATURITY:
		return day < third ? between(most / 8, most * 3 / 4, day, third)
				   : between(most * 3 / 4, most, day - third, length - third);
	case DEMO_DECLINE:
		return day < third ? between(most / 6, most, day, third) : 0;
	case DEMO_TRANSFORM:
		return day < third       ? between(most / 6, most / 2, day, third)
		       : day < 2 * third ? 0
					 : between(most / 3, most, day - 2 * third, third);
	}
	return 0;
}

/* ---- what happens ---- */

static void order(struct tale *t, const struct member *m, int minute)
{
	begin(t, "order");
	add_id(t, "id", "order", ++t->n_orders);
	add_text(t, "person", m->person);
	add_number(t, "amount", t->c->price);
	add_text(t, "currency", t->c->currency);
	add_time(t, "at", t->today, minute);
	add_text(t, "state", happens(t, 40) ? "REFUNDED" : "PAID");
	end(t);
}

static void join(struct tale *t)
{
	const struct demo_tongue *tongue = &demo_tongues[t->c->language];
	struct member *m = &t->members[t->n_members];
	int minute = 480 + below(t, 900);
	bool taken;

	/* People of one language meet in several communities. */
	do {
		snprintf(m->person, sizeof(m->person), "%s.%s.%s.%d", tongue->code,
			 any_of(t, tongue->given), any_of(t, tongue->family), 1 + below(t, 3));
		taken = false;
		for (int i = 0; i < t->n_members; i++)
			taken |= text_equal(t->members[i].person, m->person);
	} while (taken);
	m->eager = 20 + below(t, 60);
	if (happens(t, 220))
		m->eager = 150 + below(t, 350); /* few carry most of it */
	if (happens(t, 250))
		m->eager = 4; /* and many only read */
	if (t->n_members < 5)
		m->eager = 350 + below(t, 350);
	m->joined = t->today;
	m->joined_minute = minute;
	m->left = 0;

	t->n_members++;
	t->n_here++;
	if (t->c->price > 0 && happens(t, t->c->paying * 10))
		order(t, m, minute + 1);
}

static void leave(struct tale *t, struct member *m)
{
	m->left = t->today;
	t->n_here--;
	m->reason = any_of(t, demo_tongues[t->c->language].leave_reasons);
}

/* One line a membership, so that reading the lines again says nothing new. */
static void list_members(struct tale *t)
{
	for (int i = 0; i < t->n_members; i++) {
		const struct member *m = &t->members[i];

		begin(t, "membership");
		add_text(t, "person", m->person);
		add_text(t, "role",
			 i == 0   ? "OWNER"
			 : i == 1 ? "ADMIN"
			 : i < 4  ? "MODERATOR"
			 : i == 4 ? "EXPERT"
				  : "MEMBER");
		add_time(t, "joined_at", m->joined, m->joined_minute);
		if (m->left > 0) {
			add_time(t, "left_at", m->left, 1439);
			add_text(t, "leave_reason", m->reason);
		}
		end(t);
	}
}

static void interact(struct tale *t, const struct member *m, const char *kind, int minute)
{
	begin(t, "interaction");
	add_text(t, "person", m->person);
	add_text(t, "kind", kind);
	add_time(t, "at", t->today, minute);
	end(t);
}

static void post(struct tale *t, const struct member *m, int minute)
{
	int n = 0;

	while (t->c->posts[n].kind != NULL)
		n++;
	const struct demo_post *p = &t->c->posts[t->n_posts < n ? t->n_posts : below(t, n)];
	begin(t, "post");
	add_id(t, "id", "post", ++t->n_posts);
	add_text(t, "author", m->person);
	add_time(t, "at", t->today, minute);
	add_text(t, "kind", p->kind);
	add_text(t, "title", p->title);
	add_text(t, "text", p->text);
	add_text(t, "topic", p->topic);
	end(t);
	t->recent[t->n_posts % RECENT] = t->n_posts;
}

static void comment(struct tale *t, const struct member *m, int minute)
{
	const struct demo_tongue *tongue = &demo_tongues[t->c->language];
	int number = t->recent[below(t, RECENT)];
	bool answer = t->c->posts[0].kind != NULL && text_equal(t->c->posts[0].kind, "QUESTION");

	if (number == 0)
		return;
	begin(t, "comment");
	add_id(t, "id", "comment", ++t->n_comments);
	add_id(t, "post", "post", number);
	add_text(t, "author", m->person);
	add_time(t, "at", t->today, minute);
	add_text(t, "text", any_of(t, answer ? tongue->answers : tongue->comments));
	end(t);
}

static void react(struct tale *t, const struct member *m, int minute)
{
	static const char *const emoji[] = {"👍", "❤️", "🎉", "👏", "😄", NULL};
	int number = t->recent[below(t, RECENT)];

	if (number == 0)
		return;
	begin(t, "reaction");
	add_id(t, "target", "post", number);
	add_text(t, "person", m->person);
	add_time(t, "at", t->today, minute);
	add_text(t, "emoji", any_of(t, emoji));
	end(t);
}

static void be_there(struct tale *t, const struct member *m)
{
	int minute = 420 + below(t, 900);

	interact(t, m, "VISIT", minute);
	if (happens(t, t->c->check_in * 10))
		interact(t, m, "CHECK_IN", minute + 1);
	if (happens(t, 110) || t->n_posts == 0)
		post(t, m, minute + 5);
	if (happens(t, 260))
		comment(t, m, minute + 12);
	if (happens(t, 330))
		react(t, m, minute + 15);
	if (happens(t, 20))
		interact(t, m, "SHARE", minute + 20);
}

/* An event this evening, and who of the members comes. `ahead`: it is still to come. */
static void hold(struct tale *t, int ahead)
{
	int day = t->today, yes = 0, minute = 19 * 60 + 30;
	bool cancelled = ahead == 0 && happens(t, 50);

	t->n_events++;
	begin(t, "event");
	add_id(t, "id", "event", t->n_events);
	add_text(t, "mode", t->c->event_mode);
	add_time(t, "created_at", day > 10 ? day - 10 : 0, 600);
	add_time(t, "starts_at", day + ahead, minute);
	add_time(t, "ends_at", day + ahead, minute + 120);
	add_text(t, "state", ahead > 0 ? "PLANNED" : cancelled ? "CANCELLED" : "HELD");
	add_text(t, "title", any_of(t, t->c->events));
	end(t);
	if (cancelled)
		return;
	for (int i = 0; i < t->n_members && yes < 30; i++) {
		const struct member *m = &t->members[i];

		if (m->left > 0 || !happens(t, m->eager * mood(t) / 1000 + 30))
			continue;
		yes++;
		begin(t, "attendance");
		add_id(t, "event", "event", t->n_events);
		add_text(t, "person", m->person);
		add_time(t, "at", day, ahead > 0 ? 600 : minute + below(t, 20));
		add_text(t, "rsvp", "YES");
		buf_add_format(&t->line, ",\"attended\":%s",
			       ahead == 0 && happens(t, 780) ? "true" : "false");
		end(t);
	}
}

static void live_a_day(struct tale *t)
{
	int m = mood(t), wanted = wanted_members(t);
	int weekday = (t->first_day + t->today + 3) % 7; /* 0 is Monday */
	int weekend = weekday >= 5 ? 1250 : 1000;

	for (int n = 0; t->n_here < wanted && n < 6 && t->n_members < MEMBERS_MAX; n++)
		if (t->today == 0 || happens(t, 700))
			join(t);
	for (int i = 0; i < t->n_members; i++) {
		struct member *member = &t->members[i];

		if (member->left > 0)
			continue;
		if (happens(t, member->eager * m / 1000 * weekend / 1000))
			be_there(t, member);
		/* Whoever runs it stays; the others sooner go when it is dull. */
		if (i >= 5 && t->today - member->joined > 7 && happens(t, m < 300 ? 9 : 1))
			leave(t, member);
	}
	if (t->c->event_days > 0 && t->today % t->c->event_days == t->c->event_days - 1 && m > 150)
		hold(t, 0);
}

static void print(struct tale *t)
{
	fwrite(t->lines.data, 1, t->lines.size, stdout);
	buf_clear(&t->lines);
}

static void tell(struct tale *t, int32_t date)
{
	t->first_day = date - t->c->days;
	setenv("TZ", t->c->zone, 1);
	tzset();
	for (t->today = 0; t->today < t->c->days; t->today++)
		live_a_day(t);
	t->today--; /* announced yesterday, for next week */
	if (t->c->event_days > 0 && t->c->stage != DEMO_DECLINE)
		hold(t, 7);

	struct buf deeds = t->lines;
	t->lines = (struct buf){0};
	list_members(t);
	print(t);
	buf_fini(&t->lines);
	t->lines = deeds;
	print(t);
}

static void introduce(struct tale *t, int32_t date)
{
	t->first_day = date - t->c->days;
	setenv("TZ", t->c->zone, 1);
	tzset();
	buf_clear(&t->line);
	buf_add_format(&t->line, "{\"type\":\"community\",\"id\":\"%s\"", t->c->id);
	add_text(t, "name", t->c->name);
	add_text(t, "kind", t->c->kind);
	add_text(t, "time_zone", t->c->zone);
	add_time(t, "created_at", 0, 0);
	add_text(t, "join_mode", t->c->join_mode);
	end(t);
}

static int run(struct cli *cli, int argc, char **argv)
{
	const char *told = cli->values[OPTION_DATE];
	int32_t date = (int32_t)(clock_wall_us() / DAY_US);

	if (told != NULL && !text_date(told, &date))
		return cli_fail(STATUS_INVALID_ARGUMENT, "--date takes YYYY-MM-DD");
	if (argc == 1 && text_equal(argv[0], "people"))
		return demo_people(cli, date * DAY_US);
	if (argc == 1)
		return cli_fail(STATUS_INVALID_ARGUMENT, "usage: kith demo %s",
				command_demo.arguments);

	struct tale *t = calloc(1, sizeof(*t));
	assert(t != NULL);
	for (size_t i = 0; i < demo_communities_count; i++) {
		t->c = &demo_communities[i];
		introduce(t, date);
	}
	print(t);
	for (size_t i = 0; i < demo_communities_count; i++) {
		struct buf line = t->line, lines = t->lines;

		*t = (struct tale){.line = line, .lines = lines};
		t->c = &demo_communities[i];
		t->chance = 20240601 + i * 7919;
		tell(t, date);
	}
	buf_fini(&t->line);
	buf_fini(&t->lines);
	free(t);
	return ferror(stdout) != 0 || fflush(stdout) != 0 ? STATUS_DATA_LOSS : 0;
}

const struct command command_demo = {
	.name = "demo",
	.arguments = "[people]",
	.does = "writes the demo world as lines for import; or does what its people decided",
	.takes = 1 << OPTION_DATE | 1 << OPTION_URL | 1 << OPTION_KEY,
	.max = 1,
	.run = run,
};
