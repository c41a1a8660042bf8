/* Text checks: what is looked for, and what it comes to. Statements are in sql/text_check.sql. */
#include "text_check.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/log.h"
#include "base/text.h"
#include "content.h"
#include "content.rpc.h"
#include "content.sql.h"
#include "db/sql.h"
#include "service/service.h"
#include "text/advert.h"
#include "text/link.h"
#include "text/normal.h"
#include "text/sign.h"
#include "text/simhash.h"
#include "text/wordlist.h"
#include "text/words.h"
#include "wordlists.h"

/*
 * reason                status               from
 * TEXT_CHECK_NOT_READY  UNAVAILABLE          CheckText, and whatever a person writes
 * TEXT_REJECTED         FAILED_PRECONDITION  whatever a person writes
 * RATE_EXCEEDED         RESOURCE_EXHAUSTED   whatever a person writes
 */

#define REASONS_MAX  20
#define NOT_READY_US 500000
#define EXCERPT_MAX  60 /* signs of what was found that are shown */

#define ALLOW  CONTENT__TEXT_VERDICT__TEXT_VERDICT_ALLOW
#define HOLD   CONTENT__TEXT_VERDICT__TEXT_VERDICT_HOLD
#define REJECT CONTENT__TEXT_VERDICT__TEXT_VERDICT_REJECT

#define WORD      CONTENT__TEXT_CAUSE__TEXT_CAUSE_WORD
#define LINK      CONTENT__TEXT_CAUSE__TEXT_CAUSE_LINK
#define ADVERT    CONTENT__TEXT_CAUSE__TEXT_CAUSE_ADVERTISEMENT
#define DUPLICATE CONTENT__TEXT_CAUSE__TEXT_CAUSE_DUPLICATE
#define RATE      CONTENT__TEXT_CAUSE__TEXT_CAUSE_RATE

#define ADVERTISING CONTENT__TEXT_CATEGORY__TEXT_CATEGORY_ADVERTISING
#define QUALITY     CONTENT__TEXT_CATEGORY__TEXT_CATEGORY_QUALITY

struct text_checker {
	const struct dictionary *dictionary;
	const struct folding *folding;
	struct adverts *adverts;
	struct wordlists *lists;
};

struct text_checker *text_checker_new(const struct dictionary *dictionary,
				      const struct folding *folding)
{
	struct text_checker *checker = calloc(1, sizeof(*checker));

	if (!checker)
		log_die("no-memory", "what=text-checker");
	checker->dictionary = dictionary;
	checker->folding = folding;
	checker->adverts = adverts_new();
	checker->lists = wordlists_new();

	return checker;
}

void text_checker_free(struct text_checker *checker)
{
	if (!checker)
		return;

	wordlists_free(checker->lists);
	adverts_free(checker->adverts);
	free(checker);
}

enum status text_checker_refresh(struct call *c)
{
	return wordlists_refresh(c, content_checker(c)->lists);
}

void text_checker_want(struct call *c, const char *community_id)
{
	wordlists_want(content_checker(c)->lists, community_id);
	job_wake(c, WORD_LISTS_JOB);
}

static Content__TextReason *reason_new(struct arena *arena, Content__TextCause cause,
				       Content__TextVerdict verdict, Content__TextCategory category)
{
	Content__TextReason *reason = arena_alloc(arena, sizeof(*reason));

	content__text_reason__init(reason);
	reason->cause = cause;
	reason->verdict = verdict;
	reason->category = category;
	reason->start = reason->end = -1;

	return reason;
}

static int32_t signs_before(const char *text, size_t at)
{
	size_t n = 0;

	for (size_t i = 0; i < at; i++)
		n += ((unsigned char)text[i] & 0xC0) != 0x80;

	return (int32_t)n;
}

