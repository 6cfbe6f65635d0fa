// SPDX-License-Identifier: GPL-2.0
#include <linux/slab.h>
#include <linux/string.h>

#include "inverse.h"

#define LIMBS_MAX (384 / 8)

/* value * x = u and value * y = v (mod n), always; little-endian limbs. */
struct euclid {
	u32 limbs;
	u64 n[LIMBS_MAX];
	u64 u[LIMBS_MAX];
	u64 v[LIMBS_MAX];
	u64 x[LIMBS_MAX];
	u64 y[LIMBS_MAX];
};

static void load(u64 *out, const u8 *in, u32 limbs)
{
	u32 i;

	for (i = 0; i < limbs; i++) {
		__be64 limb;

		memcpy(&limb, in + 8 * (limbs - 1 - i), sizeof(limb));
		out[i] = be64_to_cpu(limb);
	}
}

static void store(u8 *out, const u64 *in, u32 limbs)
{
	u32 i;

	for (i = 0; i < limbs; i++) {
		__be64 limb = cpu_to_be64(in[i]);

		memcpy(out + 8 * (limbs - 1 - i), &limb, sizeof(limb));
	}
}

/* Returns the carry. */
static u64 add(u64 *a, const u64 *b, u32 limbs)
{
	u64 carry = 0, sum;
	u32 i;

	for (i = 0; i < limbs; i++) {
		sum = a[i] + carry;
		carry = sum < carry;
		a[i] = sum + b[i];
		carry += a[i] < sum;
	}
	return carry;
}

/* Returns the borrow. */
static u64 subtract(u64 *a, const u64 *b, u32 limbs)
{
	u64 borrow = 0, take;
	u32 i;

	for (i = 0; i < limbs; i++) {
		take = b[i] + borrow;
		borrow = (take < borrow) + (a[i] < take);
		a[i] -= take;
	}
	return borrow;
}

static void halve(u64 *a, u64 top, u32 limbs)
{
	u32 i;

	for (i = 0; i + 1 < limbs; i++)
		a[i] = a[i] >> 1 | a[i + 1] << 63;
	a[limbs - 1] = a[limbs - 1] >> 1 | top << 63;
}

static bool is(const u64 *a, u64 small, u32 limbs)
{
	return a[0] == small && !memchr_inv(a + 1, 0, (limbs - 1) * sizeof(*a));
}

static bool less(const u64 *a, const u64 *b, u32 limbs)
{
	while (limbs--)
		if (a[limbs] != b[limbs])
			return a[limbs] < b[limbs];
	return false;
}

/* Takes the twos out of u, and out of x with it. */
static void make_odd(struct euclid *w, u64 *u, u64 *x)
{
	while (!(u[0] & 1)) {
		halve(u, 0, w->limbs);
		halve(x, x[0] & 1 ? add(x, w->n, w->limbs) : 0, w->limbs);
	}
}

static void take_away(struct euclid *w, u64 *u, const u64 *v, u64 *x, const u64 *y)
{
	subtract(u, v, w->limbs);
	if (subtract(x, y, w->limbs))
		add(x, w->n, w->limbs);
}

static const u64 *invert(struct euclid *w)
{
	for (;;) {
		if (is(w->u, 0, w->limbs) || is(w->v, 0, w->limbs))
			return NULL;
		make_odd(w, w->u, w->x);
		make_odd(w, w->v, w->y);
		if (is(w->u, 1, w->limbs))
			return w->x;
		if (is(w->v, 1, w->limbs))
			return w->y;
		if (less(w->u, w->v, w->limbs))
			take_away(w, w->v, w->u, w->y, w->x);
		else
			take_away(w, w->u, w->v, w->x, w->y);
	}
}

int tacit_inverse(const u8 *value, const u8 *modulus, u8 *result, u32 bytes)
{
	struct euclid *w = kzalloc(sizeof(*w), GFP_KERNEL);
	const u64 *found;

	if (!w)
		return -ENOMEM;
	w->limbs = bytes / 8;
	load(w->n, modulus, w->limbs);
	load(w->u, value, w->limbs);
	load(w->v, modulus, w->limbs);
	w->x[0] = 1;
	found = invert(w);
	if (found)
		store(result, found, w->limbs);
	kfree_sensitive(w);
	return found ? 0 : -EDOM;
}
