/* SPDX-License-Identifier: GPL-2.0 */
/*
 * TLS 1.3 records by the kernel, on a socket whose handshake OpenSSL has done:
 * Documentation/networking/tls.rst, and RFC 8446, 5 and 6.
 */
#ifndef KTLS_H
#define KTLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "tls_keys.h"

struct ktls {
	int fd;
	bool server;		/* we are it */
	bool ended;		/* the peer has sent close_notify, and not just ended its TCP */
	size_t handshake_left;	/* bytes of a post-handshake message that go on in the next record */
	uint64_t tickets;	/* NewSessionTicket messages, ignored */
	uint8_t alert;		/* that the peer has sent, where ktls_receive() says -ECONNABORTED */
};

/* What both sides of the connection are protected with. The caller wipes it. */
struct ktls_secrets {
	enum tls_suite suite;
	size_t bytes;
	uint8_t client[TLS_SECRET_MAX];
	uint8_t server[TLS_SECRET_MAX];
};

/*
 * ktls_probe - can this kernel do it?
 *
 * Makes the kernel load its tls module where it may; so call it as root.
 * Return: 0, or -errno of TCP_ULP: -ENOENT if the kernel has no kTLS.
 */
int ktls_probe(void);

/*
 * ktls_start - hand a connected socket over to the kernel, both ways
 * @fd: OpenSSL has read the peer's Finished and written ours, and not a byte more
 * @server: we are the server
 *
 * Return: 0 or -errno; then the socket is of no use.
 */
int ktls_start(struct ktls *tls, int fd, const struct ktls_secrets *secrets, bool server);

/*
 * ktls_send_cell - send a record that is padded to a cell
 * @payload: as cell_fill() has laid it out
 *
 * Return: 0; -EAGAIN if the socket takes nothing now; else -errno: the connection is lost.
 */
int ktls_send_cell(struct ktls *tls, const void *payload, size_t bytes);

/* Plain records without padding. Return: bytes taken, -EAGAIN or -errno. */
ssize_t ktls_send(struct ktls *tls, const void *data, size_t bytes);

/* An alert of its own size: close_notify where there are no cells. Return: 0, -EAGAIN or -errno. */
int ktls_send_close(struct ktls *tls);

/*
 * ktls_receive - application data of one record or more
 *
 * Return: bytes, 0 for a record that carried none of ours;
 * -EAGAIN nothing there; -EPIPE the connection has ended, tls->ended says how;
 * -EKEYEXPIRED the peer changes its keys, which needs a new connection;
 * -ECONNABORTED the peer sent the fatal alert tls->alert; else -errno.
 */
ssize_t ktls_receive(struct ktls *tls, void *data, size_t bytes);

/* Bytes that the peer has not acknowledged, or -errno. */
ssize_t ktls_unacknowledged(const struct ktls *tls);

#endif