/* Where something stands, and its first signs. */
static void place(struct arena *arena, Content__TextReason *reason, const char *text, size_t start,
		  size_t end)
{
	size_t shown = 0, at = start;
	utf8proc_int32_t sign;

	for (; at < end && shown < EXCERPT_MAX; shown++)
		at += sign_next(text + at, end - at, &sign);
	if (!reason->word[0])
		reason->word = arena_copy(arena, text + start, at - start);
	reason->start = signs_before(text, start);
	reason->end = reason->start + signs_before(text + start, end - start);
}

/* The same for what stands somewhere in the normal text. */
static void place_normal(struct arena *arena, Content__TextReason *reason, const char *text,
			 const struct normal *normal, size_t start, size_t end)
{
	size_t last = normal->starts[end - 1];
	utf8proc_int32_t sign;

	place(arena, reason, text, normal->starts[start],
	      last + sign_next(text + last, strlen(text + last), &sign));
}

struct scan {
	struct arena *arena;
	const char *text;
	const struct normal *normal;
	Content__TextScan *result;
};

/* Keeps the hardest, and of like ones the first. */
static void add_reason(struct arena *arena, Content__TextReason ***list, size_t *n,
		       Content__TextReason *reason)
{
	size_t at;

	if (!*list)
		*list = arena_array(arena, REASONS_MAX + 1, sizeof(**list));
	for (at = *n; at > 0 && (*list)[at - 1]->verdict < reason->verdict; at--)
		(*list)[at] = (*list)[at - 1];
	(*list)[at] = reason;
	if (*n < REASONS_MAX)
		++*n;
}

static void word_found(void *user, const struct found_word *found)
{
	struct scan *scan = user;
	Content__TextScan *result = scan->result;
	Content__TextVerdict verdict = found->rejects ? REJECT : HOLD;

	/* It would not be kept. */
	if (result->n_reasons == REASONS_MAX &&
	    result->reasons[REASONS_MAX - 1]->verdict >= verdict)
		return;

	Content__TextReason *reason =
		reason_new(scan->arena, WORD, verdict, (Content__TextCategory)found->category);

	reason->word = arena_string(scan->arena, found->word);
	place_normal(scan->arena, reason, scan->text, scan->normal, found->start, found->end);
	add_reason(scan->arena, &result->reasons, &result->n_reasons, reason);
}

void text_scan(const struct text_checker *checker, struct arena *arena,
	       const struct wordlist *platform, const struct wordlist *community, const char *text,
	       Content__TextScan *ret)
{
	size_t size = strlen(text), start = 0, end = 0;
	struct normal normal = normal_of(checker->folding, arena, text, size);
	struct words words = words_of(checker->dictionary, arena, normal.text, normal.size);
	struct links links = links_of(text, size);
	struct scan scan = {arena, text, &normal, ret};

	content__text_scan__init(ret);
	if (platform) {
		ret->platform_version = wordlist_version(platform);
		wordlist_scan(platform, arena, &normal, &words, word_found, &scan);
	}
	if (community) {
		ret->community_version = wordlist_version(community);
		wordlist_scan(community, arena, &normal, &words, word_found, &scan);
	}
	ret->link_count = (int32_t)links.count;
	if (links.count) {
		ret->link = reason_new(arena, LINK, HOLD, ADVERTISING);
		place(arena, ret->link, text, links.start, links.end);
	}
	if (advert_is(checker->adverts, &normal, &links, &start, &end)) {
		Content__TextReason *reason = reason_new(arena, ADVERT, HOLD, ADVERTISING);

		if (end > start)
			place_normal(arena, reason, text, &normal, start, end);
		else
			place(arena, reason, text, links.start, links.end);
		add_reason(arena, &ret->reasons, &ret->n_reasons, reason);
	}
	if (words.count >= SIMHASH_WORDS_MIN)
		ret->fingerprint = (int64_t)simhash_of(&words);
}

/* Looking at a text takes longer than all the rest of a call: it is done once, however often the
 * handler is run. */
