/* What the people of the demo world are called and answer, in five languages. */
#include "demo_world.h"

static const char *const zh_given[] = {"xiaoyu", "haoran", "zihan",   "yichen", "jiayi", "ruoxi",
				       "mingze", "siyuan", "yutong",  "bowen",  "lele",  "anqi",
				       "tianyu", "keke",   "zhiyuan", "nan",    NULL};
static const char *const zh_family[] = {"lin",  "chen", "zhou", "xu",   "he", "gu", "shen",
					"tang", "lu",   "su",   "fang", "ye", NULL};
static const char *const zh_comments[] = {"说得太好了,收藏了。",
					  "我也有同样的感受,谢谢分享!",
					  "请问有更详细的步骤吗?",
					  "赞同,补充一点:先小范围试一下再推广。",
					  "昨天照着做了,确实有效。",
					  "期待下一期!",
					  "我持保留意见,不过思路值得借鉴。",
					  "周末一起讨论一下?",
					  "第一次发言,学到了很多。",
					  "已转给同事看。",
					  "图片没有显示出来,能再发一次吗?",
					  "辛苦组织者了。",
					  NULL};
static const char *const zh_answers[] = {"先看日志里的第一条错误,后面的多半是连锁反应。",
					 "可以把问题缩到最小的例子,通常这时就发现原因了。",
					 "我遇到过,是编码问题,统一成 UTF-8 就好。",
					 "建议加一个索引,再看一次执行计划。",
					 "官方文档第三章有说明,我把要点整理在下面了。",
					 "不推荐这样做,换个思路:先算总数再分页。",
					 "这是版本差异造成的,升级以后就正常了。",
					 "补充:记得写测试,不然过两个月又会坏。",
					 NULL};
static const char *const zh_reasons[] = {"消息太多",       "没有时间",   "内容不合适",
					 "找到了别的社群", "课程已学完", NULL};

static const char *const en_given[] = {"alice", "tom",   "grace", "omar", "ivy",   "noah",
				       "ruth",  "felix", "mina",  "jack", "priya", "leo",
				       "hazel", "sam",   "nora",  "ted",  NULL};
static const char *const en_family[] = {"marsh", "field", "rowe",  "penn", "hale", "quill", "stone",
					"brook", "ashby", "thorn", "wren", "dale", NULL};
static const char *const en_comments[] = {"This is exactly what I needed, thank you.",
					  "Could you share the measurements?",
					  "Tried it last night and it works.",
					  "I see it differently, but the idea is worth a try.",
					  "Count me in for the next one.",
					  "First post here: hello from the coast!",
					  "Same problem, solved it with a longer bolt.",
					  "Lovely pictures.",
					  "Where did you get the material?",
					  "Thanks for organising this.",
					  "Does anybody have a spare one to lend?",
					  "Bookmarked for the weekend.",
					  NULL};
static const char *const en_answers[] = {"Start with the smallest example that still fails.",
					 "Read the first error, the others follow from it.",
					 "It helps to write down what you expected to see.",
					 "Upgrade first: this was fixed in the spring.",
					 "Measure before you change anything.",
					 "I keep a checklist for that, posted below.",
					 NULL};
static const char *const en_reasons[] = {
	"too many messages", "no time", "moved away", "lost interest", "found another group", NULL};

static const char *const de_given[] = {"anke", "jonas", "lena", "malte", "frieda",
				       "till", "greta", "ole",  NULL};
static const char *const de_family[] = {"brandt", "keller", "moor", "lindner",
					"haas",   "vogt",   NULL};
static const char *const de_comments[] = {"Sehr gute Idee, ich bin dabei.",
					  "Wo gibt es die Bohnen?",
					  "Danke fürs Organisieren!",
					  "Der Mahlgrad war bei mir zu fein.",
					  "Bringt jemand Kuchen mit?",
					  "Bis Samstag!",
					  NULL};
static const char *const de_reasons[] = {"keine Zeit", "weggezogen", NULL};

static const char *const ja_given[] = {"haruka", "ren", "yui",  "sota", "mei",
				       "kaito",  "aoi", "riku", NULL};
static const char *const ja_family[] = {"mori", "hayashi", "ono", "sakai", "ueda", "kubo", NULL};
static const char *const ja_comments[] = {"素敵な作品ですね。",
					  "作り方をもう少し教えてください。",
					  "次の会も楽しみにしています。",
					  "道具はどこで買えますか。",
					  "初めて参加しました、よろしくお願いします。",
					  "写真をありがとうございます。",
					  NULL};
static const char *const ja_reasons[] = {"忙しくなったため", "引っ越しのため", NULL};

static const char *const es_given[] = {"lucia", "mateo",  "sofia", "diego", "elena",
				       "pablo", "carmen", "hugo",  NULL};
static const char *const es_family[] = {"rios", "vega", "campos", "luna", "prado", "soto", NULL};
static const char *const es_comments[] = {"¡Qué buena cosecha!",
					  "¿Con qué frecuencia riegas?",
					  "Yo llevo semillas el sábado.",
					  "Gracias por el consejo.",
					  "A mí me funcionó con ceniza.",
					  "Nos vemos en el huerto.",
					  NULL};
static const char *const es_reasons[] = {"falta de tiempo", "mudanza", NULL};

const struct demo_tongue demo_tongues[DEMO_LANGUAGES] = {
	[DEMO_ZH] = {"zh", zh_given, zh_family, zh_comments, zh_answers, zh_reasons},
	[DEMO_EN] = {"en", en_given, en_family, en_comments, en_answers, en_reasons},
	[DEMO_DE] = {"de", de_given, de_family, de_comments, de_comments, de_reasons},
	[DEMO_JA] = {"ja", ja_given, ja_family, ja_comments, ja_comments, ja_reasons},
	[DEMO_ES] = {"es", es_given, es_family, es_comments, es_comments, es_reasons},
};
