/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Import: a key that comes encrypted to a one-time public key of the module, as tacit_key.h
 * describes it, so that no pipe and no netlink buffer ever holds it in the open.
 */
#ifndef TACIT_IMPORT_H
#define TACIT_IMPORT_H

#include <linux/netlink.h>
#include <tacit_key.h>

#define TACIT_IMPORT_POINT (2 * TACIT_P256_BYTES)

/* Draws the one-time key, which replaces an earlier one. 0; as tacit_ecdsa_generate(). */
int tacit_import_begin(u8 public_key[TACIT_IMPORT_POINT]);

/*
 * Opens an import with the one-time key, which is gone then, right or wrong. On success `plain`
 * is the PrivateKeyInfo, on the heap, `plain_bytes` long; freed with kfree_sensitive(). 0;
 * -EKEYEXPIRED; -EINVAL for a peer that is no point of the curve; -EBADMSG; -ENOMEM; what the
 * crypto API says.
 */
int tacit_import_open(const char *name, const struct tacit_usage *usage,
		      const u8 peer[TACIT_IMPORT_POINT], const u8 *sealed, u32 sealed_bytes,
		      u8 **plain, u32 *plain_bytes);

/* Forgets a one-time key that nobody used. */
void tacit_import_forget(void);

#endif
