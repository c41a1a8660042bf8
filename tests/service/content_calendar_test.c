/* The calendar: slots, the posts that fill them, who sees them, and what comes of them. */
#include "base/clock.h"
#include "content_words.h"
#include "kith/content/v1/alert.pb-c.h"
#include "kith/content/v1/calendar.pb-c.h"
#include "kith_methods.h"

#define STATE(name) CONTENT__SLOT_STATE__SLOT_STATE_##name
#define IN(name)    (1U << STATE(name))
#define ARTICLE     CONTENT__POST_KIND__POST_KIND_ARTICLE

/* Summer time of Berlin: from 2077-03-28 to 2077-10-31. */
#define WINTER_DAY "2077-02-02"
#define SUMMER_DAY "2077-07-06"

#define STEP(verb, Verb)                                                                           \
	static struct outcome verb(struct suite *s, const Content__Slot *slot, Content__Slot *ret) \
	{                                                                                          \
		Content__##Verb##SlotRequest request;                                              \
                                                                                                   \
		content__##verb##_slot_request__init(&request);                                    \
		request.community_id = slot->community_id;                                         \
		request.slot_id = slot->slot_id;                                                   \
                                                                                                   \
		return suite_call(s, method_content_##verb##_slot, &request, ret);                 \
	}

STEP(get, Get)
STEP(clear, Clear)
STEP(schedule, Schedule)
STEP(reopen, Reopen)

static struct outcome pass_over(struct suite *s, const Content__Slot *slot, Content__Slot *ret)
{
	Content__SkipSlotRequest request = CONTENT__SKIP_SLOT_REQUEST__INIT;

	request.community_id = slot->community_id;
	request.slot_id = slot->slot_id;
	request.reason = "nobody had time";

	return suite_call(s, method_content_skip_slot, &request, ret);
}

static struct outcome erase(struct suite *s, const Content__Slot *slot, Content__Slot *ret)
{
	Content__DeleteSlotRequest request = CONTENT__DELETE_SLOT_REQUEST__INIT;
	Content__DeleteSlotResponse reply = CONTENT__DELETE_SLOT_RESPONSE__INIT;

	(void)ret;
	request.community_id = slot->community_id;
	request.slot_id = slot->slot_id;

	return suite_call(s, method_content_delete_slot, &request, &reply);
}

static struct outcome fill_with(struct suite *s, const Content__Slot *slot, const char *post,
				Content__Slot *ret)
{
	Content__FillSlotRequest request = CONTENT__FILL_SLOT_REQUEST__INIT;

	request.community_id = slot->community_id;
	request.slot_id = slot->slot_id;
	request.post_id = post;

	return suite_call(s, method_content_fill_slot, &request, ret);
}

static const char *given_draft(struct suite *s, const char *community, const char *author)
{
	Content__CreatePostRequest request = CONTENT__CREATE_POST_REQUEST__INIT;
	Content__Post wanted = CONTENT__POST__INIT, draft = CONTENT__POST__INIT;

	wanted.author_person_id = person(s, author);
	wanted.body = "some words";
	wanted.state = CONTENT__POST_STATE__POST_STATE_DRAFT;
	request.community_id = community;
	request.post = &wanted;
	EXPECT_OK(suite_call_as_platform(s, method_content_create_post, &request, &draft));

	return draft.post_id;
}

static struct outcome fill(struct suite *s, const Content__Slot *slot, Content__Slot *ret)
{
	return fill_with(s, slot, given_draft(s, slot->community_id, "ann"), ret);
}

static struct outcome change(struct suite *s, const Content__Slot *slot, Content__Slot *wanted,
			     Content__Slot *ret)
{
	Content__UpdateSlotRequest request = CONTENT__UPDATE_SLOT_REQUEST__INIT;

	request.community_id = slot->community_id;
	request.slot_id = slot->slot_id;
	request.slot = wanted;

	return suite_call(s, method_content_update_slot, &request, ret);
}

static struct outcome rename_it(struct suite *s, const Content__Slot *slot, Content__Slot *ret)
{
	Content__Slot wanted = CONTENT__SLOT__INIT;

	wanted.title = "another idea";

	return change(s, slot, &wanted, ret);
}

static struct outcome move(struct suite *s, const Content__Slot *slot, const char *date,
			   int32_t minute, Content__Slot *ret)
{
	Content__Slot wanted = CONTENT__SLOT__INIT;

	wanted.date = date;
	wanted.minute = minute;

	return change(s, slot, &wanted, ret);
}

static struct outcome plan(struct suite *s, const char *community, const char *date, int32_t minute,
			   const char *owner, Content__Slot *ret)
{
	Content__CreateSlotRequest request = CONTENT__CREATE_SLOT_REQUEST__INIT;
	Content__Slot wanted = CONTENT__SLOT__INIT;

	wanted.date = date;
	wanted.minute = minute;
	wanted.kind = ARTICLE;
	wanted.topic = "reading";
	wanted.title = "an idea";
	wanted.owner_person_id = owner ? person(s, owner) : "";
	request.community_id = community;
	request.slot = &wanted;

	return suite_call(s, method_content_create_slot, &request, ret);
}

static Content__Slot given_slot(struct suite *s, const char *community, const char *owner)
{
	Content__Slot slot = CONTENT__SLOT__INIT;

	EXPECT_OK(plan(s, community, SUMMER_DAY, 19 * 60, owner, &slot));

	return slot;
}

/* Filled with a draft of ann's, which is scheduled. */
static Content__Slot given_scheduled(struct suite *s, const char *community)
{
	Content__Slot slot = given_slot(s, community, "ann");

	EXPECT_OK(fill(s, &slot, &slot));
	EXPECT_OK(schedule(s, &slot, &slot));

	return slot;
}

static Content__Slot slot_of(struct suite *s, const Content__Slot *slot)
{
	Content__Slot now = CONTENT__SLOT__INIT;

	EXPECT_OK(get(s, slot, &now));

	return now;
}

/* A community with ann and bob, its members, and mod, its moderator. */
static const char *given_staffed(struct suite *s, const char *time_zone)
{
	const char *community = given_community(s, .time_zone = time_zone);

	EXPECT_OK(join(s, community, "founder"));
	EXPECT_OK(join(s, community, "ann"));
	EXPECT_OK(join(s, community, "bob"));
	EXPECT_OK(join(s, community, "mod"));
	EXPECT_OK(give_role(s, community, "mod", MEMBER__ROLE__ROLE_MODERATOR));
	suite_settle(s);

	return community;
}

/* The slot's moment and that of its post, if it waits for it, come and are over. */
static void let_pass(struct suite *s, const Content__Slot *slot)
{
	postgres_int(suite_database(s),
		     "WITH s AS (UPDATE content.slot SET due_time = now() - interval '1 minute' "
		     "WHERE slot_id = '%s' RETURNING *) UPDATE content.post p "
		     "SET schedule_time = s.due_time FROM s "
		     "WHERE p.post_id = s.post_id AND p.state = 'SCHEDULED'",
		     slot->slot_id);
}

/* Returns once somebody has looked at the slot's moment. */
static void be_looked_at(struct suite *s, const Content__Slot *slot)
{
	int64_t until = clock_mono_us() + 20000000;

	while (postgres_int(suite_database(s),
			    "SELECT count(*) FROM content.slot WHERE slot_id = '%s' AND awaited",
			    slot->slot_id) > 0)
		assert_true(clock_mono_us() < until);
}

static int64_t alerts_of(struct suite *s, const Content__Slot *slot)
{
	return postgres_int(suite_database(s),
			    "SELECT count(*) FROM content.alert WHERE slot_id = '%s'",
			    slot->slot_id);
}

/* Brings a fresh slot into the state: by its post where it has one. */
static Content__Slot given_state(struct suite *s, const char *community, Content__SlotState at)
{
	static const char *const posts[] = {
		[STATE(DRAFT)] = "DRAFT",
		[STATE(REVIEW)] = "REVIEW",
		[STATE(SCHEDULED)] = "SCHEDULED",
		[STATE(PUBLISHED)] = "PUBLISHED",
	};
	Content__Slot slot = given_slot(s, community, "ann");

	if (at == STATE(SKIPPED)) {
		EXPECT_OK(pass_over(s, &slot, &slot));
	} else if (at != STATE(IDEA)) {
		EXPECT_OK(fill(s, &slot, &slot));
		postgres_int(suite_database(s),
			     "UPDATE content.post SET state = '%1$s', was_published = '%1$s' = "
			     "'PUBLISHED', schedule_time = '%2$s' WHERE post_id = '%3$s'",
			     posts[at], "2077-07-06 17:00Z", slot.post_id);
	}

	return slot_of(s, &slot);
}

static void every_step_is_refused_in_every_state_it_does_not_lead_from(void **state)
{
	static const char *const names[] = {NULL,        "IDEA",      "DRAFT",  "REVIEW",
					    "SCHEDULED", "PUBLISHED", "SKIPPED"};
	static const struct {
		struct outcome (*take)(struct suite *s, const Content__Slot *slot,
				       Content__Slot *ret);
		unsigned from;
		Content__SlotState to; /* UNSPECIFIED: where it was, or nowhere */
	} steps[] = {
		{rename_it, IN(IDEA) | IN(DRAFT) | IN(REVIEW) | IN(SCHEDULED), STATE(UNSPECIFIED)},
		{fill, IN(IDEA), STATE(DRAFT)},
		{clear, IN(DRAFT) | IN(REVIEW) | IN(SCHEDULED), STATE(IDEA)},
		{schedule, IN(DRAFT) | IN(REVIEW), STATE(SCHEDULED)},
		{pass_over, IN(IDEA) | IN(DRAFT) | IN(REVIEW), STATE(SKIPPED)},
		{reopen, IN(SKIPPED), STATE(IDEA)},
		{erase, IN(IDEA) | IN(SKIPPED), STATE(UNSPECIFIED)},
	};
	struct suite *s = *state;
	const char *community = given_staffed(s, "Europe/Berlin");

	for (Content__SlotState at = STATE(IDEA); at <= STATE(SKIPPED); at++) {
		for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
			Content__Slot slot = given_state(s, community, at);
			Content__Slot after = CONTENT__SLOT__INIT;
			struct outcome outcome;

			EXPECT_INT(slot.state, at);
			outcome = steps[i].take(s, &slot, &after);
			if (steps[i].from & 1U << at) {
				EXPECT_OK(outcome);
				if (steps[i].take != erase)
					EXPECT_INT(slot_of(s, &slot).state,
						   steps[i].to ? steps[i].to : at);
				else
					EXPECT_STATUS(get(s, &slot, &after), NOT_FOUND,
						      "SLOT_NOT_FOUND");
			} else {
				EXPECT_STATUS(outcome, FAILED_PRECONDITION, "SLOT_STATE");
				EXPECT_TEXT(outcome_fact(&outcome, "state"), names[at]);
				EXPECT_INT(slot_of(s, &slot).state, at);
			}
		}
	}
}

