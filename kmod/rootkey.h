/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The root key: goes in once, never comes out. Between operations it stands wrapped (wrap.h);
 * in the open, and as AES's expanded key, it is in memory for one sealing or unsealing.
 */
#ifndef TACIT_ROOTKEY_H
#define TACIT_ROOTKEY_H

#include <crypto/aead.h>
#include <tacit_key.h>

/*
 * Sets the root key. `replace` says whether another one may be replaced: the
 * store knows whether keys are loaded. Returns 0; 1 when this very key was set
 * already (compared in constant time) and nothing was done; -EBUSY; -EINVAL for
 * a key of zeros or an unknown origin; what the crypto API says.
 */
int tacit_root_set(const u8 key[TACIT_ROOT_KEY_BYTES], u32 origin, bool replace);

/* enum tacit_root_origin; TACIT_ROOT_NONE while there is none. */
u32 tacit_root_origin(void);

/*
 * A cipher keyed with the root key, for one operation: freed with crypto_free_aead(), which wipes
 * it. ERR_PTR: -ENOKEY without a root key; what the crypto API says.
 */
struct crypto_aead *tacit_root_cipher(void);

/* Forgets it. */
void tacit_root_wipe(void);

#endif
