/* One accepted connection: bytes in, bytes out, timeouts, limits and draining, the same for both
 * codecs. Belongs to the loop's thread.
 *
 * Invariant: a connection that is dead stays in memory until the end of the round. */
#ifndef KITH_GATEWAY_CONN_H
#define KITH_GATEWAY_CONN_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "loop.h"

#define CONN_SWEEP_US 250000

struct conn;
struct exchange;
struct gateway;
struct ssl_st;

/* What turns bytes into exchanges and their answers into bytes. */
struct codec {
	const char *name; /* "http/1.1" */
	bool grpc;        /* can carry it */
	void (*open)(struct conn *conn);
	/* Takes what it can of the bytes and says how many. It closes the connection itself when it
	 * must. */
	size_t (*input)(struct conn *conn, const char *bytes, size_t size);
	/* There is more of the exchange's answer than before, or all of it. */
	void (*answer)(struct exchange *x);
	/* Moves what is to be sent into conn->out, at the end of a round. May be NULL. */
	void (*output)(struct conn *conn);
	/* No new exchanges: tell the client. */
	void (*drain)(struct conn *conn);
	/* Frees its state. */
	void (*close)(struct conn *conn);
};

enum conn_state {
	CONN_HANDSHAKE, /* TLS is being set up */
	CONN_PREFACE,   /* the first bytes will tell the codec */
	CONN_OPEN,      /* the codec works */
	CONN_CLOSING,   /* closes once what is in `out` is sent; input is dropped */
	CONN_DEAD,      /* freed at the end of the round */
};

struct conn {
	struct watch watch;
	struct gateway *gateway;
	enum conn_state state;
	const struct codec *codec; /* NULL before CONN_OPEN */
	void *codec_state;
	struct ssl_st *tls;
	struct buf in;  /* what the codec has not taken */
	struct buf out; /* what is to be sent, of which the socket has taken `sent` */
	size_t sent;
	struct exchange *exchanges;
	unsigned n_exchanges;
	uint32_t events;   /* watched for */
	bool dirty;        /* something is to be sent at the end of the round */
	int64_t active_us; /* when the last byte came or went */
	int64_t head_us;   /* when the head that is being read began; 0: none is */
	struct in6_addr ip;
	char address[INET6_ADDRSTRLEN];
	struct conn *next, *prev; /* of all connections */
	struct conn *next_dirty, *next_dead;
};

/* Takes over the descriptor. */
void conn_accept(struct gateway *g, int fd, const struct sockaddr_storage *from);

/* It has something to send: at the end of the round. */
void conn_touch(struct conn *conn);

/* Closes once everything is sent. */
void conn_finish(struct conn *conn);

/* Closes at once; its exchanges learn that their client is gone. */
void conn_kill(struct conn *conn);

/* Feeds the codec what it left behind. */
void conn_resume(struct conn *conn);

/* Closes what has been idle, or slow, for too long. Every CONN_SWEEP_US. */
void conn_sweep(struct gateway *g);

/* The end of a round: sends, then frees the dead. */
void conn_flush_all(struct gateway *g);

/* Tells every client that there will be no more; closes those that have nothing in flight. */
void conn_drain_all(struct gateway *g);

#endif
