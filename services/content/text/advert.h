/* Advertisements: what gives them away, weighed together. */
#ifndef KITH_CONTENT_ADVERT_H
#define KITH_CONTENT_ADVERT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"

struct links;
struct normal;

/* The signs that are looked for. Never changed after: any thread may look. */
struct adverts;

struct adverts *adverts_new(void) MUST_USE;
void adverts_free(struct adverts *adverts); /* accepts NULL */

/* Whether the text has enough of them: how to reach somebody, a price or an offer, a call to act,
 * links. One or two of them are in many a text that offers nothing. Where the weightiest stands in
 * the normal text, in bytes, both 0 where that is a link. */
bool advert_is(const struct adverts *adverts, const struct normal *text, const struct links *links,
	       size_t *ret_start, size_t *ret_end);

#endif
