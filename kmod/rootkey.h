/* SPDX-License-Identifier: GPL-2.0 */
/* The root key: goes in once, never comes out. */
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
 * A cipher keyed with the root key, for one operation: outside of it the root key stands
 * wrapped. Freed, and so wiped, with crypto_free_aead(). ERR_PTR: -ENOKEY without a root key;
 * -ENOMEM; what the crypto API says.
 */
struct crypto_aead *tacit_root_cipher(void);

/* Forgets it. The crypto API wipes what it frees. */
void tacit_root_wipe(void);

#endif
