// SPDX-License-Identifier: GPL-2.0
#include <crypto/ecdh.h>
#include <crypto/internal/ecc.h>
#include <linux/mutex.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "ecdsa.h"
#include "nonce.h"

#define DIGITS_MAX ECC_CURVE_NIST_P384_DIGITS

/* Signatures by one blinding factor. */
#define FACTOR_USES 16

/* A random factor a of nonces, see commit(): 1 / a, and aG in the form of a public key. */
struct blinding {
	struct mutex lock;
	unsigned int left;	/* signatures that it is still good for */
	u64 inverse[DIGITS_MAX];
	u64 point[2 * DIGITS_MAX];
};

static struct blinding p256_blinding = { .lock = __MUTEX_INITIALIZER(p256_blinding.lock) };
static struct blinding p384_blinding = { .lock = __MUTEX_INITIALIZER(p384_blinding.lock) };

struct tacit_curve {
	unsigned int id;
	unsigned int digits;
	const struct tacit_hash *hash;
	struct blinding *blinding;
};

const struct tacit_curve tacit_p256 = {
	ECC_CURVE_NIST_P256, ECC_CURVE_NIST_P256_DIGITS, &tacit_sha256, &p256_blinding
};
const struct tacit_curve tacit_p384 = {
	ECC_CURVE_NIST_P384, ECC_CURVE_NIST_P384_DIGITS, &tacit_sha384, &p384_blinding
};

/* All that a signature computes with, in one piece, so that it is wiped in one piece. */
struct signing {
	const struct tacit_curve *curve;
	const u64 *n;
	unsigned int digits;
	struct tacit_nonce nonce;
	u8 bytes[TACIT_ECDSA_BYTES_MAX];
	u64 ladder_scalar[DIGITS_MAX];
	u64 ladder_x[DIGITS_MAX];
	u64 point[2 * DIGITS_MAX];
	u64 d[DIGITS_MAX];
	u64 z[DIGITS_MAX];
	u64 k[DIGITS_MAX];
	u64 r[DIGITS_MAX];
	u64 s[DIGITS_MAX];
	u64 blind[DIGITS_MAX];
	u64 left[DIGITS_MAX];
	u64 right[DIGITS_MAX];
};

static bool native_scalars;

void tacit_ecdsa_set_native_scalars(bool native)
{
	native_scalars = native;
}

const struct tacit_hash *tacit_curve_hash(const struct tacit_curve *curve)
{
	return curve->hash;
}

static u32 bytes_of(const struct tacit_curve *curve)
{
	return curve->digits * sizeof(u64);
}

static const u64 *order(const struct tacit_curve *curve)
{
	return ecc_get_curve(curve->id)->n;
}

static struct signing *signing_new(const struct tacit_curve *curve)
{
	struct signing *w = kzalloc(sizeof(*w), GFP_KERNEL);

	if (!w)
		return NULL;
	w->curve = curve;
	w->digits = curve->digits;
	w->n = order(curve);
	return w;
}

/* Swapping digits and the bytes in them is its own inverse, so that this serves both ways. */
static void swap_digits(const struct tacit_curve *curve, const void *in, void *out)
{
	ecc_swap_digits(in, out, curve->digits);
}

/*
 * Without a branch on the digits. All scalars pass but one in 2^32 at most, so that what the
 * callers do about the outcome tells nothing.
 */
static bool is_scalar(const struct tacit_curve *curve, const u64 *scalar)
{
	u64 rest[DIGITS_MAX], any = 0, borrow;
	unsigned int i;

	for (i = 0; i < curve->digits; i++)
		any |= scalar[i];
	borrow = vli_sub(rest, scalar, order(curve), curve->digits);
	memzero_explicit(rest, sizeof(rest));
	return any && borrow;
}

/*
 * Fit for a private key. Neither 1 nor n - 1: the kernel's ladder cannot double the point that
 * they lead to, and everybody knows them.
 */
static bool is_private(const struct tacit_curve *curve, const u64 *scalar)
{
	u64 one[DIGITS_MAX] = { 1 }, last[DIGITS_MAX];

	vli_sub(last, order(curve), one, curve->digits);
	return is_scalar(curve, scalar) && vli_cmp(scalar, one, curve->digits) &&
	       vli_cmp(scalar, last, curve->digits);
}

