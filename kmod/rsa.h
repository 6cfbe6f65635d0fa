/* SPDX-License-Identifier: GPL-2.0 */
/*
 * RSASSA-PSS (RFC 8017, 8.1) by the kernel's akcipher "rsa". Its exponentiation takes time
 * that depends on base and exponent, so the base is blinded with a fresh random
 * number each time; and because a fault in one half of the CRT would give the factors
 * away, no signature is released that does not verify.
 *
 * A private key is an RSAPrivateKey (RFC 8017, A.1.2) in DER, a public one the modulus.
 */
#ifndef TACIT_RSA_H
#define TACIT_RSA_H

#include "algorithm.h"
#include "hash.h"

/* RFC 8017, A.1.1; no other exponent is taken. */
#define TACIT_RSA_EXPONENT 65537

/*
 * Does the modulus belong to the private key, and are the parts of that of one key? 0;
 * -EKEYREJECTED; -ENOPKG where the kernel has no RSA; -ENOMEM; what the crypto API says.
 */
int tacit_rsa_prove(const struct tacit_private *key);

/*
 * Signs with this hash and a salt as long. The signature's length, that of the modulus; -EIO
 * when what was made does not verify; as tacit_rsa_prove().
 */
int tacit_rsa_sign(const struct tacit_private *key, const struct tacit_hash *hash,
		   const u8 *content, u32 length, const u8 *salt, u8 *out);

#endif