static void a_slot_is_what_its_post_is(void **state)
{
	struct suite *s = *state;
	const char *community = given_staffed(s, "Europe/Berlin");
	Content__Slot slot = given_slot(s, community, "ann");
	Content__PublishPostRequest publish = CONTENT__PUBLISH_POST_REQUEST__INIT;
	Content__RestorePostRequest restore = CONTENT__RESTORE_POST_REQUEST__INIT;
	Content__Post post = CONTENT__POST__INIT;

	EXPECT_INT(slot.state, STATE(IDEA));
	EXPECT_TEXT(slot.post_id, "");
	EXPECT_TEXT(slot.topic, "reading");
	postgres_int(
		suite_database(s),
		"WITH t AS (INSERT INTO content.topic (community_id, topic_id, name, create_time) "
		"VALUES ('%s', gen_random_uuid(), 'books', now()) RETURNING *) "
		"INSERT INTO content.topic_term SELECT community_id, 'reading', topic_id FROM t",
		community);
	EXPECT_TEXT(slot_of(s, &slot).topic, "books");
	EXPECT_OK(fill(s, &slot, &slot));
	EXPECT_INT(slot.state, STATE(DRAFT));

	/* What is removed before it was published fills nothing; brought back, it does. */
	EXPECT_OK(remove_post(s, community, slot.post_id, &post));
	EXPECT_INT(slot_of(s, &slot).state, STATE(IDEA));
	EXPECT_TEXT(slot_of(s, &slot).post_id, "");
	restore.community_id = publish.community_id = community;
	restore.post_id = publish.post_id = slot.post_id;
	EXPECT_OK(suite_call(s, method_content_restore_post, &restore, &post));
	EXPECT_INT(slot_of(s, &slot).state, STATE(DRAFT));

	/* A skipped one whose post is published all the same; then the post goes. */
	EXPECT_OK(pass_over(s, &slot, &slot));
	EXPECT_INT(slot.state, STATE(SKIPPED));
	EXPECT_TEXT(slot.skip_reason, "nobody had time");
	EXPECT_OK(suite_call(s, method_content_publish_post, &publish, &post));
	slot = slot_of(s, &slot);
	EXPECT_INT(slot.state, STATE(PUBLISHED));
	EXPECT_INT(slot.publish_time->seconds, post.publish_time->seconds);
	EXPECT_OK(remove_post(s, community, slot.post_id, &post));
	EXPECT_INT(slot_of(s, &slot).state, STATE(PUBLISHED));
}

