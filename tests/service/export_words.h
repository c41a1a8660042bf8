/* Words about exports of persons for the tests. */
#ifndef KITH_TESTS_EXPORT_WORDS_H
#define KITH_TESTS_EXPORT_WORDS_H

#include "given.h"
#include "kith/member/v1/privacy.pb-c.h"
#include "suite.h"

/* Whoever calls now; at the token, or from the beginning. */
struct outcome export_page(struct suite *s, const char *person_id, int32_t page_size,
			   const char *token, Member__PersonExport *ret);

/* The first pages of the person of that name; must succeed. */
Member__PersonExport export_of(struct suite *s, const char *name);

/* The section of that service under his own id. */
const Member__ExportSection *section_of(const Member__PersonExport *export, const char *service);

#endif
