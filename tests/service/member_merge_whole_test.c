/* Merged persons and everything that is kept of them: each column that names a person is accounted
 * for, and merged and parted is as never merged, row for row. */
#include <string.h>

#include "kith/member/v1/duty.pb-c.h"
#include "kith/member/v1/onboarding.pb-c.h"
#include "kith_methods.h"
#include "member/member.h"
#include "merge_words.h"

/* What becomes of a column that names a person when he is merged. */
enum fate {
	GOES_OVER, /* every row of the merged one is the survivor's, but for those that say why */
	FILLED_IN, /* the merged one keeps his rows, and the survivor has what they say */
	SUMMED,    /* the merged one keeps his rows, and readers read them as the survivor's */
	STAYS,     /* as it was written */
};

static const char signature[] = "who did it signs with the id he had; it leads to the survivor";
static const char passing[] = "news and answers on their way";

static const struct {
	const char *column;
	enum fate fate;
	const char *why;
} columns[] = {
	{"accepted_answer.person_id", SUMMED, "evidence counts those under any id"},
	{"api_key.person_id", SUMMED, "a key acts for who its person is now"},
	{"community.owner_person_id", GOES_OVER, "with the membership"},
	{"contact.other_person_id", SUMMED, "what a tie is made of"},
	{"contact.person_id", SUMMED, "what a tie is made of"},
	{"contribution.person_id", GOES_OVER, "shown while its person is a member"},
	{"designation.person_id", FILLED_IN, "says nothing while its person is no member"},
	{"duty.person_id", GOES_OVER, "the merged one's is revoked; its version goes on"},
	{"entitlement.person_id", FILLED_IN, "the one that lasts longer"},
	{"erasure.actor_person_id", STAYS, signature},
	{"erasure.person_id", STAYS, "nobody is merged who was erased"},
	{"identity.person_id", GOES_OVER, "he goes by it"},
	{"interest.person_id", SUMMED, "sums of traces"},
	{"interest_trace.person_id", SUMMED, "news of a trace name the id that left it"},
	{"invitation.inviter_person_id", GOES_OVER, "he may revoke it, and has a quota"},
	{"invitation.target_person_id", GOES_OVER, "he may use it"},
	{"invitation_use.person_id", SUMMED, "whether he came by it, under any id"},
	{"join_request.decider_person_id", STAYS, signature},
	{"join_request.inviter_person_id", STAYS, "followed when the request is approved"},
	{"join_request.person_id", GOES_OVER, "he asks once"},
	{"journey_step.person_id", FILLED_IN, "each step at the earlier time"},
	{"journey_step.set_by_person_id", STAYS, signature},
	{"kol.person_id", FILLED_IN, "the higher stage"},
	{"kol_change.by_person_id", STAYS, signature},
	{"kol_change.person_id", SUMMED, "a log: listed under all ids"},
	{"level_change.person_id", SUMMED, "a log: listed under all ids"},
	{"member_audit.actor_person_id", STAYS, signature},
	{"member_audit.person_id", SUMMED, "a log: listed under all ids"},
	{"member_day.person_id", SUMMED, "news of a day name the id that did it"},
	{"membership.inviter_person_id", STAYS, "a name; reports and trees follow it"},
	{"membership.person_id", FILLED_IN, "one stands for both; the other's row is MERGED"},
	{"onboarding_done.person_id", SUMMED, "done under any id is done"},
	{"outbox.other_person_id", STAYS, passing},
	{"outbox.person_id", STAYS, passing},
	{"outbox_dead.other_person_id", STAYS, passing},
	{"outbox_dead.person_id", STAYS, passing},
	{"outbox_late.other_person_id", STAYS, passing},
	{"outbox_late.person_id", STAYS, passing},
	{"person.merged_into_person_id", STAYS, "it is what a merge says"},
	{"person.person_id", STAYS, "it is what is merged"},
	{"person_attribute.person_id", FILLED_IN, "what the survivor has not said"},
	{"person_merge.merged_person_id", STAYS, "what was merged before"},
	{"person_merge.person_id", STAYS, "what was merged before"},
	{"portfolio.person_id", FILLED_IN, "a count of duties"},
	{"reached.by_person_id", SUMMED, "counted as who he is now"},
	{"reached.person_id", SUMMED, "whom he reaches under any id"},
	{"real_document.person_id", GOES_OVER, "with its review"},
	{"referral.inviter_person_id", SUMMED, "whom he brought under any id"},
	{"referral.person_id", SUMMED, "goes over only with the number that he came under"},
	{"replica_duty.person_id", STAYS, "the other services keep copies; none is here"},
	{"replica_membership.person_id", STAYS, "the other services keep copies; none is here"},
	{"rule_acceptance.person_id", STAYS, "a declaration; membership.rules_version goes over"},
	{"rule_set.publisher_person_id", STAYS, signature},
	{"sanction.judge_person_id", STAYS, signature},
	{"sanction.person_id", GOES_OVER, "so that the ladder of sanctions forgets nothing"},
	{"split.pinned_person_ids", SUMMED, "the plan pins who it is now"},
	{"split_move.person_id", STAYS, "who has changed since the plan is not moved"},
	{"standing.person_id", FILLED_IN, "follows from days"},
	{"stay.inviter_person_id", STAYS, "a name; reports follow it"},
	{"stay.person_id", SUMMED, "listed under all ids"},
	{"subscription.person_id", GOES_OVER, "the plan that ends later"},
	{"subscription_event.actor_person_id", STAYS, signature},
	{"subscription_event.person_id", GOES_OVER, "what was paid can be paid back"},
	{"tie.other_person_id", SUMMED, "a plan reads who it is now"},
	{"tie.person_id", SUMMED, "a plan reads who it is now"},
	{"verification.person_id", GOES_OVER, "he is reviewed once"},
	{"violation_case.reviewer_person_id", STAYS, signature},
	{"violation_case.subject_person_id", GOES_OVER, "so that nothing is forgotten"},
	{"violation_report.reporter_person_id", GOES_OVER, "he reports once, and has a record"},
	{"violation_step.actor_person_id", STAYS, signature},
};