/* value mod n, for a value below 2n, without a branch on it. */
static void reduce_once(const struct tacit_curve *curve, u64 *value)
{
	u64 rest[DIGITS_MAX], keep;
	unsigned int i;

	keep = -(u64)vli_sub(rest, value, order(curve), curve->digits);
	for (i = 0; i < curve->digits; i++)
		value[i] = (value[i] & keep) | (rest[i] & ~keep);
	memzero_explicit(rest, sizeof(rest));
}

static void multiply(struct signing *w, u64 *result, const u64 *left, const u64 *right)
{
	vli_mod_mult_slow(result, left, right, w->n, w->digits);
}

/* left + right mod n, both below n: left - (n - right), and n again if that went below zero. */
static void add(struct signing *w, u64 *result, const u64 *left, const u64 *right)
{
	u64 sum[DIGITS_MAX], lower[DIGITS_MAX], keep;
	unsigned int i;

	vli_sub(sum, w->n, right, w->digits);
	keep = -(u64)vli_sub(lower, left, sum, w->digits);
	/* lower + n is n - (0 - lower). */
	memset(sum, 0, sizeof(sum));
	vli_sub(sum, sum, lower, w->digits);
	vli_sub(sum, w->n, sum, w->digits);
	for (i = 0; i < w->digits; i++)
		result[i] = (sum[i] & keep) | (lower[i] & ~keep);
	memzero_explicit(sum, sizeof(sum));
	memzero_explicit(lower, sizeof(lower));
}

/* A scalar as the kernel's curve functions want it, from native digits. */
static void to_ladder(const struct tacit_curve *curve, const u64 *scalar, u64 *out)
{
	if (native_scalars)
		memcpy(out, scalar, bytes_of(curve));
	else
		swap_digits(curve, scalar, out);
}

static void draw(const struct tacit_curve *curve, u64 *scalar)
{
	do {
		get_random_bytes(scalar, bytes_of(curve));
	} while (!is_scalar(curve, scalar));
}

/* scalar * G, in the form of a public key. The ladder gets the scalar as it is. */
static int multiply_base(struct signing *w, const u64 *scalar, u64 *point)
{
	to_ladder(w->curve, scalar, w->ladder_scalar);
	return ecc_make_pub_key(w->curve->id, w->digits, w->ladder_scalar, point);
}

/* w->point += other, both in the form of a public key. Takes time that depends on the two. */
static int add_point(struct signing *w, const u64 *other)
{
	const struct ecc_curve *kernel_curve = ecc_get_curve(w->curve->id);
	const u64 one[DIGITS_MAX] = { 1 };
	struct ecc_point left = ECC_POINT_INIT(w->left, w->right, w->digits);
	struct ecc_point right = ECC_POINT_INIT(w->r, w->s, w->digits);
	struct ecc_point sum = ECC_POINT_INIT(w->z, w->k, w->digits);

	swap_digits(w->curve, w->point, left.x);
	swap_digits(w->curve, w->point + w->digits, left.y);
	swap_digits(w->curve, other, right.x);
	swap_digits(w->curve, other + w->digits, right.y);
	ecc_point_mult_shamir(&sum, one, &left, one, &right, kernel_curve);
	if (ecc_is_pubkey_valid_partial(kernel_curve, &sum))
		return -EIO;
	swap_digits(w->curve, sum.x, w->point);
	swap_digits(w->curve, sum.y, w->point + w->digits);
	return 0;
}

/*
 * w->point = dG, by dG = aG + bG with a random a and b = d - a: no ladder sees d, and each of
 * the two scalars is as random as the other. What leaks of some bits of the one says nothing;
 * what leaks of the same bits of both, something: but no pair serves twice.
 */
static int make_public(struct signing *w)
{
	u64 other[2 * DIGITS_MAX];
	int err;

	draw(w->curve, w->blind);
	err = multiply_base(w, w->blind, other);
	if (err)
		return err;
	vli_sub(w->blind, w->n, w->blind, w->digits);
	add(w, w->blind, w->d, w->blind);
	return multiply_base(w, w->blind, w->point) ?: add_point(w, other);
}

