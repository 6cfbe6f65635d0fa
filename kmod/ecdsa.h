/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ECDSA over P-256 with SHA-256 and over P-384 with SHA-384 (FIPS 186-5, 6) on the
 * curve primitives that the kernel exports. Scalars, coordinates and digests are
 * as wide as the curve here, 32 or 48 bytes, big-endian; a public key is X || Y.
 *
 * What the kernel's ladder (crypto/ecc.c, ecc_point_mult) guarantees: as many
 * steps as the group order has bits, whatever the scalar, for it adds the order once or
 * twice first; and, for crypto_ecdh_shared_secret(), coordinates that are multiplied by a
 * random Z. What it does not: the scalar's bits choose which of two points in
 * memory a step works on, and its reductions subtract as often as the numbers want.
 * So no scalar that matters is given to it as it is: k is split into two random factors
 * (see commit()), a private key into two random summands when its public key is made or
 * proved (make_public()). What is left is tacit_ecdh(), whose scalars are of one use: one
 * ladder sees them once, and they are worth nothing after it.
 */
#ifndef TACIT_ECDSA_H
#define TACIT_ECDSA_H

#include <linux/types.h>
#include <tacit_key.h>

#define TACIT_ECDSA_BYTES_MAX TACIT_P384_BYTES
#define TACIT_ECDSA_RAW_MAX (2 * TACIT_ECDSA_BYTES_MAX)	/* r || s, X || Y */

struct tacit_curve;
struct tacit_hash;

extern const struct tacit_curve tacit_p256, tacit_p384;

/* The hash that a key of this curve signs with. */
const struct tacit_hash *tacit_curve_hash(const struct tacit_curve *curve);

/*
 * Kernels before 6.10 take a scalar as big-endian bytes, later ones as native
 * digits. The self-test finds out which by known answers and says so here,
 * once, before any other call.
 */
void tacit_ecdsa_set_native_scalars(bool native);

/*
 * Draws a key pair: the scalar by rejection from the kernel's generator
 * (FIPS 186-5, A.2.2). May sleep until the generator is seeded. The public key's length;
 * -ERESTARTSYS or what tacit_ecdsa_public() says.
 */
int tacit_ecdsa_generate(const struct tacit_curve *curve, u8 *scalar, u8 *public_key);

/*
 * X || Y of a scalar, by way of two random ones. 0; -EDOM for a scalar outside 2 to n - 2; -EIO
 * when what was made is no point of the curve; -ENOMEM.
 */
int tacit_ecdsa_public(const struct tacit_curve *curve, const u8 *scalar, u8 *public_key);

/*
 * x of scalar * point (SEC 1, 3.3.1). 0; -EDOM for the scalar; -EINVAL for a point that is none
 * of the curve; -ENOMEM.
 */
int tacit_ecdh(const struct tacit_curve *curve, const u8 *scalar, const u8 *point, u8 *secret);

/*
 * Signs a digest: r || s into `raw`. `hedge` as in nonce.h. Time does
 * not depend on scalar or nonce but through values blinded by fresh randomness.
 * 0; -EDOM for a scalar outside 1 to n - 1; -ENOMEM; what hash and curve code say.
 */
int tacit_ecdsa_sign(const struct tacit_curve *curve, const u8 *scalar, const u8 *digest,
		     const u8 *hedge, u8 *raw);

/* Wipes what signatures share, at unloading. */
void tacit_ecdsa_forget(void);

/* Is r || s a signature of the digest? Takes time that depends on all that is given. -ENOMEM. */
int tacit_ecdsa_verify(const struct tacit_curve *curve, const u8 *public_key, const u8 *digest,
		       const u8 *raw);

/* r || s as DER Ecdsa-Sig-Value (RFC 3279, 2.2.3). Returns its length, at least 8. */
int tacit_ecdsa_encode(const struct tacit_curve *curve, const u8 *raw, u8 *der);

#endif
