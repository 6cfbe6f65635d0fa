// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "renewal.h"

/* From the start, wherever the descriptor stands. Return: 0, -EIO for less than `bytes`, -errno. */
static int read_all(int fd, char *to, size_t bytes)
{
	size_t got = 0;

	while (got < bytes) {
		ssize_t n = pread(fd, to + got, bytes - got, (off_t)got);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -EIO;
		got += (size_t)n;
	}
	return 0;
}

int renewal_take(struct credentials *credentials, SSL_CTX *context, const struct config_channel *config,
		 const struct message *m, int fd, struct credentials_error *error)
{
	char *pem = malloc(m->certificate.bytes);
	int err = pem ? read_all(fd, pem, m->certificate.bytes) : -ENOMEM;

	if (err)
		snprintf(error->text, sizeof(error->text), "%s: the new certificate cannot be read: %s", config->name,
			 strerror(-err));
	else
		err = credentials_renew(credentials, context, config, pem, m->certificate.bytes, error);
	free(pem);
	return err;
}
