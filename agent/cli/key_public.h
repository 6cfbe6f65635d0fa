/* SPDX-License-Identifier: GPL-2.0 */
/* The public half of a sealed key, for libcrypto. */
#ifndef KEY_PUBLIC_H
#define KEY_PUBLIC_H

#include <openssl/evp.h>

#include "tacit_key.h"

/* Return: the caller's to free; NULL for a key without a public half, or of an algorithm that is not known. */
EVP_PKEY *key_public(const struct tacit_blob *blob);

#endif
