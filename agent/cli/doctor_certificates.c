// SPDX-License-Identifier: GPL-2.0
/* The certificates that channels name: can they be read, are they of their time, are they for the key? */
#include "doctor.h"

#include <stdio.h>

#include "../keys/keydir.h"
#include "certificate.h"

/* What is wrong with the device's own; where the sealed key cannot be read, which is another check's, it is not compared. */
static int own(const struct doctor *d, const struct config_channel *channel, struct certificate_text *wrong)
{
	struct key_error unused = { "" };
	union tacit_blob_room key;
	struct certificate_wish wish = {
		.key = channel->key,
		.blob = keydir_read(d->config.keys, channel->key, &key, &unused) ? NULL : &key.blob,
		.client = channel->mode == CONFIG_MODE_CONNECT,
		.server = channel->mode == CONFIG_MODE_ACCEPT,
	};
	STACK_OF(X509) *chain = certificate_read(channel->certificate, wrong);
	int code = chain ? certificate_check(chain, channel->certificate, &wish, wrong) : -1;

	if (!code && certificate_ends_soon(sk_X509_value(chain, 0), wrong))
		code = 1;
	certificate_free(chain);
	return code;
}

static bool good(const struct doctor *d, const struct config_channel *channel, struct doctor_finding *f)
{
	struct certificate_text wrong;
	STACK_OF(X509) *ca;
	int code = own(d, channel, &wrong);

	if (code < 0) {
		doctor_found(f, DOCTOR_MISSING, "[channel %s]: %.400s", channel->name, wrong.text);
		doctor_cure(f, "have the request of `tacit key csr %s` signed, and put it to use with `tacit key cert %s FILE`",
			    channel->key, channel->key);
		return false;
	}
	/* Clients of an accept channel show none. */
	ca = channel->ca[0] ? certificate_read(channel->ca, &wrong) : NULL;
	certificate_free(ca);
	if (channel->ca[0] && !ca) {
		doctor_found(f, DOCTOR_MISSING, "[channel %s]: %.400s", channel->name, wrong.text);
		doctor_cure(f, "put the certificate of the peer's authority there");
		return false;
	}
	if (!code)
		return true;
	doctor_found(f, DOCTOR_NOTE, "[channel %s]: %.200s %.200s", channel->name, channel->certificate, wrong.text);
	doctor_cure(f, "have a new request of `tacit key csr %s` signed", channel->key);
	return false;
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
