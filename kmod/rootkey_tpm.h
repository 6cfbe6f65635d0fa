/* SPDX-License-Identifier: GPL-2.0 */
/* The root key that a TPM keeps: made, sealed and unsealed here, never in user space. */
#ifndef TACIT_ROOTKEY_TPM_H
#define TACIT_ROOTKEY_TPM_H

#include <linux/netlink.h>
#include <tacit_key.h>
#include <tacit_root.h>

/*
 * Draws a root key, from the kernel's generator and the TPM's, and seals it to
 * the PCRs. 0; an errno of tacit_root.h, with its words in extack.
 */
int tacit_root_tpm_make(u32 pcrs, u8 key[TACIT_ROOT_KEY_BYTES], struct tacit_root_blob *blob,
			struct netlink_ext_ack *extack);

/* Has the TPM unseal it. As above. The caller wipes the key. */
int tacit_root_tpm_unseal(const struct tacit_root_blob *blob, u8 key[TACIT_ROOT_KEY_BYTES],
			  struct netlink_ext_ack *extack);

/* Seals this key to the PCRs as they are now. As above. */
int tacit_root_tpm_seal(u32 pcrs, const u8 key[TACIT_ROOT_KEY_BYTES], struct tacit_root_blob *blob,
			struct netlink_ext_ack *extack);

#endif
