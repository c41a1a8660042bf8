/* The communities of the demo world: every type, every stage, five languages. All invented. */
#include "demo_world.h"

/* A product and its fans (产品粉丝): built around one brand of kitchen scales. */
static const struct demo_post fans_posts[] = {
	{"TEXT", "使用心得", "用了三个月的厨房秤",
	 "从开箱到现在一共称了四百多次,最满意的是去皮键的手感。"},
	{"IMAGE", "晒单", "我的早餐台", "新到的木纹版放在窗边,和咖啡壶很配。"},
	{"QUESTION", "使用心得", "电池用多久要换?", "我的每天用两次,大概七个月提示电量低,大家呢?"},
	{"ARTICLE", "新品", "第二代内测招募",
	 "需要三十位愿意写反馈的老用户,试用期四周,反馈直接进入改进清单。"},
	{"TEXT", "建议", "希望增加盎司单位", "给国外的亲戚寄了一台,他们只习惯盎司。"},
	{"VIDEO", "教程", "五分钟校准方法", "用一枚标准砝码就可以,步骤见视频。"},
	{"TEXT", "活动", "米饭挑战第二周", "这周的主题是一人食,晒图前三名送木托盘。"},
	{"TEXT", "建议", "说明书里的错字", "第八页第二行,已经反馈给产品同学,下一批会改。"},
	{0},
};
static const char *const fans_events[] = {"新品线上发布会", "老用户见面会", "产品经理问答夜",
					  "晒图评选直播", NULL};

/* Questions and answers (问答): people of one trade help each other. */
static const struct demo_post answers_posts[] = {
	{"QUESTION", "数据库", "分页查询越往后越慢怎么办?",
	 "表有两千万行,OFFSET 很大的时候要十几秒。"},
	{"QUESTION", "语言", "为什么浮点数比较不可靠?", "0.1 加 0.2 不等于 0.3,有没有简单的解释?"},
	{"QUESTION", "网络", "连接数很多但流量很小",
	 "服务器上有三万个连接,大部分时间没有数据,怎样配置合适?"},
	{"QUESTION", "工程", "怎样说服团队写测试?", "大家都觉得没有时间,结果每次上线都要熬夜。"},
	{"ARTICLE", "经验", "一次线上故障的复盘",
	 "从报警到恢复一共四十分钟,其中三十分钟花在找对人上。"},
	{"QUESTION", "数据库", "时间应该存成什么类型?",
	 "团队分布在三个时区,现在库里三种写法都有。"},
	{"QUESTION", "职业", "工作五年要不要转管理?", "喜欢写代码,但是组里缺一个带头的人。"},
	{"RESOURCE", "资料", "整理了一份排错清单", "按从网络到磁盘的顺序,一共二十四条,欢迎补充。"},
	{0},
};
static const char *const answers_events[] = {"专家在线答疑", "周三夜谈:索引的原理", "读源码小组",
					     NULL};

/* An interest group that meets (兴趣小组,线下活动): books and films. */
static const struct demo_post books_posts[] = {
	{"TEXT", "书评", "读完《山中来信》", "节奏很慢,却在最后三十页把前面的伏笔都收了回来。"},
	{"TEXT", "影评", "周末重看黑白老片", "没有配乐的十分钟反而最紧张。"},
	{"TEXT", "活动", "下期共读投票", "候选三本:一本游记、一本科幻、一本家族史,投票到周五。"},
	{"IMAGE", "现场", "上周六的读书会照片", "来了二十三位朋友,谢谢书店提供场地。"},
	{"ARTICLE", "书评", "怎样写一篇不剧透的书评", "先写它让你想起了什么,再写它没有做到什么。"},
	{"TEXT", "闲谈", "你的第一本藏书", "我的是小学旧书摊上一块钱的动物图鉴。"},
	{"TEXT", "影评", "两位导演的同一场雨", "同样是雨夜告别,一位用远景,一位用特写。"},
	{0},
};
static const char *const books_events[] = {"周末读书会", "老电影放映", "旧书交换市集",
					   "城市散步:书店路线", NULL};

/* Paid knowledge (知识付费): a course whose members check in every day. */
static const struct demo_post course_posts[] = {
	{"LESSON", "课程", "第一课:先问对问题", "拿到数据之前,先写下你想做的决定。"},
	{"LESSON", "课程", "第二课:一张表只说一件事", "练习:把附件里的宽表拆成三张。"},
	{"LESSON", "课程", "第三课:中位数和平均数", "工资、房价、等待时间,为什么要看中位数?"},
	{"TEXT", "打卡", "第十天打卡", "今天用自己的记账数据画了第一张箱线图。"},
	{"QUESTION", "答疑", "练习二第三题看不懂",
	 "题目里的留存率,分母是注册人数还是首日活跃人数?"},
	{"RESOURCE", "资料", "练习数据下载", "三份脱敏的门店流水,仅供课程练习使用。"},
	{"ARTICLE", "作业", "优秀作业点评", "这份作业好在先说结论,再给数字,最后才是图。"},
	{"TEXT", "打卡", "奖学金第一期名单", "坚持满二十一天的同学一共十七位,恭喜!"},
	{0},
};
static const char *const course_events[] = {"直播课:从问题到指标", "作业点评直播", "结营仪式",
					    NULL};

