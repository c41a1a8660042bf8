/* Copy templates: what they may say, how they are filled in, and what is counted of their use. */
#include "content_words.h"
#include "kith/content/v1/template.pb-c.h"
#include "kith_methods.h"

#define CROWD 64

static struct outcome create(struct suite *s, const char *community, const char *name,
			     const char *body, Content__CopyTemplate *ret)
{
	Content__CreateTemplateRequest request = CONTENT__CREATE_TEMPLATE_REQUEST__INIT;
	Content__CopyTemplate wanted = CONTENT__COPY_TEMPLATE__INIT;

	wanted.name = name;
	wanted.body = body;
	wanted.stage = MEMBER__LIFECYCLE_STAGE__LIFECYCLE_STAGE_GROWTH;
	wanted.channel = CONTENT__COPY_CHANNEL__COPY_CHANNEL_GROUP;
	wanted.language = "zh-CN";
	request.community_id = community;
	request.copy_template = &wanted;

	return suite_call(s, method_content_create_template, &request, ret);
}

static const char *given_template(struct suite *s, const char *community, const char *body)
{
	Content__CopyTemplate made = CONTENT__COPY_TEMPLATE__INIT;

	as_platform(s);
	EXPECT_OK(create(s, community, "hello", body, &made));

	return made.template_id;
}

static struct outcome get(struct suite *s, const char *community, const char *id,
			  Content__CopyTemplate *ret)
{
	Content__GetTemplateRequest request = CONTENT__GET_TEMPLATE_REQUEST__INIT;

	request.community_id = community;
	request.template_id = id;

	return suite_call(s, method_content_get_template, &request, ret);
}

static struct outcome retire(struct suite *s, const char *community, const char *id)
{
	Content__RetireTemplateRequest request = CONTENT__RETIRE_TEMPLATE_REQUEST__INIT;
	Content__CopyTemplate retired = CONTENT__COPY_TEMPLATE__INIT;

	request.community_id = community;
	request.template_id = id;

	return suite_call(s, method_content_retire_template, &request, &retired);
}

/* With one value, or none where its name is NULL. */
static struct outcome render(struct suite *s, const char *community, const char *id,
			     const char *name, const char *value, int64_t audience, bool preview,
			     Content__RenderedTemplate *ret)
{
	Content__RenderTemplateRequest request = CONTENT__RENDER_TEMPLATE_REQUEST__INIT;
	Content__TemplateValue one = CONTENT__TEMPLATE_VALUE__INIT, *values[] = {&one};

	one.name = name;
	one.value = value;
	request.community_id = community;
	request.template_id = id;
	request.values = values;
	request.n_values = name ? 1 : 0;
	request.audience_count = audience;
	request.preview = preview;

	return suite_call(s, method_content_render_template, &request, ret);
}

static struct outcome convert(struct suite *s, const char *community, const char *use_id,
			      const char *reader, Content__TemplateUse *ret)
{
	Content__ConvertTemplateUseRequest request = CONTENT__CONVERT_TEMPLATE_USE_REQUEST__INIT;

	request.community_id = community;
	request.use_id = use_id;
	request.reader = reader;

	return suite_call(s, method_content_convert_template_use, &request, ret);
}

static void variables_are_what_the_body_names(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);
	Content__CopyTemplate made = CONTENT__COPY_TEMPLATE__INIT;

	as_platform(s);
	EXPECT_OK(create(s, community, "欢迎", "{{name}}, 欢迎来到 {{ group }}! {{name}} { } }}",
			 &made));
	EXPECT_INT(made.n_variables, 2);
	EXPECT_TEXT(made.variables[0], "name");
	EXPECT_TEXT(made.variables[1], "group");
	EXPECT_TEXT(made.community_id, community);
}

static void a_body_that_cannot_be_read_says_where(void **state)
{
	static const char *const bodies[] = {"hi {{name",     "hi {{Name}}", "hi {{}}",
					     "hi {{1st}}",    "hi {{a b}}",  "hi {{名}}",
					     "hi {{ {{a}} }}"};
	struct suite *s = *state;
	const char *community = given_community(s);
	Content__CopyTemplate made = CONTENT__COPY_TEMPLATE__INIT;

	as_platform(s);
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		struct outcome outcome = create(s, community, "x", bodies[i], &made);

		EXPECT_STATUS(outcome, INVALID_ARGUMENT, "BAD_TEMPLATE");
		assert_true(outcome_names(&outcome, "copy_template.body"));
		assert_non_null(strstr(outcome.message, "character 4:"));
	}
}

