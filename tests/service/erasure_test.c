/* Forgetting a person everywhere: a mark is put into every text of his that the services take, and
 * afterwards is in no column of any table, while the totals are what they were. */
#include <sched.h>
#include <string.h>

#include "activity/activity.h"
#include "base/clock.h"
#include "content/content.h"
#include "evaluation/evaluation.h"
#include "export_words.h"
#include "given.h"
#include "kith/activity/v1/event.pb-c.h"
#include "kith/activity/v1/registration.pb-c.h"
#include "kith/content/v1/announcement.pb-c.h"
#include "kith/content/v1/calendar.pb-c.h"
#include "kith/content/v1/comment.pb-c.h"
#include "kith/content/v1/post.pb-c.h"
#include "kith/content/v1/question.pb-c.h"
#include "kith/content/v1/reaction.pb-c.h"
#include "kith/content/v1/ticket.pb-c.h"
#include "kith/evaluation/v1/metric.pb-c.h"
#include "kith/member/v1/api_key.pb-c.h"
#include "kith/member/v1/card.pb-c.h"
#include "kith/member/v1/contribution.pb-c.h"
#include "kith/member/v1/portrait.pb-c.h"
#include "kith/member/v1/privacy.pb-c.h"
#include "kith_methods.h"
#include "member/member.h"

#define PATIENCE_US INT64_C(30000000)

/* Every row of every table of the four schemas as text, bytes in hex: how many hold the mark. */
static int64_t rows_marked(struct suite *s, const char *schema, const char *mark)
{
	return postgres_int(
		suite_database(s),
		"SELECT sum((xpath('/row/n/text()', query_to_xml(format("
		"'SELECT count(*) AS n FROM %%I.%%I AS t WHERE position(%%L IN t::text) > 0 "
		"OR position(%%L IN t::text) > 0', table_schema, table_name, '%s', "
		"encode(convert_to('%s', 'UTF8'), 'hex')), false, true, '')))[1]::text::bigint) "
		"FROM information_schema.tables WHERE table_type = 'BASE TABLE' "
		"AND table_schema = '%s'",
		mark, mark, schema);
}

static const char *const schemas[] = {"member", "content", "activity", "evaluation"};

/* Returns once no service has anything to tell or to count any more. */
static void settle(struct suite *s)
{
	int64_t until = clock_mono_us() + PATIENCE_US;

	suite_settle(s);
	while (postgres_int(suite_database(s),
			    "SELECT (SELECT count(*) FROM content.post WHERE indexed_version <> "
			    "version) + (SELECT count(*) FROM content.comment WHERE "
			    "indexed_version <> version) + (SELECT count(*) FROM "
			    "member.membership WHERE indexed_version <> version) + "
			    "(SELECT count(*) FROM evaluation.pending) + "
			    "(SELECT count(*) FROM evaluation.dirty) + "
			    "(SELECT count(*) FROM evaluation.waiting)") > 0) {
		assert_true(clock_mono_us() < until);
		sched_yield();
	}
}

static const char *post(struct suite *s, const char *community, const char *author,
			const char *words, const char *topic, Content__PostState state)
{
	Content__CreatePostRequest request = CONTENT__CREATE_POST_REQUEST__INIT;
	Content__Post wanted = CONTENT__POST__INIT, made = CONTENT__POST__INIT;

	wanted.author_person_id = person(s, author);
	wanted.title = wanted.body = wanted.source_name = words;
	wanted.topic = topic;
	wanted.state = state;
	request.community_id = community;
	request.post = &wanted;
	EXPECT_OK(suite_call(s, method_content_create_post, &request, &made));

	return made.post_id;
}

static void remove_post(struct suite *s, const char *community, const char *post_id)
{
	Content__RemovePostRequest request = CONTENT__REMOVE_POST_REQUEST__INIT;
	Content__Post removed = CONTENT__POST__INIT;

	request.community_id = community;
	request.post_id = post_id;
	EXPECT_OK(suite_call(s, method_content_remove_post, &request, &removed));
}

