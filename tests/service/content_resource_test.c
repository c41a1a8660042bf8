/* Resources: the links that lead to them, and who followed those. */
#include "content_words.h"
#include "kith/content/v1/resource.pb-c.h"
#include "kith_methods.h"

#define CROWD 64

static struct outcome offer(struct suite *s, const char *community, const char *url,
			    Content__Resource *ret)
{
	Content__CreateResourceRequest request = CONTENT__CREATE_RESOURCE_REQUEST__INIT;
	Content__Resource wanted = CONTENT__RESOURCE__INIT;

	content__resource__init(ret);
	wanted.title = "Ten patterns";
	wanted.description = "for *beginners*";
	wanted.url = url;
	request.community_id = community;
	request.resource = &wanted;

	return suite_call(s, method_content_create_resource, &request, ret);
}

static Content__Resource given_resource(struct suite *s)
{
	const char *community = given_community(s, .owner = "olga");
	Content__Resource made;

	EXPECT_OK(join(s, community, "ann"));
	EXPECT_OK(join(s, community, "bob"));
	suite_settle(s);
	as_platform(s);
	EXPECT_OK(offer(s, community, "https://kith.example/patterns.pdf", &made));

	return made;
}

static struct outcome link_to(struct suite *s, const Content__Resource *resource, const char *name,
			      const char *channel, Content__ResourceLink *ret)
{
	Content__CreateResourceLinkRequest request = CONTENT__CREATE_RESOURCE_LINK_REQUEST__INIT;

	content__resource_link__init(ret);
	request.community_id = resource->community_id;
	request.resource_id = resource->resource_id;
	request.person_id = name ? person(s, name) : "";
	request.channel = channel;
	request.campaign = "spring";

	return suite_call(s, method_content_create_resource_link, &request, ret);
}

static struct outcome visit(struct suite *s, const char *code, const char *visitor,
			    Content__ResourceVisit *ret)
{
	Content__VisitResourceLinkRequest request = CONTENT__VISIT_RESOURCE_LINK_REQUEST__INIT;

	content__resource_visit__init(ret);
	request.code = code;
	request.visitor = visitor;

	return suite_call(s, method_content_visit_resource_link, &request, ret);
}

static struct outcome convert(struct suite *s, const char *community, const char *code,
			      const char *visitor, Content__ResourceDeed deed,
			      Content__ResourceLink *ret)
{
	Content__ConvertResourceLinkRequest request = CONTENT__CONVERT_RESOURCE_LINK_REQUEST__INIT;

	content__resource_link__init(ret);
	request.community_id = community;
	request.code = code;
	request.visitor = visitor;
	request.deed = deed;

	return suite_call(s, method_content_convert_resource_link, &request, ret);
}

static size_t links(struct suite *s, const Content__Resource *resource)
{
	Content__ListResourceLinksRequest request = CONTENT__LIST_RESOURCE_LINKS_REQUEST__INIT;
	Content__ListResourceLinksResponse list = CONTENT__LIST_RESOURCE_LINKS_RESPONSE__INIT;

	request.community_id = resource->community_id;
	request.resource_id = resource->resource_id;
	EXPECT_OK(suite_call(s, method_content_list_resource_links, &request, &list));

	return list.n_links;
}

static struct outcome archive(struct suite *s, const Content__Resource *resource)
{
	Content__ArchiveResourceRequest request = CONTENT__ARCHIVE_RESOURCE_REQUEST__INIT;
	Content__Resource ret = CONTENT__RESOURCE__INIT;

	request.community_id = resource->community_id;
	request.resource_id = resource->resource_id;

	return suite_call(s, method_content_archive_resource, &request, &ret);
}

static void only_addresses_of_the_web_are_offered(void **state)
{
	static const char *const urls[] = {"", "kith.example", "javascript:alert(1)", "ftp://x",
					   "//x"};
	struct suite *s = *state;
	const char *community = given_community(s);
	Content__Resource made;

	as_platform(s);
	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		struct outcome outcome = offer(s, community, urls[i], &made);

		EXPECT_STATUS(outcome, INVALID_ARGUMENT, "BAD_URL");
		assert_true(outcome_names(&outcome, "resource.url"));
	}
	EXPECT_OK(offer(s, community, "https://kith.example/x", &made));
	EXPECT_TEXT(made.description_html, "<p>for <em>beginners</em></p>\n");
}

