/* Privacy within member: what is exported, what an erasure refuses, and that nothing comes back. */
#include <string.h>

#include "base/id.h"
#include "export_words.h"
#include "given.h"
#include "kith/event/v1/event.pb-c.h"
#include "kith/member/v1/api_key.pb-c.h"
#include "kith/member/v1/contribution.pb-c.h"
#include "kith/member/v1/import.pb-c.h"
#include "kith/member/v1/privacy.pb-c.h"
#include "kith_methods.h"
#include "member/member.h"

#define CROWD 32

#define ERASED MEMBER__PERSON_STATE__PERSON_STATE_ERASED
#define LEFT   MEMBER__MEMBERSHIP_STATE__MEMBERSHIP_STATE_LEFT

static Member__ErasePersonRequest wish(struct suite *s, const char *name)
{
	Member__ErasePersonRequest request = MEMBER__ERASE_PERSON_REQUEST__INIT;

	request.person_id = person(s, name);
	request.reason = MEMBER__ERASURE_REASON__ERASURE_REASON_ASKED;
	request.content = MEMBER__CONTENT_ERASURE__CONTENT_ERASURE_KEEP_CONTENT;

	return request;
}

static struct outcome erase(struct suite *s, const char *name, Member__Person *ret)
{
	Member__ErasePersonRequest request = wish(s, name);

	member__person__init(ret);

	return suite_call(s, method_member_erase_person, &request, ret);
}

static int64_t rows_with(struct suite *s, const char *table, const char *column, const char *name)
{
	return postgres_int(suite_database(s), "SELECT count(*) FROM member.%s WHERE %s = '%s'",
			    table, column, person(s, name));
}

static void person_takes_away_all_that_is_kept_of_him(void **state)
{
	struct suite *s = *state;
	const char *one = given_community(s, .owner = "ann"), *two = given_community(s);
	const Member__PersonRecords *kept;
	Member__PersonExport all;

	EXPECT_OK(join(s, two, "ann"));
	EXPECT_OK(leave(s, two, "ann"));
	say(s, "ann", "diary", "secret", MEMBER__VISIBILITY__VISIBILITY_SELF, true);
	postgres_int(suite_database(s),
		     "INSERT INTO member.standing VALUES ('%s', '%s', '2026-01-02') RETURNING 1",
		     one, person(s, "ann"));
	postgres_int(suite_database(s),
		     "INSERT INTO member.interest VALUES ('%s', '%s', 'NEED', 'tea', 1, 1, 0, 0) "
		     "RETURNING 1",
		     one, person(s, "ann"));
	as_person(s, person(s, "ann"));
	EXPECT_OK(export_page(s, person(s, "ann"), 0, "", &all));
	as_platform(s);
	EXPECT_TEXT(all.person->display_name, "ann");
	kept = section_of(&all, "member")->member;
	EXPECT_INT(kept->n_memberships, 2);
	EXPECT_INT(kept->n_attributes, 1);
	EXPECT_TEXT(kept->attributes[0]->value, "secret");
	EXPECT_INT(kept->n_standings, 1);
	EXPECT_TEXT(kept->standings[0]->first_active_date, "2026-01-02");
	EXPECT_INT(kept->n_interests, 1);
	/* None of the other services is there; they may be asked again. */
	EXPECT_INT(all.n_sections, 4);
	for (size_t i = 1; i < 4; i++) {
		EXPECT_INT(all.sections[i]->code, STATUS_UNAVAILABLE);
		assert_true(*all.sections[i]->next_page_token);
	}
	EXPECT_STATUS(export_page(s, person(s, "ann"), 0, all.sections[1]->next_page_token, &all),
		      UNAVAILABLE, "PEER_UNKNOWN");
	as_person(s, person(s, "bob"));
	EXPECT_STATUS(export_page(s, person(s, "ann"), 0, "", &all), PERMISSION_DENIED, NULL);
	as_platform(s);
}