static const char *comment(struct suite *s, const char *community, const char *post_id,
			   const char *author, const char *words)
{
	Content__CreateCommentRequest request = CONTENT__CREATE_COMMENT_REQUEST__INIT;
	Content__Comment wanted = CONTENT__COMMENT__INIT, made = CONTENT__COMMENT__INIT;

	wanted.author_person_id = person(s, author);
	wanted.body = words;
	request.community_id = community;
	request.post_id = post_id;
	request.comment = &wanted;
	EXPECT_OK(suite_call(s, method_content_create_comment, &request, &made));

	return made.comment_id;
}

static void react(struct suite *s, const char *community, const char *target, const char *name)
{
	Content__AddReactionRequest request = CONTENT__ADD_REACTION_REQUEST__INIT;
	Content__Reaction made = CONTENT__REACTION__INIT;

	request.community_id = community;
	request.target_id = target;
	request.person_id = person(s, name);
	request.emoji = "+1";
	EXPECT_OK(suite_call(s, method_content_add_reaction, &request, &made));
}

static void announce(struct suite *s, const char *community, const char *words)
{
	Content__CreateAnnouncementRequest request = CONTENT__CREATE_ANNOUNCEMENT_REQUEST__INIT;
	Content__Announcement wanted = CONTENT__ANNOUNCEMENT__INIT;
	Content__Announcement made = CONTENT__ANNOUNCEMENT__INIT;

	wanted.title = wanted.body = words;
	request.community_id = community;
	request.announcement = &wanted;
	EXPECT_OK(suite_call(s, method_content_create_announcement, &request, &made));
}

static void complain(struct suite *s, const char *community, const char *name, const char *words)
{
	Content__CreateTicketRequest request = CONTENT__CREATE_TICKET_REQUEST__INIT;
	Content__AddTicketNoteRequest note = CONTENT__ADD_TICKET_NOTE_REQUEST__INIT;
	Content__Ticket wanted = CONTENT__TICKET__INIT, made = CONTENT__TICKET__INIT;
	Content__TicketNote noted = CONTENT__TICKET_NOTE__INIT;

	wanted.person_id = person(s, name);
	wanted.kind = CONTENT__TICKET_KIND__TICKET_KIND_COMPLAINT;
	wanted.subject = wanted.body = words;
	request.community_id = community;
	request.ticket = &wanted;
	EXPECT_OK(suite_call(s, method_content_create_ticket, &request, &made));
	note.community_id = community;
	note.ticket_id = made.ticket_id;
	note.text = words;
	EXPECT_OK(suite_call(s, method_content_add_ticket_note, &note, &noted));
}

/* He asks, and says why it needs no answer. */
static void wonder(struct suite *s, const char *community, const char *name, const char *words)
{
	Content__CreatePostRequest request = CONTENT__CREATE_POST_REQUEST__INIT;
	Content__CloseQuestionRequest close = CONTENT__CLOSE_QUESTION_REQUEST__INIT;
	Content__Post wanted = CONTENT__POST__INIT, made = CONTENT__POST__INIT;
	Content__Question closed = CONTENT__QUESTION__INIT;

	wanted.author_person_id = person(s, name);
	wanted.kind = CONTENT__POST_KIND__POST_KIND_QUESTION;
	wanted.title = wanted.topic = words;
	request.community_id = community;
	request.post = &wanted;
	EXPECT_OK(suite_call(s, method_content_create_post, &request, &made));
	close.community_id = community;
	close.post_id = made.post_id;
	close.note = words;
	EXPECT_OK(suite_call(s, method_content_close_question, &close, &closed));
}