static void a_link_leads_to_the_resource_and_counts_each_visitor_once(void **state)
{
	struct suite *s = *state;
	Content__Resource resource = given_resource(s);
	Content__ResourceLink first, second;
	Content__ResourceVisit seen;

	EXPECT_OK(link_to(s, &resource, NULL, "forum", &first));
	EXPECT_OK(link_to(s, &resource, "ann", "chat", &second));
	EXPECT_INT(strlen(first.code), 12);
	as_named(s, "stranger");
	EXPECT_OK(visit(s, first.code, "v1", &seen));
	EXPECT_TEXT(seen.url, "https://kith.example/patterns.pdf");
	EXPECT_OK(visit(s, first.code, "v1", &seen));
	EXPECT_OK(visit(s, first.code, "v2", &seen));
	EXPECT_OK(visit(s, second.code, "v1", &seen));
	EXPECT_STATUS(visit(s, "nowhere", "v1", &seen), NOT_FOUND, "RESOURCE_LINK_NOT_FOUND");
	as_platform(s);
	EXPECT_OK(convert(s, resource.community_id, first.code, "v1",
			  CONTENT__RESOURCE_DEED__RESOURCE_DEED_JOIN, &first));
	EXPECT_OK(convert(s, resource.community_id, first.code, "v1",
			  CONTENT__RESOURCE_DEED__RESOURCE_DEED_JOIN, &first));
	EXPECT_OK(convert(s, resource.community_id, first.code, "v3",
			  CONTENT__RESOURCE_DEED__RESOURCE_DEED_DOWNLOAD, &first));
	EXPECT_INT(first.visitor_count, 3);
	EXPECT_INT(first.join_count, 1);
	EXPECT_INT(first.download_count, 1);
	EXPECT_STATUS(convert(s, given_community(s), first.code, "v1",
			      CONTENT__RESOURCE_DEED__RESOURCE_DEED_JOIN, &second),
		      NOT_FOUND, "RESOURCE_LINK_NOT_FOUND");
	EXPECT_INT(postgres_int(suite_database(s),
				"SELECT count(*) FROM content.resource_visit v JOIN "
				"content.resource_link l "
				"USING (community_id, link_id) WHERE resource_id = '%s' AND "
				"position(convert_to('v1', 'UTF8') IN visitor_hash) > 0",
				resource.resource_id),
		   0);
}

static void members_make_links_in_their_own_names_and_see_no_others(void **state)
{
	struct suite *s = *state;
	Content__Resource resource = given_resource(s);
	Content__ResourceLink made;

	EXPECT_OK(link_to(s, &resource, NULL, "forum", &made));
	EXPECT_STATUS(link_to(s, &resource, "eve", "forum", &made), FAILED_PRECONDITION,
		      "NOT_A_MEMBER");
	as_named(s, "ann");
	EXPECT_OK(link_to(s, &resource, NULL, "chat", &made));
	EXPECT_TEXT(made.person_id, person(s, "ann"));
	EXPECT_STATUS(link_to(s, &resource, "bob", "chat", &made), PERMISSION_DENIED,
		      "PERSON_NOT_CALLER");
	EXPECT_INT(links(s, &resource), 1);
	as_named(s, "olga");
	EXPECT_INT(links(s, &resource), 2);
	as_platform(s);
}

static void what_was_taken_back_leads_nowhere(void **state)
{
	struct suite *s = *state;
	Content__Resource resource = given_resource(s);
	Content__UpdateResourceRequest request = CONTENT__UPDATE_RESOURCE_REQUEST__INIT;
	Content__Resource wanted = CONTENT__RESOURCE__INIT, now = CONTENT__RESOURCE__INIT;
	Content__ResourceLink link, other;
	Content__ResourceVisit seen;

	EXPECT_OK(link_to(s, &resource, NULL, "forum", &link));
	wanted.url = "https://kith.example/new.pdf";
	wanted.etag = "1";
	request.community_id = resource.community_id;
	request.resource_id = resource.resource_id;
	request.resource = &wanted;
	EXPECT_OK(suite_call(s, method_content_update_resource, &request, &now));
	EXPECT_OK(visit(s, link.code, "v1", &seen));
	EXPECT_TEXT(seen.url, "https://kith.example/new.pdf");
	EXPECT_STATUS(suite_call(s, method_content_update_resource, &request, &now), ABORTED,
		      "ETAG_MISMATCH");
	EXPECT_OK(archive(s, &resource));
	EXPECT_OK(archive(s, &resource));
	EXPECT_STATUS(visit(s, link.code, "v2", &seen), NOT_FOUND, "RESOURCE_LINK_NOT_FOUND");
	EXPECT_STATUS(link_to(s, &resource, NULL, "x", &other), FAILED_PRECONDITION,
		      "RESOURCE_ARCHIVED");
	EXPECT_STATUS(suite_call(s, method_content_update_resource, &request, &now),
		      FAILED_PRECONDITION, "RESOURCE_ARCHIVED");
	resource.resource_id = link.link_id;
	EXPECT_STATUS(archive(s, &resource), NOT_FOUND, "RESOURCE_NOT_FOUND");
}

