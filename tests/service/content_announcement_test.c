/* Announcements: from when until when, for whom, and who has read them. */
#include "base/clock.h"
#include "content_words.h"
#include "kith/content/v1/announcement.pb-c.h"
#include "kith_methods.h"

#define CROWD 64
#define DAY   86400

static Google__Protobuf__Timestamp *in(struct suite *s, int64_t seconds)
{
	Google__Protobuf__Timestamp *time = arena_alloc(suite_arena(s), sizeof(*time));

	google__protobuf__timestamp__init(time);
	time->seconds = clock_wall_us() / 1000000 + seconds;

	return time;
}

/* Valid from and until so many seconds from now; 0: nothing said. */
static struct outcome announce(struct suite *s, const char *community, const char *title,
			       int64_t from, int64_t until, bool pinned, Content__Announcement *ret)
{
	Content__CreateAnnouncementRequest request = CONTENT__CREATE_ANNOUNCEMENT_REQUEST__INIT;
	Content__Announcement wanted = CONTENT__ANNOUNCEMENT__INIT;

	content__announcement__init(ret);
	wanted.title = title;
	wanted.body = "read me";
	wanted.pinned = pinned;
	wanted.start_time = from ? in(s, from) : NULL;
	wanted.end_time = until ? in(s, until) : NULL;
	request.community_id = community;
	request.announcement = &wanted;

	return suite_call(s, method_content_create_announcement, &request, ret);
}

static struct outcome get(struct suite *s, const Content__Announcement *a,
			  Content__Announcement *ret)
{
	Content__GetAnnouncementRequest request = CONTENT__GET_ANNOUNCEMENT_REQUEST__INIT;

	content__announcement__init(ret);
	request.community_id = a->community_id;
	request.announcement_id = a->announcement_id;

	return suite_call(s, method_content_get_announcement, &request, ret);
}

static Content__ListAnnouncementsResponse list(struct suite *s, const char *community, bool all)
{
	Content__ListAnnouncementsRequest request = CONTENT__LIST_ANNOUNCEMENTS_REQUEST__INIT;
	Content__ListAnnouncementsResponse ret = CONTENT__LIST_ANNOUNCEMENTS_RESPONSE__INIT;

	request.community_id = community;
	request.all = all;
	EXPECT_OK(suite_call(s, method_content_list_announcements, &request, &ret));

	return ret;
}

static struct outcome mark_read(struct suite *s, const Content__Announcement *a, const char *name)
{
	Content__MarkAnnouncementReadRequest request =
		CONTENT__MARK_ANNOUNCEMENT_READ_REQUEST__INIT;
	Content__AnnouncementReceipt receipt = CONTENT__ANNOUNCEMENT_RECEIPT__INIT;

	request.community_id = a->community_id;
	request.announcement_id = a->announcement_id;
	request.person_id = name ? person(s, name) : "";

	return suite_call(s, method_content_mark_announcement_read, &request, &receipt);
}

static struct outcome change(struct suite *s, const Content__Announcement *a, const char *body,
			     bool pinned, Content__Announcement *ret)
{
	Content__UpdateAnnouncementRequest request = CONTENT__UPDATE_ANNOUNCEMENT_REQUEST__INIT;
	Content__Announcement wanted = CONTENT__ANNOUNCEMENT__INIT;

	content__announcement__init(ret);
	wanted.body = body;
	wanted.pinned = pinned;
	wanted.etag = a->etag;
	request.community_id = a->community_id;
	request.announcement_id = a->announcement_id;
	request.announcement = &wanted;

	return suite_call(s, method_content_update_announcement, &request, ret);
}

static size_t readers(struct suite *s, const Content__Announcement *a, bool unread,
		      int32_t page_size)
{
	Content__ListAnnouncementReceiptsRequest request =
		CONTENT__LIST_ANNOUNCEMENT_RECEIPTS_REQUEST__INIT;
	size_t n = 0;

	request.community_id = a->community_id;
	request.announcement_id = a->announcement_id;
	request.unread = unread;
	request.page_size = page_size;
	request.page_token = "";
	do {
		Content__ListAnnouncementReceiptsResponse page =
			CONTENT__LIST_ANNOUNCEMENT_RECEIPTS_RESPONSE__INIT;

		EXPECT_OK(
			suite_call(s, method_content_list_announcement_receipts, &request, &page));
		n += page.n_receipts;
		request.page_token = page.next_page_token;
	} while (request.page_token[0]);

	return n;
}

