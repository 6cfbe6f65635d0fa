// SPDX-License-Identifier: GPL-2.0
/* The certificates that channels name: can they be read, are they of their time, are they for the key? */
#include "doctor.h"

#include <stdio.h>
#include <string.h>

#include <openssl/pem.h>
#include <openssl/x509.h>

#include "../keys/keydir.h"
#include "key_public.h"

static X509 *read_certificate(const char *path)
{
	FILE *file = fopen(path, "re");
	X509 *certificate = file ? PEM_read_X509(file, NULL, NULL, NULL) : NULL;

	if (file)
		fclose(file);
	return certificate;
}

/* Is its public key the one of the sealed key? True where the sealed key cannot be read, which is another check's. */
static bool is_for(X509 *certificate, const struct doctor *d, const char *name)
{
	struct key_error unused = { "" };
	union tacit_blob_room room;
	EVP_PKEY *key;
	bool same;

	if (keydir_read(d->config.keys, name, &room, &unused))
		return true;
	key = key_public(&room.blob);
	same = key && EVP_PKEY_eq(X509_get0_pubkey(certificate), key) == 1;
	EVP_PKEY_free(key);
	return same;
}

static bool good(const struct doctor *d, const struct config_channel *channel, struct doctor_finding *f)
{
	X509 *certificate = read_certificate(channel->certificate), *ca = read_certificate(channel->ca);

	/* A channel that serves anybody has no ca. */
	if (!certificate || (!ca && channel->ca[0])) {
		doctor_found(f, DOCTOR_MISSING, "[channel %s]: %.200s cannot be read as PEM", channel->name,
			     certificate ? channel->ca : channel->certificate);
		doctor_cure(f, certificate ? "put the certificate of the peer's authority there" :
					     "have the request of `tacit key csr` signed, and put the certificate there");
	} else if (X509_cmp_current_time(X509_get0_notBefore(certificate)) > 0) {
		doctor_found(f, DOCTOR_MISSING, "[channel %s]: %.200s is not valid yet", channel->name, channel->certificate);
		doctor_cure(f, "set the clock, or have a new certificate made");
	} else if (X509_cmp_current_time(X509_get0_notAfter(certificate)) < 0) {
		doctor_found(f, DOCTOR_MISSING, "[channel %s]: %.200s has expired", channel->name, channel->certificate);
		doctor_cure(f, "have a new certificate made for the key, with `tacit key csr`");
	} else if (!is_for(certificate, d, channel->key)) {
		doctor_found(f, DOCTOR_MISSING, "[channel %s]: %.200s is not for the key %s", channel->name,
			     channel->certificate, channel->key);
		doctor_cure(f, "have the request of `tacit key csr %s` signed", channel->key);
	}
	X509_free(certificate);
	X509_free(ca);
	return f->state != DOCTOR_MISSING;
}

/* The first one that is not good is told. */
void doctor_certificates(const struct doctor *d, struct doctor_finding *f)
{
	if (!d->config_good) {
		doctor_found(f, DOCTOR_NOTE, "not known without a configuration");
		return;
	}
	for (size_t i = 0; i < d->config.channel_count; i++)
		if (!good(d, &d->config.channels[i], f))
			return;
	doctor_found(f, DOCTOR_OK, "%zu channels have theirs, in their time and for their key", d->config.channel_count);
}
