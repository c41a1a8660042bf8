/* Strategies: what each type of community brings, and what a community made of it. Statements are
 * in sql/strategy.sql. */
#include "base/text.h"
#include "kith/member/v1/strategy.pb-c.h"
#include "member.h"
#include "member.rpc.h"
#include "member.sql.h"

/*
 * reason               status               from
 * COMMUNITY_NOT_FOUND  NOT_FOUND            all
 * COMMUNITY_ARCHIVED   FAILED_PRECONDITION  Update, Reset
 * ITEM_TWICE           INVALID_ARGUMENT     Update
 */

#define N_KINDS (MEMBER__STRATEGY_KIND__STRATEGY_KIND_PEER_HELP + 1)

enum language { ENGLISH, CHINESE, N_LANGUAGES };

/* What Kith has to say about each means. */
static const struct means {
	Member__CommunityType brought_by;
	const char *title[N_LANGUAGES];
	const char *text[N_LANGUAGES];
} all_means[N_KINDS] = {
	[MEMBER__STRATEGY_KIND__STRATEGY_KIND_OFFLINE_EVENTS] =
		{MEMBER__COMMUNITY_TYPE__COMMUNITY_TYPE_INDUSTRY,
		 {"Meeting in person", "线下活动"},
		 {"Bring the trade together: a salon each month, a visit to a member's "
		  "company, a meeting each year. Write down what was said and share it "
		  "with those who could not come.",
		  "让同行见面:每月一次沙龙,走访会员企业,每年一次大会。会后整理纪要,分享给"
		  "没能到场的人。"}},
	[MEMBER__STRATEGY_KIND__STRATEGY_KIND_MEMBER_BENEFITS] =
		{MEMBER__COMMUNITY_TYPE__COMMUNITY_TYPE_INDUSTRY,
		 {"Benefits of membership", "会员权益"},
		 {"Say what a member gets that others do not: reports, contacts, seats, "
		  "prices. Review each quarter which of them are used, and drop the "
		  "others.",
		  "说清会员能得到什么别人得不到的东西:报告、人脉、席位、价格。每季度看哪"
		  "些真有人用,没人用的就换掉。"}},
	[MEMBER__STRATEGY_KIND__STRATEGY_KIND_EXPERT_IMAGE] =
		{MEMBER__COMMUNITY_TYPE__COMMUNITY_TYPE_INDUSTRY,
		 {"Experts with a name", "专家形象"},
		 {"Find those who know, give them topics of their own, and send "
		  "questions to them. Show their best answers where newcomers look first.",
		  "找出真正懂行的人,给他们各自的专题,把提问引到他们那里。把他们最好的回答"
		  "放在新人最先看到的地方。"}},
	[MEMBER__STRATEGY_KIND__STRATEGY_KIND_ONLINE_ACTIVITIES] =
		{MEMBER__COMMUNITY_TYPE__COMMUNITY_TYPE_INTEREST,
		 {"Doing it together online", "线上活动"},
		 {"A small thing to do together every week: a challenge, a show of "
		  "works, a live talk. Short, at a fixed hour, and open to beginners.",
		  "每周一件一起做的小事:挑战、作品展示、直播聊天。时间固定、不拖长,新手也"
		  "能参加。"}},
	[MEMBER__STRATEGY_KIND__STRATEGY_KIND_EXCLUSIVE_PERKS] =
		{MEMBER__COMMUNITY_TYPE__COMMUNITY_TYPE_INTEREST,
		 {"Perks for those inside", "专属福利"},
		 {"Things that only exist here: first looks, group prices, signed works. "
		  "Give them for taking part, not for money alone.",
		  "只有这里才有的东西:抢先看、团购价、签名作品。参与就能得到,而不只是花钱。"}},
	[MEMBER__STRATEGY_KIND__STRATEGY_KIND_THEME_FESTIVAL] =
		{MEMBER__COMMUNITY_TYPE__COMMUNITY_TYPE_INTEREST,
		 {"A festival of one's own", "主题节日"},
		 {"Make a day of the year yours. Announce it a month ahead, let members "
		  "shape the programme, and keep its customs from year to year.",
		  "把一年中的某一天变成自己的节日。提前一个月预告,让成员参与安排,年年保留"
		  "同样的习俗。"}},
	[MEMBER__STRATEGY_KIND__STRATEGY_KIND_LOCAL_SERVICES] =
		{MEMBER__COMMUNITY_TYPE__COMMUNITY_TYPE_REGION,
		 {"Services nearby", "本地生活服务"},
		 {"Keep a list of what one needs around here, from repairs to schools, "
		  "recommended by neighbours and checked every few months.",
		  "整理一份身边用得着的清单,从维修到上学,由邻里推荐,隔几个月核对一次。"}},
	[MEMBER__STRATEGY_KIND__STRATEGY_KIND_LOCAL_EVENTS] =
		{MEMBER__COMMUNITY_TYPE__COMMUNITY_TYPE_REGION,
		 {"Events of the place", "地域特色活动"},
		 {"Markets, walks, local dishes, old crafts: what can only happen here. "
		  "Hold them where people pass by anyway.",
		  "集市、漫步、地方菜、老手艺:只有本地才办得出来的活动。就办在大家本来会"
		  "路过的地方。"}},
	[MEMBER__STRATEGY_KIND__STRATEGY_KIND_LOCAL_IDENTITY] =
		{MEMBER__COMMUNITY_TYPE__COMMUNITY_TYPE_REGION,
		 {"Feeling at home", "地域认同感"},
		 {"Tell the stories of the place and of those who live in it, in its own "
		  "dialect too. Welcome who has moved here as much as who was born here.",
		  "讲这个地方和住在这里的人的故事,也用方言来讲。对新搬来的人和土生土长的"
		  "人同样欢迎。"}},
	[MEMBER__STRATEGY_KIND__STRATEGY_KIND_USER_SUPPORT] =
		{MEMBER__COMMUNITY_TYPE__COMMUNITY_TYPE_PRODUCT,
		 {"Help with the product", "使用支持"},
		 {"Answer each question within the day, collect the answers, and let "
		  "those who know the product well answer before you do.",
		  "每个问题当天有回音,把答案攒成手册,让用得熟的用户先来回答。"}},
	[MEMBER__STRATEGY_KIND__STRATEGY_KIND_PRODUCT_FEEDBACK] =
		{MEMBER__COMMUNITY_TYPE__COMMUNITY_TYPE_PRODUCT,
		 {"Making the product together", "产品共创"},
		 {"Ask before you build, show what became of each proposal, and let "
		  "those who proposed try it first.",
		  "动手之前先问,每条建议都交代结果,让提建议的人最先试用。"}},
	[MEMBER__STRATEGY_KIND__STRATEGY_KIND_FAN_REFERRAL] =
		{MEMBER__COMMUNITY_TYPE__COMMUNITY_TYPE_PRODUCT,
		 {"Fans bring friends", "粉丝口碑"},
		 {"Make it easy and pleasant to tell others: something worth showing, a "
		  "link of one's own, thanks on both sides.",
		  "让推荐既轻松又体面:有值得晒的内容,有自己的链接,推荐的人和来的人都有谢"
		  "礼。"}},
	[MEMBER__STRATEGY_KIND__STRATEGY_KIND_STUDY_PLAN] =
		{MEMBER__COMMUNITY_TYPE__COMMUNITY_TYPE_LEARNING,
		 {"A plan to learn by", "学习计划"},
		 {"Steps of a week each, with a goal that one can check. Say at the "
		  "start what one will be able to do at the end.",
		  "以周为单位安排步骤,每步有可检验的目标。开头就说明学完能做到什么。"}},
	[MEMBER__STRATEGY_KIND__STRATEGY_KIND_DAILY_CHECK_IN] =
		{MEMBER__COMMUNITY_TYPE__COMMUNITY_TYPE_LEARNING,
		 {"A little every day", "每日打卡"},
		 {"One small exercise a day, shown to the group. Who misses a day is "
		  "reminded kindly and may catch up.",
		  "每天一个小练习,完成后在群里亮出来。漏了一天,温和提醒,允许补上。"}},
	[MEMBER__STRATEGY_KIND__STRATEGY_KIND_PEER_HELP] =
		{MEMBER__COMMUNITY_TYPE__COMMUNITY_TYPE_LEARNING,
		 {"Learning from each other", "同伴互助"},
		 {"Pairs and small groups that read each other's work. To explain "
		  "something to another is half of knowing it.",
		  "两人结伴、小组互评,互相看作业。能讲给别人听,就学会了一半。"}},
};