static void a_post_fills_one_slot(void **state)
{
	struct suite *s = *state;
	const char *community = given_staffed(s, "Europe/Berlin");
	Content__Slot one = given_slot(s, community, "ann"), other = given_slot(s, community, NULL),
		      slot = CONTENT__SLOT__INIT;
	Content__Post gone = CONTENT__POST__INIT;
	const char *draft = given_draft(s, community, "ann"),
		   *old = given_post(s, community, "ann");
	struct outcome outcome;

	EXPECT_OK(fill_with(s, &one, draft, &slot));
	EXPECT_STATUS(fill_with(s, &other, draft, &slot), ALREADY_EXISTS, "SLOT_POST_TAKEN");
	EXPECT_STATUS(fill_with(s, &other, person(s, "no post"), &slot), NOT_FOUND,
		      "POST_NOT_FOUND");
	EXPECT_OK(remove_post(s, community, old, &gone));
	outcome = fill_with(s, &other, old, &slot);
	EXPECT_STATUS(outcome, FAILED_PRECONDITION, "POST_STATE");
	EXPECT_TEXT(outcome_fact(&outcome, "state"), "REMOVED");
	EXPECT_OK(clear(s, &one, &slot));
	EXPECT_OK(fill_with(s, &other, draft, &slot));

	/* Another's draft is not there for a moderator either. */
	as_named(s, "mod");
	EXPECT_STATUS(fill_with(s, &one, given_draft(s, community, "ann"), &slot), NOT_FOUND,
		      "POST_NOT_FOUND");
	as_platform(s);
}