static void erased_person_is_a_number_and_nothing_else(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .owner = "ann");
	Member__GetErasureRequest request = MEMBER__GET_ERASURE_REQUEST__INIT;
	Member__Erasure erasure = MEMBER__ERASURE__INIT;
	Member__Membership membership;
	Member__Person gone;

	EXPECT_OK(join(s, community, "carl"));
	EXPECT_OK(join(s, community, "dora"));
	request.person_id = person(s, "carl");
	EXPECT_STATUS(suite_call(s, method_member_get_erasure, &request, &erasure), NOT_FOUND,
		      "ERASURE_NOT_FOUND");
	as_person(s, person(s, "carl"));
	EXPECT_OK(erase(s, "carl", &gone));
	as_platform(s);
	EXPECT_INT(gone.state, ERASED);
	EXPECT_TEXT(gone.display_name, "");
	EXPECT_TEXT(gone.external_id, "");
	EXPECT_TEXT(gone.person_id, request.person_id);

	membership = membership_of(s, community, "carl");
	EXPECT_INT(membership.state, LEFT);
	EXPECT_INT(membership.number, 2);
	EXPECT_TEXT(membership.leave_reason, "erased");
	EXPECT_INT(member_count(s, community), 2);
	EXPECT_INT(postgres_int(suite_database(s),
				"SELECT last_number FROM member.community "
				"WHERE community_id = '%s'",
				community),
		   3);
	EXPECT_OK(suite_call(s, method_member_get_erasure, &request, &erasure));
	EXPECT_TEXT(erasure.actor_person_id, request.person_id);
	EXPECT_INT(erasure.reason, MEMBER__ERASURE_REASON__ERASURE_REASON_ASKED);
	assert_non_null(erasure.erase_time);
}

static void erasing_again_and_at_once_changes_nothing(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .owner = "ann");
	Member__ErasePersonRequest request;
	const void *requests[CROWD];
	struct outcome outcomes[CROWD];
	Member__Person gone;

	EXPECT_OK(join(s, community, "eve"));
	request = wish(s, "eve");
	for (int i = 0; i < CROWD; i++)
		requests[i] = &request;
	suite_call_at_once(s, method_member_erase_person, CROWD, requests, NULL, NULL, outcomes);
	for (int i = 0; i < CROWD; i++)
		EXPECT_OK(outcomes[i]);
	EXPECT_OK(erase(s, "eve", &gone));
	EXPECT_TEXT(gone.etag, "2");
	EXPECT_INT(membership_of(s, community, "eve").version, 2);
	EXPECT_INT(member_count(s, community), 1);
	EXPECT_INT(postgres_int(suite_database(s),
				"SELECT count(*) FROM member.outbox WHERE person_id = '%s' "
				"AND type = 'PERSON_ERASED' AND state = 'KEEP_CONTENT'",
				person(s, "eve")),
		   1);
}

static void owner_hands_over_first(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .owner = "fay");
	Member__ArchiveCommunityRequest archive = MEMBER__ARCHIVE_COMMUNITY_REQUEST__INIT;
	Member__Community archived = MEMBER__COMMUNITY__INIT;
	Member__Person gone;

	EXPECT_STATUS(erase(s, "fay", &gone), FAILED_PRECONDITION, "OWNER_MUST_TRANSFER");
	EXPECT_INT(rows_with(s, "erasure", "person_id", "fay"), 0);
	EXPECT_TEXT(postgres_text(suite_database(s),
				  "SELECT display_name FROM member.person "
				  "WHERE person_id = '%s'",
				  person(s, "fay")),
		    "fay");
	/* Nobody can take an archived community over. */
	archive.community_id = community;
	EXPECT_OK(suite_call(s, method_member_archive_community, &archive, &archived));
	EXPECT_OK(erase(s, "fay", &gone));
	EXPECT_TEXT(community_of(s, community).owner_person_id, "");
	EXPECT_INT(member_count(s, community), 0);
}

static struct outcome make_key(struct suite *s, const char *name, Member__CreateApiKeyResponse *ret)
{
	Member__CreateApiKeyRequest request = MEMBER__CREATE_API_KEY_REQUEST__INIT;
	const char *scope = "read";