static const struct demo_post walkers_posts[] = {
	{"TEXT", "routes", "Canal loop, nine miles",
	 "Flat, two pubs, one train back. Mud after the third lock."},
	{"IMAGE", "pictures", "Fog on the reservoir", "We could not see the dog, then we could."},
	{"QUESTION", "gear", "Boots for wide feet?",
	 "Mine split after one winter. What do you wear?"},
	{"TEXT", "safety", "Tide times for Sunday",
	 "The causeway is dry from eleven to two. Please be early."},
	{"TEXT", "newcomers", "What a first walk is like",
	 "Slow pace, many stops, nobody is left behind."},
	{"RESOURCE", "routes", "Printable map, version four", "Now with the new footbridge."},
	{0},
};
static const char *const walkers_events[] = {"Sunday walk", "Evening stroll along the quay",
					     "Map reading for beginners", NULL};

/* Was about grinding mirrors, fell silent, and began again as a lending library of telescopes. */
static const struct demo_post stars_posts[] = {
	{"TEXT", "mirrors", "Figuring an eight-inch mirror",
	 "Three weeks of polishing, ten minutes of doubt."},
	{"QUESTION", "mirrors", "Turned edge again",
	 "What do you change first: pressure or stroke?"},
	{"TEXT", "lending", "The lending shelf has opened",
	 "Six telescopes, two weeks each, no fee. Bring them back dry."},
	{"IMAGE", "pictures", "Saturn by a first-time borrower",
	 "Through the lent five-inch, phone at the eyepiece."},
	{"ARTICLE", "lending", "How to borrow a telescope",
	 "Choose, collect, observe, return, and write three lines for the next one."},
	{"TEXT", "observing", "Clear on Thursday?",
	 "The forecast says so. The car park by the mill, from nine."},
	{0},
};
static const char *const stars_events[] = {"Observing night", "Mirror workshop",
					   "Lending shelf open day", NULL};

static const struct demo_post hardware_posts[] = {
	{"TEXT", "行情", "本周元件行情", "常用电容价格持平,交期从八周缩短到六周。"},
	{"QUESTION", "打样", "四层板打样推荐", "数量五十片,要求阻抗控制,预算有限。"},
	{"ARTICLE", "经验", "量产前的十二项检查", "每一项都是用返工换来的。"},
	{"TEXT", "供需", "转让二手贴片机", "使用三年,保养记录齐全,可上门看机。"},
	{"TEXT", "招聘", "招一位结构工程师", "做过防水产品的优先。"},
	{0},
};
static const char *const hardware_events[] = {"行业沙龙", "工厂参观日", NULL};

static const struct demo_post coffee_posts[] = {
	{"TEXT", "Bohnen", "Neue Röstung aus dem Kiez",
	 "Hell, nussig, am besten mit dem Handfilter."},
	{"QUESTION", "Technik", "Wassertemperatur?",
	 "Bei 96 Grad wird er mir zu bitter. Was nehmt ihr?"},
	{"TEXT", "Treffen", "Erstes Treffen am Samstag",
	 "Wir sind zu acht, zwei Plätze sind noch frei."},
	{"IMAGE", "Technik", "Mein Mahlwerk, zerlegt",
	 "Alle zwei Monate, dann schmeckt es wieder."},
	{0},
};
static const char *const coffee_events[] = {"Verkostung am Samstag", "Handfilter-Kurs", NULL};

static const struct demo_post grand_posts[] = {
	{"TEXT", "hello", "I am 71 and wrote my first loop",
	 "It counts my grandchildren. It is always right."},
	{"QUESTION", "help", "Where do the files go?", "I saved it and now it is nowhere."},
	{"LESSON", "lessons", "Lesson one: the terminal is a letter",
	 "You write, it answers. Nothing breaks from reading."},
	{"TEXT", "projects", "A recipe book that scales",
	 "Change the number of guests and the flour follows."},
	{0},
};
static const char *const grand_events[] = {"Tuesday code and tea", "Ask anything hour", NULL};

static const struct demo_post craft_posts[] = {
	{"IMAGE", "作品", "藍染めの手ぬぐい", "三回染めて、やっとこの色になりました。"},
	{"TEXT", "道具", "鑿の研ぎ方", "荒砥から仕上げまで、急がないことが一番です。"},
	{"QUESTION", "素材", "和紙はどこで買いますか",
	 "便箋を作りたいので、薄くて丈夫なものを探しています。"},
	{"TEXT", "集まり", "春の展示会のお知らせ", "町家をお借りして二日間、作品を並べます。"},
	{"ARTICLE", "技法", "糸の数え方", "経糸の本数を間違えないための三つの工夫。"},
	{0},
};
static const char *const craft_events[] = {"手仕事の会", "工房見学", "作品展", NULL};