/* A crowd visits and joins by one link, everybody twice: the sums are those of the rows, and the
 * report tells them. */
static void visitors_are_counted_exactly_whatever_happens_at_once(void **state)
{
	struct suite *s = *state;
	Content__Resource resource = given_resource(s), now;
	Content__GetResourceRequest get = CONTENT__GET_RESOURCE_REQUEST__INIT;
	Content__GetResourceReportRequest ask = CONTENT__GET_RESOURCE_REPORT_REQUEST__INIT;
	Content__ResourceReport report = CONTENT__RESOURCE_REPORT__INIT;
	Content__VisitResourceLinkRequest visits[CROWD];
	Content__ConvertResourceLinkRequest deeds[CROWD];
	const struct method *methods[2 * CROWD];
	const void *requests[2 * CROWD];
	struct outcome outcomes[2 * CROWD];
	Content__ResourceLink link, other;

	EXPECT_OK(link_to(s, &resource, NULL, "forum", &link));
	EXPECT_OK(link_to(s, &resource, NULL, "chat", &other));
	for (int i = 0; i < CROWD; i++) {
		const char *visitor = arena_printf(suite_arena(s), "visitor %d", i / 2);

		content__visit_resource_link_request__init(&visits[i]);
		visits[i].code = link.code;
		visits[i].visitor = visitor;
		content__convert_resource_link_request__init(&deeds[i]);
		deeds[i].community_id = resource.community_id;
		deeds[i].code = link.code;
		deeds[i].visitor = visitor;
		deeds[i].deed = CONTENT__RESOURCE_DEED__RESOURCE_DEED_JOIN;
		methods[2 * i] = method_content_visit_resource_link;
		requests[2 * i] = &visits[i];
		methods[2 * i + 1] = method_content_convert_resource_link;
		requests[2 * i + 1] = &deeds[i];
	}
	suite_call_mixed(s, 2 * CROWD, methods, requests, NULL, NULL, outcomes);
	for (int i = 0; i < 2 * CROWD; i++)
		EXPECT_OK(outcomes[i]);

	content__resource__init(&now);
	get.community_id = ask.community_id = resource.community_id;
	get.resource_id = resource.resource_id;
	EXPECT_OK(suite_call(s, method_content_get_resource, &get, &now));
	EXPECT_INT(now.visitor_count, CROWD / 2);
	ask.group_by = CONTENT__RESOURCE_GROUPING__RESOURCE_GROUPING_CHANNEL;
	EXPECT_OK(suite_call(s, method_content_get_resource_report, &ask, &report));
	EXPECT_INT(report.n_rows, 2);
	EXPECT_TEXT(report.rows[0]->key, "forum");
	EXPECT_INT(report.rows[0]->visitor_count, CROWD / 2);
	EXPECT_INT(report.rows[0]->join_count, CROWD / 2);
	assert_true(report.rows[0]->join_rate == 1.0);
	/* Wilson's lower bound of 32 of 32 is 32 / (32 + 1.96^2) = 0.8928. */
	assert_true(report.rows[0]->join_low > 0.8927 && report.rows[0]->join_low < 0.8929);
	EXPECT_INT(report.rows[1]->visitor_count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_addresses_of_the_web_are_offered),
		cmocka_unit_test(a_link_leads_to_the_resource_and_counts_each_visitor_once),
		cmocka_unit_test(members_make_links_in_their_own_names_and_see_no_others),
		cmocka_unit_test(what_was_taken_back_leads_nowhere),
		cmocka_unit_test(visitors_are_counted_exactly_whatever_happens_at_once),
	};

	return cmocka_run_group_tests(tests, content_setup, suite_teardown);
}