static void what_is_needed_is_asked_for(void **state)
{
	struct suite *s = *state;
	Content__CreateTemplateRequest request = CONTENT__CREATE_TEMPLATE_REQUEST__INIT;
	Content__CopyTemplate empty = CONTENT__COPY_TEMPLATE__INIT,
			      made = CONTENT__COPY_TEMPLATE__INIT;
	struct outcome outcome;

	as_platform(s);
	request.community_id = given_community(s);
	request.copy_template = &empty;
	outcome = suite_call(s, method_content_create_template, &request, &made);
	EXPECT_STATUS(outcome, INVALID_ARGUMENT, NULL);
	assert_true(outcome_names(&outcome, "copy_template.name"));
	assert_true(outcome_names(&outcome, "copy_template.stage"));
	assert_true(outcome_names(&outcome, "copy_template.channel"));
	assert_true(outcome_names(&outcome, "copy_template.language"));
	assert_true(outcome_names(&outcome, "copy_template.body"));
}

static void values_stand_where_their_variables_stood(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);
	const char *id = given_template(s, community, "{{name}}你好, {{name}}!");
	Content__RenderedTemplate rendered = CONTENT__RENDERED_TEMPLATE__INIT;

	EXPECT_OK(render(s, community, id, "name", "{{name}}", 0, true, &rendered));
	EXPECT_TEXT(rendered.text, "{{name}}你好, {{name}}!");
	EXPECT_TEXT(rendered.use_id, "");
	EXPECT_STATUS(render(s, community, id, NULL, NULL, 0, true, &rendered), INVALID_ARGUMENT,
		      "MISSING_VARIABLE");
	EXPECT_STATUS(render(s, community, id, "nam", "x", 0, true, &rendered), INVALID_ARGUMENT,
		      "MISSING_VARIABLE");
	id = given_template(s, given_community(s), "nothing to fill in");
	EXPECT_STATUS(render(s, community, id, "name", "x", 0, true, &rendered), NOT_FOUND,
		      "COPY_TEMPLATE_NOT_FOUND");
}

static void a_value_for_no_variable_is_refused(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);
	const char *id = given_template(s, community, "nothing to fill in");
	Content__RenderedTemplate rendered = CONTENT__RENDERED_TEMPLATE__INIT;

	EXPECT_STATUS(render(s, community, id, "name", "x", 0, false, &rendered), INVALID_ARGUMENT,
		      "UNKNOWN_VARIABLE");
	EXPECT_INT(
		postgres_int(suite_database(s),
			     "SELECT count(*) FROM content.template_use WHERE community_id = '%s'",
			     community),
		0);
}

static void uses_and_those_who_acted_are_counted(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);
	const char *id = given_template(s, community, "come");
	Content__RenderedTemplate first = CONTENT__RENDERED_TEMPLATE__INIT,
				  second = CONTENT__RENDERED_TEMPLATE__INIT;
	Content__CopyTemplate t = CONTENT__COPY_TEMPLATE__INIT;
	Content__TemplateUse use = CONTENT__TEMPLATE_USE__INIT;

	EXPECT_OK(render(s, community, id, NULL, NULL, 100, false, &first));
	EXPECT_OK(render(s, community, id, NULL, NULL, 0, false, &second));
	EXPECT_OK(convert(s, community, first.use_id, "r1", &use));
	EXPECT_OK(convert(s, community, first.use_id, "r2", &use));
	EXPECT_OK(convert(s, community, first.use_id, "r2", &use));
	EXPECT_INT(use.conversion_count, 2);
	EXPECT_OK(convert(s, community, second.use_id, "r2", &use));
	EXPECT_INT(use.conversion_count, 1);

	EXPECT_OK(get(s, community, id, &t));
	EXPECT_INT(t.use_count, 2);
	EXPECT_INT(t.audience_count, 101);
	EXPECT_INT(t.conversion_count, 3);
	/* Wilson's interval of 3 of 101 by hand: centre 0.0474, half-width 0.0373. */
	assert_true(t.conversion_rate > 0.0297 && t.conversion_rate < 0.0298);
	assert_true(t.conversion_low > 0.0101 && t.conversion_low < 0.0102);
	assert_true(t.conversion_high > 0.0837 && t.conversion_high < 0.0838);

	EXPECT_STATUS(convert(s, given_community(s), first.use_id, "r1", &use), NOT_FOUND,
		      "TEMPLATE_USE_NOT_FOUND");
}

