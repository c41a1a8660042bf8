/* What is planned, published, asked and answered in four communities of the demo world, besides
 * what their histories tell. */
#include "demo_people.h"

#define SLOTS   HERE "/slots?start_date=<day+1>&end_date=<day+30>"
#define PLANNED HERE "/posts?topic=%E6%A0%A1%E5%87%86&author_person_id=<3>&state=POST_STATE_DRAFT"
#define ASKED   HERE "/questions?topic=%E7%B4%A2%E5%BC%95"
#define SHOWN   HERE "/posts?topic=%E7%B2%BE%E9%80%89"

const struct demo_deed demo_said_deeds[] = {
	/* ---- the fans: a plan, what is new, what is worth showing ---- */
	{FANS, .verb = "PUT", .path = HERE "/cadence", .unless = HERE "/cadence",
	 .body = "{\"targets\":[{\"kind\":\"POST_KIND_ARTICLE\",\"period\":\"CADENCE_PERIOD_WEEK\","
		 "\"count\":2},{\"period\":\"CADENCE_PERIOD_DAY\",\"count\":1}]}"},
	{FANS, .verb = "POST", .path = HERE "/topics",
	 .body = "{\"topic\":\"校准\",\"description\":\"砝码、温度和桌面的影响\"}"},
	{FANS, .verb = "POST", .path = HERE "/slots", .unless = SLOTS "&kind=POST_KIND_ARTICLE",
	 .keep = "slotId",
	 .body = "{\"date\":\"<day+5>\",\"minute\":1140,\"kind\":\"POST_KIND_ARTICLE\","
		 "\"topic\":\"校准\",\"title\":\"怎样在家校准\",\"ownerPersonId\":\"<3>\"}"},
	{FANS, .verb = "POST", .path = HERE "/posts", .unless = PLANNED, .keep = "postId",
	 .body = "{\"kind\":\"POST_KIND_ARTICLE\",\"state\":\"POST_STATE_DRAFT\","
		 "\"authorPersonId\":\"<3>\",\"topic\":\"校准\",\"title\":\"怎样在家校准\","
		 "\"body\":\"1. 放平\\n2. 预热**五分钟**\\n3. 放上五百克砝码,长按去皮键\"}"},
	{FANS, .verb = "POST", .path = HERE "/slots/<before>:fill",
	 .unless = HERE "/slots/<before>", .sign = "postId", .body = "{\"postId\":\"<kept>\"}"},
	{FANS, .verb = "POST", .path = HERE "/slots:createWeekly",
	 .unless = SLOTS "&kind=POST_KIND_IMAGE",
	 .body = "{\"slot\":{\"minute\":1200,\"kind\":\"POST_KIND_IMAGE\",\"title\":\"周三晒图\"},"
		 "\"weekdays\":[3],\"startDate\":\"<day+1>\",\"endDate\":\"<day+28>\"}"},
	{FANS, .verb = "POST", .path = HERE "/announcements", .unless = HERE "/announcements",
	 .keep = "announcementId",
	 .body = "{\"title\":\"新固件上线\",\"body\":\"本周起可以**升级**,称量更快。"
		 "遇到问题请提工单。\",\"pinned\":true,\"endTime\":\"<+30>\"}"},
	{FANS, .person = "<each>", .verb = "POST", .path = HERE "/announcements/<kept>:markRead",
	 .body = "{}", .first = 1, .last = 9},
	{FANS, .verb = "POST", .path = HERE "/resources", .unless = HERE "/resources",
	 .keep = "resourceId",
	 .body = "{\"title\":\"厨房换算表\",\"description\":\"一页纸:杯、勺、克\","
		 "\"url\":\"https://kith.example/conversion.pdf\"}"},
	{FANS, .verb = "POST", .path = HERE "/resources/<kept>/links",
	 .unless = HERE "/resources/<kept>/links", .keep = "code",
	 .body = "{\"channel\":\"公众号\",\"campaign\":\"换算表\"}"},
	{FANS, .verb = "POST", .path = "/v1/resourceLinks/<kept>:visit",
	 .body = "{\"visitor\":\"demo-<n>\"}", .first = 1, .last = 7},
	{FANS, .verb = "POST", .path = HERE "/posts", .unless = SHOWN, .keep = "postId",
	 .body = "{\"kind\":\"POST_KIND_ARTICLE\",\"authorPersonId\":\"<1>\",\"topic\":\"精选\","
		 "\"visibility\":\"VISIBILITY_PUBLIC\",\"title\":\"三百天,四百次称量\","
		 "\"body\":\"社里大家的用法,整理成一篇。\"}"},
	{FANS, .verb = "POST", .path = HERE "/posts/<kept>:feature", .unless = HERE "/showcase",
	 .body = "{\"place\":1,\"note\":\"给还没买的朋友看看\"}"},
	{FANS, .person = "<each>", .verb = "POST", .path = HERE "/posts/<kept>:rate",
	 .body = "{\"value\":5,\"quality\":4,\"timeliness\":5}", .first = 2, .last = 5},
	{FANS, .person = "<each>", .verb = "POST", .path = HERE "/posts/<kept>:bookmark",
	 .body = "{}", .first = 4, .last = 8},
	{FANS, .verb = "POST", .path = HERE "/mentions", .unless = HERE "/mentions",
	 .body = "{\"url\":\"https://kith.example/review\",\"channel\":\"测评站\","
		 "\"postId\":\"<kept>\",\"reach\":12000,\"note\":\"引用了社里的帖子\"}"},
	{FANS, .verb = "POST", .path = HERE "/words:add", .unless = HERE "/words",
	 .body = "{\"words\":[{\"word\":\"加我领券\",\"action\":\"WORD_ACTION_HOLD\","
		 "\"category\":\"TEXT_CATEGORY_ADVERTISING\"}]}"},
	{FANS, .person = "<9>", .verb = "POST", .path = HERE "/posts",
	 .unless = HERE "/reviewItems", .body = "{\"body\":\"清仓特价,加微信 demo_88888 领券\"}"},
	{FANS, .person = "<8>", .verb = "POST", .path = HERE "/tickets",
	 .unless = HERE "/tickets?kind=TICKET_KIND_COMPLAINT", .keep = "ticketId",
	 .body = "{\"kind\":\"TICKET_KIND_COMPLAINT\",\"subject\":\"木托盘裂了\","
		 "\"body\":\"用了两周,边上裂了一条缝。\"}"},
	{FANS, .verb = "POST", .path = HERE "/tickets/<kept>:acknowledge",
	 .unless = HERE "/tickets/<kept>", .sign = "responseTime",
	 .body = "{\"note\":\"收到,请拍一张照片\"}"},
	{FANS, .person = "<6>", .verb = "POST", .path = HERE "/tickets",
	 .unless = HERE "/tickets?kind=TICKET_KIND_FEEDBACK",
	 .body = "{\"kind\":\"TICKET_KIND_FEEDBACK\",\"subject\":\"希望有深色的外壳\","
		 "\"body\":\"白色容易脏。\"}"},

	/* ---- the course: lessons, and a week of tasks ---- */
	{COURSE, .verb = "POST", .path = HERE "/courses", .unless = HERE "/courses",
	 .keep = "courseId",
	 .body = "{\"title\":\"数据分析入门\",\"description\":\"三讲,每讲一次练习\"}"},
	{COURSE, .verb = "POST", .path = HERE "/courses/<kept>/lessons",
	 .unless = HERE "/courses/<kept>", .sign = "publishTime",
	 .body = "{\"title\":\"第<n>讲\",\"body\":\"先读资料,再做练习 <n>。\",\"minutes\":40}",
	 .first = 1, .last = 3},
	{COURSE, .verb = "POST", .path = HERE "/courses/<kept>:publish",
	 .unless = HERE "/courses/<kept>", .sign = "publishTime", .body = "{}"},
	{COURSE, .person = "<each>", .verb = "POST", .path = HERE "/courses/<kept>:enroll",
	 .body = "{}", .first = 6, .last = 15},
	{COURSE, .verb = "GET", .path = HERE "/courses/<kept>/lessons",
	 .unless = HERE "/courses/<kept>/lessons", .keep = "lessonId"},
	{COURSE, .person = "<each>", .verb = "POST",
	 .path = HERE "/courses/<before>/lessons/<kept>:complete", .body = "{}", .first = 6,
	 .last = 9},
	{COURSE, .verb = "POST", .path = HERE "/taskSeries", .unless = HERE "/taskSeries",
	 .keep = "seriesId",
	 .body = "{\"title\":\"七天读图\",\"description\":\"每天一张图,说出它没有说的\","
		 "\"startDate\":\"<day+1>\",\"dayCount\":7}"},
	{COURSE, .verb = "POST", .path = HERE "/taskSeries/<kept>/tasks",
	 .unless = HERE "/taskSeries?state=TASK_SERIES_STATE_ACTIVE",
	 .body = "{\"day\":<n>,\"title\":\"第<n>张图\",\"body\":\"写三句话。\",\"minutes\":10}",
	 .first = 1, .last = 7},
	{COURSE, .verb = "POST", .path = HERE "/taskSeries/<kept>:activate",
	 .unless = HERE "/taskSeries?state=TASK_SERIES_STATE_ACTIVE", .body = "{}"},

	/* ---- who answers questions: one goes to an expert and is answered ---- */
	{ANSWERS, .verb = "PUT", .path = HERE "/sla", .unless = HERE "/sla", .sign = "hours",
	 .body = "{\"hours\":[{\"weekday\":1,\"openMinute\":540,\"closeMinute\":1080},"
		 "{\"weekday\":2,\"openMinute\":540,\"closeMinute\":1080},"
		 "{\"weekday\":3,\"openMinute\":540,\"closeMinute\":1080},"
		 "{\"weekday\":4,\"openMinute\":540,\"closeMinute\":1080},"
		 "{\"weekday\":5,\"openMinute\":540,\"closeMinute\":1080}],"
		 "\"questionResponseMinutes\":120,\"questionResolveMinutes\":960,"
		 "\"feedbackResponseMinutes\":480,\"feedbackResolveMinutes\":2400,"
		 "\"complaintResponseMinutes\":120,\"complaintResolveMinutes\":960}"},
	{ANSWERS, .verb = "POST", .path = HERE "/posts",
	 .unless = ASKED "&state=QUESTION_STATE_RESOLVED", .keep = "postId",
	 .body = "{\"kind\":\"POST_KIND_QUESTION\",\"authorPersonId\":\"<9>\",\"topic\":\"索引\","
		 "\"title\":\"建了索引,查询为什么还是慢?\",\"body\":\"条件里对列做了函数运算。\"}"},
	{ANSWERS, .verb = "POST", .path = HERE "/questions/<kept>:assign",
	 .unless = ASKED "&state=QUESTION_STATE_RESOLVED", .body = "{\"personId\":\"<5>\"}"},
	{ANSWERS, .person = "<5>", .verb = "POST", .path = HERE "/posts/<kept>/comments",
	 .unless = ASKED "&state=QUESTION_STATE_RESOLVED", .keep = "commentId",
	 .body = "{\"body\":\"给那个表达式建索引,或者把运算挪到等号另一边。\"}"},
	{ANSWERS, .person = "<9>", .verb = "POST", .path = HERE "/questions/<before>:accept",
	 .unless = ASKED "&state=QUESTION_STATE_RESOLVED", .body = "{\"commentId\":\"<kept>\"}"},

	/* ---- the readers ---- */
	{READERS, .verb = "POST", .path = HERE "/slots", .unless = SLOTS,
	 .body = "{\"date\":\"<day+3>\",\"minute\":1200,\"kind\":\"POST_KIND_TEXT\","
		 "\"title\":\"下期共读投票\",\"ownerPersonId\":\"<2>\"}"},
};

const size_t demo_said_deeds_count = sizeof(demo_said_deeds) / sizeof(*demo_said_deeds);