static void of_posts_at_the_same_moment_one_fills_the_slot(void **state)
{
	struct suite *s = *state;
	const char *community = given_staffed(s, "Europe/Berlin");
	Content__Slot slot = given_slot(s, community, NULL), slots[8];
	Content__FillSlotRequest requests[8];
	const void *asked[8];
	void *replies[8];
	struct outcome outcomes[8];
	int filled = 0;

	for (size_t i = 0; i < 8; i++) {
		content__fill_slot_request__init(&requests[i]);
		content__slot__init(&slots[i]);
		requests[i].community_id = community;
		requests[i].slot_id = slot.slot_id;
		requests[i].post_id = given_draft(s, community, "ann");
		asked[i] = &requests[i];
		replies[i] = &slots[i];
	}
	suite_call_at_once(s, method_content_fill_slot, 8, asked, NULL, replies, outcomes);
	for (size_t i = 0; i < 8; i++) {
		if (outcomes[i].status == STATUS_OK) {
			filled++;
			EXPECT_TEXT(slot_of(s, &slot).post_id, requests[i].post_id);
		} else {
			EXPECT_STATUS(outcomes[i], FAILED_PRECONDITION, "SLOT_STATE");
			EXPECT_TEXT(outcome_fact(&outcomes[i], "state"), "DRAFT");
		}
	}
	EXPECT_INT(filled, 1);
}