static void host(struct suite *s, const char *community, const char *name, const char *words,
		 Activity__EventState state)
{
	Activity__CreateEventRequest request = ACTIVITY__CREATE_EVENT_REQUEST__INIT;
	Activity__RegisterForEventRequest go = ACTIVITY__REGISTER_FOR_EVENT_REQUEST__INIT;
	Activity__Event event = ACTIVITY__EVENT__INIT, made = ACTIVITY__EVENT__INIT;
	Activity__Registration registration = ACTIVITY__REGISTRATION__INIT;
	Google__Protobuf__Timestamp start = GOOGLE__PROTOBUF__TIMESTAMP__INIT, end = start;

	start.seconds = clock_wall_us() / 1000000 + 3600;
	end.seconds = start.seconds + 3600;
	event.host_person_id = person(s, name);
	event.title = event.description = event.venue = words;
	event.url = arena_printf(suite_arena(s), "https://x.org/%s", words);
	event.start_time = &start;
	event.end_time = &end;
	event.state = state;
	request.community_id = community;
	request.event = &event;
	EXPECT_OK(suite_call(s, method_activity_create_event, &request, &made));
	if (state == ACTIVITY__EVENT_STATE__EVENT_STATE_DRAFT)
		return;
	go.community_id = community;
	go.event_id = made.event_id;
	go.person_id = person(s, name);
	EXPECT_OK(suite_call(s, method_activity_register_for_event, &go, &registration));
}

static void join_from(struct suite *s, const char *community, const char *name, const char *source)
{
	Member__JoinCommunityRequest request = MEMBER__JOIN_COMMUNITY_REQUEST__INIT;
	Member__Membership membership = MEMBER__MEMBERSHIP__INIT;

	request.community_id = community;
	request.person_id = person(s, name);
	request.source = source;
	EXPECT_OK(suite_call(s, method_member_join_community, &request, &membership));
}

static void leave_because(struct suite *s, const char *community, const char *name,
			  const char *reason)
{
	Member__LeaveCommunityRequest request = MEMBER__LEAVE_COMMUNITY_REQUEST__INIT;
	Member__Membership membership = MEMBER__MEMBERSHIP__INIT;

	request.community_id = community;
	request.person_id = person(s, name);
	request.reason = reason;
	EXPECT_OK(suite_call(s, method_member_leave_community, &request, &membership));
}

static void put_out_because(struct suite *s, const char *community, const char *name,
			    const char *reason)
{
	Member__RemoveMembershipRequest request = MEMBER__REMOVE_MEMBERSHIP_REQUEST__INIT;
	Member__Membership membership = MEMBER__MEMBERSHIP__INIT;

	request.community_id = community;
	request.person_id = person(s, name);
	request.reason = reason;
	EXPECT_OK(suite_call(s, method_member_remove_membership, &request, &membership));
}

static void offer(struct suite *s, const char *community, const char *name, const char *words)
{
	Member__CreateContributionRequest request = MEMBER__CREATE_CONTRIBUTION_REQUEST__INIT;
	Member__Contribution wanted = MEMBER__CONTRIBUTION__INIT;
	Member__Contribution made = MEMBER__CONTRIBUTION__INIT;

	wanted.kind = MEMBER__CONTRIBUTION_KIND__CONTRIBUTION_KIND_SKILLS;
	wanted.text = wanted.availability = words;
	request.community_id = community;
	request.person_id = person(s, name);
	request.contribution = &wanted;
	EXPECT_OK(suite_call(s, method_member_create_contribution, &request, &made));
}

static void look_behind_the_mask(struct suite *s, const char *community, const char *name,
				 const char *reason)
{
	Member__UnmaskMemberCardRequest request = MEMBER__UNMASK_MEMBER_CARD_REQUEST__INIT;
	Member__MemberCard card = MEMBER__MEMBER_CARD__INIT;

	request.community_id = community;
	request.person_id = person(s, name);
	request.reason = reason;
	EXPECT_OK(suite_call(s, method_member_unmask_member_card, &request, &card));
}

static void make_key(struct suite *s, const char *name, const char *words)
{
	Member__CreateApiKeyRequest request = MEMBER__CREATE_API_KEY_REQUEST__INIT;
	Member__CreateApiKeyResponse made = MEMBER__CREATE_API_KEY_RESPONSE__INIT;
	const char *scope = "write";

	request.name = words;
	request.scopes = &scope;
	request.n_scopes = 1;
	request.person_id = person(s, name);
	EXPECT_OK(suite_call(s, method_member_create_api_key, &request, &made));
}

