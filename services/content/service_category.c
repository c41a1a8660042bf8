/* Type services: the categories that each type of community brings, and what a community made of
 * them. Statements are in sql/service_category.sql. */
#include "base/arena.h"
#include "base/text.h"
#include "content.h"
#include "content.rpc.h"
#include "content.sql.h"
#include "event/replica.h"
#include "kith/content/v1/service_category_store.pb-c.h"
#include "service/precondition.h"

/*
 * reason               status              from
 * COMMUNITY_NOT_FOUND  NOT_FOUND           all
 * CATEGORY_TWICE       INVALID_ARGUMENT    Update
 * TOO_MANY_CATEGORIES  RESOURCE_EXHAUSTED  Update
 */

#define OWN_MAX   100
#define TOPIC_MAX 100
#define DAY_S     86400

enum language { ENGLISH, CHINESE, N_LANGUAGES };

#define INDUSTRY MEMBER__COMMUNITY_TYPE__COMMUNITY_TYPE_INDUSTRY
#define INTEREST MEMBER__COMMUNITY_TYPE__COMMUNITY_TYPE_INTEREST
#define REGION   MEMBER__COMMUNITY_TYPE__COMMUNITY_TYPE_REGION
#define PRODUCT  MEMBER__COMMUNITY_TYPE__COMMUNITY_TYPE_PRODUCT
#define LEARNING MEMBER__COMMUNITY_TYPE__COMMUNITY_TYPE_LEARNING

#define ANY      CONTENT__POST_KIND__POST_KIND_UNSPECIFIED
#define TEXT     CONTENT__POST_KIND__POST_KIND_TEXT
#define ARTICLE  CONTENT__POST_KIND__POST_KIND_ARTICLE
#define QUESTION CONTENT__POST_KIND__POST_KIND_QUESTION
#define RESOURCE CONTENT__POST_KIND__POST_KIND_RESOURCE
#define LESSON   CONTENT__POST_KIND__POST_KIND_LESSON

/* What Kith has to say about each, in the order in which it is shown. */
static const struct offer {
	Member__CommunityType brought_by;
	const char *category;
	Content__PostKind kind;
	int32_t cadence_days;
	const char *title[N_LANGUAGES];
	const char *text[N_LANGUAGES];
} offers[] = {
	{INDUSTRY,
	 "industry-news",
	 TEXT,
	 3,
	 {"Industry news", "行业动态"},
	 {"What has changed in the trade, and what it means for those in it.",
	  "行业里有什么新变化,对从业的人意味着什么。"}},
	{INDUSTRY,
	 "expertise",
	 ARTICLE,
	 7,
	 {"Expertise", "专业信息"},
	 {"Reports, figures and cases, by people who know, with their sources.",
	  "懂行的人写的报告、数据和案例,并注明出处。"}},
	{INDUSTRY,
	 "study-resources",
	 RESOURCE,
	 14,
	 {"Study resources", "学习资源"},
	 {"Standards, templates and reading for whoever wants to get better at the work.",
	  "标准、模板和书目,给想把工作做得更好的人。"}},
	{INTEREST,
	 "tutorials",
	 LESSON,
	 7,
	 {"Tutorials", "教程"},
	 {"Step by step, from the first attempt on, with pictures of what goes wrong.",
	  "从第一次上手开始,一步一步来,也拍下会出错的地方。"}},
	{INTEREST,
	 "experience",
	 ANY,
	 3,
	 {"Shared experience", "经验分享"},
	 {"What members have made and tried, and what they would do otherwise.",
	  "成员做过、试过什么,下次会怎样改。"}},
	{INTEREST,
	 "questions",
	 QUESTION,
	 3,
	 {"Questions and answers", "答疑"},
	 {"No question is too simple; those that come again become a tutorial.",
	  "没有太简单的问题;反复出现的,就写成教程。"}},
	{REGION,
	 "local-information",
	 TEXT,
	 2,
	 {"Local information", "本地资讯"},
	 {"What is open, closed, new or under way around here.",
	  "身边哪里开了、关了,有什么新鲜事、正在发生什么。"}},
	{REGION,
	 "living-here",
	 RESOURCE,
	 7,
	 {"Services for living here", "生活服务"},
	 {"Repairs, schools, doctors, trips: recommended by neighbours and kept current.",
	  "维修、上学、看病、出行:邻里推荐,及时更新。"}},
	{REGION,
	 "neighbours",
	 ANY,
	 7,
	 {"Among neighbours", "邻里互助"},
	 {"Asking, lending, looking after one another; a kind word where one is needed.",
	  "求助、借用、互相照应,需要时有一句暖心话。"}},
	{PRODUCT,
	 "product-help",
	 QUESTION,
	 1,
	 {"Product help", "使用答疑"},
	 {"Questions about the product, each answered within the day.",
	  "关于产品的提问,当天有回音。"}},
	{PRODUCT,
	 "usage-tips",
	 ARTICLE,
	 7,
	 {"Tips for use", "使用技巧"},
	 {"What the manual does not say, by those who use it every day.",
	  "说明书里没写的用法,由天天在用的人来讲。"}},
	{PRODUCT,
	 "product-news",
	 TEXT,
	 14,
	 {"Product news", "产品动态"},
	 {"What is new, what is coming, and what became of proposals.",
	  "新功能、新计划,以及大家的建议后来怎样了。"}},
	{LEARNING,
	 "study-material",
	 RESOURCE,
	 7,
	 {"Study material", "学习资料"},
	 {"What to read, hear and do for each step of the plan.",
	  "学习计划每一步要读、要听、要做的材料。"}},
	{LEARNING,
	 "exercises",
	 LESSON,
	 3,
	 {"Exercises", "练习与作业"},
	 {"Small tasks with a solution to compare one's own with.",
	  "小练习,附参考答案,做完可以对照。"}},
	{LEARNING,
	 "study-questions",
	 QUESTION,
	 2,
	 {"Questions while studying", "学习答疑"},
	 {"Where one is stuck, with what one has tried already.",
	  "卡在哪里,已经试过什么,说清楚再问。"}},
};

