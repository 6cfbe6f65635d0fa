/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What counts as a request on a connection whose protocol is not known: the
 * client speaks after the server did, a turn. Without waiting for answers it
 * could ask many things in one turn; so a second `HTTP/1.`, which stands in the first
 * line of each HTTP/1 request, and each TURN_BYTES bytes count as one too. Pure.
 */
#ifndef TURNS_H
#define TURNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TURN_BYTES 65536u

struct turns {
	bool answered;		/* the server has spoken: what the client says next is a new request */
	bool request;		/* this turn has had its HTTP/1. */
	uint8_t matched;	/* bytes of it seen last */
	uint32_t left;		/* bytes of this turn that may still pass */
};

/* A connection begins; its first request is paid for. */
void turns_begin(struct turns *t);

/*
 * turns_pass - how many of these bytes of the client may pass
 *
 * Return: `bytes` if all may; if less, the next one may after turns_paid() only.
 */
size_t turns_pass(struct turns *t, const uint8_t *data, size_t bytes);

void turns_paid(struct turns *t);

/* Bytes of the server have gone to the client. */
void turns_answered(struct turns *t);

#endif
