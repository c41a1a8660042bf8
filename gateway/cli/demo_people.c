/* What is decided in four communities of the demo world: a product's fans, a paid course, readers
 * who admit by hand or by condition, and people who answer questions. */
#include "demo_people.h"

const struct demo_deed demo_deeds[] = {
	/* What their histories do not say of the communities. */
	{FANS, .verb = "PATCH", .path = HERE, .unless = HERE, .sign = "locale",
	 .body = "{\"locale\":\"zh-CN\",\"theme\":\"厨房秤和它的用法\"}"},
	{FANS, .verb = "POST", .path = HERE ":setStage", .unless = HERE "/stageChanges",
	 .body = "{\"stage\":\"LIFECYCLE_STAGE_MATURITY\",\"reason\":\"半年来人数平稳,"
		 "老用户撑起日常\"}"},
	{COURSE, .verb = "PATCH", .path = HERE, .unless = HERE, .sign = "locale",
	 .body = "{\"locale\":\"zh-CN\",\"theme\":\"用数据回答问题\"}"},
	{COURSE, .verb = "POST", .path = HERE ":setStage", .unless = HERE "/stageChanges",
	 .body = "{\"stage\":\"LIFECYCLE_STAGE_GROWTH\",\"reason\":\"第二期开始招生\"}"},
	{READERS, .verb = "PATCH", .path = HERE, .unless = HERE, .sign = "locale",
	 .body = "{\"locale\":\"zh-CN\",\"theme\":\"读书、看片、见面\"}"},
	{READERS, .verb = "POST", .path = HERE ":setStage", .unless = HERE "/stageChanges",
	 .body = "{\"stage\":\"LIFECYCLE_STAGE_MATURITY\",\"reason\":\"每周一次活动,已经一年\"}"},
	{ANSWERS, .verb = "PATCH", .path = HERE, .unless = HERE, .sign = "locale",
	 .body = "{\"locale\":\"zh-CN\",\"theme\":\"编程问题,有问有答\"}"},
	{ANSWERS, .verb = "POST", .path = HERE ":setStage", .unless = HERE "/stageChanges",
	 .body = "{\"stage\":\"LIFECYCLE_STAGE_GROWTH\",\"reason\":\"提问和回答都在增加\"}"},

	/* One operator runs three of them. */
	{READERS, .verb = "POST", .path = "/v1/persons",
	 .body = "{\"externalId\":\"demo.operator\",\"displayName\":\"运营小禾\"}"},
	{FANS, .verb = "POST", .path = "/v1/persons/<person:demo.operator>/duties:assign",
	 .body = "{\"communityIds\":[\"<community>\"],\"role\":\"DUTY_ROLE_ADMIN\","
		 "\"kinds\":[\"DUTY_KIND_MEMBER\",\"DUTY_KIND_CONTENT\"]}"},
	{COURSE, .verb = "POST", .path = "/v1/persons/<person:demo.operator>/duties:assign",
	 .body = "{\"communityIds\":[\"<community>\"],\"role\":\"DUTY_ROLE_ADMIN\","
		 "\"kinds\":[\"DUTY_KIND_SERVICE\"]}"},
	{READERS, .verb = "POST", .path = "/v1/persons/<person:demo.operator>/duties:assign",
	 .body = "{\"communityIds\":[\"<community>\"],\"role\":\"DUTY_ROLE_MODERATOR\","
		 "\"kinds\":[\"DUTY_KIND_ACTIVITY\"]}"},

	/* ---- the fans ---- */
	{FANS, .verb = "POST", .path = HERE "/goals",
	 .body = "{\"kind\":\"GOAL_KIND_FANS\",\"metric\":\"GOAL_METRIC_MEMBERS\",\"target\":300,"
		 "\"deadlineTime\":\"<+90>\",\"primary\":true,\"note\":\"新品发布前到三百人\"}"},
	{FANS, .verb = "POST", .path = HERE "/positionings", .unless = HERE "/positionings",
	 .body = "{\"audience\":{\"ageMin\":22,\"ageMax\":45,"
		 "\"interests\":[\"烘焙\",\"手冲咖啡\"]},"
		 "\"need\":\"称得准,也想知道别人怎么用\","
		 "\"benefit\":\"校准方法、食谱,以及对下一代产品的发言权\"}"},
	{FANS, .verb = "PATCH", .path = HERE "/culture", .unless = HERE "/culture",
	 .body = "{\"values\":[\"精确\",\"坦诚\",\"互助\"],\"slogan\":\"差一克也要说清楚\","
		 "\"anthem\":{\"title\":\"一克之歌\",\"lyrics\":\"一克面粉,一克糖\"},"
		 "\"rituals\":[\"周三晒图\",\"每月一次产品经理问答\"]}"},
	{FANS, .verb = "PATCH", .path = HERE "/strategy",
	 .body = "{\"items\":[{\"kind\":\"STRATEGY_KIND_FAN_REFERRAL\",\"enabled\":true,"
		 "\"text\":\"老用户带新用户,双方各得一个木托盘\"}]}"},
	{FANS, .verb = "POST", .path = HERE "/rules:publish", .unless = HERE "/rules",
	 .body = "{\"note\":\"第一版,三十天后生效\",\"acceptByTime\":\"<+30>\",\"rules\":["
		 "{\"kind\":\"RULE_KIND_SPEECH\",\"text\":\"对事不对人\","
		 "\"action\":\"RULE_ACTION_WARN\"},"
		 "{\"kind\":\"RULE_KIND_ADVERTISING\",\"text\":\"每天最多三条链接\",\"limit\":3,"
		 "\"action\":\"RULE_ACTION_HOLD\"}]}"},
	{FANS, .person = "<each>", .verb = "POST", .path = HERE "/memberships/<each>:acceptRules",
	 .body = "{\"version\":1}", .first = 1, .last = 12},
	{FANS, .verb = "PUT", .path = HERE "/ladder", .unless = HERE "/ladder",
	 .body = "{\"windowDays\":90,\"weights\":["
		 "{\"kind\":\"ACTIVITY_KIND_POST\",\"weight\":5},"
		 "{\"kind\":\"ACTIVITY_KIND_COMMENT\",\"weight\":3},"
		 "{\"kind\":\"ACTIVITY_KIND_REACTION\",\"weight\":1}],\"levels\":["
		 "{\"name\":\"新秤\",\"threshold\":5},"
		 "{\"name\":\"准秤\",\"threshold\":40,\"benefits\":[\"新品内测资格\"]},"
		 "{\"name\":\"金秤\",\"threshold\":120,\"benefits\":[\"免费校准\",\"线下见面会\"]}]"
		 "}"},
	{FANS, .verb = "POST", .path = HERE "/segments",
	 .body = "{\"name\":\"潜水的人\",\"description\":\"常来看,从不开口\","
		 "\"filter\":\"lurker = true\"}"},
	{FANS, .verb = "POST", .path = HERE "/segments",
	 .body = "{\"name\":\"快要走的人\",\"description\":\"在册,三十天没有来过\","
		 "\"filter\":\"state = ACTIVE AND silent_days >= 30\"}"},
	{FANS, .verb = "POST", .path = HERE "/segments",
	 .body = "{\"name\":\"铁杆\",\"filter\":\"journey_step = CORE AND level >= 2\"}"},
	{READERS, .verb = "POST", .path = "/v1/persons",
	 .body = "{\"externalId\":\"demo.guest.1\",\"displayName\":\"新来的阿宁\"}"},
	{READERS, .verb = "POST", .path = "/v1/persons",
	 .body = "{\"externalId\":\"demo.guest.2\",\"displayName\":\"阿宁的朋友\"}"},
	{FANS, .person = "<6>", .verb = "POST", .path = HERE "/invitations",
	 .unless = HERE "/invitations", .keep = "code",
	 .body = "{\"maxUses\":5,\"source\":\"老带新\",\"campaign\":\"木托盘\","
		 "\"scene\":\"海报\"}"},
	{FANS, .person = "<person:demo.guest.1>", .verb = "POST", .path = HERE "/memberships:join",
	 .unless = HERE "/memberships/<person:demo.guest.1>",
	 .body = "{\"personId\":\"<person:demo.guest.1>\",\"invitationCode\":\"<kept>\"}"},
	{FANS, .person = "<person:demo.guest.2>", .verb = "POST", .path = HERE "/memberships:join",
	 .unless = HERE "/memberships/<person:demo.guest.2>",
	 .body = "{\"personId\":\"<person:demo.guest.2>\",\"source\":\"老带新\","
		 "\"inviterPersonId\":\"<person:demo.guest.1>\"}"},
	{FANS, .person = "<7>", .verb = "POST", .path = HERE "/violations:report",
	 .unless = HERE "/violationCases",
	 .body = "{\"subjectPersonId\":\"<9>\",\"category\":\"RULE_KIND_ADVERTISING\","
		 "\"evidence\":\"加我领券\",\"note\":\"今天第四条了\"}"},
	{FANS, .verb = "POST", .path = HERE "/splits", .unless = HERE "/splits",
	 .body = "{\"strategy\":\"SPLIT_STRATEGY_BY_GRAPH\","
		 "\"parts\":[{\"name\":\"禾秤 · 产品粉丝社(二)\"}]}"},

	/* ---- the course ---- */
	{COURSE, .verb = "POST", .path = HERE "/goals",
	 .body = "{\"kind\":\"GOAL_KIND_CAREER\",\"metric\":\"GOAL_METRIC_ACTIVE_WEEK\","
		 "\"target\":60,\"deadlineTime\":\"<+60>\",\"primary\":true}"},
	{COURSE, .verb = "PUT", .path = HERE "/onboardingTemplate",
	 .unless = HERE "/onboardingTemplate", .sign = "sinceTime",
	 .body = "{\"steps\":[{\"kind\":\"ONBOARDING_KIND_WELCOME\",\"title\":\"领取学习资料\"},"
		 "{\"kind\":\"ONBOARDING_KIND_INTRODUCE\",\"title\":\"说说你想回答的问题\","
		 "\"days\":3},"
		 "{\"kind\":\"ONBOARDING_KIND_FIRST_POST\",\"title\":\"第一次打卡\",\"days\":7}]}"},
	{COURSE, .verb = "POST", .path = HERE "/plans", .unless = HERE "/plans", .keep = "planId",
	 .body = "{\"name\":\"季卡\",\"price\":19900,\"currency\":\"CNY\",\"periodMonths\":3,"
		 "\"graceDays\":7,\"benefits\":[\"全部课程\",\"作业点评\"]}"},
	{COURSE, .verb = "POST", .path = HERE "/subscriptions:start",
	 .body = "{\"personId\":\"<each>\",\"planId\":\"<kept>\",\"orderRef\":\"demo-<n>\"}",
	 .first = 6, .last = 20},

	/* ---- the readers ---- */
	{READERS, .verb = "PATCH", .path = HERE "/joinPolicy", .unless = HERE "/joinPolicy",
	 .sign = "conditions",
	 .body = "{\"ways\":[{\"modes\":[\"JOIN_MODE_APPROVAL\"]},"
		 "{\"modes\":[\"JOIN_MODE_CONDITION\"]}],"
		 "\"conditions\":[{\"filter\":\"attributes.city = \\\"上海\\\"\","
		 "\"message\":\"线下活动都在上海\"}],"
		 "\"questions\":[\"最近读完的一本书是?\"],\"requestValidDays\":14}"},
	{READERS, .verb = "POST", .path = HERE "/rules:publish", .unless = HERE "/rules",
	 .body = "{\"note\":\"第一版\",\"rules\":[{\"kind\":\"RULE_KIND_QUALITY\","
		 "\"text\":\"书评不剧透\",\"action\":\"RULE_ACTION_WARN\"}]}"},
	{READERS, .person = "<each>", .verb = "POST",
	 .path = HERE "/memberships/<each>:acceptRules", .body = "{\"version\":1}", .first = 1,
	 .last = 5},
	{READERS, .verb = "POST", .path = "/v1/persons",
	 .body = "{\"externalId\":\"demo.guest.3\",\"displayName\":\"想加入的小野\"}"},
	{READERS, .person = "<person:demo.guest.3>", .verb = "POST", .path = HERE "/joinRequests",
	 .unless = HERE "/joinRequests",
	 .body = "{\"personId\":\"<person:demo.guest.3>\",\"answers\":[\"《山中来信》\"],"
		 "\"source\":\"书店\"}"},

	/* ---- who answers questions ---- */
	{ANSWERS, .verb = "POST", .path = HERE "/experts/<5>:designate", .unless = HERE "/experts",
	 .body = "{\"topics\":[\"数据库\",\"网络\"],\"place\":1}"},
	{ANSWERS, .verb = "POST", .path = HERE "/experts/<6>:designate",
	 .unless = HERE "/experts?topic=%E5%B7%A5%E7%A8%8B",
	 .body = "{\"topics\":[\"工程\"],\"place\":2}"},
	{ANSWERS, .verb = "POST", .path = HERE "/kols",
	 .body = "{\"personId\":\"<7>\",\"track\":\"KOL_TRACK_KOL\",\"reason\":"
		 "\"每周都有好回答\"}"},
	{ANSWERS, .verb = "POST", .path = HERE "/kols/<7>:promote",
	 .unless = HERE "/kols?track=KOL_TRACK_KOL&stage=KOL_STAGE_CANDIDATE",
	 .body = "{\"track\":\"KOL_TRACK_KOL\",\"force\":true,\"reason\":\"先培养起来\"}"},
};

const size_t demo_deeds_count = sizeof(demo_deeds) / sizeof(*demo_deeds);
