/* Addresses of links: what ipc://, tcp://, tls+tcp:// and inproc:// mean to the kernel. */
#ifndef KITH_RPC_LINK_ADDRESS_H
#define KITH_RPC_LINK_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>

#include "base/compiler.h"

struct link_address {
	bool local; /* ipc and inproc: a unix socket, and messages are framed with one byte more */
	bool tls;
	char path[108]; /* ipc: the socket's file; else "" */
	char host[256], port[8];
	struct sockaddr_storage where; /* local only; names are looked up when they are needed */
	socklen_t where_size;
};

/* False when it is no address. */
bool link_address_parse(const char *text, struct link_address *ret) MUST_USE;

/* A socket that connects or has connected (`nth` chooses among the host's addresses), or that
 * listens; −1 with errno otherwise. Does not block but for the look-up of a name. */
int link_address_connect(const struct link_address *address, unsigned nth) MUST_USE;
int link_address_listen(const struct link_address *address) MUST_USE;

#endif