static void describe(struct suite *s, const char *name, const char *words)
{
	Member__UpdatePersonRequest request = MEMBER__UPDATE_PERSON_REQUEST__INIT;
	Member__Person wanted = MEMBER__PERSON__INIT, after = MEMBER__PERSON__INIT;

	wanted.display_name = arena_printf(suite_arena(s), "The %s", words);
	wanted.locale = words;
	request.person_id = person(s, name);
	request.person = &wanted;
	EXPECT_OK(suite_call(s, method_member_update_person, &request, &after));
}

/* Who calls plans something, sees to it himself, and lets it go by. */
static void plan(struct suite *s, const char *community, const char *name, const char *words)
{
	Content__CreateSlotRequest request = CONTENT__CREATE_SLOT_REQUEST__INIT;
	Content__SkipSlotRequest skip_it = CONTENT__SKIP_SLOT_REQUEST__INIT;
	Content__Slot wanted = CONTENT__SLOT__INIT, slot = CONTENT__SLOT__INIT;

	wanted.date = "2099-01-01";
	wanted.kind = CONTENT__POST_KIND__POST_KIND_TEXT;
	wanted.title = wanted.topic = words;
	wanted.owner_person_id = person(s, name);
	request.community_id = skip_it.community_id = community;
	request.slot = &wanted;
	EXPECT_OK(suite_call(s, method_content_create_slot, &request, &slot));
	skip_it.slot_id = slot.slot_id;
	skip_it.reason = words;
	EXPECT_OK(suite_call(s, method_content_skip_slot, &skip_it, &slot));
}

/* What the services count of a community. */
struct totals {
	int64_t members, last_number, posts, comments, reactions, interactions, active, engaged;
};

static struct totals count(struct suite *s, const char *community)
{
	Content__GetContentSummaryRequest content = CONTENT__GET_CONTENT_SUMMARY_REQUEST__INIT;
	Evaluation__GetMetricSummaryRequest metric = EVALUATION__GET_METRIC_SUMMARY_REQUEST__INIT;
	Content__ContentSummary said = CONTENT__CONTENT_SUMMARY__INIT;
	Evaluation__MetricSummary done = EVALUATION__METRIC_SUMMARY__INIT;

	content.community_id = metric.community_id = community;
	EXPECT_OK(suite_call(s, method_content_get_content_summary, &content, &said));
	EXPECT_OK(suite_call(s, method_evaluation_get_metric_summary, &metric, &done));

	return (struct totals){
		.members = member_count(s, community),
		.last_number = postgres_int(suite_database(s),
					    "SELECT last_number FROM member.community "
					    "WHERE community_id = '%s'",
					    community),
		.posts = said.post_count,
		.comments = said.comment_count,
		.reactions = said.reaction_count,
		.interactions = done.interactions,
		.active = done.active,
		.engaged = done.engaged,
	};
}

static void expect_same(struct totals before, struct totals after, int64_t gone)
{
	EXPECT_INT(after.members, before.members - gone);
	EXPECT_INT(after.last_number, before.last_number);
	EXPECT_INT(after.posts, before.posts);
	EXPECT_INT(after.comments, before.comments);
	EXPECT_INT(after.reactions, before.reactions);
	EXPECT_INT(after.interactions, before.interactions);
	EXPECT_INT(after.active, before.active);
	EXPECT_INT(after.engaged, before.engaged);
}

static void erase(struct suite *s, const char *name, Member__ContentErasure content)
{
	Member__ErasePersonRequest request = MEMBER__ERASE_PERSON_REQUEST__INIT;
	Member__Person gone = MEMBER__PERSON__INIT;

	request.person_id = person(s, name);
	request.reason = MEMBER__ERASURE_REASON__ERASURE_REASON_ASKED;
	request.content = content;
	EXPECT_OK(suite_call(s, method_member_erase_person, &request, &gone));
	settle(s);
}

static const char *replaced(struct suite *s, const char *text, const char *what, const char *with)
{
	const char *at = strstr(text, what);

	while (at) {
		text = arena_printf(suite_arena(s), "%.*s%s%s", (int)(at - text), text, with,
				    at + strlen(what));
		at = strstr(text, what);
	}

	return text;
}