static const struct demo_post garden_posts[] = {
	{"TEXT", "siembra", "Tomates en cubetas",
	 "Seis horas de sol y un puñado de composta cada quince días."},
	{"QUESTION", "plagas", "¿Pulgón en los chiles?",
	 "Ya probé con jabón y vuelve cada semana."},
	{"IMAGE", "cosecha", "La primera canasta", "Calabacitas, cilantro y una sola fresa."},
	{"TEXT", "vecinos", "Turnos de riego de esta semana", "Faltan dos manos para el jueves."},
	{"RESOURCE", "siembra", "Calendario de siembra",
	 "Mes por mes, para la altura de la ciudad."},
	{0},
};
static const char *const garden_events[] = {"Sábado de tequio", "Intercambio de semillas",
					    "Taller de composta", NULL};

static const struct demo_post synth_posts[] = {
	{"TEXT", "for sale", "Two modules, lightly used",
	 "A filter and a clock, posted in the original boxes."},
	{"QUESTION", "repair", "Key sticks in cold weather",
	 "Only below ten degrees. Grease or new bushing?"},
	{"TEXT", "patches", "A bell from one oscillator",
	 "Short envelope, high resonance, patience."},
	{"VIDEO", "patches", "Forty seconds of drone",
	 "Everything slightly out of tune, on purpose."},
	{0},
};
static const char *const synth_events[] = {"Swap meet", "Online jam", NULL};

const struct demo_community demo_communities[] = {
	{"demo-scale-fans", "禾秤 · 产品粉丝社", "PRODUCT", "Asia/Shanghai", "OPEN", DEMO_ZH,
	 DEMO_MATURITY, 300, 150, 14, "ONLINE", fans_events, fans_posts, 12900, "CNY", 30, 0},
	{"demo-ask-code", "问渠 · 编程问答", "INDUSTRY", "Asia/Shanghai", "OPEN", DEMO_ZH,
	 DEMO_GROWTH, 180, 180, 21, "ONLINE", answers_events, answers_posts, 0, "", 0, 0},
	{"demo-books-films", "光影与书 · 周末小组", "INTEREST", "Asia/Shanghai", "APPROVAL",
	 DEMO_ZH, DEMO_MATURITY, 270, 90, 7, "OFFLINE", books_events, books_posts, 0, "", 0, 0},
	{"demo-data-course", "知行 · 数据分析训练营", "LEARNING", "Asia/Shanghai", "PAID", DEMO_ZH,
	 DEMO_GROWTH, 120, 120, 10, "ONLINE", course_events, course_posts, 19900, "CNY", 100, 60},
	{"demo-harbour-walkers", "Harbour City Walkers", "REGION", "Europe/London", "OPEN", DEMO_EN,
	 DEMO_GROWTH, 200, 110, 7, "OFFLINE", walkers_events, walkers_posts, 0, "", 0, 0},
	{"demo-telescopes", "Telescope Lending Shelf", "INTEREST", "America/New_York", "OPEN",
	 DEMO_EN, DEMO_TRANSFORM, 330, 90, 21, "OFFLINE", stars_events, stars_posts, 0, "", 0, 0},
	{"demo-hardware-people", "湾区硬件人", "INDUSTRY", "Asia/Shanghai", "VERIFIED", DEMO_ZH,
	 DEMO_DECLINE, 300, 130, 30, "OFFLINE", hardware_events, hardware_posts, 29900, "CNY", 15,
	 0},
	{"demo-kaffeekreis", "Kaffeekreis Berlin", "REGION", "Europe/Berlin", "OPEN", DEMO_DE,
	 DEMO_LAUNCH, 40, 30, 7, "OFFLINE", coffee_events, coffee_posts, 0, "", 0, 0},
	{"demo-grandmothers", "Grandmothers Who Code", "LEARNING", "Pacific/Auckland", "OPEN",
	 DEMO_EN, DEMO_LAUNCH, 35, 25, 7, "ONLINE", grand_events, grand_posts, 0, "", 0, 30},
	{"demo-teshigoto", "手仕事の町", "INTEREST", "Asia/Tokyo", "INVITE", DEMO_JA, DEMO_MATURITY,
	 300, 45, 14, "OFFLINE", craft_events, craft_posts, 0, "", 0, 0},
	{"demo-huerto", "Huerto de la Azotea", "REGION", "America/Mexico_City", "OPEN", DEMO_ES,
	 DEMO_GROWTH, 150, 45, 7, "OFFLINE", garden_events, garden_posts, 0, "", 0, 0},
	{"demo-synth-swap", "Retro Synth Swap", "PRODUCT", "America/New_York", "OPEN", DEMO_EN,
	 DEMO_DECLINE, 300, 80, 30, "ONLINE", synth_events, synth_posts, 4500, "USD", 20, 0},
};

const size_t demo_communities_count = sizeof(demo_communities) / sizeof(*demo_communities);