#define N_COLUMNS (sizeof(columns) / sizeof(columns[0]))

/* Two persons and who is about them, by the short names of their world. */
struct world {
	const char *name;
	const char *a, *b, *x; /* who */
	const char *both, *his, *asked,
		*late; /* communities: of both, of b, that both ask, to come */
};

static const char *in(struct suite *s, const struct world *w, const char *who)
{
	return arena_printf(suite_arena(s), "%s of %s", who, w->name);
}

/* Words for a world's ids in what follows: $a $b $x $both $his $asked $late, and $k for itself. */
static const char *spelled(struct suite *s, const struct world *w, const char *sql)
{
	const struct {
		const char *word, *id;
	} words[] = {
		{"$asked", w->asked}, {"$both", w->both}, {"$late", w->late}, {"$his", w->his},
		{"$a", w->a},         {"$b", w->b},       {"$x", w->x},       {"$k", w->name},
	};
	const char *ret = "";

	while (*sql) {
		size_t i = 0, n = sizeof(words) / sizeof(words[0]);

		while (i < n && strncmp(sql, words[i].word, strlen(words[i].word)) != 0)
			i++;
		ret = i < n ? arena_printf(suite_arena(s), "%s%s", ret, words[i].id)
			    : arena_printf(suite_arena(s), "%s%c", ret, *sql);
		sql += i < n ? strlen(words[i].word) : 1;
	}

	return ret;
}

