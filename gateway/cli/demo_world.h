/* The demo world as data: invented communities, what is said in them, and how they fare. */
#ifndef KITH_CLI_DEMO_WORLD_H
#define KITH_CLI_DEMO_WORLD_H

#include <stddef.h>

enum demo_stage { DEMO_LAUNCH, DEMO_GROWTH, DEMO_MATURITY, DEMO_DECLINE, DEMO_TRANSFORM };

enum demo_language { DEMO_ZH, DEMO_EN, DEMO_DE, DEMO_JA, DEMO_ES, DEMO_LANGUAGES };

struct demo_post {
	const char *kind; /* "TEXT" … */
	const char *topic, *title, *text;
};

struct demo_community {
	const char *id, *name, *kind, *zone, *join_mode;
	enum demo_language language;
	enum demo_stage stage;
	int days;       /* of history */
	int members;    /* that it has at its height */
	int event_days; /* from one event to the next; 0: none */
	const char *event_mode;
	const char *const *events;     /* titles, NULL-terminated */
	const struct demo_post *posts; /* until one without kind */
	int price;                     /* what members buy, in minor units; 0: nothing */
	const char *currency;
	int paying;   /* of 100 who join, how many buy; 100: nobody joins without */
	int check_in; /* of 100 who are there on a day, how many check in */
};

extern const struct demo_community demo_communities[];
extern const size_t demo_communities_count;

/* What people of a language are called and say. All NULL-terminated. */
struct demo_tongue {
	const char *code; /* begins its persons' ids */
	const char *const *given, *const *family;
	const char *const *comments, *const *answers;
	const char *const *leave_reasons;
};

extern const struct demo_tongue demo_tongues[DEMO_LANGUAGES];

#endif