	request.name = "his telephone";
	request.scopes = &scope;
	request.n_scopes = 1;
	request.person_id = person(s, name);
	member__create_api_key_response__init(ret);

	return suite_call(s, method_member_create_api_key, &request, ret);
}

static void everything_later_about_him_is_refused(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s, .owner = "ann"), *gus = person(s, "gus");
	Member__UpdatePersonRequest rename = MEMBER__UPDATE_PERSON_REQUEST__INIT;
	Member__Person wanted = MEMBER__PERSON__INIT, gone;
	Member__GetProfileRequest get = MEMBER__GET_PROFILE_REQUEST__INIT;
	Member__UpdateProfileRequest update = MEMBER__UPDATE_PROFILE_REQUEST__INIT;
	Member__Profile profile = MEMBER__PROFILE__INIT;
	Member__CreateContributionRequest offer = MEMBER__CREATE_CONTRIBUTION_REQUEST__INIT;
	Member__Contribution offered = MEMBER__CONTRIBUTION__INIT;
	Member__CreateApiKeyResponse key;
	Member__PersonExport all;
	Member__CreatePersonRequest again = MEMBER__CREATE_PERSON_REQUEST__INIT;

	EXPECT_OK(make_key(s, "gus", &key));
	EXPECT_OK(erase(s, "gus", &gone));
	EXPECT_INT(postgres_int(suite_database(s),
				"SELECT count(*) FROM member.api_key WHERE person_id = '%s' "
				"AND revoke_time IS NOT NULL AND name = ''",
				gus),
		   1);

	EXPECT_STATUS(join(s, community, "gus"), FAILED_PRECONDITION, "PERSON_ERASED");
	wanted.display_name = "Gus again";
	rename.person_id = gus;
	rename.person = &wanted;
	EXPECT_STATUS(suite_call(s, method_member_update_person, &rename, &gone),
		      FAILED_PRECONDITION, "PERSON_ERASED");
	get.person_id = update.person_id = gus;
	EXPECT_STATUS(suite_call(s, method_member_get_profile, &get, &profile), FAILED_PRECONDITION,
		      "PERSON_ERASED");
	EXPECT_STATUS(suite_call(s, method_member_update_profile, &update, &profile),
		      FAILED_PRECONDITION, "PERSON_ERASED");
	offered.kind = MEMBER__CONTRIBUTION_KIND__CONTRIBUTION_KIND_SKILLS;
	offered.text = "haunts";
	offer.community_id = community;
	offer.person_id = gus;
	offer.contribution = &offered;
	EXPECT_STATUS(suite_call(s, method_member_create_contribution, &offer,
				 &(Member__Contribution)MEMBER__CONTRIBUTION__INIT),
		      FAILED_PRECONDITION, "PERSON_ERASED");
	EXPECT_STATUS(make_key(s, "gus", &key), FAILED_PRECONDITION, "PERSON_ERASED");
	EXPECT_STATUS(export_page(s, gus, 0, "", &all), FAILED_PRECONDITION, "PERSON_ERASED");
	wanted.external_id = "gus";
	again.person = &wanted;
	EXPECT_STATUS(suite_call(s, method_member_create_person, &again, &gone), ALREADY_EXISTS,
		      "PERSON_EXTERNAL_ID_TAKEN");
}

static void who_is_not_there_cannot_be_erased(void **state)
{
	struct suite *s = *state;
	Member__ErasePersonRequest request = wish(s, "hal");
	Member__Person gone = MEMBER__PERSON__INIT;

	request.content = 0;
	EXPECT_STATUS(suite_call(s, method_member_erase_person, &request, &gone), INVALID_ARGUMENT,
		      NULL);
	as_person(s, person(s, "ida"));
	EXPECT_STATUS(erase(s, "hal", &gone), PERMISSION_DENIED, NULL);
	as_platform(s);
	request = wish(s, "hal");
	request.person_id = "11111111-1111-4111-8111-111111111111";
	EXPECT_STATUS(suite_call(s, method_member_erase_person, &request, &gone), NOT_FOUND,
		      "PERSON_NOT_FOUND");
}