static enum language language_of(const char *locale)
{
	return text_starts(locale, "zh") ? CHINESE : ENGLISH;
}

/* What the type brings and what the community made its own, by kind. */
static enum status strategy_of(struct call *c, const Member__Community *community,
			       const char *locale, Member__Strategy *strategy)
{
	enum language language = language_of(locale[0] ? locale : community->locale);
	Member__GetStrategyRequest wanted = MEMBER__GET_STRATEGY_REQUEST__INIT;
	Member__StrategyItem **items = arena_array(c->arena, N_KINDS, sizeof(*items));
	Member__StrategyItem *own[N_KINDS] = {NULL};
	size_t n = 0;

	wanted.community_id = community->community_id;
	TRY(sql_strategy_own(c, &wanted, strategy));
	for (size_t i = 0; i < strategy->n_items; i++)
		own[strategy->items[i]->kind] = strategy->items[i];
	for (unsigned kind = 1; kind < N_KINDS; kind++) {
		const struct means *means = &all_means[kind];
		Member__StrategyItem *item = own[kind];

		if (!item && means->brought_by != community->type)
			continue;
		if (!item) {
			item = arena_alloc(c->arena, sizeof(*item));
			member__strategy_item__init(item);
			item->kind = (Member__StrategyKind)kind;
			item->enabled = true;
		}
		item->title = means->title[language];
		if (!item->text[0])
			item->text = means->text[language];
		items[n++] = item;
	}
	strategy->community_id = community->community_id;
	strategy->type = community->type;
	strategy->items = items;
	strategy->n_items = n;

	return STATUS_OK;
}

