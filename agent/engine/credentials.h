/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the channels prove themselves with: OpenSSL with the tacit provider, and
 * for each channel its certificate, the CA it trusts and its kernel-held key.
 * All files are read here, before the engine gives up its privilege.
 */
#ifndef CREDENTIALS_H
#define CREDENTIALS_H

#include <openssl/ssl.h>

#include "config.h"

#define CREDENTIALS_ERROR_MAX 512

struct credentials;

/* The thing that is wrong, and the cure. */
struct credentials_error {
	char text[CREDENTIALS_ERROR_MAX];
};

/* Load the providers into a library context of our own. Return: NULL with *error set on failure. */
struct credentials *credentials_new(struct credentials_error *error);
void credentials_free(struct credentials *credentials);

/*
 * credentials_context - everything a channel's handshakes need
 *
 * TLS 1.3 only, the peer's chain checked against config->ca; a server without ca
 * asks for none. No resumption and no early data. The key is
 * `tacit:` config->key and no other kind: it stays in the kernel.
 * Return: a context, the caller's to free; NULL with *error set.
 */
SSL_CTX *credentials_context(struct credentials *credentials, const struct config_channel *config,
			     struct credentials_error *error);

/*
 * credentials_renew - another certificate for the same key
 * @context: from credentials_context() of the same channel; handshakes that have begun are not changed
 * @pem: the chain, leaf first
 *
 * No file is read, so that it works in the empty root. All or nothing: a chain that
 * cannot be read, or is not for the key, leaves the context as it was.
 * Return: 0, or -EINVAL with *error set.
 */
int credentials_renew(struct credentials *credentials, SSL_CTX *context, const struct config_channel *config,
		      const void *pem, size_t bytes, struct credentials_error *error);

/* When the context's certificate ends, seconds since 1970; 0 if that cannot be told. */
uint64_t credentials_end(const SSL_CTX *context);

/*
 * credentials_client_id - the client_id of a channel that names none
 * @id: at least 16 bytes of room; a long name is cut
 *
 * NAME-XXXXXXXX: the first digits of the SHA-256 of the certificate's public key
 * (DER, as `openssl pkey -pubin -outform DER` writes it). Two devices with the same
 * configuration must not have the same one, or each would end the other's session.
 * Return: 0 or -ENOMEM.
 */
int credentials_client_id(struct credentials *credentials, const SSL_CTX *context, const char *name, char *id,
			  size_t room);

#endif
