/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Bytes between a kTLS connection of a client and the plain one to the server
 * behind a channel, both ways. One buffer each way; the one side is not read
 * while the other does not take, so that TCP tells the sender to wait. What the
 * client says is let through as far as it is paid for (turns.h).
 */
#ifndef RELAY_H
#define RELAY_H

#include "ktls.h"
#include "turns.h"

/* The plain text of one record at most (RFC 8446, 5.1). */
#define RELAY_ROOM 16384

struct relay_half {
	size_t start;		/* of what waits in data */
	size_t passed;		/* up to here it may go on */
	size_t end;
	bool ended;		/* its sender says no more */
	bool finished;		/* and its receiver knows */
	uint8_t data[RELAY_ROOM];
};

struct relay {
	struct ktls *tls;	/* the client */
	int backend;
	/* A token for one request more. Return: false, and `held` is set: relay_resume() when there may be one. */
	bool (*pay)(void *arg);
	void *arg;
	bool held;
	bool deaf;		/* the server takes no more: what the client says is dropped */
	unsigned int empty;	/* empty records of the client in a row */
	uint64_t bytes;		/* moved so far, either way */
	struct turns turns;
	struct relay_half up;	/* client to server */
	struct relay_half down;
};

/* What relay_move() waits for: readiness of the two descriptors. */
enum relay_want {
	RELAY_CLIENT_READ = 1,
	RELAY_CLIENT_WRITE = 2,
	RELAY_BACKEND_READ = 4,
	RELAY_BACKEND_WRITE = 8,
};

/* @backend: connected, non-blocking; stays the caller's, as does *tls. The first request is paid for. */
void relay_init(struct relay *r, struct ktls *tls, int backend, bool (*pay)(void *arg), void *arg);

/*
 * relay_move - as far as both sides let us
 *
 * Return: 0 to go on; 1 both sides have ended, and know it of each other;
 * -EKEYEXPIRED the client changes its keys; else -errno: one side is lost, and
 * the other must not take that for an end.
 */
int relay_move(struct relay *r);

/* Several of enum relay_want. */
unsigned int relay_wants(const struct relay *r);

void relay_resume(struct relay *r);

#endif