enum status member_get_strategy(struct call *c, const Member__GetStrategyRequest *req,
				Member__Strategy *strategy)
{
	Member__GetCommunityRequest wanted = MEMBER__GET_COMMUNITY_REQUEST__INIT;
	Member__Community community = MEMBER__COMMUNITY__INIT;

	wanted.community_id = req->community_id;
	TRY(sql_community_get(c, &wanted, &community));

	return strategy_of(c, &community, req->locale, strategy);
}

enum status member_update_strategy(struct call *c, const Member__UpdateStrategyRequest *req,
				   Member__Strategy *strategy)
{
	Member__Community community = MEMBER__COMMUNITY__INIT;
	bool named[N_KINDS] = {false};

	for (size_t i = 0; i < req->n_items; i++) {
		Member__StrategyKind kind = req->items[i]->kind;

		if (named[kind]) {
			call_fail(c, STATUS_INVALID_ARGUMENT, "ITEM_TWICE",
				  "an item is named twice");
			return call_violation(c, arena_printf(c->arena, "items[%zu].kind", i),
					      "was named before");
		}
		named[kind] = true;
	}
	TRY(community_lock(c, req->community_id, &community));
	TRY(community_open(c, &community));
	TRY(sql_strategy_update(c, req));

	return strategy_of(c, &community, "", strategy);
}

enum status member_reset_strategy(struct call *c, const Member__ResetStrategyRequest *req,
				  Member__Strategy *strategy)
{
	Member__Community community = MEMBER__COMMUNITY__INIT;

	TRY(community_lock(c, req->community_id, &community));
	TRY(community_open(c, &community));
	TRY(sql_strategy_reset(c, req));

	return strategy_of(c, &community, "", strategy);
}