#define N_OFFERS (sizeof(offers) / sizeof(offers[0]))

static const struct offer *offer_of(Member__CommunityType type, const char *category)
{
	for (size_t i = 0; i < N_OFFERS; i++)
		if (offers[i].brought_by == type && text_equal(offers[i].category, category))
			return &offers[i];

	return NULL;
}

/* What the community has not said of a category, as the type brings it. */
static void fill(Content__ServiceCategory *one, const struct offer *offer, enum language language)
{
	if (!one->title[0])
		one->title = offer->title[language];
	if (!one->description[0])
		one->description = offer->text[language];
	if (!one->kind)
		one->kind = offer->kind;
	if (!one->cadence_days)
		one->cadence_days = offer->cadence_days;
}

/* Posts about what a category is called belong to it, where nothing else was said. */
static void name_topics(struct call *c, Content__ServiceCategory *one, const struct offer *offer)
{
	if (one->n_topics > 0)
		return;
	one->topics = arena_array(c->arena, 1 + N_LANGUAGES, sizeof(*one->topics));
	one->topics[one->n_topics++] = one->title;
	for (size_t i = 0; offer && i < N_LANGUAGES; i++)
		if (!text_equal(offer->title[i], one->title))
			one->topics[one->n_topics++] = offer->title[i];
}

/* Those that the type brings, worded by the community where it did, before those that it added. */
static void assemble(struct call *c, enum language language, Content__ServiceCatalogue *reply)
{
	size_t n_own = reply->n_categories, n = 0;
	Content__ServiceCategory **own = reply->categories,
				 **all = arena_array(c->arena, N_OFFERS + n_own, sizeof(*all));

	for (size_t i = 0; i < N_OFFERS; i++) {
		Content__ServiceCategory *one = NULL;

		if (offers[i].brought_by != reply->type)
			continue;
		for (size_t k = 0; k < n_own; k++)
			if (text_equal(own[k]->category, offers[i].category))
				one = own[k];
		if (!one) {
			one = arena_alloc(c->arena, sizeof(*one));
			content__service_category__init(one);
			one->category = offers[i].category;
			one->enabled = true;
		}
		fill(one, &offers[i], language);
		name_topics(c, one, &offers[i]);
		all[n++] = one;
	}
	for (size_t k = 0; k < n_own; k++)
		if (!offer_of(reply->type, own[k]->category)) {
			name_topics(c, own[k], NULL);
			all[n++] = own[k];
		}

	reply->categories = all;
	reply->n_categories = n;
}

/* What was published in each, and where nothing was. */
static enum status count(struct call *c, Content__ServiceCatalogue *reply)
{
	Content__CategoryTopics wanted = CONTENT__CATEGORY_TOPICS__INIT;
	Content__CategoryReport report = CONTENT__CATEGORY_REPORT__INIT;
	size_t n = 0;