/* A row of each kind that the calls below do not make. */
static const char *const rows[] = {
	"INSERT INTO member.api_key (key_id, secret_hash, name, scopes, person_id, "
	"create_time) VALUES ('key $k', '', '', '{}', '$b', now())",
	"INSERT INTO member.person_attribute (person_id, name, value, update_time) VALUES "
	"('$a', 'city', 'Bonn', now()), ('$b', 'city', 'Ulm', now()), ('$b', 'job', "
	"'cook', now())",
	"INSERT INTO member.identity (kind, external_id, person_id, link_time) VALUES "
	"('WECHAT', '$b', '$b', now())",
	"INSERT INTO member.entitlement (person_id, key, grant_time) VALUES ('$b', "
	"'course', now())",
	"INSERT INTO member.subscription (community_id, person_id, plan_id, state, "
	"start_time, end_time, grace_end_time) VALUES ('$both', '$a', '$x', 'ACTIVE', "
	"now(), now() + interval '1 day', now() + interval '1 day'), ('$both', '$b', '$x', "
	"'ACTIVE', now(), now() + interval '2 days', now() + interval '2 days')",
	"INSERT INTO member.subscription_event (community_id, person_id, version, kind, "
	"state, plan_id, amount, currency, end_time, event_time, actor_person_id) VALUES "
	"('$both', '$b', 1, 'STARTED', 'ACTIVE', '$x', 7, 'EUR', now(), now(), '$b')",
	"INSERT INTO member.join_request (community_id, join_request_id, person_id, "
	"questions, answers, inviter_person_id, create_time, expire_time) VALUES "
	"('$asked', md5('$k 1')::uuid, '$a', '{}', '{}', '$x', now(), now() + interval '1 "
	"day'), ('$asked', md5('$k 2')::uuid, '$b', '{}', '{}', '$x', now(), now() + "
	"interval '1 day'), ('$his', md5('$k 3')::uuid, '$a', '{}', '{}', '$b', now(), "
	"now() + interval '1 day')",
	"INSERT INTO member.join_request (community_id, join_request_id, person_id, state, "
	"questions, answers, create_time, expire_time, decide_time, decider_person_id) "
	"VALUES ('$both', md5('$k 4')::uuid, '$b', 'APPROVED', '{}', '{}', now(), now(), "
	"now(), '$b')",
	"INSERT INTO member.invitation (community_id, invitation_id, code, "
	"inviter_person_id, target_person_id, max_uses, use_count, create_time) VALUES "
	"('$both', md5('$k 1')::uuid, '$k 1', '$b', '$x', 1, 0, now()), ('$both', md5('$k "
	"2')::uuid, '$k 2', '$x', '$b', 1, 1, now())",
	"INSERT INTO member.invitation_use (community_id, invitation_id, person_id, "
	"use_time) VALUES ('$both', md5('$k 2')::uuid, '$b', now())",
	"INSERT INTO member.referral (community_id, person_id, inviter_person_id) VALUES "
	"('$both', '$x', '$b'), ('$his', '$b', '$x')",
	"INSERT INTO member.stay (community_id, person_id, sequence, state, join_time, "
	"leave_time, leave_reason, source, campaign, scene, inviter_person_id) VALUES "
	"('$both', '$b', 1, 'LEFT', now() - interval '9 days', now() - interval '8 days', "
	"'', '', '', '', '$x')",
	"INSERT INTO member.verification (person_id, verification_id, state, masked_name, "
	"document_kind, document_tail, document_hash, create_time, decide_time) VALUES "
	"('$b', md5('$k')::uuid, 'VERIFIED', 'K**', 'PASSPORT', '1234', sha256('$k'), "
	"now(), now())",
	"INSERT INTO member.real_document VALUES (sha256('$k'), '$b')",
	"INSERT INTO member.member_audit (community_id, audit_id, actor_key_id, "
	"actor_person_id, person_id, attribute_names, reason, create_time) VALUES "
	"('$both', md5('$k')::uuid, '', '$b', '$b', '{}', '', now())",
	"INSERT INTO member.contribution (community_id, contribution_id, person_id, kind, "
	"text, availability, create_time, update_time) VALUES ('$both', md5('$k')::uuid, "
	"'$b', 'SKILLS', 'welding', '', now(), now())",
	"INSERT INTO member.interest_trace (community_id, person_id, subject_id, source, "
	"version, kind, tag, amount, occur_time) VALUES ('$both', '$b', '$x', 'POST', 1, "
	"'INTEREST', 'tea', 3, now())",
	"INSERT INTO member.interest VALUES ('$both', '$b', 'INTEREST', 'tea', 3, 1, 0, "
	"0), ('$both', '$a', 'INTEREST', 'tea', 3, 1, 0, 0)",
	"INSERT INTO member.rule_set (community_id, version, publisher_person_id, "
	"publish_time, force_time, pending) VALUES ('$both', 1, '$b', now(), now(), false)",
	"INSERT INTO member.rule_acceptance (community_id, version, person_id, "
	"accept_time) VALUES ('$both', 1, '$b', now())",
	"INSERT INTO member.violation_case (community_id, case_id, subject_person_id, "
	"subject_id, category, state, priority, reviewer_person_id, create_time, "
	"update_time, judge_time) VALUES ('$both', md5('$k 1')::uuid, '$b', '$b', "
	"'SPEECH', 'UPHELD', 1, '$x', now(), now(), now()), ('$both', md5('$k 2')::uuid, "
	"'$x', '$x', 'SPEECH', 'UPHELD', 1, '$b', now(), now(), now())",
	"INSERT INTO member.violation_report (community_id, report_id, case_id, "
	"subject_id, reporter_person_id, category, evidence, note, weight, report_time) "
	"VALUES ('$both', md5('$k 2')::uuid, md5('$k 2')::uuid, '$x', '$b', 'SPEECH', '', "
	"'', 500, now())",
	"INSERT INTO member.violation_step (community_id, case_id, version, deed, "
	"actor_person_id, step_time, from_state, to_state, note) VALUES ('$both', md5('$k "
	"2')::uuid, 1, 'OPENED', '$b', now(), '', 'OPEN', '')",
	"INSERT INTO member.sanction (community_id, sanction_id, case_id, person_id, kind, "
	"start_time, judge_person_id, note, put_out) VALUES ('$both', md5('$k 1')::uuid, "
	"md5('$k 1')::uuid, '$b', 'WARN', now(), '$x', '', false), ('$both', md5('$k "
	"2')::uuid, md5('$k 2')::uuid, '$x', 'WARN', now(), '$b', '', false)",
	"INSERT INTO member.onboarding_done VALUES ('$both', '$b', 0, 1, now())",
	"INSERT INTO member.kol (community_id, person_id, track, stage, create_time, "
	"update_time) VALUES ('$both', '$a', 'KOL', 'PROSPECT', now(), now()), ('$both', "
	"'$b', 'KOL', 'KOL', now(), now()), ('$his', '$b', 'MANAGER', 'CANDIDATE', now(), "
	"now())",
	"INSERT INTO member.kol_change (community_id, person_id, track, version, to_stage, "
	"forced, reason, by_person_id, change_time, post_weeks, post_count, answer_count, "
	"engaged_weeks, reach, member_days, muted) VALUES ('$both', '$b', 'KOL', 1, 'KOL', "
	"true, '', '$x', now(), 0, 0, 0, 0, 0, 0, false)",
	"INSERT INTO member.reached VALUES ('$both', '$b', '$x', now()), ('$both', '$x', "
	"'$b', now())",
	"INSERT INTO member.designation VALUES ('$both', 'tea', '$b', 1, now() + interval "
	"'1 s'), ('$both', 'old', '$a', 1, now() - interval '9 days')",
	"INSERT INTO member.tie VALUES ('$both', LEAST('$b'::uuid, '$x'), "
	"GREATEST('$b'::uuid, '$x'), 'content', 3)",
	"INSERT INTO member.contact (community_id, person_id, subject_id, other_person_id, "
	"weight, version) VALUES ('$both', '$b', md5('$k')::uuid, '$x', 3, 1)",
	"INSERT INTO member.split (community_id, split_id, reason, strategy, state, "
	"min_size, max_size, attribute, pinned_person_ids, create_time, update_time) "
	"VALUES ('$both', md5('$k')::uuid, 'HEAD_COUNT', 'FILL', 'CANCELLED', 0, 0, '', "
	"'{$b}', now(), now())",
	"INSERT INTO member.split_move (community_id, split_id, number, person_id, "
	"position) VALUES ('$both', md5('$k')::uuid, 2, '$b', 1)",
};

