/* Reviews of real names: every step, and that nothing of name and number is left behind. */
#include <string.h>

#include "given.h"
#include "kith/member/v1/verification.pb-c.h"
#include "kith_methods.h"
#include "member/member.h"

#define CROWD 64

#define SUBMITTED    MEMBER__VERIFICATION_STATE__VERIFICATION_STATE_SUBMITTED
#define UNDER_REVIEW MEMBER__VERIFICATION_STATE__VERIFICATION_STATE_UNDER_REVIEW
#define VERIFIED     MEMBER__VERIFICATION_STATE__VERIFICATION_STATE_VERIFIED
#define REJECTED     MEMBER__VERIFICATION_STATE__VERIFICATION_STATE_REJECTED

static struct outcome submit_under(struct suite *s, const char *request_id, const char *name,
				   const char *real_name, const char *number,
				   Member__Verification *ret)
{
	Member__SubmitVerificationRequest request = MEMBER__SUBMIT_VERIFICATION_REQUEST__INIT;
	struct outcome outcome;

	*ret = (Member__Verification)MEMBER__VERIFICATION__INIT;
	request.person_id = person(s, name);
	request.real_name = real_name;
	request.document_kind = MEMBER__DOCUMENT_KIND__DOCUMENT_KIND_ID_CARD;
	request.document_number = number;
	as_person(s, request.person_id);
	if (request_id)
		with_request_id(s, request_id);
	outcome = suite_call(s, method_member_submit_verification, &request, ret);
	as_platform(s);

	return outcome;
}

static struct outcome submit(struct suite *s, const char *name, const char *real_name,
			     const char *number, Member__Verification *ret)
{
	return submit_under(s, NULL, name, real_name, number, ret);
}

static struct outcome start_review(struct suite *s, Member__Verification *of)
{
	Member__StartVerificationReviewRequest request =
		MEMBER__START_VERIFICATION_REVIEW_REQUEST__INIT;

	request.person_id = of->person_id;
	request.verification_id = of->verification_id;
	request.reviewer = "rita";

	return suite_call(s, method_member_start_verification_review, &request, of);
}

static struct outcome approve(struct suite *s, Member__Verification *of)
{
	Member__ApproveVerificationRequest request = MEMBER__APPROVE_VERIFICATION_REQUEST__INIT;

	request.person_id = of->person_id;
	request.verification_id = of->verification_id;
	request.reviewer = "rolf";

	return suite_call(s, method_member_approve_verification, &request, of);
}

static struct outcome reject(struct suite *s, Member__Verification *of)
{
	Member__RejectVerificationRequest request = MEMBER__REJECT_VERIFICATION_REQUEST__INIT;

	request.person_id = of->person_id;
	request.verification_id = of->verification_id;
	request.reviewer = "rolf";
	request.reason = "blurred";

	return suite_call(s, method_member_reject_verification, &request, of);
}

static bool is_verified(struct suite *s, const char *name)
{
	return postgres_int(suite_database(s),
			    "SELECT count(*) FROM member.person WHERE person_id = '%s' "
			    "AND verify_time IS NOT NULL",
			    person(s, name)) == 1;
}

static void review_goes_from_step_to_step(void **state)
{
	struct suite *s = *state;
	Member__GetVerificationRequest get = MEMBER__GET_VERIFICATION_REQUEST__INIT;
	Member__Verification review, read = MEMBER__VERIFICATION__INIT;

	EXPECT_OK(submit(s, "ann", "张伟", "1101 0519-4912 3100 2x", &review));
	EXPECT_INT(review.state, SUBMITTED);
	EXPECT_TEXT(review.masked_name, "张**");
	EXPECT_TEXT(review.document_tail, "002X");
	EXPECT_OK(start_review(s, &review));
	EXPECT_INT(review.state, UNDER_REVIEW);
	EXPECT_TEXT(review.reviewer, "rita");
	assert_non_null(review.review_time);
	assert_null(review.decide_time);
	assert_false(is_verified(s, "ann"));
	EXPECT_OK(approve(s, &review));
	EXPECT_INT(review.state, VERIFIED);
	EXPECT_TEXT(review.reviewer, "rolf");
	assert_non_null(review.decide_time);
	assert_true(is_verified(s, "ann"));

	get.person_id = person(s, "ann");
	as_person(s, get.person_id);
	EXPECT_OK(suite_call(s, method_member_get_verification, &get, &read));
	EXPECT_INT(read.state, VERIFIED);
	as_person(s, person(s, "bob"));
	EXPECT_STATUS(suite_call(s, method_member_get_verification, &get, &read), PERMISSION_DENIED,
		      NULL);
	get.person_id = person(s, "bob");
	EXPECT_STATUS(suite_call(s, method_member_get_verification, &get, &read), NOT_FOUND,
		      "VERIFICATION_NOT_FOUND");
	as_platform(s);
}

static void expect_refused(struct suite *s,
			   struct outcome (*step)(struct suite *, Member__Verification *),
			   const Member__Verification *of, const char *in)
{
	Member__Verification copy = *of;
	struct outcome outcome = step(s, &copy);

	EXPECT_STATUS(outcome, FAILED_PRECONDITION, "VERIFICATION_STATE");
	EXPECT_TEXT(outcome_fact(&outcome, "state"), in);
}