/* What the nouns around members keep in words: as their rows stand, whoever wrote them. */
static void mark_rows(struct suite *s, const char *community, const char *name, const char *mark)
{
	static const char *const rows[] = {
		"member.identity (kind, external_id, person_id, name, link_time) "
		"VALUES ('QQ', '%3$s', '%2$s', '%3$s', now())",
		"member.entitlement (person_id, key, source, grant_time) VALUES ('%2$s', '%3$s', "
		"'%3$s', now())",
		"member.verification (person_id, verification_id, masked_name, document_kind, "
		"document_tail, "
		"document_hash, create_time, reason) VALUES ('%2$s', gen_random_uuid(), '%3$s', "
		"'PASSPORT', "
		"'1234', '\\x00', now(), '%3$s')",
		"member.join_request (community_id, join_request_id, person_id, state, questions, "
		"answers, source, "
		"campaign, scene, create_time, expire_time, decide_time, reason) VALUES ('%1$s', "
		"gen_random_uuid(), '%2$s', 'REJECTED', '{}', '{%3$s}', '%3$s', '%3$s', '%3$s', "
		"now(), now(), "
		"now(), '%3$s')",
		"member.subscription (community_id, person_id, plan_id, state, start_time, "
		"end_time, grace_end_time) "
		"VALUES ('%1$s', '%2$s', '%2$s', 'EXPIRED', now(), now(), now())",
		"member.subscription_event (community_id, person_id, version, kind, state, "
		"plan_id, end_time, "
		"event_time, note) VALUES ('%1$s', '%2$s', 1, 'REFUNDED', 'REFUNDED', '%2$s', "
		"now(), now(), '%3$s')",
		"member.violation_case (community_id, case_id, subject_person_id, subject_id, "
		"category, state, "
		"priority, create_time, update_time) VALUES ('%1$s', '%2$s', '%2$s', '%2$s', "
		"'SPEECH', 'UPHELD', "
		"1, now(), now())",
		"member.violation_report (community_id, report_id, case_id, subject_id, "
		"reporter_person_id, "
		"category, evidence, note, weight, report_time) VALUES ('%1$s', gen_random_uuid(), "
		"'%2$s', "
		"'%2$s', '%1$s', 'SPEECH', '%3$s', '%3$s', 1, now())",
		"member.violation_step (community_id, case_id, version, deed, step_time, "
		"from_state, to_state, note) "
		"VALUES ('%1$s', '%2$s', 1, 'UPHELD', now(), 'UNDER_REVIEW', 'UPHELD', '%3$s')",
		"member.sanction (community_id, sanction_id, case_id, person_id, kind, start_time, "
		"note, appeal, "
		"answer, put_out) VALUES ('%1$s', gen_random_uuid(), '%2$s', '%2$s', 'WARN', "
		"now(), '%3$s', "
		"'%3$s', '%3$s', false)",
		"member.kol (community_id, person_id, track, stage, reason, create_time, "
		"update_time) "
		"VALUES ('%1$s', '%2$s', 'KOL', 'DROPPED', '%3$s', now(), now())",
		"member.kol_change (community_id, person_id, track, version, to_stage, forced, "
		"reason, change_time, "
		"post_weeks, post_count, answer_count, engaged_weeks, reach, member_days, muted) "
		"VALUES ('%1$s', "
		"'%2$s', 'KOL', 1, "
		"'PROSPECT', true, '%3$s', now(), 0, 0, 0, 0, 0, 0, false)",
		"member.journey_step (community_id, person_id, step, reach_time, cause, reason) "
		"VALUES ('%1$s', '%2$s', 'FAN', now(), 'SET', '%3$s')",
		"member.designation (community_id, topic, person_id, place, designate_time) "
		"VALUES ('%1$s', 'weaving', '%2$s', 0, now())",
		"member.duty (community_id, person_id, role, kinds, community_create_time, "
		"assign_time) "
		"VALUES ('%1$s', '%2$s', 'MODERATOR', '{CONTENT}', now(), now())",
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *sql = arena_printf(suite_arena(s),
					       "WITH made AS (INSERT INTO %s RETURNING 1) "
					       "SELECT count(*) FROM made",
					       rows[i]);

		sql = replaced(s, sql, "%1$s", community);
		sql = replaced(s, sql, "%2$s", person(s, name));
		EXPECT_INT(postgres_int(suite_database(s), "%s", replaced(s, sql, "%3$s", mark)),
			   1);
	}
}

