/* How far an import has come, kept beside the person's other state, so that the next run goes on
 * there. Safe to lose: importing twice changes nothing. */
#ifndef KITH_CLI_CHECKPOINT_H
#define KITH_CLI_CHECKPOINT_H

#include <stdint.h>

#include "base/arena.h"

struct checkpoint {
	const char *path; /* NULL: nothing is kept */
};

/* For this file's content in the cluster of this secret. Standard input has none. */
void checkpoint_init(struct checkpoint *checkpoint, struct arena *arena, const char *file,
		     const uint8_t secret[static 32]);

/* Lines that are done; 0 when nothing is known. */
uint64_t checkpoint_read(const struct checkpoint *checkpoint);
void checkpoint_write(const struct checkpoint *checkpoint, uint64_t lines);
void checkpoint_remove(const struct checkpoint *checkpoint);

#endif
