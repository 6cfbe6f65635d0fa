/* SPDX-License-Identifier: GPL-2.0 */
/* EMSA-PSS (RFC 8017, 9.1) with MGF1 of the same hash and a salt as long as it. */
#ifndef TACIT_PSS_H
#define TACIT_PSS_H

#include "hash.h"

/*
 * Encodes for a modulus of 8 * bytes bits, so that emBits is one less. 0; what the hash says.
 */
int tacit_pss_encode(const struct tacit_hash *hash, const u8 *content, u32 length, const u8 *salt,
		     u8 *out, u32 bytes);

#endif