int tacit_ecdsa_public(const struct tacit_curve *curve, const u8 *scalar, u8 *public_key)
{
	struct signing *w = signing_new(curve);
	int err = -EDOM;

	if (!w)
		return -ENOMEM;
	swap_digits(curve, scalar, w->d);
	if (is_private(curve, w->d))
		err = make_public(w);
	if (!err)
		memcpy(public_key, w->point, 2 * bytes_of(curve));
	kfree_sensitive(w);
	return err;
}

int tacit_ecdsa_generate(const struct tacit_curve *curve, u8 *scalar, u8 *public_key)
{
	u64 digits[DIGITS_MAX];
	int err = wait_for_random_bytes();

	if (err)
		return err;
	draw(curve, digits);
	swap_digits(curve, digits, scalar);
	memzero_explicit(digits, sizeof(digits));
	return tacit_ecdsa_public(curve, scalar, public_key) ?: 2 * bytes_of(curve);
}

int tacit_ecdh(const struct tacit_curve *curve, const u8 *scalar, const u8 *point, u8 *secret)
{
	u64 digits[DIGITS_MAX], ladder[DIGITS_MAX], at[2 * DIGITS_MAX], out[DIGITS_MAX];
	int err = -EDOM;

	swap_digits(curve, scalar, digits);
	memcpy(at, point, 2 * bytes_of(curve));
	if (is_scalar(curve, digits)) {
		to_ladder(curve, digits, ladder);
		err = crypto_ecdh_shared_secret(curve->id, curve->digits, ladder, at, out);
	}
	if (!err)
		memcpy(secret, out, bytes_of(curve));
	memzero_explicit(digits, sizeof(digits));
	memzero_explicit(ladder, sizeof(ladder));
	memzero_explicit(out, sizeof(out));
	return err;
}

/* Under the lock. The inverse is taken of a times another random number, as everywhere. */
static int draw_factor(struct signing *w, struct blinding *blinding)
{
	int err;

	draw(w->curve, w->left);
	err = multiply_base(w, w->left, blinding->point);
	if (err)
		return err;
	draw(w->curve, w->blind);
	multiply(w, w->left, w->left, w->blind);
	vli_mod_inv(w->left, w->left, w->n, w->digits);
	multiply(w, blinding->inverse, w->left, w->blind);
	blinding->left = FACTOR_USES;
	return 0;
}

/* w->point = aG, and b = k / a as the ladder wants it */
static int split_nonce(struct signing *w)
{
	struct blinding *blinding = w->curve->blinding;
	int err = 0;

	mutex_lock(&blinding->lock);
	if (!blinding->left)
		err = draw_factor(w, blinding);
	if (!err) {
		blinding->left--;
		memcpy(w->point, blinding->point, sizeof(w->point));
		multiply(w, w->left, blinding->inverse, w->k);
	}
	mutex_unlock(&blinding->lock);
	to_ladder(w->curve, w->left, w->ladder_scalar);
	return err;
}

/*
 * r = x(kG) mod n, by kG = b(aG) with a random a and b = k / a: no ladder sees k. What leaks of
 * some bits of b says nothing of k without a. One a serves a few signatures only, for it is
 * dear to make: FACTOR_USES equations with two unknowns, 1 / a and d / a, say something only if
 * a signature leaks a FACTOR_USES-th of the two.
 */
static int commit(struct signing *w)
{
	int err = split_nonce(w);

	if (err)
		return err;
	err = crypto_ecdh_shared_secret(w->curve->id, w->digits, w->ladder_scalar, w->point,
					w->ladder_x);
	if (err)
		return err;
	swap_digits(w->curve, w->ladder_x, w->r);
	reduce_once(w->curve, w->r);
	return 0;
}

/*
 * s = (bk)^-1 (bz + bdr) with a fresh random b: inversion and reduction take
 * time that depends on their operands, so none of them is k or d alone.
 */
static void respond(struct signing *w)
{
	draw(w->curve, w->blind);
	multiply(w, w->left, w->blind, w->z);
	multiply(w, w->right, w->blind, w->d);
	multiply(w, w->right, w->right, w->r);
	add(w, w->right, w->left, w->right);
	multiply(w, w->left, w->blind, w->k);
	vli_mod_inv(w->left, w->left, w->n, w->digits);
	multiply(w, w->s, w->left, w->right);
}