static void no_word_of_him_is_left_in_any_column(void **state)
{
	static const char mark[] = "zqxmark";
	struct suite *s = *state;
	const char *home = given_community(s, .owner = "ann"), *left = given_community(s);
	const char *out = given_community(s), *back = given_community(s);
	const char *his, *hers, *answer;
	Member__PersonExport all;
	const Member__PersonRecords *exported;
	struct totals before;

	/* His outside name is the mark itself. */
	join_from(s, home, mark, mark);
	EXPECT_OK(give_role(s, home, mark, MEMBER__ROLE__ROLE_MODERATOR));
	join_from(s, left, mark, mark);
	leave_because(s, left, mark, mark);
	join_from(s, out, mark, mark);
	put_out_because(s, out, mark, mark);
	join_from(s, back, mark, mark);
	leave_because(s, back, mark, mark);
	join_from(s, back, mark, mark);
	postgres_int(suite_database(s),
		     "UPDATE member.membership SET tags = '{%s}', campaign = '%s', scene = '%s' "
		     "WHERE person_id = '%s' RETURNING 1",
		     mark, mark, mark, person(s, mark));
	describe(s, mark, mark);
	say(s, mark, mark, mark, MEMBER__VISIBILITY__VISIBILITY_PUBLIC, true);
	say(s, mark, "phone", "13812345678", MEMBER__VISIBILITY__VISIBILITY_STAFF, true);
	offer(s, home, mark, mark);
	make_key(s, mark, mark);
	look_behind_the_mask(s, home, mark, mark);
	mark_rows(s, home, mark, mark);
	settle(s);
	all = export_of(s, mark);
	exported = section_of(&all, "member")->member;
	EXPECT_INT(exported->n_identities, 1);
	EXPECT_INT(exported->n_entitlements, 1);
	EXPECT_INT(exported->n_verifications, 1);
	EXPECT_INT(exported->n_join_requests, 1);
	EXPECT_INT(exported->n_payments, 1);
	EXPECT_INT(exported->n_sanctions, 1);
	EXPECT_INT(exported->n_kol_changes, 1);
	EXPECT_INT(exported->n_journey_steps, 3); /* by his role, too */
	EXPECT_INT(exported->n_duties, 1);
	EXPECT_INT(exported->n_designations, 1);
	EXPECT_INT(exported->n_stays, 1); /* the one in a community he came back to */
	EXPECT_INT(exported->n_reports, 0);
	EXPECT_TEXT(exported->identities[0]->name, mark);

	hers = post(s, home, "ann", "hers", "hers", CONTENT__POST_STATE__POST_STATE_PUBLISHED);
	his = post(s, home, mark, mark, "", CONTENT__POST_STATE__POST_STATE_PUBLISHED);
	post(s, home, mark, mark, mark, CONTENT__POST_STATE__POST_STATE_PUBLISHED);
	post(s, home, mark, mark, mark, CONTENT__POST_STATE__POST_STATE_DRAFT);
	remove_post(s, home,
		    post(s, home, mark, mark, mark, CONTENT__POST_STATE__POST_STATE_PUBLISHED));
	answer = comment(s, home, hers, mark, mark);
	/* Not under a topic of his: what she cares for is hers to say. */
	comment(s, home, his, "ann", "an answer to him");
	react(s, home, hers, mark);
	react(s, home, answer, mark);
	host(s, home, mark, mark, ACTIVITY__EVENT_STATE__EVENT_STATE_DRAFT);
	host(s, home, mark, mark, ACTIVITY__EVENT_STATE__EVENT_STATE_OPEN);
	complain(s, home, mark, mark);
	wonder(s, home, mark, mark);
	as_person(s, person(s, mark));
	announce(s, home, mark);
	plan(s, home, mark, mark);
	as_platform(s);
	settle(s);
	/* He was seen to care for it, and to need to know. */
	EXPECT_INT(postgres_int(suite_database(s),
				"SELECT count(*) FROM member.interest WHERE tag = '%s' "
				"AND person_id = '%s'",
				mark, person(s, mark)),
		   2);

	for (size_t i = 0; i < sizeof(schemas) / sizeof(schemas[0]); i++)
		assert_true(rows_marked(s, schemas[i], mark) > 1);
	before = count(s, home);
	EXPECT_INT(before.posts, 4);
	EXPECT_INT(before.comments, 2);
	EXPECT_INT(before.reactions, 2);

	erase(s, mark, MEMBER__CONTENT_ERASURE__CONTENT_ERASURE_ERASE_CONTENT);
	for (size_t i = 0; i < sizeof(schemas) / sizeof(schemas[0]); i++) {
		EXPECT_INT(rows_marked(s, schemas[i], mark), 0);
		EXPECT_INT(rows_marked(s, schemas[i], "13812345678"), 0);
	}
	expect_same(before, count(s, home), 1);
	EXPECT_INT(member_count(s, back), 0);
	EXPECT_INT(
		postgres_int(suite_database(s),
			     "SELECT (SELECT count(*) FROM member.duty WHERE person_id = '%s' "
			     "AND revoke_time IS NULL) + (SELECT count(*) FROM member.designation "
			     "WHERE person_id = '%s')",
			     person(s, mark), person(s, mark)),
		0);
	EXPECT_INT(postgres_int(suite_database(s),
				"SELECT count(*) FROM content.post WHERE author_person_id = '%s'",
				person(s, mark)),
		   5);
	EXPECT_INT(postgres_int(suite_database(s),
				"SELECT count(*) FROM content.slot WHERE community_id = '%s' AND "
				"owner_person_id IS NULL AND person_id IS NULL AND "
				"skip_person_id IS NULL",
				home),
		   1);
	EXPECT_INT(postgres_int(suite_database(s),
				"SELECT count(*) FROM evaluation.replica_membership "
				"WHERE person_id = '%s' AND state = 'ACTIVE'",
				person(s, mark)),
		   0);
}

