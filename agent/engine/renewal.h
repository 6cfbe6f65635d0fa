/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A certificate that takes another one's place while the engine runs. It comes
 * from the warden as bytes in a descriptor, because there is no file to be seen
 * from in here; the key stays, and so do the sessions.
 */
#ifndef RENEWAL_H
#define RENEWAL_H

#include "credentials.h"
#include "message.h"

/*
 * renewal_take - have a context use the chain of a checked MESSAGE_CERTIFICATE from the next handshake on
 * @fd: what came with it; stays the caller's
 *
 * Return: 0; -errno with *error set, and the context as it was.
 */
int renewal_take(struct credentials *credentials, SSL_CTX *context, const struct config_channel *config,
		 const struct message *m, int fd, struct credentials_error *error);

#endif
