/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A TLS 1.3 handshake (RFC 8446), as client or as server, on a non-blocking
 * socket by OpenSSL, from the first byte to the moment at which the kernel takes over.
 */
#ifndef HANDSHAKE_H
#define HANDSHAKE_H

#include <openssl/ssl.h>

#include "ktls.h"

#define HANDSHAKE_ERROR_MAX 320

struct handshake;

/*
 * handshake_new - prepare, send nothing yet
 * @context: from credentials_context()
 * @fd: connected, non-blocking; stays the caller's
 * @name: host name or IP address that the peer's certificate must be for
 *
 * Return: the handshake, or NULL if there is no memory.
 */
struct handshake *handshake_new(SSL_CTX *context, int fd, const char *name);

/* The same, as the server. */
struct handshake *handshake_accept(SSL_CTX *context, int fd);

/* Wipes the secrets. */
void handshake_free(struct handshake *h);

/*
 * handshake_step - go on as far as the socket lets us
 *
 * Return: 0 when it is done; 1 to be called again when the socket is readable,
 * 2 when it is writable; -EPROTO: it failed, handshake_error() says why.
 */
int handshake_step(struct handshake *h);

/* A sentence with the cure; of a server it begins where "the client ADDRESS" ends. */
const char *handshake_error(const struct handshake *h);

/* Of a server: is it our own key that did not sign, and no fault of the client's? Then it is a sentence of its own. */
bool handshake_key_failed(const struct handshake *h);

/*
 * handshake_to_kernel - after handshake_step() has returned 0
 *
 * Only if OpenSSL holds no byte from behind the peer's Finished; then both
 * directions begin at record 0. *suite gets the cipher suite.
 * Return: 0, -EPROTO if OpenSSL has read on, else as ktls_start().
 */
int handshake_to_kernel(struct handshake *h, struct ktls *tls, uint32_t *suite);

#endif