/* All rows of a world with its ids as words, but times, versions, numbers of rows, and what only
 * holds the place of what was: memberships that are MERGED, revoked duties, empty portfolios. Logs
 * of what was reached have a test of their own. */
static const char print_function[] =
	"CREATE FUNCTION member.print(ids text[], words text[]) RETURNS text LANGUAGE plpgsql AS "
	"$f$ DECLARE t text; got text[]; lines text[] := '{}'; ret text; BEGIN "
	"FOR t IN SELECT DISTINCT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = "
	"c.oid WHERE c.relnamespace = 'member'::regnamespace AND c.relkind IN ('r', 'p') AND NOT "
	"c.relispartition AND a.attname LIKE '%%person_id%%' AND c.relname NOT IN ('outbox', "
	"'outbox_late', 'outbox_dead', 'person_merge', 'level_change') LOOP "
	"EXECUTE format('SELECT array_agg(%%L || (SELECT string_agg(key || ''='' || value, '' '' "
	"ORDER BY key) FROM jsonb_each_text(r) WHERE key !~ ''_(time|version|hash)$|^(version|"
	"sequence|last_number|external_id|code|key_id)$'')) FROM (SELECT to_jsonb(m) AS r FROM "
	"member.%%I m) AS x WHERE r::text ~ %%L AND NOT (r ->> ''state'' = ''MERGED'' AND %%L = "
	"''membership'') AND NOT (%%L = ''duty'' AND r ->> ''revoke_time'' IS NOT NULL) AND NOT "
	"(%%L = ''portfolio'' AND r ->> ''community_count'' = ''0'')', t || ': ', t, "
	"array_to_string(ids, '|'), t, t, t) INTO got; lines := lines || got; END LOOP; "
	"SELECT string_agg(line, E'\\n' ORDER BY line) INTO ret FROM unnest(lines) AS l (line); "
	"FOR i IN 1 .. cardinality(ids) LOOP ret := replace(ret, ids[i], words[i]); END LOOP; "
	"SELECT string_agg(line, E'\\n' ORDER BY line) INTO ret FROM regexp_split_to_table(ret, "
	"E'\\n') AS l (line); RETURN ret; END $f$";

