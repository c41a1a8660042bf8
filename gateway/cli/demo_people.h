/* The people's side of the demo world as data: what is decided in its communities, in the order in
 * which it is done. Lines tell what happened; these are calls. */
#ifndef KITH_CLI_DEMO_PEOPLE_H
#define KITH_CLI_DEMO_PEOPLE_H

#include <stddef.h>
#include <stdint.h>

#include "command.h"

/* In path, body, unless and person there stand for something else:
 *   <community>  the community's id       <person:X>  the id of the person whom others call X
 *   <7>          its seventh member's id  <each>      that of the one it is done for
 *   <n>          his place                <kept>      what was kept last
 *   <+30>        the time in 30 days      <before>    what was kept before that
 *   <day+3>      the date in 3 days
 */
struct demo_deed {
	const char *community; /* its external id */
	const char *person;    /* who does it; NULL: the platform */
	const char *verb, *path, *body;
	const char *unless; /* a path: where reading it finds something, it has been done */
	const char *sign;   /* of that: there and not empty; NULL: its first list is not */
	const char *keep;   /* this of the answer, or of what was found, is <kept> from here on */
	int first, last;    /* done for each of the members at these places; 0: once */
};

/* The communities of which it is told, and their paths. */
#define FANS    .community = "demo-scale-fans"
#define COURSE  .community = "demo-data-course"
#define READERS .community = "demo-books-films"
#define ANSWERS .community = "demo-ask-code"
#define HERE    "/v1/communities/<community>"

extern const struct demo_deed demo_deeds[];
extern const size_t demo_deeds_count;

/* And what is said there. */
extern const struct demo_deed demo_said_deeds[];
extern const size_t demo_said_deeds_count;

/* Does all of it at the gateway; what has been done already changes nothing. The exit code. */
int demo_people(struct cli *cli, int64_t now_us);

#endif
