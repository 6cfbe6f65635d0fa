/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A certificate chain in a PEM file, and whether it will do for a key: what a
 * peer would refuse is refused here, before it is put to use.
 */
#ifndef CERTIFICATE_H
#define CERTIFICATE_H

#include <openssl/x509.h>
#include <stdbool.h>
#include <time.h>

#include "tacit_key.h"

#define CERTIFICATE_BYTES_MAX (64 * 1024)
#define CERTIFICATE_CHAIN_MAX 8
#define CERTIFICATE_TEXT_MAX 512
/* A renewal is due when less than this is left, and less than a third of the certificate's life. */
#define CERTIFICATE_WARN_DAYS 30

/* What is wrong, and the cure. */
struct certificate_text {
	char text[CERTIFICATE_TEXT_MAX];
};

/* What it is to be used for. */
struct certificate_wish {
	const char *key;	/* name, for messages */
	const struct tacit_blob *blob;	/* its public key; NULL: not compared */
	bool client;		/* on connect channels */
	bool server;		/* on accept channels */
};

/*
 * certificate_read - the certificates of a PEM file, leaf first
 *
 * Return: the chain, not empty, to be freed by certificate_free(); NULL with *wrong set.
 */
STACK_OF(X509) *certificate_read(const char *file, struct certificate_text *wrong);
void certificate_free(STACK_OF(X509) *chain);

/* Is this certificate's public key the one in the blob? */
bool certificate_is_for(X509 *certificate, const struct tacit_blob *blob);

/*
 * certificate_check - is the leaf for this key and this use, in its time, and is each one signed by the next?
 * @file: for messages
 *
 * RFC 5280, 4.1.2.5 and 4.2.1; RFC 8446, 4.4.2.2 (digitalSignature).
 * Return: 0, or -EINVAL with *wrong set.
 */
int certificate_check(STACK_OF(X509) *chain, const char *file, const struct certificate_wish *wish,
		      struct certificate_text *wrong);

/* Is it time for a new one? *text says how long it lasts, whatever is returned. */
bool certificate_ends_soon(const X509 *leaf, struct certificate_text *text);

/* "2026-11-22 20:15 UTC" */
#define CERTIFICATE_TIME_MAX 32
void certificate_time(time_t when, char out[CERTIFICATE_TIME_MAX]);

/*
 * Is the clock certainly wrong: before the day on which this program was put here? It is then told
 * in *wrong, with the cure.
 */
bool certificate_clock_wrong(struct certificate_text *wrong);

#endif
