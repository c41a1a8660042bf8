/* Active and engaged members day by day. */
#ifndef KITH_EVALUATION_ACTIVITY_H
#define KITH_EVALUATION_ACTIVITY_H

#include "base/compiler.h"
#include "base/status.h"
#include "kith/evaluation/v1/metric.pb-c.h"
#include "span.h"

#define WAU_DAYS 7
#define MAU_DAYS 30

/* The days of the span and the stickiness over them, with windows of these lengths. */
enum status activity_report(struct call *c, const struct span *span, int32_t wau_days,
			    int32_t mau_days, Evaluation__ActivityReport *ret) MUST_USE;

#endif