static int sign(struct signing *w, u8 *raw)
{
	const struct tacit_curve *curve = w->curve;
	int err;

	do {
		err = tacit_nonce_next(&w->nonce, w->bytes);
		if (err)
			return err;
		swap_digits(curve, w->bytes, w->k);
		if (!is_scalar(curve, w->k))
			continue;
		err = commit(w);
		if (err)
			return err;
		respond(w);
	} while (vli_is_zero(w->r, w->digits) || vli_is_zero(w->s, w->digits));
	swap_digits(curve, w->r, raw);
	swap_digits(curve, w->s, raw + bytes_of(curve));
	return 0;
}

int tacit_ecdsa_sign(const struct tacit_curve *curve, const u8 *scalar, const u8 *digest,
		     const u8 *hedge, u8 *raw)
{
	struct signing *w = signing_new(curve);
	int err = -EDOM;

	if (!w)
		return -ENOMEM;
	swap_digits(curve, scalar, w->d);
	swap_digits(curve, digest, w->z);
	reduce_once(curve, w->z);
	if (is_scalar(curve, w->d)) {
		swap_digits(curve, w->z, w->bytes);
		err = tacit_nonce_start(&w->nonce, curve->hash, scalar, w->bytes, hedge) ?:
		      sign(w, raw);
	}
	kfree_sensitive(w);
	return err;
}

void tacit_ecdsa_forget(void)
{
	memzero_explicit(p256_blinding.inverse, sizeof(p256_blinding.inverse));
	memzero_explicit(p384_blinding.inverse, sizeof(p384_blinding.inverse));
}

/*
 * x(u1 G + u2 Q) mod n == r, with u1 = z / s and u2 = r / s. All of it is public, or about to be.
 */
static bool verify(struct signing *w, const u8 *public_key)
{
	const struct ecc_curve *kernel_curve = ecc_get_curve(w->curve->id);
	struct ecc_point key = ECC_POINT_INIT(w->point, w->point + w->digits, w->digits);
	struct ecc_point sum = ECC_POINT_INIT(w->left, w->right, w->digits);

	swap_digits(w->curve, public_key, key.x);
	swap_digits(w->curve, public_key + bytes_of(w->curve), key.y);
	vli_mod_inv(w->blind, w->s, w->n, w->digits);
	multiply(w, w->k, w->z, w->blind);
	multiply(w, w->d, w->r, w->blind);
	ecc_point_mult_shamir(&sum, w->k, &kernel_curve->g, w->d, &key, kernel_curve);
	reduce_once(w->curve, sum.x);
	return !vli_cmp(sum.x, w->r, w->digits);
}

int tacit_ecdsa_verify(const struct tacit_curve *curve, const u8 *public_key, const u8 *digest,
		       const u8 *raw)
{
	struct signing *w = signing_new(curve);
	int result = 0;

	if (!w)
		return -ENOMEM;
	swap_digits(curve, raw, w->r);
	swap_digits(curve, raw + bytes_of(curve), w->s);
	swap_digits(curve, digest, w->z);
	reduce_once(curve, w->z);
	if (is_scalar(curve, w->r) && is_scalar(curve, w->s))
		result = verify(w, public_key);
	kfree_sensitive(w);
	return result;
}

static int put_integer(const u8 *value, int bytes, u8 *der)
{
	int zeros = 0, length, sign;

	while (zeros < bytes - 1 && !value[zeros])
		zeros++;
	sign = value[zeros] >> 7;
	length = bytes - zeros;
	der[0] = 0x02;
	der[1] = sign + length;
	der[2] = 0;
	memcpy(der + 2 + sign, value + zeros, length);
	return 2 + sign + length;
}

int tacit_ecdsa_encode(const struct tacit_curve *curve, const u8 *raw, u8 *der)
{
	int bytes = bytes_of(curve), length = 2;

	length += put_integer(raw, bytes, der + length);
	length += put_integer(raw + bytes, bytes, der + length);
	der[0] = 0x30;
	der[1] = length - 2;
	return length;
}
