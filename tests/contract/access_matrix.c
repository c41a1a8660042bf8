/* Prints who may call what: one line a method, one column a kind of caller. Compared with
 * access.matrix, so that nobody's rights change unseen; to accept a change:
 * `access_matrix >tests/contract/access.matrix`. */
#include <stdio.h>

#include "base/method.h"

static const struct {
	const char *name;
	unsigned passes; /* levels that let him in */
} callers[] = {
	{"stranger", ACCESS_PUBLIC},
	{"self", ACCESS_PUBLIC | ACCESS_SELF},
	{"member", ACCESS_PUBLIC | ACCESS_MEMBER},
	{"moderator", ACCESS_PUBLIC | ACCESS_MEMBER | ACCESS_MODERATOR},
	{"admin", ACCESS_PUBLIC | ACCESS_MEMBER | ACCESS_MODERATOR | ACCESS_ADMIN},
	{"owner", ACCESS_PUBLIC | ACCESS_MEMBER | ACCESS_MODERATOR | ACCESS_ADMIN | ACCESS_OWNER},
	{"platform", ~(unsigned)ACCESS_SERVICE},
	{"service", ~0u},
};

#define N_CALLERS (sizeof(callers) / sizeof(callers[0]))

int main(void)
{
	printf("%-60s %-5s", "", "");
	for (size_t i = 0; i < N_CALLERS; i++)
		printf(" %9s", callers[i].name);
	printf("\n");

	for (size_t i = 0; i < kith_methods_count; i++) {
		const struct method *method = &kith_methods[i];

		printf("%-60s %-5s", method->name, method->read_only ? "read" : "write");
		for (size_t k = 0; k < N_CALLERS; k++)
			printf(" %9s", method->access & callers[k].passes ? "yes" : "-");
		printf("\n");
	}

	return 0;
}