static void every_other_step_is_refused(void **state)
{
	struct suite *s = *state;
	Member__Verification review, again;

	EXPECT_OK(submit(s, "cid", "Cid Campeador", "AB123456", &review));
	expect_refused(s, approve, &review, "VERIFICATION_STATE_SUBMITTED");
	expect_refused(s, reject, &review, "VERIFICATION_STATE_SUBMITTED");
	EXPECT_STATUS(submit(s, "cid", "Cid Campeador", "AB123456", &again), FAILED_PRECONDITION,
		      "VERIFICATION_STATE");
	EXPECT_OK(start_review(s, &review));
	expect_refused(s, start_review, &review, "VERIFICATION_STATE_UNDER_REVIEW");
	EXPECT_STATUS(submit(s, "cid", "Cid Campeador", "AB123456", &again), FAILED_PRECONDITION,
		      "VERIFICATION_STATE");
	EXPECT_OK(reject(s, &review));
	EXPECT_INT(review.state, REJECTED);
	EXPECT_TEXT(review.reason, "blurred");
	expect_refused(s, start_review, &review, "VERIFICATION_STATE_REJECTED");
	expect_refused(s, approve, &review, "VERIFICATION_STATE_REJECTED");
	expect_refused(s, reject, &review, "VERIFICATION_STATE_REJECTED");
	assert_false(is_verified(s, "cid"));

	EXPECT_OK(submit(s, "cid", "Cid Campeador", "AB123456", &again));
	EXPECT_OK(start_review(s, &again));
	EXPECT_OK(approve(s, &again));
	expect_refused(s, start_review, &again, "VERIFICATION_STATE_VERIFIED");
	expect_refused(s, approve, &again, "VERIFICATION_STATE_VERIFIED");
	expect_refused(s, reject, &again, "VERIFICATION_STATE_VERIFIED");
	EXPECT_STATUS(submit(s, "cid", "Cid Campeador", "AB123456", &review), FAILED_PRECONDITION,
		      "VERIFICATION_STATE");
	again.verification_id = "11111111-1111-4111-8111-111111111111";
	EXPECT_STATUS(approve(s, &again), NOT_FOUND, "VERIFICATION_NOT_FOUND");
}

static void one_document_is_one_persons(void **state)
{
	struct suite *s = *state;
	Member__Verification dan, eve;

	EXPECT_OK(submit(s, "dan", "Dan", "DE 99-88 77", &dan));
	EXPECT_STATUS(submit(s, "eve", "Eve", "de998877", &eve), ALREADY_EXISTS,
		      "DOCUMENT_ALREADY_USED");
	EXPECT_OK(start_review(s, &dan));
	EXPECT_OK(reject(s, &dan));
	EXPECT_OK(submit(s, "eve", "Eve", "de998877", &eve));
	EXPECT_STATUS(submit(s, "dan", "Dan", "DE998877", &dan), ALREADY_EXISTS,
		      "DOCUMENT_ALREADY_USED");
}

static void what_is_no_number_is_refused(void **state)
{
	static const char *const bad[] = {"12345", "1-2-3-4-5", "no number!", "１２３４５６",
					  "12345678901234567890123456789012345678901"};
	struct suite *s = *state;
	Member__Verification review;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct outcome outcome = submit(s, "fay", "Fay", bad[i], &review);

		EXPECT_STATUS(outcome, INVALID_ARGUMENT, "BAD_DOCUMENT_NUMBER");
		assert_true(outcome_names(&outcome, "document_number"));
		assert_null(strstr(outcome.message, bad[i]));
	}
}

/* Rows of all tables whose text holds the word, plain or as bytes. */
static int64_t count_rows_with(struct suite *s, const char *word)
{
	return postgres_int(suite_database(s),
			    "SELECT sum((xpath('/row/n/text()', query_to_xml(format("
			    "'SELECT count(*) AS n FROM member.%%I AS r "
			    "WHERE strpos(translate(lower(r::text), ''- '', ''''), lower(%%L)) > 0 "
			    "OR strpos(r::text, encode(convert_to(%%L, ''UTF8''), ''hex'')) > 0', "
			    "table_name, '%s', '%s'), false, true, '')))[1]::text::bigint) "
			    "FROM information_schema.tables WHERE table_schema = 'member'",
			    word, word);
}

