/* Advertisements. The patterns are for the normal text: lower case, half width, simplified signs,
 * no symbols. */
#include "advert.h"

#include <hs/hs.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/log.h"
#include "link.h"
#include "normal.h"

#define ENOUGH 3

static const struct trait {
	const char *pattern;
	int weight;
	int times; /* that it counts; 0: once */
} traits[] = {
	/* How to reach somebody: an account somewhere else, a telephone. */
	{"(微信|薇信|威信|微心|v信|扣扣|q群|加v|加微|加q)(号|号码|群)?(是|为)?[a-z0-9][a-z0-9 "
	 "]{4,}",
	 2},
	{"(^|[^a-z])(vx|wx|wechat|weixin|qq|telegram|whatsapp|tg) ?(号|群|id)? "
	 "?[a-z]{0,12} ?[0-9][a-z0-9 ]{3,}",
	 2},
	{"(^|[^0-9])1[3-9][0-9] ?[0-9]{4} ?[0-9]{4}($|[^0-9])", 1},
	/* A price. */
	{"[0-9] ?(元|块钱|块|万|rmb|折|usd|dollars|% off)|[$¥￥] ?[0-9]|(日|月)(赚|入|结) ?[0-9]",
	 1},
	/* An offer. */
	{"包邮|免费领|免费送|优惠|折扣|返利|返现|佣金|日结|日赚|月入|稳赚|躺赚|兼职|代理|招商|刷单|"
	 "代开|"
	 "办证|贷款|低价|批发|高仿|秒杀|内部渠道|中奖|领红包|代购|清仓|特价|开户|网赚|副业|"
	 "earn |make money|cash ?back|discount|casino|loan|viagra|cheap|limited offer|work from "
	 "home|"
	 "guaranteed|best price|promo code|giveaway|investment",
	 1, 2},
	/* A call to act. */
	{"加我|加微|加v|加q|联系我|私我|私聊|私信|咨询|扫码|扫描二维码|详聊|戳我|进群|上车|速来|"
	 "点击链接|"
	 "点这里|dm me|contact me|add me|message me|call now|click here|sign up now|join now|"
	 "buy now|order now|inbox me|text me",
	 1, 2},
};

#define N_TRAITS (sizeof(traits) / sizeof(traits[0]))

struct adverts {
	hs_database_t *database;
	hs_scratch_t *scratch; /* what each look has a copy of */
};

struct adverts *adverts_new(void)
{
	struct adverts *adverts = calloc(1, sizeof(*adverts));
	const char *patterns[N_TRAITS];
	unsigned flags[N_TRAITS], ids[N_TRAITS];
	hs_compile_error_t *error = NULL;

	if (!adverts)
		log_die("no-memory", "what=adverts");
	for (unsigned i = 0; i < N_TRAITS; i++) {
		patterns[i] = traits[i].pattern;
		flags[i] = HS_FLAG_SOM_LEFTMOST;
		ids[i] = i;
	}
	if (hs_compile_multi(patterns, flags, ids, N_TRAITS, HS_MODE_BLOCK, NULL,
			     &adverts->database, &error) != HS_SUCCESS)
		log_die("adverts", "pattern=%d error=%s", error->expression, error->message);
	if (hs_alloc_scratch(adverts->database, &adverts->scratch) != HS_SUCCESS)
		log_die("no-memory", "what=adverts");

	return adverts;
}

void adverts_free(struct adverts *adverts)
{
	if (!adverts)
		return;

	hs_free_scratch(adverts->scratch);
	hs_free_database(adverts->database);
	free(adverts);
}

struct look {
	const char *text;
	int seen[N_TRAITS];
	size_t ends[N_TRAITS]; /* of what was seen last */
	int weight, most;
	size_t start, end; /* of the weightiest */
	unsigned id;       /* whose that is */
};

/* What ends anywhere is told at its shortest first: an account is told as far as it goes. */
static void go_on(struct look *look, unsigned id, size_t from, size_t to)
{
	if (look->most && id == look->id && from == look->start && to == look->end + 1 &&
	    look->text[to - 1] != ' ')
		look->end = to;
}

static int match(unsigned id, unsigned long long from, unsigned long long to, unsigned flags,
		 void *user)
{
	struct look *look = user;

	(void)flags;
	go_on(look, id, (size_t)from, (size_t)to);
	if (look->seen[id] > 0 && (look->seen[id] >= traits[id].times || from < look->ends[id]))
		return 0;
	look->seen[id]++;
	look->ends[id] = (size_t)to;
	look->weight += traits[id].weight;
	if (traits[id].weight > look->most) {
		look->most = traits[id].weight;
		look->start = (size_t)from;
		look->end = (size_t)to;
		look->id = id;
	}

	return 0;
}

bool advert_is(const struct adverts *adverts, const struct normal *text, const struct links *links,
	       size_t *ret_start, size_t *ret_end)
{
	struct look look = {.text = text->text, .weight = (links->count > 0) + links->hides};
	hs_scratch_t *scratch = NULL;

	if (text->size == 0)
		return false;
	if (hs_clone_scratch(adverts->scratch, &scratch) != HS_SUCCESS)
		log_die("no-memory", "what=adverts");
	if (hs_scan(adverts->database, text->text, (unsigned)text->size, 0, scratch, match,
		    &look) != HS_SUCCESS)
		log_die("adverts", "the text could not be scanned");
	hs_free_scratch(scratch);
	if (look.weight < ENOUGH)
		return false;

	*ret_start = look.start;
	*ret_end = look.end;

	return true;
}