static void members_see_what_is_valid_pinned_first_then_the_newest(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .owner = "olga");
	Content__Announcement old, new, pinned, over, coming, seen;
	Content__ListAnnouncementsResponse got;

	EXPECT_OK(join(s, community, "ann"));
	as_platform(s);
	EXPECT_OK(announce(s, community, "pinned", -3 * DAY, 0, true, &pinned));
	EXPECT_OK(announce(s, community, "old", -2 * DAY, 0, false, &old));
	EXPECT_OK(announce(s, community, "new", -DAY, DAY, false, &new));
	EXPECT_OK(announce(s, community, "over", -2 * DAY, -DAY, true, &over));
	EXPECT_OK(announce(s, community, "coming", DAY, 0, true, &coming));
	EXPECT_INT(list(s, community, true).n_announcements, 5);
	as_named(s, "ann");
	got = list(s, community, true);
	EXPECT_INT(got.n_announcements, 3);
	EXPECT_TEXT(got.announcements[0]->title, "pinned");
	EXPECT_TEXT(got.announcements[1]->title, "new");
	EXPECT_TEXT(got.announcements[2]->title, "old");
	EXPECT_STATUS(get(s, &over, &seen), NOT_FOUND, "ANNOUNCEMENT_NOT_FOUND");
	EXPECT_STATUS(get(s, &coming, &seen), NOT_FOUND, "ANNOUNCEMENT_NOT_FOUND");
	as_named(s, "olga");
	EXPECT_OK(get(s, &coming, &seen));
	EXPECT_TEXT(seen.body_html, "<p>read me</p>\n");
	as_platform(s);
}

static void what_would_never_be_valid_is_refused(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);
	Content__Announcement a;
	struct outcome outcome;

	as_platform(s);
	outcome = announce(s, community, "x", DAY, DAY, false, &a);
	EXPECT_STATUS(outcome, INVALID_ARGUMENT, "BAD_VALIDITY");
	assert_true(outcome_names(&outcome, "announcement.end_time"));
	EXPECT_STATUS(announce(s, community, "x", 0, -1, false, &a), INVALID_ARGUMENT,
		      "BAD_VALIDITY");
	EXPECT_STATUS(announce(s, community, "", 0, 0, false, &a), INVALID_ARGUMENT, NULL);
}

static void new_words_are_to_be_read_anew(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);
	Content__Announcement a, now;

	EXPECT_OK(join(s, community, "ann"));
	EXPECT_OK(join(s, community, "bob"));
	suite_settle(s);
	as_platform(s);
	EXPECT_OK(announce(s, community, "x", 0, 0, false, &a));
	as_named(s, "ann");
	EXPECT_OK(mark_read(s, &a, NULL));
	EXPECT_OK(mark_read(s, &a, NULL));
	EXPECT_STATUS(mark_read(s, &a, "bob"), PERMISSION_DENIED, "PERSON_NOT_CALLER");
	EXPECT_OK(get(s, &a, &now));
	assert_true(now.read);
	EXPECT_INT(now.read_count, 1);
	as_platform(s);
	EXPECT_INT(readers(s, &a, false, 50), 1);
	EXPECT_INT(readers(s, &a, true, 50), 1);

	EXPECT_OK(change(s, &a, "read me", true, &now)); /* the same words */
	EXPECT_INT(now.revision, 1);
	EXPECT_INT(now.read_count, 1);
	assert_true(now.pinned);
	EXPECT_STATUS(change(s, &a, "read me again", true, &now), ABORTED, "ETAG_MISMATCH");
	a.etag = "";
	EXPECT_OK(change(s, &a, "read me again", true, &now));
	EXPECT_INT(now.revision, 2);
	EXPECT_INT(now.read_count, 0);
	EXPECT_INT(readers(s, &a, true, 1), 2);
	as_named(s, "ann");
	EXPECT_OK(get(s, &a, &now));
	assert_false(now.read);
	EXPECT_OK(mark_read(s, &a, NULL));
	EXPECT_OK(get(s, &a, &now));
	EXPECT_INT(now.read_count, 1);
	as_platform(s);
	EXPECT_STATUS(mark_read(s, &a, "eve"), FAILED_PRECONDITION, "NOT_A_MEMBER");
}

