/* The audit log: one JSON line a write, each bound to the one before by its hash. Who changes or
 * takes out a line breaks the chain from there on. Belongs to the loop's thread. */
#ifndef KITH_GATEWAY_AUDIT_H
#define KITH_GATEWAY_AUDIT_H

#include "base/compiler.h"
#include "base/status.h"

struct audit;
struct exchange;

/* Goes on with the chain that is in the file. Logs why it cannot. */
enum status audit_open(const char *file, struct audit **ret_audit) MUST_USE;
void audit_close(struct audit *audit); /* accepts NULL */

/* The exchange is answered: noted when it was a write of a known caller. Accepts NULL. */
void audit_note(struct audit *audit, const struct exchange *x);

/* To the file: at the end of a round. Accepts NULL. */
void audit_flush(struct audit *audit);

#endif