static void a_crowd_that_acts_is_counted_exactly(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);
	const char *id = given_template(s, community, "come");
	Content__RenderedTemplate rendered = CONTENT__RENDERED_TEMPLATE__INIT;
	Content__ConvertTemplateUseRequest requests[CROWD];
	const void *list[CROWD];
	struct outcome outcomes[CROWD];
	Content__CopyTemplate t = CONTENT__COPY_TEMPLATE__INIT;

	EXPECT_OK(render(s, community, id, NULL, NULL, 1000, false, &rendered));
	for (int i = 0; i < CROWD; i++) { /* every reader twice */
		content__convert_template_use_request__init(&requests[i]);
		requests[i].community_id = community;
		requests[i].use_id = rendered.use_id;
		requests[i].reader = arena_printf(suite_arena(s), "reader %d", i / 2);
		list[i] = &requests[i];
	}
	suite_call_at_once(s, method_content_convert_template_use, CROWD, list, NULL, NULL,
			   outcomes);
	for (int i = 0; i < CROWD; i++)
		EXPECT_OK(outcomes[i]);
	EXPECT_OK(get(s, community, id, &t));
	EXPECT_INT(t.conversion_count, CROWD / 2);
}

static void a_retired_template_is_kept_and_not_used(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);
	const char *id = given_template(s, community, "come");
	Content__RenderedTemplate rendered = CONTENT__RENDERED_TEMPLATE__INIT;
	Content__UpdateTemplateRequest request = CONTENT__UPDATE_TEMPLATE_REQUEST__INIT;
	Content__CopyTemplate t = CONTENT__COPY_TEMPLATE__INIT,
			      wanted = CONTENT__COPY_TEMPLATE__INIT;

	EXPECT_OK(retire(s, community, id));
	EXPECT_OK(retire(s, community, id));
	EXPECT_OK(get(s, community, id, &t));
	EXPECT_INT(t.state, CONTENT__TEMPLATE_STATE__TEMPLATE_STATE_RETIRED);
	EXPECT_STATUS(render(s, community, id, NULL, NULL, 0, false, &rendered),
		      FAILED_PRECONDITION, "TEMPLATE_RETIRED");
	wanted.body = "stay";
	request.community_id = community;
	request.template_id = id;
	request.copy_template = &wanted;
	EXPECT_STATUS(suite_call(s, method_content_update_template, &request, &t),
		      FAILED_PRECONDITION, "TEMPLATE_RETIRED");
	given_template(s, community, "the name is free again");
}

static void a_name_is_taken_while_its_template_is_in_use(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);
	Content__CopyTemplate made = CONTENT__COPY_TEMPLATE__INIT;

	given_template(s, community, "come");
	EXPECT_STATUS(create(s, community, "hello", "again", &made), ALREADY_EXISTS,
		      "COPY_TEMPLATE_NAME_TAKEN");
}

static void an_update_changes_words_and_variables_under_its_etag(void **state)
{
	struct suite *s = *state;
	const char *community = given_community(s);
	const char *id = given_template(s, community, "{{a}}");
	Content__UpdateTemplateRequest request = CONTENT__UPDATE_TEMPLATE_REQUEST__INIT;
	Content__CopyTemplate t = CONTENT__COPY_TEMPLATE__INIT,
			      wanted = CONTENT__COPY_TEMPLATE__INIT;

	wanted.body = "{{b}} {{c}}";
	wanted.etag = "1";
	request.community_id = community;
	request.template_id = id;
	request.copy_template = &wanted;
	EXPECT_OK(suite_call(s, method_content_update_template, &request, &t));
	EXPECT_INT(t.n_variables, 2);
	EXPECT_TEXT(t.variables[1], "c");
	EXPECT_TEXT(t.name, "hello");
	EXPECT_TEXT(t.etag, "2");
	EXPECT_STATUS(suite_call(s, method_content_update_template, &request, &t), ABORTED,
		      "ETAG_MISMATCH");
}

/* Every stage in both languages, readable by everybody and changed by nobody; each renders with its
 * own variables. */