static const char *print(struct suite *s, const struct world *w)
{
	return arena_string(
		suite_arena(s),
		postgres_text(suite_database(s), "%s",
			      spelled(s, w,
				      "SELECT member.print(ARRAY['$a', '$b', '$x', '$both', "
				      "'$his', '$asked', '$late', md5('$k')::uuid::text, "
				      "md5('$k 1')::uuid::text, md5('$k 2')::uuid::text, "
				      "md5('$k 3')::uuid::text, md5('$k 4')::uuid::text, '$k'], "
				      "ARRAY['A', 'B', 'X', 'BOTH', 'HIS', 'ASKED', 'LATE', 'K', "
				      "'K1', 'K2', 'K3', 'K4', 'WORLD'])")));
}

/* The lines of one text that the other one lacks, each with a sign before it. */
static const char *lacking(struct suite *s, const char *text, const char *other, char sign)
{
	const char *ret = "";

	for (const char *end; *text; text = *end ? end + 1 : end) {
		const char *line;

		end = strchr(text, '\n');
		end = end ? end : text + strlen(text);
		line = arena_printf(suite_arena(s), "%.*s", (int)(end - text), text);
		if (!strstr(other, line))
			ret = arena_printf(suite_arena(s), "%s%c %s\n", ret, sign, line);
	}

	return ret;
}

#define EXPECT_SAME(a, b)                                                                          \
	EXPECT_TEXT(arena_printf(suite_arena(s), "%s%s", lacking(s, a, b, '+'),                    \
				 lacking(s, b, a, '-')),                                           \
		    "")