static void neither_name_nor_number_is_in_any_table(void **state)
{
	struct suite *s = *state;
	Member__Verification review, repeated;
	Member__SubmitVerificationRequest request = MEMBER__SUBMIT_VERIFICATION_REQUEST__INIT;

	EXPECT_OK(submit_under(s, "submit-once", "gus", "Gustavus", "QX94417ZZ713358", &review));
	EXPECT_OK(submit_under(s, "submit-once", "gus", "Gustavus", "QX94417ZZ713358", &repeated));
	EXPECT_TEXT(repeated.verification_id, review.verification_id);
	EXPECT_STATUS(
		submit_under(s, "submit-once", "gus", "Gustavus", "QX94417ZZ713359", &repeated),
		FAILED_PRECONDITION, "REQUEST_ID_REUSED");

	/* Hyphens and blanks count as nothing; and what is there is found. */
	assert_true(count_rows_with(s, "submitonce") > 0);
	assert_true(count_rows_with(s, "G**") > 0);
	EXPECT_INT(count_rows_with(s, "QX94417ZZ713358"), 0);
	EXPECT_INT(count_rows_with(s, "94417ZZ71"), 0);
	EXPECT_INT(count_rows_with(s, "Gustavus"), 0);

	/* Nor a hash that whoever has the tables could make himself. */
	EXPECT_INT(postgres_int(suite_database(s),
				"SELECT count(*) FROM member.verification WHERE document_hash IN ("
				"sha256('QX94417ZZ713358'), sha256('1/QX94417ZZ713358'))"),
		   0);
	request.person_id = person(s, "gus");
	EXPECT_INT(postgres_int(suite_database(s),
				"SELECT count(*) FROM member.verification v "
				"JOIN member.real_document d USING (document_hash) "
				"WHERE v.person_id = '%s' AND octet_length(document_hash) = 32",
				request.person_id),
		   1);
}

static void reviewers_see_the_oldest_first(void **state)
{
	struct suite *s = *state;
	Member__ListVerificationsRequest request = MEMBER__LIST_VERIFICATIONS_REQUEST__INIT;
	Member__ListVerificationsResponse page = MEMBER__LIST_VERIFICATIONS_RESPONSE__INIT;
	Member__Verification review;
	int64_t before = 0;
	size_t n = 0;

	EXPECT_OK(submit(s, "hal", "Hal", "HAL00001", &review));
	EXPECT_OK(submit(s, "ida", "Ida", "IDA00001", &review));
	request.page_size = 1;
	do {
		page = (Member__ListVerificationsResponse)MEMBER__LIST_VERIFICATIONS_RESPONSE__INIT;
		EXPECT_OK(suite_call(s, method_member_list_verifications, &request, &page));
		for (size_t i = 0; i < page.n_verifications; i++, n++) {
			EXPECT_INT(page.verifications[i]->state, SUBMITTED);
			assert_true(page.verifications[i]->create_time->seconds >= before);
			before = page.verifications[i]->create_time->seconds;
		}
		request.page_token = page.next_page_token;
	} while (request.page_token[0]);
	EXPECT_INT(n, postgres_int(suite_database(s),
				   "SELECT count(*) FROM member.verification "
				   "WHERE state = 'SUBMITTED'"));
	assert_true(n >= 2);
	request.state = UNDER_REVIEW;
	request.page_token = "";
	page = (Member__ListVerificationsResponse)MEMBER__LIST_VERIFICATIONS_RESPONSE__INIT;
	EXPECT_OK(suite_call(s, method_member_list_verifications, &request, &page));
	EXPECT_INT(page.n_verifications, 0);
	as_person(s, person(s, "hal"));
	EXPECT_STATUS(suite_call(s, method_member_list_verifications, &request, &page),
		      PERMISSION_DENIED, NULL);
	as_platform(s);
}

static void of_64_at_once_one_gets_the_document(void **state)
{
	struct suite *s = *state;
	Member__SubmitVerificationRequest requests[CROWD];
	const void *pointers[CROWD];
	struct outcome outcomes[CROWD];
	size_t got = 0;

	for (unsigned i = 0; i < CROWD; i++) {
		requests[i] = (Member__SubmitVerificationRequest)
			MEMBER__SUBMIT_VERIFICATION_REQUEST__INIT;
		requests[i].person_id = person(s, arena_printf(suite_arena(s), "crowd %u", i));
		requests[i].real_name = "Legion";
		requests[i].document_kind = MEMBER__DOCUMENT_KIND__DOCUMENT_KIND_PASSPORT;
		requests[i].document_number = "WE-ARE-MANY-1";
		pointers[i] = &requests[i];
	}
	as_platform(s);
	suite_call_at_once(s, method_member_submit_verification, CROWD, pointers, NULL, NULL,
			   outcomes);
	for (unsigned i = 0; i < CROWD; i++) {
		if (outcomes[i].status == STATUS_OK)
			got++;
		else
			EXPECT_STATUS(outcomes[i], ALREADY_EXISTS, "DOCUMENT_ALREADY_USED");
	}
	EXPECT_INT(got, 1);
}

static int start(void **state)
{
	return suite_setup(state, (const struct service *const[]){&member_service, NULL});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(review_goes_from_step_to_step),
		cmocka_unit_test(every_other_step_is_refused),
		cmocka_unit_test(one_document_is_one_persons),
		cmocka_unit_test(what_is_no_number_is_refused),
		cmocka_unit_test(neither_name_nor_number_is_in_any_table),
		cmocka_unit_test(reviewers_see_the_oldest_first),
		cmocka_unit_test(of_64_at_once_one_gets_the_document),
	};

	return cmocka_run_group_tests_name("member: verifications", tests, start, suite_teardown);
}