static void the_library_is_there_for_every_community(void **state)
{
	static const Member__LifecycleStage stages[] = {
		MEMBER__LIFECYCLE_STAGE__LIFECYCLE_STAGE_LAUNCH,
		MEMBER__LIFECYCLE_STAGE__LIFECYCLE_STAGE_GROWTH,
		MEMBER__LIFECYCLE_STAGE__LIFECYCLE_STAGE_MATURITY,
		MEMBER__LIFECYCLE_STAGE__LIFECYCLE_STAGE_TRANSFORM,
	};
	static const char *const languages[] = {"zh", "en"};
	struct suite *s = *state;
	const char *community = given_community(s);

	as_platform(s);
	for (size_t i = 0; i < 8; i++) {
		Content__ListTemplatesRequest request = CONTENT__LIST_TEMPLATES_REQUEST__INIT;
		Content__ListTemplatesResponse list = CONTENT__LIST_TEMPLATES_RESPONSE__INIT;

		request.community_id = community;
		request.stage = stages[i / 2];
		request.language = languages[i % 2];
		EXPECT_OK(suite_call(s, method_content_list_templates, &request, &list));
		assert_true(list.n_templates >= 4);
		for (size_t k = 0; k < list.n_templates; k++) {
			const Content__CopyTemplate *t = list.templates[k];
			Content__RenderTemplateRequest use = CONTENT__RENDER_TEMPLATE_REQUEST__INIT;
			Content__RenderedTemplate rendered = CONTENT__RENDERED_TEMPLATE__INIT;
			Content__TemplateValue values[8], *pointers[8];

			assert_true(t->n_variables >= 1 && t->n_variables <= 8);
			for (size_t v = 0; v < t->n_variables; v++) {
				content__template_value__init(&values[v]);
				values[v].name = t->variables[v];
				values[v].value = "x";
				pointers[v] = &values[v];
			}
			use.community_id = community;
			use.template_id = t->template_id;
			use.values = pointers;
			use.n_values = t->n_variables;
			EXPECT_TEXT(t->community_id, "");
			EXPECT_OK(suite_call(s, method_content_render_template, &use, &rendered));
			assert_null(strstr(rendered.text, "{{"));
			EXPECT_STATUS(retire(s, community, t->template_id), FAILED_PRECONDITION,
				      "TEMPLATE_OF_LIBRARY");
		}
	}
}

/* What one community does with the library is no other's business. */
static void figures_of_the_library_are_a_communitys_own(void **state)
{
	struct suite *s = *state;
	const char *ours = given_community(s), *theirs = given_community(s);
	Content__ListTemplatesRequest request = CONTENT__LIST_TEMPLATES_REQUEST__INIT;
	Content__ListTemplatesResponse list = CONTENT__LIST_TEMPLATES_RESPONSE__INIT;
	Content__ListTemplateUsesRequest asked = CONTENT__LIST_TEMPLATE_USES_REQUEST__INIT;
	Content__ListTemplateUsesResponse uses = CONTENT__LIST_TEMPLATE_USES_RESPONSE__INIT;
	Content__CopyTemplate t = CONTENT__COPY_TEMPLATE__INIT;

	as_platform(s);
	request.community_id = ours;
	request.page_size = 1;
	EXPECT_OK(suite_call(s, method_content_list_templates, &request, &list));
	postgres_int(suite_database(s),
		     "WITH u AS (INSERT INTO content.template_use VALUES ('%s', gen_random_uuid(), "
		     "'%s', NULL, now(), 5)) "
		     "INSERT INTO content.template_tally VALUES ('%s', '%s', 1, 5, 0)",
		     ours, list.templates[0]->template_id, ours, list.templates[0]->template_id);
	EXPECT_OK(get(s, ours, list.templates[0]->template_id, &t));
	EXPECT_INT(t.audience_count, 5);
	content__copy_template__init(&t);
	EXPECT_OK(get(s, theirs, list.templates[0]->template_id, &t));
	EXPECT_INT(t.audience_count, 0);
	asked.community_id = theirs;
	asked.template_id = list.templates[0]->template_id;
	EXPECT_OK(suite_call(s, method_content_list_template_uses, &asked, &uses));
	EXPECT_INT(uses.n_uses, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(variables_are_what_the_body_names),
		cmocka_unit_test(a_body_that_cannot_be_read_says_where),
		cmocka_unit_test(what_is_needed_is_asked_for),
		cmocka_unit_test(values_stand_where_their_variables_stood),
		cmocka_unit_test(a_value_for_no_variable_is_refused),
		cmocka_unit_test(uses_and_those_who_acted_are_counted),
		cmocka_unit_test(a_crowd_that_acts_is_counted_exactly),
		cmocka_unit_test(a_retired_template_is_kept_and_not_used),
		cmocka_unit_test(a_name_is_taken_while_its_template_is_in_use),
		cmocka_unit_test(an_update_changes_words_and_variables_under_its_etag),
		cmocka_unit_test(the_library_is_there_for_every_community),
		cmocka_unit_test(figures_of_the_library_are_a_communitys_own),
	};

	return cmocka_run_group_tests(tests, content_setup, suite_teardown);
}