static void what_was_published_stays_when_it_is_to_be_kept(void **state)
{
	static const char mark[] = "zqxkept", draft[] = "zqxdraft";
	struct suite *s = *state;
	const char *home = given_community(s, .owner = "ann"), *his;
	struct totals before;

	join_from(s, home, "leo", mark);
	EXPECT_OK(give_role(s, home, "leo", MEMBER__ROLE__ROLE_MODERATOR));
	settle(s);
	his = post(s, home, "leo", mark, mark, CONTENT__POST_STATE__POST_STATE_PUBLISHED);
	comment(s, home, his, "leo", mark);
	post(s, home, "leo", draft, draft, CONTENT__POST_STATE__POST_STATE_DRAFT);
	remove_post(s, home,
		    post(s, home, "leo", draft, draft, CONTENT__POST_STATE__POST_STATE_PUBLISHED));
	host(s, home, "leo", mark, ACTIVITY__EVENT_STATE__EVENT_STATE_OPEN);
	host(s, home, "leo", draft, ACTIVITY__EVENT_STATE__EVENT_STATE_DRAFT);
	settle(s);
	before = count(s, home);
	erase(s, "leo", MEMBER__CONTENT_ERASURE__CONTENT_ERASURE_KEEP_CONTENT);
	EXPECT_INT(rows_marked(s, "member", mark), 0);
	EXPECT_INT(rows_marked(s, "content", mark), 4); /* two texts, and what finds them */
	EXPECT_INT(rows_marked(s, "activity", mark), 1);
	EXPECT_INT(rows_marked(s, "evaluation", mark), 0);
	for (size_t i = 0; i < sizeof(schemas) / sizeof(schemas[0]); i++)
		EXPECT_INT(rows_marked(s, schemas[i], draft), 0);
	expect_same(before, count(s, home), 1);
}