static void assign(struct suite *s, const struct world *w, const char *who, const char *community)
{
	Member__AssignDutyRequest request = MEMBER__ASSIGN_DUTY_REQUEST__INIT;
	Member__AssignDutyResponse reply = MEMBER__ASSIGN_DUTY_RESPONSE__INIT;
	Member__DutyKind kinds[] = {MEMBER__DUTY_KIND__DUTY_KIND_CONTENT};

	request.person_id = person(s, in(s, w, who));
	request.community_ids = &community;
	request.n_community_ids = 1;
	request.role = MEMBER__DUTY_ROLE__DUTY_ROLE_MODERATOR;
	request.kinds = kinds;
	request.n_kinds = 1;
	EXPECT_OK(suite_call_as_platform(s, method_member_assign_duty, &request, &reply));
}

/* The persons of the two worlds stand in one order, so that pairs of them do as well. */
static struct world given_world(struct suite *s, const char *name)
{
	struct world w = {.name = name};

	w.both = given_community(s);
	w.his = given_community(s);
	w.asked = given_community(s);
	w.late = given_community(s);
	w.a = person(s, in(s, &w, "a"));
	w.b = person(s, in(s, &w, "b"));
	w.x = person(s, in(s, &w, "x"));
	given_hundreds(s, w.both);
	EXPECT_OK(join(s, w.both, in(s, &w, "b")));
	EXPECT_OK(join(s, w.both, in(s, &w, "a")));
	EXPECT_OK(join(s, w.both, in(s, &w, "x")));
	EXPECT_OK(join(s, w.his, in(s, &w, "x")));
	EXPECT_OK(join(s, w.his, in(s, &w, "b")));
	EXPECT_OK(give_role(s, w.both, in(s, &w, "b"), MEMBER__ROLE__ROLE_EXPERT));
	assign(s, &w, "a", w.both);
	assign(s, &w, "b", w.both);
	assign(s, &w, "b", w.his);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		postgres_text(suite_database(s), "%s", spelled(s, &w, rows[i]));
	for (int32_t i = 0; i < 6; i++) {
		tell_day(s, w.both, in(s, &w, "a"), "POST", 2 * i, 2);
		tell_day(s, w.both, in(s, &w, "b"), "COMMENT", 3 * i, 5);
		tell_day(s, w.his, in(s, &w, "b"), "POST", i, 1);
	}

	return w;
}

/* What goes on whether they are merged or not: a acts, and late news of b come in. */
static void goes_on(struct suite *s, const struct world *w)
{
	Member__CompleteOnboardingStepRequest step = MEMBER__COMPLETE_ONBOARDING_STEP_REQUEST__INIT;
	Member__Onboarding onboarding = MEMBER__ONBOARDING__INIT;

	EXPECT_OK(join(s, w->late, in(s, w, "a")));
	assign(s, w, "a", w->late);
	say(s, in(s, w, "a"), "hobby", "chess", MEMBER__VISIBILITY__VISIBILITY_MEMBERS, false);
	for (int32_t i = 0; i < 5; i++)
		tell_day(s, w->both, in(s, w, "a"), "POST", 2 * i + 1, 3);
	tell_day(s, w->both, in(s, w, "b"), "COMMENT", 20, 9);
	tell_day(s, w->late, in(s, w, "a"), "POST", 0, 1);
	step.community_id = w->both;
	step.person_id = w->a;
	step.step = 3;
	EXPECT_OK(suite_call_as_platform(s, method_member_complete_onboarding_step, &step,
					 &onboarding));
}

static void every_column_that_names_a_person_is_accounted_for(void **state)
{
	struct suite *s = *state;
	const char *known = "''";

	for (size_t i = 0; i < N_COLUMNS; i++) {
		assert_true(*columns[i].why);
		known = arena_printf(suite_arena(s), "%s, '%s'", known, columns[i].column);
	}
	EXPECT_TEXT(
		postgres_text(suite_database(s),
			      "SELECT string_agg(name, ' ') FROM (SELECT c.relname || '.' || "
			      "a.attname AS name FROM pg_class c JOIN pg_attribute a ON "
			      "a.attrelid = c.oid WHERE c.relnamespace = 'member'::regnamespace "
			      "AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND "
			      "a.attnum > 0 AND a.atttypid IN ('uuid'::regtype, "
			      "'uuid[]'::regtype) AND a.attname LIKE '%%person_id%%' AND NOT "
			      "a.attisdropped) AS all_columns WHERE name NOT IN (%s)",
			      known),
		"");
	EXPECT_INT(postgres_int(suite_database(s),
				"SELECT count(*) FROM unnest(ARRAY[%s]) AS k (name) WHERE name <> "
				"'' AND NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = "
				"to_regclass('member.' || split_part(name, '.', 1)) AND attname = "
				"split_part(name, '.', 2))",
				known),
		   0);
}

