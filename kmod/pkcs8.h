/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Reading private keys that come from outside: PrivateKeyInfo (RFC 5208, 5), which is
 * what `openssl pkcs8 -topk8 -nocrypt` writes, in strict DER to the last byte. What is
 * read is not yet a good key; that is for the algorithm to prove.
 */
#ifndef TACIT_PKCS8_H
#define TACIT_PKCS8_H

#include <tacit_key.h>

#include "der.h"

/* Points into what was parsed. */
struct tacit_pkcs8 {
	u32 algorithm;			/* enum tacit_algorithm */
	struct tacit_der key;		/* as a blob seals it: scalar, or RSAPrivateKey */
	struct tacit_der public_key;	/* as a blob holds it; an EC key need not tell */
};

/* Of an RSAPrivateKey; positive, without zeros in front. */
struct tacit_rsa_parts {
	struct tacit_der n, e, d, p, q, dp, dq, qinv;
};

/*
 * 0; -EILSEQ for what is not one PrivateKeyInfo, version 0 and without attributes; -ENOPKG for
 * another algorithm or curve; -EDOM for a scalar that is not as long as the curve is wide, for
 * an RSA modulus of another length than 2048 or 3072 bits, and for another exponent than 65537.
 */
int tacit_pkcs8_parse(const u8 *der, u32 bytes, struct tacit_pkcs8 *found);

/* RSAPrivateKey (RFC 8017, A.1.2) of two primes. 0; -EILSEQ; -EDOM. */
int tacit_pkcs8_rsa(const u8 *der, u32 bytes, struct tacit_rsa_parts *parts);

#endif