static const Member__Interest *interest_of(struct suite *s, const char *community, const char *name,
					   const char *tag, Member__InterestKind kind)
{
	Member__GetPortraitRequest request = MEMBER__GET_PORTRAIT_REQUEST__INIT;
	Member__Portrait portrait = MEMBER__PORTRAIT__INIT;

	request.community_id = community;
	request.person_id = person(s, name);
	EXPECT_OK(suite_call(s, method_member_get_portrait, &request, &portrait));
	for (size_t i = 0; i < portrait.n_interests; i++)
		if (strcmp(portrait.interests[i]->tag, tag) == 0 &&
		    portrait.interests[i]->kind == kind)
			return portrait.interests[i];

	return NULL;
}

/* The topic of a post is told with all that is said to it, and taken back with it. */
static void what_members_say_and_like_makes_their_portrait(void **state)
{
	static const Member__InterestKind likes = MEMBER__INTEREST_KIND__INTEREST_KIND_INTEREST;
	static const Member__InterestKind asks = MEMBER__INTEREST_KIND__INTEREST_KIND_NEED;
	struct suite *s = *state;
	const char *home = given_community(s, .owner = "ann"), *hers, *answer;
	Content__CreatePostRequest request = CONTENT__CREATE_POST_REQUEST__INIT;
	Content__RemoveReactionRequest undo = CONTENT__REMOVE_REACTION_REQUEST__INIT;
	Content__RemoveReactionResponse undone = CONTENT__REMOVE_REACTION_RESPONSE__INIT;
	Content__RemoveCommentRequest unsay = CONTENT__REMOVE_COMMENT_REQUEST__INIT;
	Content__Post question = CONTENT__POST__INIT, made = CONTENT__POST__INIT;
	Content__Comment unsaid = CONTENT__COMMENT__INIT;
	const Member__Interest *bob;

	EXPECT_OK(join(s, home, "bob"));
	settle(s);
	hers = post(s, home, "ann", "tea", "tea", CONTENT__POST_STATE__POST_STATE_PUBLISHED);
	answer = comment(s, home, hers, "bob", "I like it green");
	react(s, home, answer, "ann");
	react(s, home, hers, "bob");
	question.author_person_id = person(s, "bob");
	question.body = "How long?";
	question.topic = "tea";
	question.kind = CONTENT__POST_KIND__POST_KIND_QUESTION;
	request.community_id = home;
	request.post = &question;
	EXPECT_OK(suite_call(s, method_content_create_post, &request, &made));
	settle(s);
	EXPECT_INT(interest_of(s, home, "ann", "tea", likes)->post_count, 1);
	EXPECT_INT(interest_of(s, home, "ann", "tea", likes)->reaction_count, 1);
	bob = interest_of(s, home, "bob", "tea", likes);
	EXPECT_INT(bob->comment_count, 1);
	EXPECT_INT(bob->reaction_count, 1);
	EXPECT_INT(interest_of(s, home, "bob", "tea", asks)->post_count, 1);

	undo.community_id = unsay.community_id = home;
	undo.target_id = hers;
	undo.person_id = person(s, "bob");
	undo.emoji = "+1";
	EXPECT_OK(suite_call(s, method_content_remove_reaction, &undo, &undone));
	unsay.post_id = hers;
	unsay.comment_id = answer;
	EXPECT_OK(suite_call(s, method_content_remove_comment, &unsay, &unsaid));
	settle(s);
	assert_null(interest_of(s, home, "bob", "tea", likes));
	undo.target_id = answer;
	undo.person_id = person(s, "ann");
	EXPECT_OK(suite_call(s, method_content_remove_reaction, &undo, &undone));
	settle(s);
	EXPECT_INT(interest_of(s, home, "ann", "tea", likes)->reaction_count, 0);
}

static int start(void **state)
{
	static const struct service *const services[] = {
		&member_service, &content_service, &activity_service, &evaluation_service, NULL};

	return suite_setup(state, services);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_word_of_him_is_left_in_any_column),
		cmocka_unit_test(what_was_published_stays_when_it_is_to_be_kept),
		cmocka_unit_test(what_members_say_and_like_makes_their_portrait),
	};

	return cmocka_run_group_tests_name("privacy everywhere", tests, start, suite_teardown);
}
