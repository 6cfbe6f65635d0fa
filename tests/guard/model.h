/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the guard should say of a packet, decided slowly: streams are kept whole
 * and parsed from their first byte each time. It shares no code with bpf/; it is
 * written from RFC 8446, RFC 9293, RFC 8200 and tacit.conf(5), for a guard that is
 * open, without rules, slots and limits, and that drops what it refuses.
 */
#ifndef MODEL_H
#define MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct model;

struct model *model_new(void);
void model_free(struct model *m);
/* Forget all connections. */
void model_reset(struct model *m);

/*
 * May the frame leave, or come in, on Ethernet? `forwarded`: it is no packet
 * of the device's own; then the frame and its length become what leaves.
 */
bool model_out(struct model *m, uint8_t *frame, size_t *bytes, bool forwarded);
bool model_in(struct model *m, const uint8_t *frame, size_t bytes);

/* Connections that were proved since model_reset(). */
unsigned int model_verified(const struct model *m);

/*
 * How far a stream of TLS records may go (RFC 8446, 4 and 5). For direct use by
 * the fuzzer, which has the product's reader to compare it with.
 */
enum slow_end { SLOW_FINE, SLOW_RETRY, SLOW_CHOSEN, SLOW_REFUSED };

struct slow_stream {
	bool client;		/* of a client, else of a server */
	bool retried;		/* the server asked for a second hello */
	bool verified;		/* only sealed records may begin behind `old` */
	bool stop;		/* do not look beyond the server's choice */
	size_t old;		/* so many bytes were judged before */
};

/* Of the first `bytes` bytes of a stream: the last thing of note that they bring; refused wins. */
enum slow_end slow_judge(const struct slow_stream *s, const uint8_t *data, size_t bytes);

#endif
