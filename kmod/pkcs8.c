// SPDX-License-Identifier: GPL-2.0
#include <linux/errno.h>
#include <linux/string.h>

#include "pkcs8.h"

/* RFC 5480, 2.1.1 and RFC 8017, A.1: AlgorithmIdentifiers as a whole, which have but one form. */
static const u8 p256_id[] = {
	0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01,
	0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07,
};

static const u8 p384_id[] = {
	0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01,
	0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22,
};

static const u8 rsa_id[] = {
	0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00,
};

/* Of the two curves' identifiers; what stands behind is the curve's own OID. */
#define CURVE_AT 9

static const struct known {
	u32 algorithm;
	u32 width;	/* of a scalar; 0 for RSA */
	const u8 *id;
	u32 id_bytes;
} known[] = {
	{ TACIT_ALGORITHM_ECDSA_P256, TACIT_P256_BYTES, p256_id, sizeof(p256_id) },
	{ TACIT_ALGORITHM_ECDSA_P384, TACIT_P384_BYTES, p384_id, sizeof(p384_id) },
	{ TACIT_ALGORITHM_RSA_PSS, 0, rsa_id, sizeof(rsa_id) },
};

static bool is(const struct tacit_der *value, const u8 *bytes, u32 length)
{
	return value->left == length && !memcmp(value->at, bytes, length);
}

static bool take_small(struct tacit_der *in, u8 number)
{
	struct tacit_der value;

	return tacit_der_take(in, TACIT_DER_INTEGER, &value) && is(&value, &number, 1);
}

/* An INTEGER above zero, in its shortest form, without the zero that only says so. */
static bool take_positive(struct tacit_der *in, struct tacit_der *value)
{
	if (!tacit_der_take(in, TACIT_DER_INTEGER, value) || !value->left || value->at[0] & 0x80)
		return false;
	if (value->at[0])
		return true;
	value->at++;
	value->left--;
	return value->left && value->at[0] & 0x80;
}

int tacit_pkcs8_rsa(const u8 *der, u32 bytes, struct tacit_rsa_parts *parts)
{
	static const u8 exponent[] = { 0x01, 0x00, 0x01 };
	struct tacit_der in = { der, bytes }, key;

	if (!tacit_der_take(&in, TACIT_DER_SEQUENCE, &key) || in.left || !take_small(&key, 0) ||
	    !take_positive(&key, &parts->n) || !take_positive(&key, &parts->e) ||
	    !take_positive(&key, &parts->d) || !take_positive(&key, &parts->p) ||
	    !take_positive(&key, &parts->q) || !take_positive(&key, &parts->dp) ||
	    !take_positive(&key, &parts->dq) || !take_positive(&key, &parts->qinv) || key.left)
		return -EILSEQ;
	if ((parts->n.left != TACIT_RSA_2048_BYTES && parts->n.left != TACIT_RSA_3072_BYTES) ||
	    !(parts->n.at[0] & 0x80) || !(parts->n.at[parts->n.left - 1] & 1))
		return -EDOM;
	if (!is(&parts->e, exponent, sizeof(exponent)))
		return -EDOM;
	/* None is longer than the modulus, which bounds all that is computed. */
	return parts->d.left > parts->n.left || parts->p.left >= parts->n.left ||
	       parts->q.left >= parts->n.left || parts->dp.left >= parts->n.left ||
	       parts->dq.left >= parts->n.left || parts->qinv.left >= parts->n.left ? -EDOM : 0;
}

static int take_rsa(struct tacit_der key, struct tacit_pkcs8 *found)
{
	struct tacit_rsa_parts parts;
	int err = tacit_pkcs8_rsa(key.at, key.left, &parts);

	found->key = key;
	found->public_key = parts.n;
	return err;
}

/*
 * RFC 5915, 3: [0] the curve once more, [1] the public key as an uncompressed point; both
 * optional.
 */
static bool take_options(struct tacit_der in, const struct known *curve,
			 struct tacit_der *public_key)
{
	struct tacit_der value, inner;
	u8 tag;

	if (!in.left)
		return true;
	if (!tacit_der_next(&in, &tag, &value))
		return false;
	if (tag == TACIT_DER_CONTEXT_0) {
		if (!is(&value, curve->id + CURVE_AT, curve->id_bytes - CURVE_AT))
			return false;
		if (!in.left)
			return true;
		if (!tacit_der_next(&in, &tag, &value))
			return false;
	}
	if (tag != TACIT_DER_CONTEXT_1 || in.left ||
	    !tacit_der_take(&value, TACIT_DER_BITS, &inner) || value.left ||
	    inner.left != 2 + 2 * curve->width || inner.at[0] || inner.at[1] != 0x04)
		return false;
	public_key->at = inner.at + 2;
	public_key->left = inner.left - 2;
	return true;
}

static int take_ec(struct tacit_der in, const struct known *curve, struct tacit_pkcs8 *found)
{
	struct tacit_der key;

	if (!tacit_der_take(&in, TACIT_DER_SEQUENCE, &key) || in.left || !take_small(&key, 1) ||
	    !tacit_der_take(&key, TACIT_DER_OCTETS, &found->key))
		return -EILSEQ;
	if (!take_options(key, curve, &found->public_key))
		return -EILSEQ;
	return found->key.left == curve->width ? 0 : -EDOM;
}

int tacit_pkcs8_parse(const u8 *der, u32 bytes, struct tacit_pkcs8 *found)
{
	struct tacit_der in = { der, bytes }, info, id, key;
	unsigned int i;

	memset(found, 0, sizeof(*found));
	if (!tacit_der_take(&in, TACIT_DER_SEQUENCE, &info) || in.left || !take_small(&info, 0) ||
	    !tacit_der_take(&info, TACIT_DER_SEQUENCE, &id) ||
	    !tacit_der_take(&info, TACIT_DER_OCTETS, &key) || info.left)
		return -EILSEQ;
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (!is(&id, known[i].id, known[i].id_bytes))
			continue;
		found->algorithm = known[i].algorithm;
		return known[i].width ? take_ec(key, &known[i], found) : take_rsa(key, found);
	}
	return -ENOPKG;
}
