// SPDX-License-Identifier: GPL-2.0
#include <crypto/ecdh.h>
#include <crypto/internal/ecc.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "ecdsa.h"
#include "nonce.h"

#define DIGITS ECC_CURVE_NIST_P256_DIGITS

/* All that a signature computes with, in one piece, so that it is wiped in one piece. */
struct signing {
	struct tacit_nonce nonce;
	u8 candidate[TACIT_P256_BYTES];
	u64 ladder_scalar[DIGITS];
	u64 ladder_x[DIGITS];
	u64 generator[2 * DIGITS];
	u64 d[DIGITS];
	u64 z[DIGITS];
	u64 k[DIGITS];
	u64 r[DIGITS];
	u64 s[DIGITS];
	u64 blind[DIGITS];
	u64 left[DIGITS];
	u64 right[DIGITS];
};

static bool native_scalars;

void tacit_ecdsa_set_native_scalars(bool native)
{
	native_scalars = native;
}

static const struct ecc_curve *p256(void)
{
	return ecc_get_curve(ECC_CURVE_NIST_P256);
}

/* Swapping digits and the bytes in them is its own inverse, so that this serves both ways. */
static void swap_digits(const void *in, void *out)
{
	ecc_swap_digits(in, out, DIGITS);
}

static bool is_scalar(const u64 *scalar)
{
	return !vli_is_zero(scalar, DIGITS) && vli_cmp(scalar, p256()->n, DIGITS) < 0;
}

static void reduce_once(u64 *value)
{
	const u64 *n = p256()->n;

	if (vli_cmp(value, n, DIGITS) >= 0)
		vli_sub(value, value, n, DIGITS);
}

static void multiply(u64 *result, const u64 *left, const u64 *right)
{
	vli_mod_mult_slow(result, left, right, p256()->n, DIGITS);
}

/* left + right mod n, both below n; subtraction is all that the kernel exports. */
static void add(u64 *result, const u64 *left, const u64 *right)
{
	const u64 *n = p256()->n;
	u64 complement[DIGITS];

	vli_sub(complement, n, right, DIGITS);
	if (vli_cmp(left, complement, DIGITS) >= 0) {
		vli_sub(result, left, complement, DIGITS);
	} else {
		vli_sub(complement, complement, left, DIGITS);
		vli_sub(result, n, complement, DIGITS);
	}
	memzero_explicit(complement, sizeof(complement));
}

/* A scalar as the kernel's curve functions want it. */
static void to_ladder(const u8 scalar[TACIT_P256_BYTES], u64 *out)
{
	if (native_scalars)
		swap_digits(scalar, out);
	else
		memcpy(out, scalar, TACIT_P256_BYTES);
}

static void draw(u64 *scalar)
{
	do {
		get_random_bytes(scalar, DIGITS * sizeof(*scalar));
	} while (!is_scalar(scalar));
}

int tacit_ecdsa_public(const u8 scalar[TACIT_P256_BYTES], u8 public_key[2 * TACIT_P256_BYTES])
{
	u64 digits[DIGITS], out[2 * DIGITS];
	int err = -EINVAL;

	swap_digits(scalar, digits);
	if (is_scalar(digits)) {
		to_ladder(scalar, digits);
		err = ecc_make_pub_key(ECC_CURVE_NIST_P256, DIGITS, digits, out);
	}
	memzero_explicit(digits, sizeof(digits));
	if (err)
		return err == -EAGAIN ? -EINVAL : err;
	memcpy(public_key, out, 2 * TACIT_P256_BYTES);
	return 0;
}

int tacit_ecdsa_generate(u8 scalar[TACIT_P256_BYTES], u8 public_key[2 * TACIT_P256_BYTES])
{
	u64 digits[DIGITS];
	int err = wait_for_random_bytes();

	if (err)
		return err;
	draw(digits);
	swap_digits(digits, scalar);
	memzero_explicit(digits, sizeof(digits));
	return tacit_ecdsa_public(scalar, public_key) ?: 2 * TACIT_P256_BYTES;
}

/* r = x(kG) mod n. The ladder of ECDH randomises Z; ecc_make_pub_key() does not. */
static int commit(struct signing *w)
{
	int err;

	to_ladder(w->candidate, w->ladder_scalar);
	err = crypto_ecdh_shared_secret(ECC_CURVE_NIST_P256, DIGITS, w->ladder_scalar,
					w->generator, w->ladder_x);
	if (err)
		return err;
	swap_digits(w->ladder_x, w->r);
	reduce_once(w->r);
	return 0;
}

/*
 * s = (bk)^-1 (bz + bdr) with a fresh random b: inversion and reduction take
 * time that depends on their operands, so none of them is k or d alone.
 */
static void respond(struct signing *w)
{
	draw(w->blind);
	multiply(w->left, w->blind, w->z);
	multiply(w->right, w->blind, w->d);
	multiply(w->right, w->right, w->r);
	add(w->right, w->left, w->right);
	multiply(w->left, w->blind, w->k);
	vli_mod_inv(w->left, w->left, p256()->n, DIGITS);
	multiply(w->s, w->left, w->right);
}

static int sign(struct signing *w, u8 raw[TACIT_ECDSA_RAW])
{
	int err;

	do {
		tacit_nonce_next(&w->nonce, w->candidate);
		swap_digits(w->candidate, w->k);
		if (!is_scalar(w->k))
			continue;
		err = commit(w);
		if (err)
			return err;
		respond(w);
	} while (!is_scalar(w->k) || vli_is_zero(w->r, DIGITS) || vli_is_zero(w->s, DIGITS));
	swap_digits(w->r, raw);
	swap_digits(w->s, raw + TACIT_P256_BYTES);
	return 0;
}

int tacit_ecdsa_sign(const u8 scalar[TACIT_P256_BYTES], const u8 digest[TACIT_P256_BYTES],
		     const u8 *hedge, u8 raw[TACIT_ECDSA_RAW])
{
	const struct ecc_curve *curve = p256();
	struct signing *w = kzalloc(sizeof(*w), GFP_KERNEL);
	int err = -EINVAL;

	if (!w)
		return -ENOMEM;
	swap_digits(curve->g.x, w->generator);
	swap_digits(curve->g.y, w->generator + DIGITS);
	swap_digits(scalar, w->d);
	swap_digits(digest, w->z);
	reduce_once(w->z);
	if (is_scalar(w->d)) {
		swap_digits(w->z, w->candidate);
		tacit_nonce_start(&w->nonce, scalar, w->candidate, hedge);
		err = sign(w, raw);
	}
	kfree_sensitive(w);
	return err;
}

static int put_integer(const u8 value[TACIT_P256_BYTES], u8 *der)
{
	int zeros = 0, length, sign;

	while (zeros < TACIT_P256_BYTES - 1 && !value[zeros])
		zeros++;
	sign = value[zeros] >> 7;
	length = TACIT_P256_BYTES - zeros;
	der[0] = 0x02;
	der[1] = sign + length;
	der[2] = 0;
	memcpy(der + 2 + sign, value + zeros, length);
	return 2 + sign + length;
}

int tacit_ecdsa_encode(const u8 raw[TACIT_ECDSA_RAW], u8 der[TACIT_P256_SIGNATURE_MAX])
{
	int length = 2;

	length += put_integer(raw, der + length);
	length += put_integer(raw + TACIT_P256_BYTES, der + length);
	der[0] = 0x30;
	der[1] = length - 2;
	return length;
}