static void a_slot_is_seen_by_its_owner_and_moderators(void **state)
{
	struct suite *s = *state;
	const char *community = given_staffed(s, "Europe/Berlin");
	Content__Slot hers = given_slot(s, community, "ann"),
		      nobodys = given_slot(s, community, NULL), slot = CONTENT__SLOT__INIT;
	Content__ListSlotsRequest list = CONTENT__LIST_SLOTS_REQUEST__INIT;
	Content__ListSlotsResponse page = CONTENT__LIST_SLOTS_RESPONSE__INIT;

	list.community_id = community;
	list.start_date = list.end_date = SUMMER_DAY;
	list.page_size = 1;
	EXPECT_OK(suite_call(s, method_content_list_slots, &list, &page));
	EXPECT_INT(page.n_slots, 1);
	list.page_token = page.next_page_token;
	EXPECT_OK(suite_call(s, method_content_list_slots, &list, &page));
	EXPECT_INT(page.n_slots, 1);
	EXPECT_TEXT(page.next_page_token, "");
	list.page_token = "";
	list.page_size = 0;

	as_named(s, "mod");
	EXPECT_OK(suite_call(s, method_content_list_slots, &list, &page));
	EXPECT_INT(page.n_slots, 2);
	as_named(s, "ann");
	EXPECT_OK(get(s, &hers, &slot));
	EXPECT_STATUS(get(s, &nobodys, &slot), NOT_FOUND, "SLOT_NOT_FOUND");
	EXPECT_STATUS(fill_with(s, &nobodys, given_draft(s, community, "ann"), &slot), NOT_FOUND,
		      "SLOT_NOT_FOUND");
	EXPECT_STATUS(pass_over(s, &hers, &slot), PERMISSION_DENIED, NULL);
	EXPECT_OK(suite_call(s, method_content_list_slots, &list, &page));
	EXPECT_INT(page.n_slots, 1);
	EXPECT_TEXT(page.slots[0]->slot_id, hers.slot_id);
	as_named(s, "bob");
	EXPECT_STATUS(get(s, &hers, &slot), NOT_FOUND, "SLOT_NOT_FOUND");
	list.owner_person_id = person(s, "ann");
	EXPECT_OK(suite_call(s, method_content_list_slots, &list, &page));
	EXPECT_INT(page.n_slots, 0);

	/* The owner fills it, and schedules what needs no review; a moderator approves. */
	as_named(s, "ann");
	EXPECT_OK(fill_with(s, &hers, given_draft(s, community, "ann"), &slot));
	postgres_int(suite_database(s),
		     "UPDATE content.post SET state = 'REVIEW' WHERE post_id = '%s'", slot.post_id);
	EXPECT_STATUS(schedule(s, &hers, &slot), PERMISSION_DENIED, "ROLE_TOO_LOW");
	as_named(s, "mod");
	EXPECT_OK(schedule(s, &hers, &slot));
	EXPECT_INT(slot.state, STATE(SCHEDULED));
	as_platform(s);
	EXPECT_INT(post_of(s, community, slot.post_id).schedule_time->seconds,
		   slot.due_time->seconds);
}

static void filters_narrow_the_calendar(void **state)
{
	struct suite *s = *state;
	const char *community = given_staffed(s, "Europe/Berlin");
	Content__Slot hers = given_slot(s, community, "ann"),
		      skipped = given_slot(s, community, NULL),
		      late = given_slot(s, community, NULL);
	Content__ListSlotsRequest list = CONTENT__LIST_SLOTS_REQUEST__INIT;
	Content__ListSlotsResponse page = CONTENT__LIST_SLOTS_RESPONSE__INIT;

	EXPECT_OK(pass_over(s, &skipped, &skipped));
	let_pass(s, &late);
	list.community_id = community;
	list.start_date = list.end_date = SUMMER_DAY;
	list.owner_person_id = person(s, "ann");
	EXPECT_OK(suite_call(s, method_content_list_slots, &list, &page));
	EXPECT_INT(page.n_slots, 1);
	EXPECT_TEXT(page.slots[0]->slot_id, hers.slot_id);
	list.owner_person_id = "";
	list.state = STATE(SKIPPED);
	EXPECT_OK(suite_call(s, method_content_list_slots, &list, &page));
	EXPECT_INT(page.n_slots, 1);
	EXPECT_TEXT(page.slots[0]->slot_id, skipped.slot_id);
	list.state = STATE(UNSPECIFIED);
	list.overdue = true;
	EXPECT_OK(suite_call(s, method_content_list_slots, &list, &page));
	EXPECT_INT(page.n_slots, 1);
	EXPECT_TEXT(page.slots[0]->slot_id, late.slot_id);
	list.overdue = false;
	list.kind = CONTENT__POST_KIND__POST_KIND_VIDEO;
	EXPECT_OK(suite_call(s, method_content_list_slots, &list, &page));
	EXPECT_INT(page.n_slots, 0);
	list.start_date = "2077-07-07";
	EXPECT_STATUS(suite_call(s, method_content_list_slots, &list, &page), INVALID_ARGUMENT,
		      "DATES_REVERSED");
	list.end_date = "2097-07-07";
	EXPECT_STATUS(suite_call(s, method_content_list_slots, &list, &page), INVALID_ARGUMENT,
		      "RANGE_TOO_LONG");
}