static enum status scan_once(struct call *c, const struct text *text, const char *whole,
			     Content__TextScan *ret)
{
	struct text_checker *checker = content_checker(c);
	struct wordlist *platform, *community;
	enum status status;

	content__text_scan__init(ret);
	if (sql_recall(c, &ret->base, &status))
		return status;

	platform = wordlists_get(checker->lists, PLATFORM_COMMUNITY);
	community = wordlists_get(checker->lists, text->community_id);
	text_scan(checker, c->arena, platform, community, whole, ret);
	wordlist_unref(platform);
	wordlist_unref(community);
	sql_remember(c, &ret->base, STATUS_OK);

	return STATUS_OK;
}

static enum status take(struct call *c, const struct text *text, const Content__TextScan *scan,
			Content__TextFacts *ret)
{
	Content__TextTake wanted = CONTENT__TEXT_TAKE__INIT;
	int32_t quarters[4];

	for (int i = 0; i < 4; i++)
		quarters[i] = (int32_t)((uint64_t)scan->fingerprint >> 16 * i & 0xFFFF);
	wanted.community_id = text->community_id;
	wanted.person_id = text->person_id;
	wanted.subject_id = text->subject_id;
	wanted.keep = text->subject_id[0] != '\0';
	wanted.fingerprint = scan->fingerprint;
	wanted.quarters = quarters;
	wanted.n_quarters = 4;

	return sql_text_take(c, &wanted, ret);
}

/* Words that have changed are looked for once they are read; where none of the list has been read
 * yet, the text waits. */
static enum status lists_are_read(struct call *c, const struct text *text,
				  const Content__TextScan *scan, const Content__TextFacts *facts)
{
	bool platform = scan->platform_version || !facts->platform_version;
	bool community = scan->community_version || !facts->community_version;

	if (scan->community_version != facts->community_version)
		text_checker_want(c, text->community_id);
	if (scan->platform_version != facts->platform_version)
		job_wake(c, WORD_LISTS_JOB);

	return platform && community
		       ? STATUS_OK
		       : call_retry(c, STATUS_UNAVAILABLE, "TEXT_CHECK_NOT_READY", NOT_READY_US);
}

static bool is_over(int32_t limit, int64_t count)
{
	return limit > 0 && count >= limit;
}

static bool is_too_fast(const Content__TextFacts *facts)
{
	const Content__TextSettings *s = facts->settings;

	return is_over(facts->newcomer ? s->newcomer_hour_limit : s->member_hour_limit,
		       facts->hour_count) ||
	       is_over(facts->newcomer ? s->newcomer_day_limit : s->member_day_limit,
		       facts->day_count);
}

/* What the facts make of what was found. */
static void judge(struct arena *arena, const Content__TextScan *scan,
		  const Content__TextFacts *facts, Content__TextCheck *ret)
{
	const Content__TextSettings *settings = facts->settings;

	for (size_t i = 0; i < scan->n_reasons; i++) {
		Content__TextReason *reason = scan->reasons[i];

		if (facts->staff ? reason->verdict == REJECT
				 : reason->cause == WORD || settings->hold_advertisements)
			add_reason(arena, &ret->reasons, &ret->n_reasons, reason);
	}
	if (!facts->staff && scan->link_count &&
	    (facts->newcomer || is_over(settings->max_links, scan->link_count - 1)))
		add_reason(arena, &ret->reasons, &ret->n_reasons, scan->link);
	if (!facts->staff && facts->duplicate_id[0]) {
		Content__TextReason *reason = reason_new(arena, DUPLICATE, HOLD, QUALITY);

		reason->subject_id = facts->duplicate_id;
		add_reason(arena, &ret->reasons, &ret->n_reasons, reason);
	}
	if (!facts->staff && is_too_fast(facts))
		add_reason(arena, &ret->reasons, &ret->n_reasons,
			   reason_new(arena, RATE, REJECT, QUALITY));
	ret->verdict = ret->n_reasons ? ret->reasons[0]->verdict : ALLOW;
	ret->platform_version = scan->platform_version;
	ret->community_version = scan->community_version;
}

