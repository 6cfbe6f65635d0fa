/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The root key as one of the kernel's trusted keys (Documentation/security/keys/
 * trusted-encrypted.rst): made and unsealed by what the kernel has for it, a TEE, CAAM,
 * DCP or a TPM. The module takes it from the trusted key's payload; user space keeps what
 * was sealed and nothing else. All need a kernel with CONFIG_TRUSTED_KEYS; on others they
 * say -ENODEV.
 */
#ifndef TACIT_ROOTKEY_TRUSTED_H
#define TACIT_ROOTKEY_TRUSTED_H

#include <linux/netlink.h>
#include <tacit_key.h>
#include <tacit_root.h>

/*
 * Has the kernel make a trusted key. `options` are those that its source wants behind the
 * size, or empty; `sealed` becomes what `keyctl pipe` would show of it: hex, NUL terminated.
 * 0; an errno of tacit_root.h, with its words in extack.
 */
int tacit_root_trusted_make(const char *options, char sealed[TACIT_ROOT_TRUSTED_MAX + 1],
			    struct netlink_ext_ack *extack);

/* Has the kernel unseal it. As above. The caller wipes the key. */
int tacit_root_trusted_unseal(const char *sealed, const char *options,
			      u8 key[TACIT_ROOT_KEY_BYTES], struct netlink_ext_ack *extack);

/*
 * Can the kernel make one without options? Found out by making one, the first time that this
 * is asked. May sleep.
 */
bool tacit_root_trusted_present(void);

#endif