static void what_cannot_be_planned_is_refused(void **state)
{
	struct suite *s = *state;
	const char *community = given_staffed(s, "Europe/Berlin");
	Content__Slot slot = given_scheduled(s, community), wanted = CONTENT__SLOT__INIT,
		      after = CONTENT__SLOT__INIT;
	Content__UpdateSlotRequest empty = CONTENT__UPDATE_SLOT_REQUEST__INIT;
	Google__Protobuf__FieldMask mask = GOOGLE__PROTOBUF__FIELD_MASK__INIT;
	char title[] = "title", stage[] = "state", *path = title;

	EXPECT_STATUS(plan(s, community, "2026-01-01", 0, NULL, &after), FAILED_PRECONDITION,
		      "SLOT_PAST");
	EXPECT_STATUS(plan(s, community, "2077-02-29", 0, NULL, &after), INVALID_ARGUMENT, NULL);
	EXPECT_STATUS(plan(s, community, "", 0, NULL, &after), INVALID_ARGUMENT, NULL);
	EXPECT_STATUS(plan(s, community, SUMMER_DAY, 1440, NULL, &after), INVALID_ARGUMENT, NULL);
	EXPECT_STATUS(plan(s, community, SUMMER_DAY, 0, "eve", &after), FAILED_PRECONDITION,
		      "NOT_A_MEMBER");
	EXPECT_STATUS(move(s, &slot, "2026-01-01", 0, &after), FAILED_PRECONDITION, "SLOT_PAST");
	wanted.owner_person_id = person(s, "eve");
	EXPECT_STATUS(change(s, &slot, &wanted, &after), FAILED_PRECONDITION, "NOT_A_MEMBER");
	wanted.owner_person_id = "";
	wanted.title = "x";
	wanted.etag = "17";
	EXPECT_STATUS(change(s, &slot, &wanted, &after), ABORTED, "ETAG_MISMATCH");
	wanted.title = wanted.etag = "";
	mask.paths = &path;
	mask.n_paths = 1;
	empty.community_id = community;
	empty.slot_id = slot.slot_id;
	empty.slot = &wanted;
	empty.update_mask = &mask;
	EXPECT_STATUS(suite_call(s, method_content_update_slot, &empty, &after), INVALID_ARGUMENT,
		      NULL);
	path = stage;
	EXPECT_STATUS(suite_call(s, method_content_update_slot, &empty, &after), INVALID_ARGUMENT,
		      "FIELD_NOT_CHANGEABLE");
	as_named(s, "mod");
	EXPECT_OK(plan(s, community, SUMMER_DAY, 0, "ann", &after));
	EXPECT_TEXT(after.person_id, person(s, "mod"));
	as_named(s, "ann");
	EXPECT_STATUS(plan(s, community, SUMMER_DAY, 0, "ann", &after), PERMISSION_DENIED, NULL);
	as_platform(s);

	/* Its moment is over: whatever is left to do, its post cannot be scheduled for it. */
	EXPECT_OK(clear(s, &slot, &slot));
	EXPECT_OK(fill(s, &slot, &slot));
	let_pass(s, &slot);
	EXPECT_STATUS(schedule(s, &slot, &after), FAILED_PRECONDITION, "SLOT_PAST");
}

static void a_slot_that_moves_takes_its_post_along(void **state)
{
	struct suite *s = *state;
	const char *community = given_staffed(s, "Europe/Berlin");
	Content__Slot slot = given_scheduled(s, community), own = given_scheduled(s, community);
	int64_t day = 86400, summer = slot.due_time->seconds;

	EXPECT_INT(post_of(s, community, slot.post_id).schedule_time->seconds, summer);
	EXPECT_OK(move(s, &slot, "2077-07-07", 0, &slot));
	EXPECT_INT(slot.due_time->seconds, summer + day);
	EXPECT_INT(slot.minute, 19 * 60);
	EXPECT_INT(post_of(s, community, slot.post_id).schedule_time->seconds, summer + day);
	EXPECT_OK(move(s, &slot, "", 20 * 60, &slot));
	EXPECT_INT(slot.due_time->seconds, summer + day + 3600);
	EXPECT_TEXT(slot.date, "2077-07-07");
	EXPECT_INT(post_of(s, community, slot.post_id).schedule_time->seconds, summer + day + 3600);
	EXPECT_OK(rename_it(s, &slot, &slot));
	EXPECT_INT(slot.due_time->seconds, summer + day + 3600);

	/* One that was scheduled for another moment stays there. */
	postgres_int(suite_database(s),
		     "UPDATE content.post SET schedule_time = schedule_time + interval '1 hour' "
		     "WHERE post_id = '%s'",
		     own.post_id);
	EXPECT_OK(move(s, &own, WINTER_DAY, 0, &own));
	EXPECT_INT(post_of(s, community, own.post_id).schedule_time->seconds, summer + 3600);
}

