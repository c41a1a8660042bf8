/* The gateway as its clients see it: one request, one answer. */
#ifndef KITH_CLI_HTTP_H
#define KITH_CLI_HTTP_H

#include "base/buf.h"
#include "base/status.h"
#include "command.h"

/* Sends `body` (NULL for none) as JSON with the command's key, for the person that it names; the
 * answer's body goes to `to`. The status is that of the gateway's error, or UNAVAILABLE, said on
 * standard error, when it cannot be reached. */
enum status http_send(const struct cli *cli, const char *verb, const char *path, const char *body,
		      struct buf *to) MUST_USE;

/* The same, and prints the answer on standard output, an error's on standard error; the exit code.
 */
int http_print(const struct cli *cli, const char *verb, const char *path, const char *body);

/* The id of the community that the word names: its id, its external id or its slug. */
enum status http_community(struct cli *cli, const char *word, const char **ret_id) MUST_USE;

/* The id of the person that the word names: his id or his external id. */
enum status http_person(struct cli *cli, const char *word, const char **ret_id) MUST_USE;

#endif
