/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Requests that change a sealed key (include/tacit_key.h, "Changing a sealed
 * key") or bring one in from outside. Return and errors as in module.h.
 */
#ifndef KEYS_MODULE_CHANGE_H
#define KEYS_MODULE_CHANGE_H

#include "module.h"

enum module_change {
	MODULE_CHANGE_BIND,	/* a certificate was bound: no request is signed any more */
	MODULE_CHANGE_REOPEN,	/* requests are signed again */
	MODULE_CHANGE_RESERVE,	/* the next block of the budget; -ENODATA: there is none; -EDQUOT: it is used up */
};

/* Ask for the blob that takes the old one's place. Keep it, safe from a power cut, then module_key_stored(). */
int module_key_change(struct module *m, enum module_change change, const char *name, union tacit_blob_room *blob,
		      struct key_error *error);

/* That blob is on disk. -ENODATA: none waits, or another one. */
int module_key_stored(struct module *m, const struct tacit_blob *blob, struct key_error *error);

/*
 * module_key_import - load a key that was made elsewhere
 * @pkcs8: PrivateKeyInfo in DER, `bytes` of it; encrypted here to a one-time key of the module's, so that no
 *	buffer on the way holds it. The caller wipes it
 * @key: has the sealed blob to be kept
 */
int module_key_import(struct module *m, const char *name, const struct tacit_usage *usage, const uint8_t *pkcs8,
		      size_t bytes, struct module_key *key, struct key_error *error);

#endif
