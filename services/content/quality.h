/* The configured part of the formula of quality, and the work that keeps scores as they should be.
 */
#ifndef KITH_CONTENT_QUALITY_H
#define KITH_CONTENT_QUALITY_H

#include <stdbool.h>

#include "base/compiler.h"
#include "base/status.h"
#include "kith/content/v1/quality.pb-c.h"

struct call;
struct service_config;

struct quality_weights {
	Content__QualityWeights weights;
	char name[80]; /* tells other weights apart: scores are made with one name's */
};

/* From the formula `quality` of the configuration: useful, rating and depth, and nothing else.
 * INVALID_ARGUMENT, which is logged. */
enum status quality_configure(const struct service_config *config,
			      struct quality_weights *ret) MUST_USE;

/* Of this process. */
const struct quality_weights *content_quality_weights(const struct call *c);

/* Scores what is due, and lets communities catch up whose mean or weights have changed
 * (service_deed). */
enum status quality_fold(struct call *c, bool *ret_worked) MUST_USE;
enum status quality_catch_up(struct call *c, bool *ret_worked) MUST_USE;

#endif