static void a_withdrawn_one_is_kept_and_not_read(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);
	Content__WithdrawAnnouncementRequest request = CONTENT__WITHDRAW_ANNOUNCEMENT_REQUEST__INIT;
	Content__Announcement a, now;

	EXPECT_OK(join(s, community, "ann"));
	as_platform(s);
	EXPECT_OK(announce(s, community, "x", 0, 0, false, &a));
	request.community_id = community;
	request.announcement_id = a.announcement_id;
	for (int i = 0; i < 2; i++) {
		content__announcement__init(&now);
		EXPECT_OK(suite_call(s, method_content_withdraw_announcement, &request, &now));
		assert_non_null(now.withdraw_time);
		EXPECT_TEXT(now.etag, "2");
	}
	a.etag = "";
	EXPECT_STATUS(change(s, &a, "again", true, &now), FAILED_PRECONDITION,
		      "ANNOUNCEMENT_WITHDRAWN");
	EXPECT_STATUS(mark_read(s, &a, "ann"), NOT_FOUND, "ANNOUNCEMENT_NOT_FOUND");
}

/* A crowd reads while the words change: what is counted is what the receipts say. */
static void readers_are_counted_exactly_whatever_happens_at_once(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);
	Content__MarkAnnouncementReadRequest requests[CROWD];
	const void *list_of[CROWD];
	struct outcome outcomes[CROWD];
	Content__Announcement a, now;

	as_platform(s);
	EXPECT_OK(announce(s, community, "x", 0, 0, false, &a));
	for (int i = 0; i < CROWD; i++) { /* every reader twice */
		const char *name = arena_printf(suite_arena(s), "reader-%d", i / 2);

		if (i % 2 == 0)
			EXPECT_OK(join(s, community, name));
		content__mark_announcement_read_request__init(&requests[i]);
		requests[i].community_id = community;
		requests[i].announcement_id = a.announcement_id;
		requests[i].person_id = person(s, name);
		list_of[i] = &requests[i];
	}
	suite_settle(s);
	for (int round = 0; round < 4; round++) {
		suite_call_at_once(s, method_content_mark_announcement_read, CROWD / 2, list_of,
				   NULL, NULL, outcomes);
		a.etag = "";
		EXPECT_OK(change(s, &a, arena_printf(suite_arena(s), "words %d", round), false,
				 &now));
		suite_call_at_once(s, method_content_mark_announcement_read, CROWD, list_of, NULL,
				   NULL, outcomes);
		for (int i = 0; i < CROWD; i++)
			EXPECT_OK(outcomes[i]);
		EXPECT_OK(get(s, &a, &now));
		EXPECT_INT(now.read_count, CROWD / 2);
		EXPECT_INT(now.read_count,
			   postgres_int(suite_database(s),
					"SELECT count(*) FROM content.announcement_receipt "
					"WHERE announcement_id = '%s' AND revision = %lld",
					a.announcement_id, (long long)now.revision));
	}
}

static void a_community_that_says_nothing_new_is_stale(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);
	Content__GetAnnouncementSummaryRequest request =
		CONTENT__GET_ANNOUNCEMENT_SUMMARY_REQUEST__INIT;
	Content__AnnouncementSummary summary = CONTENT__ANNOUNCEMENT_SUMMARY__INIT;
	Content__Announcement a;

	as_platform(s);
	request.community_id = community;
	EXPECT_OK(suite_call(s, method_content_get_announcement_summary, &request, &summary));
	assert_true(summary.stale);
	assert_null(summary.last_change_time);
	EXPECT_OK(announce(s, community, "x", 0, 0, true, &a));
	content__announcement_summary__init(&summary);
	EXPECT_OK(suite_call(s, method_content_get_announcement_summary, &request, &summary));
	assert_false(summary.stale);
	EXPECT_INT(summary.valid_count, 1);
	EXPECT_INT(summary.pinned_count, 1);
	postgres_int(suite_database(s),
		     "UPDATE content.announcement SET update_time = now() - interval '8 days' "
		     "WHERE announcement_id = '%s'",
		     a.announcement_id);
	request.stale_days = 7;
	content__announcement_summary__init(&summary);
	EXPECT_OK(suite_call(s, method_content_get_announcement_summary, &request, &summary));
	assert_true(summary.stale);
	EXPECT_INT(summary.stale_count, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(members_see_what_is_valid_pinned_first_then_the_newest),
		cmocka_unit_test(what_would_never_be_valid_is_refused),
		cmocka_unit_test(new_words_are_to_be_read_anew),
		cmocka_unit_test(a_withdrawn_one_is_kept_and_not_read),
		cmocka_unit_test(readers_are_counted_exactly_whatever_happens_at_once),
		cmocka_unit_test(a_community_that_says_nothing_new_is_stale),
	};

	return cmocka_run_group_tests(tests, content_setup, suite_teardown);
}