static void who_was_merged_into_him_is_forgotten_with_him(void **state)
{
	struct suite *s = *state;
	const char *joe = person(s, "joe"), *joey = person(s, "joey-at-home");
	Member__Person gone;

	say(s, "joey-at-home", "region", "north", MEMBER__VISIBILITY__VISIBILITY_PUBLIC, false);
	postgres_int(suite_database(s),
		     "UPDATE member.person SET state = 'MERGED', merged_into_person_id = '%s' "
		     "WHERE person_id = '%s' RETURNING 1",
		     joe, joey);
	EXPECT_STATUS(erase(s, "joey-at-home", &gone), FAILED_PRECONDITION, "PERSON_MERGED");
	EXPECT_OK(erase(s, "joe", &gone));
	EXPECT_TEXT(gone.person_id, joe);
	EXPECT_INT(postgres_int(suite_database(s),
				"SELECT count(*) FROM member.person WHERE person_id IN "
				"('%s', '%s') AND state = 'ERASED' AND display_name = '' "
				"AND external_id = ''",
				joe, joey),
		   2);
	EXPECT_INT(rows_with(s, "person_attribute", "person_id", "joey-at-home"), 0);
	EXPECT_INT(rows_with(s, "erasure", "person_id", "joey-at-home"), 1);
}

static struct outcome import_as(struct suite *s, const char *community, const char *name,
				int64_t join_s, Member__ImportMembershipsResponse *ret)
{
	Member__ImportMembershipsRequest request = MEMBER__IMPORT_MEMBERSHIPS_REQUEST__INIT;
	Member__ImportedMembership item = MEMBER__IMPORTED_MEMBERSHIP__INIT, *items = &item;
	Google__Protobuf__Timestamp time = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
	char id[ID_SIZE];

	id_of("person", name, id);
	time.seconds = join_s;
	item.community_id = community;
	item.person_id = id;
	item.person_external_id = name;
	item.join_time = &time;
	request.items = &items;
	request.n_items = 1;
	member__import_memberships_response__init(ret);

	return suite_call(s, method_member_import_memberships, &request, ret);
}

static void import_does_not_bring_him_back(void **state)
{
	struct suite *s = *state;
	const char *one = given_community(s), *two = given_community(s);
	Member__ImportMembershipsResponse counts;
	Member__Person gone;

	EXPECT_OK(import_as(s, one, "kim-outside", 1700000000, &counts));
	EXPECT_INT(counts.created_count, 1);
	EXPECT_OK(erase(s, "kim-outside", &gone));
	EXPECT_OK(import_as(s, one, "kim-outside", 4000000000, &counts));
	EXPECT_INT(counts.unchanged_count, 1);
	EXPECT_OK(import_as(s, two, "kim-outside", 1700000000, &counts));
	EXPECT_INT(counts.unchanged_count, 1);
	EXPECT_INT(member_count(s, one), 0);
	EXPECT_INT(rows_with(s, "membership", "person_id", "kim-outside"), 1);
	EXPECT_INT(postgres_int(suite_database(s),
				"SELECT last_number FROM member.community "
				"WHERE community_id = '%s'",
				two),
		   0);
	EXPECT_TEXT(postgres_text(suite_database(s),
				  "SELECT external_id || state "
				  "FROM member.person WHERE person_id = '%s'",
				  person(s, "kim-outside")),
		    "ERASED");
	EXPECT_OK(import_as(s, two, "lea-outside", 1700000000, &counts));
	EXPECT_INT(membership_of(s, two, "lea-outside").number, 1);
}

