/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ECDSA over P-256 (FIPS 186-5, 6) on the curve primitives that the kernel
 * exports. Scalars, coordinates and digests are 32 bytes, big-endian, here.
 */
#ifndef TACIT_ECDSA_H
#define TACIT_ECDSA_H

#include <linux/types.h>
#include <tacit_key.h>

#define TACIT_ECDSA_RAW (2 * TACIT_P256_BYTES)	/* r || s */

/*
 * Kernels before 6.10 take a scalar as big-endian bytes, later ones as native
 * digits. The self-test finds out which by known answers and says so here,
 * once, before any other call.
 */
void tacit_ecdsa_set_native_scalars(bool native);

/*
 * Draws a key pair: the scalar by rejection from the kernel's generator
 * (FIPS 186-5, A.2.2), the public key as X || Y. May sleep until the generator
 * is seeded. The public key's length; -ERESTARTSYS or what tacit_ecdsa_public() says.
 */
int tacit_ecdsa_generate(u8 scalar[TACIT_P256_BYTES], u8 public_key[2 * TACIT_P256_BYTES]);

/* X || Y of a scalar. 0; -EINVAL for a scalar outside 1 to n - 1; -ENOMEM. */
int tacit_ecdsa_public(const u8 scalar[TACIT_P256_BYTES], u8 public_key[2 * TACIT_P256_BYTES]);

/*
 * Signs a SHA-256 digest: r || s into `raw`. `hedge` as in nonce.h. Time does
 * not depend on scalar or nonce but through values blinded by fresh randomness.
 * 0; -EINVAL for a scalar outside 1 to n - 1; -ENOMEM; what the curve code says.
 */
int tacit_ecdsa_sign(const u8 scalar[TACIT_P256_BYTES], const u8 digest[TACIT_P256_BYTES],
		     const u8 *hedge, u8 raw[TACIT_ECDSA_RAW]);

/* r || s as DER Ecdsa-Sig-Value (RFC 3279, 2.2.3). Returns its length, 8 to TACIT_P256_SIGNATURE_MAX. */
int tacit_ecdsa_encode(const u8 raw[TACIT_ECDSA_RAW], u8 der[TACIT_P256_SIGNATURE_MAX]);

#endif