static void relocate(struct suite *s, const char *community, const char *time_zone)
{
	Member__UpdateCommunityRequest request = MEMBER__UPDATE_COMMUNITY_REQUEST__INIT;
	Member__Community wanted = MEMBER__COMMUNITY__INIT, after = MEMBER__COMMUNITY__INIT;
	int64_t until = clock_mono_us() + 20000000;

	wanted.time_zone = time_zone;
	request.community_id = community;
	request.community = &wanted;
	EXPECT_OK(suite_call(s, method_member_update_community, &request, &after));
	while (postgres_int(suite_database(s),
			    "SELECT count(*) FROM content.replica_community WHERE "
			    "community_id = '%s' AND time_zone = '%s'",
			    community, time_zone) == 0)
		assert_true(clock_mono_us() < until);
}

static void a_community_that_moves_keeps_its_local_times(void **state)
{
	struct suite *s = *state;
	const char *community = given_staffed(s, "Europe/Berlin");
	Content__Slot idea = given_slot(s, community, NULL), slot = given_scheduled(s, community),
		      own = given_scheduled(s, community),
		      done = given_state(s, community, STATE(PUBLISHED));
	int64_t berlin = idea.due_time->seconds, shanghai = berlin - INT64_C(6) * 3600;

	postgres_int(suite_database(s),
		     "UPDATE content.post SET schedule_time = schedule_time + interval '1 hour' "
		     "WHERE post_id = '%s'",
		     own.post_id);
	relocate(s, community, "Asia/Shanghai");
	EXPECT_INT(slot_of(s, &idea).due_time->seconds, shanghai);
	EXPECT_INT(slot_of(s, &slot).due_time->seconds, shanghai);
	EXPECT_TEXT(slot_of(s, &slot).date, SUMMER_DAY);
	EXPECT_INT(slot_of(s, &slot).minute, 19 * 60);
	EXPECT_INT(post_of(s, community, slot.post_id).schedule_time->seconds, shanghai);
	EXPECT_INT(slot_of(s, &own).due_time->seconds, shanghai);
	EXPECT_INT(post_of(s, community, own.post_id).schedule_time->seconds, berlin + 3600);
	EXPECT_INT(slot_of(s, &done).due_time->seconds, berlin);

	relocate(s, community, "Europe/Berlin");
	EXPECT_INT(slot_of(s, &slot).due_time->seconds, berlin);
	EXPECT_INT(post_of(s, community, slot.post_id).schedule_time->seconds, berlin);
}

static void a_scheduled_slot_is_published_by_itself(void **state)
{
	struct suite *s = *state;
	const char *community = given_staffed(s, "Europe/Berlin");
	Content__Slot slot = given_scheduled(s, community);

	let_pass(s, &slot);
	be_looked_at(s, &slot);
	slot = slot_of(s, &slot);
	EXPECT_INT(slot.state, STATE(PUBLISHED));
	assert_false(slot.overdue);
	EXPECT_INT(told(s, "POST_PUBLISHED", slot.post_id), 1);
	EXPECT_INT(alerts_of(s, &slot), 0);
}

static void a_post_that_comes_later_does_not_keep_its_slot(void **state)
{
	struct suite *s = *state;
	const char *community = given_staffed(s, "Europe/Berlin");
	Content__Slot slot = given_scheduled(s, community);

	postgres_int(suite_database(s),
		     "UPDATE content.slot SET due_time = now() - interval '1 minute' WHERE "
		     "slot_id = '%s'",
		     slot.slot_id);
	be_looked_at(s, &slot);
	slot = slot_of(s, &slot);
	EXPECT_INT(slot.state, STATE(SCHEDULED));
	assert_true(slot.overdue);
	EXPECT_INT(alerts_of(s, &slot), 1);
}