static void who_was_member_of_many_is_member_of_none(void **state)
{
	struct suite *s = *state;
	const char *who = person(s, "max");
	Member__JoinCommunityRequest joins[CROWD];
	const void *requests[CROWD];
	struct outcome outcomes[CROWD];
	Member__Person gone;

	for (int i = 0; i < CROWD; i++) {
		member__join_community_request__init(&joins[i]);
		joins[i].community_id = given_community(s);
		joins[i].person_id = who;
		requests[i] = &joins[i];
	}
	suite_call_at_once(s, method_member_join_community, CROWD / 2, requests, NULL, NULL,
			   outcomes);
	for (int i = 0; i < CROWD / 2; i++)
		EXPECT_OK(outcomes[i]);
	EXPECT_OK(erase(s, "max", &gone));
	suite_call_at_once(s, method_member_join_community, CROWD, requests, NULL, NULL, outcomes);
	for (int i = 0; i < CROWD; i++)
		EXPECT_STATUS(outcomes[i], FAILED_PRECONDITION, "PERSON_ERASED");
	EXPECT_INT(postgres_int(suite_database(s),
				"SELECT count(*) FROM member.membership WHERE person_id = '%s' "
				"AND state = 'ACTIVE'",
				who),
		   0);
}

static void what_is_told_of_him_later_is_not_kept(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s), *nat = person(s, "nat");
	Event__DeliverEventsRequest request = EVENT__DELIVER_EVENTS_REQUEST__INIT;
	Event__DeliverEventsResponse reply = EVENT__DELIVER_EVENTS_RESPONSE__INIT;
	Event__Event event = EVENT__EVENT__INIT, *events = &event;
	Google__Protobuf__Timestamp time = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
	char id[ID_SIZE];
	Member__Person gone;

	EXPECT_OK(join(s, community, "nat"));
	EXPECT_OK(erase(s, "nat", &gone));
	id_new(id);
	time.seconds = 1700000000;
	event.event_id = event.subject_id = id;
	event.community_id = community;
	event.person_id = nat;
	event.type = EVENT__EVENT_TYPE__EVENT_TYPE_POST_PUBLISHED;
	event.topic = "what he wrote";
	event.version = 1;
	event.occur_time = &time;
	request.events = &events;
	request.n_events = 1;
	as_service(s);
	EXPECT_OK(suite_call(s, method_member_deliver_events, &request, &reply));
	as_platform(s);
	EXPECT_INT(reply.applied_count, 1);
	EXPECT_INT(rows_with(s, "interest", "person_id", "nat"), 0);
	EXPECT_INT(rows_with(s, "interest_trace", "person_id", "nat"), 0);
}

static void erasure_sent_twice_is_answered_twice(void **state)
{
	struct suite *s = *state;
	Member__ErasePersonRequest request = wish(s, "ole");
	Member__Person first = MEMBER__PERSON__INIT, second = MEMBER__PERSON__INIT;

	as_person(s, request.person_id);
	with_request_id(s, "forget-ole");
	EXPECT_OK(suite_call(s, method_member_erase_person, &request, &first));
	with_request_id(s, "forget-ole");
	EXPECT_OK(suite_call(s, method_member_erase_person, &request, &second));
	as_platform(s);
	EXPECT_TEXT(second.etag, first.etag);
	EXPECT_INT(postgres_int(suite_database(s),
				"SELECT count(*) FROM member.idempotency "
				"WHERE request_id = 'forget-ole'"),
		   1);
}

static int start(void **state)
{
	return suite_setup(state, (const struct service *const[]){&member_service, NULL});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(person_takes_away_all_that_is_kept_of_him),
		cmocka_unit_test(erased_person_is_a_number_and_nothing_else),
		cmocka_unit_test(erasing_again_and_at_once_changes_nothing),
		cmocka_unit_test(owner_hands_over_first),
		cmocka_unit_test(everything_later_about_him_is_refused),
		cmocka_unit_test(who_is_not_there_cannot_be_erased),
		cmocka_unit_test(who_was_merged_into_him_is_forgotten_with_him),
		cmocka_unit_test(import_does_not_bring_him_back),
		cmocka_unit_test(what_is_told_of_him_later_is_not_kept),
		cmocka_unit_test(erasure_sent_twice_is_answered_twice),
		cmocka_unit_test(who_was_member_of_many_is_member_of_none),
	};

	return cmocka_run_group_tests_name("member: privacy", tests, start, suite_teardown);
}