	for (size_t i = 0; i < reply->n_categories; i++)
		n += reply->categories[i]->n_topics;
	wanted.community_id = reply->community_id;
	wanted.topics = arena_array(c->arena, n + 1, sizeof(*wanted.topics));
	for (size_t i = 0; i < reply->n_categories; i++)
		for (size_t k = 0; k < reply->categories[i]->n_topics; k++) {
			Content__CategoryTopic *one = arena_alloc(c->arena, sizeof(*one));

			content__category_topic__init(one);
			one->category = reply->categories[i]->category;
			one->topic = reply->categories[i]->topics[k];
			wanted.topics[wanted.n_topics++] = one;
		}
	TRY(sql_service_category_figures(c, &wanted, &report));

	for (size_t i = 0; i < reply->n_categories; i++) {
		Content__ServiceCategory *one = reply->categories[i];

		for (size_t k = 0; k < report.n_figures; k++)
			if (text_equal(report.figures[k]->category, one->category)) {
				one->post_count = report.figures[k]->post_count;
				one->last_post_time = report.figures[k]->last_post_time;
			}
		one->missing = one->enabled && one->post_count == 0;
		one->overdue = one->enabled && one->cadence_days > 0 &&
			       (!one->last_post_time ||
				one->last_post_time->seconds + one->cadence_days * DAY_S <
					c->now_us / 1000000);
		reply->missing_count += one->missing;
	}

	return STATUS_OK;
}

static enum status catalogue(struct call *c, const char *community_id, const char *locale,
			     Content__ServiceCatalogue *reply)
{
	Content__GetServiceCatalogueRequest wanted = CONTENT__GET_SERVICE_CATALOGUE_REQUEST__INIT;

	wanted.community_id = community_id;
	TRY(replica_community_type(c, community_id, &reply->type));
	TRY(sql_service_category_own(c, &wanted, reply));
	reply->community_id = community_id;
	assemble(c, text_starts(locale, "zh") ? CHINESE : ENGLISH, reply);

	return count(c, reply);
}

enum status content_get_service_catalogue(struct call *c,
					  const Content__GetServiceCatalogueRequest *req,
					  Content__ServiceCatalogue *reply)
{
	return catalogue(c, req->community_id, req->locale, reply);
}

static enum status check(struct call *c, const Content__UpdateServiceCategoriesRequest *req,
			 Member__CommunityType type)
{
	for (size_t i = 0; i < req->n_categories; i++) {
		const Content__ServiceCategory *one = req->categories[i];
		const char *at = arena_printf(c->arena, "categories[%zu]", i);

		for (size_t k = 0; k < i; k++)
			if (text_equal(one->category, req->categories[k]->category))
				return call_fail(c, STATUS_INVALID_ARGUMENT, "CATEGORY_TWICE",
						 "a category is named twice: %s", one->category);
		if (!one->title[0] && !offer_of(type, one->category))
			return call_violation(c, arena_printf(c->arena, "%s.title", at),
					      "is required of a category of one's own");
		for (size_t k = 0; k < one->n_topics; k++)
			if (!one->topics[k][0])
				return call_violation(c, arena_printf(c->arena, "%s.topics", at),
						      "must not be empty");
		TRY(texts_fit(c, arena_printf(c->arena, "%s.topics", at), one->topics,
			      one->n_topics, TOPIC_MAX));
	}

	return STATUS_OK;
}

enum status content_update_service_categories(struct call *c,
					      const Content__UpdateServiceCategoriesRequest *req,
					      Content__ServiceCatalogue *reply)
{
	Content__OwnCategory own = CONTENT__OWN_CATEGORY__INIT;
	Content__OwnCategoryCount kept = CONTENT__OWN_CATEGORY_COUNT__INIT;
	Member__CommunityType type;

	TRY(replica_community_type(c, req->community_id, &type));
	TRY(check(c, req, type));
	own.community_id = req->community_id;
	for (size_t i = 0; i < req->n_categories; i++) {
		const Content__ServiceCategory *one = req->categories[i];

		own.category = one->category;
		own.enabled = one->enabled;
		own.title = one->title;
		own.description = one->description;
		own.kind = one->kind;
		own.topics = one->topics;
		own.n_topics = one->n_topics;
		own.cadence_days = one->cadence_days;
		TRY(sql_service_category_put(c, &own));
	}
	TRY(sql_service_category_count(c, &own, &kept));
	if (kept.count > OWN_MAX)
		return call_fail(c, STATUS_RESOURCE_EXHAUSTED, "TOO_MANY_CATEGORIES",
				 "a community has at most %d categories of its own", OWN_MAX);

	return catalogue(c, req->community_id, "", reply);
}

enum status content_reset_service_categories(struct call *c,
					     const Content__ResetServiceCategoriesRequest *req,
					     Content__ServiceCatalogue *reply)
{
	TRY(sql_service_category_reset(c, req));

	return catalogue(c, req->community_id, "", reply);
}