static void a_slot_without_a_scheduled_post_is_overdue_and_not_lost(void **state)
{
	struct suite *s = *state;
	const char *community = given_staffed(s, "Europe/Berlin"), *quiet = given_community(s);
	Content__Slot idea = given_slot(s, community, "ann"),
		      draft = given_slot(s, community, "ann"),
		      skipped = given_slot(s, community, "ann"), slot = CONTENT__SLOT__INIT,
		      archived;
	Content__ListAlertsRequest list = CONTENT__LIST_ALERTS_REQUEST__INIT;
	Content__ListAlertsResponse alerts = CONTENT__LIST_ALERTS_RESPONSE__INIT;
	Content__AcknowledgeAlertRequest seen = CONTENT__ACKNOWLEDGE_ALERT_REQUEST__INIT;
	Content__Alert alert = CONTENT__ALERT__INIT;

	archived = given_slot(s, quiet, NULL);
	suite_settle(s);
	postgres_int(suite_database(s),
		     "UPDATE content.replica_community SET state = 'ARCHIVED' WHERE "
		     "community_id = '%s'",
		     quiet);
	EXPECT_OK(fill(s, &draft, &draft));
	EXPECT_OK(pass_over(s, &skipped, &skipped));
	let_pass(s, &idea);
	let_pass(s, &draft);
	let_pass(s, &skipped);
	let_pass(s, &archived);
	be_looked_at(s, &idea);
	be_looked_at(s, &draft);
	be_looked_at(s, &skipped);
	be_looked_at(s, &archived);

	assert_true(slot_of(s, &idea).overdue);
	EXPECT_INT(slot_of(s, &draft).state, STATE(DRAFT));
	EXPECT_INT(alerts_of(s, &idea), 1);
	EXPECT_INT(alerts_of(s, &draft), 1);
	EXPECT_INT(alerts_of(s, &skipped), 0);
	EXPECT_INT(alerts_of(s, &archived), 0);
	EXPECT_INT(told(s, "POST_PUBLISHED", draft.post_id), 0);

	list.community_id = seen.community_id = community;
	list.kind = CONTENT__ALERT_KIND__ALERT_KIND_SLOT_OVERDUE;
	list.open = true;
	list.page_size = 1;
	as_named(s, "mod");
	EXPECT_OK(suite_call(s, method_content_list_alerts, &list, &alerts));
	EXPECT_INT(alerts.n_alerts, 1);
	seen.alert_id = alerts.alerts[0]->alert_id;
	EXPECT_OK(suite_call(s, method_content_acknowledge_alert, &seen, &alert));
	EXPECT_TEXT(alert.acknowledge_person_id, person(s, "mod"));
	as_platform(s);
	EXPECT_OK(suite_call(s, method_content_acknowledge_alert, &seen, &alert));
	EXPECT_TEXT(alert.acknowledge_person_id, person(s, "mod"));
	EXPECT_OK(suite_call(s, method_content_list_alerts, &list, &alerts));
	EXPECT_INT(alerts.n_alerts, 1);
	assert_string_not_equal(alerts.alerts[0]->alert_id, seen.alert_id);
	EXPECT_TEXT(alerts.next_page_token, "");
	seen.alert_id = person(s, "no alert");
	EXPECT_STATUS(suite_call(s, method_content_acknowledge_alert, &seen, &alert), NOT_FOUND,
		      "ALERT_NOT_FOUND");
	as_platform(s);

	/* Given another time and missing that as well, it is told of again. */
	EXPECT_OK(move(s, &idea, "2077-08-01", 0, &slot));
	assert_false(slot.overdue);
	let_pass(s, &idea);
	be_looked_at(s, &idea);
	EXPECT_INT(alerts_of(s, &idea), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_step_is_refused_in_every_state_it_does_not_lead_from),
		cmocka_unit_test(a_slot_is_what_its_post_is),
		cmocka_unit_test(a_post_fills_one_slot),
		cmocka_unit_test(of_posts_at_the_same_moment_one_fills_the_slot),
		cmocka_unit_test(a_slot_is_seen_by_its_owner_and_moderators),
		cmocka_unit_test(filters_narrow_the_calendar),
		cmocka_unit_test(what_cannot_be_planned_is_refused),
		cmocka_unit_test(a_slot_that_moves_takes_its_post_along),
		cmocka_unit_test(a_community_that_moves_keeps_its_local_times),
		cmocka_unit_test(a_scheduled_slot_is_published_by_itself),
		cmocka_unit_test(a_post_that_comes_later_does_not_keep_its_slot),
		cmocka_unit_test(a_slot_without_a_scheduled_post_is_overdue_and_not_lost),
	};

	return cmocka_run_group_tests_name("content_calendar", tests, content_setup,
					   suite_teardown);
}