/* How many rows of the column name the person. */
static int64_t rows_of(struct suite *s, const char *column, const char *person_id)
{
	const char *dot = strchr(column, '.');

	return postgres_int(suite_database(s),
			    "SELECT count(*) FROM member.%.*s WHERE '%s' = ANY (ARRAY[%s]::uuid[])",
			    (int)(dot - column), column, person_id, dot + 1);
}

static void rows_go_where_it_is_said(void **state)
{
	struct suite *s = *state;
	struct world w = given_world(s, "world one");
	int64_t before[N_COLUMNS];

	for (size_t i = 0; i < N_COLUMNS; i++)
		before[i] = rows_of(s, columns[i].column, w.b);
	merged(s, in(s, &w, "a"), in(s, &w, "b"));
	for (size_t i = 0; i < N_COLUMNS; i++) {
		int64_t now = rows_of(s, columns[i].column, w.b);
		int64_t survivors = rows_of(s, columns[i].column, w.a);

		if (strcmp(columns[i].column, "duty.person_id") == 0)
			EXPECT_INT(postgres_int(suite_database(s),
						"SELECT count(*) FROM member.duty WHERE person_id "
						"= '%s' AND revoke_time IS NULL",
						w.b),
				   0);
		else if (columns[i].fate == GOES_OVER)
			EXPECT_INT(now, 0);
		else if (strstr(columns[i].column, "referral.person"))
			EXPECT_INT(now, before[i] - 1);
		else if (strncmp(columns[i].column, "outbox", 6) != 0 &&
			 strncmp(columns[i].column, "person", 6) != 0)
			EXPECT_INT(now, before[i]);
		if (columns[i].fate == FILLED_IN || (columns[i].fate == GOES_OVER && before[i] > 0))
			assert_true(survivors > 0);
	}
}

static void parted_at_once_every_row_is_as_before(void **state)
{
	struct suite *s = *state;
	struct world w = given_world(s, "world two");
	const char *before = print(s, &w);

	EXPECT_INT(parted(s, merged(s, in(s, &w, "a"), in(s, &w, "b"))), 0);
	EXPECT_SAME(print(s, &w), before);
	EXPECT_INT(parted(s, merged(s, in(s, &w, "b"), in(s, &w, "a"))), 0);
	EXPECT_SAME(print(s, &w), before);
}

/* The other world is the same but for the merge: what was done meanwhile stays with who did it. */
static void parted_later_every_row_is_as_if_never_merged(void **state)
{
	struct suite *s = *state;
	struct world here = given_world(s, "world three"), there = given_world(s, "world four");
	const char *merge;

	EXPECT_SAME(print(s, &here), print(s, &there));
	merge = merged(s, in(s, &here, "a"), in(s, &here, "b"));
	goes_on(s, &here);
	goes_on(s, &there);
	EXPECT_INT(parted(s, merge), 0);
	EXPECT_SAME(print(s, &here), print(s, &there));
}

static int start(void **state)
{
	int ret = suite_setup(state, (const struct service *const[]){&member_service, NULL});

	if (ret == 0)
		postgres_text(suite_database(*state), print_function);

	return ret;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_column_that_names_a_person_is_accounted_for),
		cmocka_unit_test(rows_go_where_it_is_said),
		cmocka_unit_test(parted_at_once_every_row_is_as_before),
		cmocka_unit_test(parted_later_every_row_is_as_if_never_merged),
	};

	return cmocka_run_group_tests_name("member: merged, row for row", tests, start,
					   suite_teardown);
}