static enum status check(struct call *c, const struct text *text, Content__TextCheck *ret,
			 Content__TextFacts *ret_facts)
{
	Content__TextScan scan;
	const char *whole = text->body;

	if (text->title[0])
		whole = arena_printf(c->arena, "%s\n%s", text->title, whole);
	if (text->alt_texts[0])
		whole = arena_printf(c->arena, "%s\n%s", whole, text->alt_texts);
	TRY(scan_once(c, text, whole, &scan));
	TRY(take(c, text, &scan, ret_facts));
	TRY(lists_are_read(c, text, &scan, ret_facts));
	judge(c->arena, &scan, ret_facts, ret);

	return STATUS_OK;
}

enum status text_check(struct call *c, const struct text *text, Content__TextCheck *ret)
{
	Content__TextFacts facts = CONTENT__TEXT_FACTS__INIT;

	return check(c, text, ret, &facts);
}

static int64_t time_us(const Google__Protobuf__Timestamp *time)
{
	return time ? time->seconds * 1000000 + time->nanos / 1000 : 0;
}

static enum status too_fast(struct call *c, const Content__TextFacts *facts)
{
	int64_t free_us = time_us(facts->free_time);

	return call_retry(c, STATUS_RESOURCE_EXHAUSTED, "RATE_EXCEEDED",
			  free_us > c->now_us ? free_us - c->now_us : 1000000);
}

static enum status rejected(struct call *c, const Content__TextReason *why)
{
	static const char *const categories[] = {"UNSPECIFIED", "SPEECH", "QUALITY", "ADVERTISING",
						 "PRIVACY"};

	(void)call_fail(c, STATUS_FAILED_PRECONDITION, "TEXT_REJECTED",
			"the text has what must not be said here");
	call_fact(c, "cause", "WORD");
	call_fact(c, "category", categories[why->category]);
	call_fact(c, "word", why->word);
	call_fact(c, "start", arena_printf(c->arena, "%d", why->start));
	call_fact(c, "end", arena_printf(c->arena, "%d", why->end));

	return STATUS_FAILED_PRECONDITION;
}

enum status text_admit(struct call *c, const struct text *text, bool *ret_held,
		       Content__TextReason *ret_why)
{
	Content__TextCheck found = CONTENT__TEXT_CHECK__INIT;
	Content__TextFacts facts = CONTENT__TEXT_FACTS__INIT;

	*ret_held = false;
	if (c->caller->kind != CALLER_PERSON)
		return STATUS_OK;

	TRY(check(c, text, &found, &facts));
	if (found.verdict == REJECT)
		return found.reasons[0]->cause == RATE ? too_fast(c, &facts)
						       : rejected(c, found.reasons[0]);
	*ret_held = found.verdict == HOLD;
	if (*ret_held)
		*ret_why = *found.reasons[0];

	return STATUS_OK;
}

enum status content_check_text(struct call *c, const Content__CheckTextRequest *req,
			       Content__TextCheck *found)
{
	const struct text text = {req->community_id, req->person_id, "", req->title, req->body, ""};

	return text_check(c, &text, found);
}

enum status content_get_text_settings(struct call *c, const Content__GetTextSettingsRequest *req,
				      Content__TextSettings *settings)
{
	return sql_text_settings_get(c, req, settings);
}

enum status content_update_text_settings(struct call *c,
					 const Content__UpdateTextSettingsRequest *req,
					 Content__TextSettings *settings)
{
	return sql_text_settings_put(c, req, settings);
}

enum status text_print_expire(struct call *c, bool *ret_worked)
{
	Content__ExpiredPrints expired = CONTENT__EXPIRED_PRINTS__INIT;

	TRY(sql_text_print_expire(c, &expired));
	*ret_worked = expired.count > 0;

	return STATUS_OK;
}
