/* Who calls: API keys, checked by member and remembered for a while, and on whose behalf. Belongs
 * to the loop's thread. */
#ifndef KITH_GATEWAY_AUTH_H
#define KITH_GATEWAY_AUTH_H

struct auth;
struct exchange;
struct gateway;

struct auth *auth_new(struct gateway *g);
/* Gives up what is being asked. */
void auth_stop(struct auth *auth);
/* When nothing is in flight any more. Accepts NULL. */
void auth_free(struct auth *auth);

/* Finds out who calls and ends in exchange_identified, at once or when member has answered. */
void auth_identify(struct auth *auth, struct exchange *x);

#endif
