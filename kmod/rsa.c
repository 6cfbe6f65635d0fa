// SPDX-License-Identifier: GPL-2.0
#include <crypto/akcipher.h>
#include <crypto/algapi.h>
#include <linux/mpi.h>
#include <linux/random.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "inverse.h"
#include "pkcs8.h"
#include "pss.h"
#include "rsa.h"

/* One operation: numbers as long as the modulus, big-endian, in one piece of the heap. */
struct work {
	struct crypto_akcipher *tfm;
	const struct tacit_private *key;
	u32 bytes;
	u8 message[TACIT_RSA_3072_BYTES];
	u8 blind[TACIT_RSA_3072_BYTES];		/* r */
	u8 unblind[TACIT_RSA_3072_BYTES];	/* 1 / r */
	u8 in[TACIT_RSA_3072_BYTES];
	u8 out[TACIT_RSA_3072_BYTES];
};

static struct work *work_new(const struct tacit_private *key)
{
	struct work *w = kzalloc(sizeof(*w), GFP_KERNEL);
	int err;

	if (!w)
		return ERR_PTR(-ENOMEM);
	w->key = key;
	w->bytes = key->public_bytes;
	w->tfm = crypto_alloc_akcipher("rsa", 0, 0);
	if (!IS_ERR(w->tfm))
		return w;
	err = PTR_ERR(w->tfm);
	kfree(w);
	return ERR_PTR(err == -ENOENT ? -ENOPKG : err);
}

static void work_free(struct work *w)
{
	/* Which frees the key's numbers, wiped. */
	crypto_free_akcipher(w->tfm);
	kfree_sensitive(w);
}

/* w->out = w->in to the power of the key that the tfm has */
static int run(struct work *w, bool private)
{
	struct akcipher_request *request = akcipher_request_alloc(w->tfm, GFP_KERNEL);
	struct scatterlist in, out;
	DECLARE_CRYPTO_WAIT(wait);
	int err;

	if (!request)
		return -ENOMEM;
	sg_init_one(&in, w->in, w->bytes);
	sg_init_one(&out, w->out, w->bytes);
	akcipher_request_set_callback(request,
				      CRYPTO_TFM_REQ_MAY_BACKLOG | CRYPTO_TFM_REQ_MAY_SLEEP,
				      crypto_req_done, &wait);
	akcipher_request_set_crypt(request, &in, &out, w->bytes, w->bytes);
	err = crypto_wait_req(private ? crypto_akcipher_decrypt(request) :
					crypto_akcipher_encrypt(request), &wait);
	akcipher_request_free(request);
	return err;
}

static int put_number(MPI number, u8 *out, u32 bytes)
{
	unsigned int used = 0;
	int sign = 0;

	/* Without the zeros in front. */
	if (mpi_read_buffer(number, out, bytes, &used, &sign) || sign)
		return -EINVAL;
	memmove(out + bytes - used, out, used);
	memset(out, 0, bytes - used);
	return 0;
}

/* out = a * b mod n */
static int multiply(const struct work *w, const u8 *a, const u8 *b, u8 *out)
{
	MPI left = mpi_read_raw_data(a, w->bytes), right = mpi_read_raw_data(b, w->bytes);
	MPI n = mpi_read_raw_data(w->key->public_key, w->bytes), product = mpi_alloc(0);
	int err = -ENOMEM;

	if (left && right && n && product) {
		/* Some kernels' says how it went, others' does not. */
		mpi_mulm(product, left, right, n);
		err = put_number(product, out, w->bytes);
	}
	mpi_free(product);
	mpi_free(n);
	mpi_free(right);
	mpi_free(left);
	return err;
}

/* r and 1 / r: a number below the modulus, which has its highest bit set, so a bit shorter. */
static int draw_blinding(struct work *w)
{
	get_random_bytes(w->blind, w->bytes);
	w->blind[0] &= 0x7f;
	w->blind[w->bytes - 1] |= 2;
	return tacit_inverse(w->blind, w->key->public_key, w->unblind, w->bytes);
}

/* RSAPublicKey (RFC 8017, A.1.1) of the modulus */
static int set_public(struct work *w)
{
	u8 der[TACIT_RSA_3072_BYTES + 16];
	u32 inner = w->bytes + 5 + 5;
	u8 *at = der;

	*at++ = 0x30;
	*at++ = 0x82;
	*at++ = inner >> 8;
	*at++ = inner;
	*at++ = 0x02;
	*at++ = 0x82;
	*at++ = (w->bytes + 1) >> 8;
	*at++ = w->bytes + 1;
	*at++ = 0;
	memcpy(at, w->key->public_key, w->bytes);
	at += w->bytes;
	memcpy(at, "\x02\x03\x01\x00\x01", 5);
	return crypto_akcipher_set_pub_key(w->tfm, der, at + 5 - der);
}

/* w->out = w->in ^ e */
static int raise_public(struct work *w)
{
	return set_public(w) ?: run(w, false);
}

static int raise_private(struct work *w)
{
	return crypto_akcipher_set_priv_key(w->tfm, w->key->key, w->key->key_bytes) ?:
	       run(w, true);
}

/*
 * w->out = w->message ^ d, by (message * r^e)^d = message^d * r. What goes in and what comes
 * out of the private operation is random to all that cannot see r.
 */
static int apply(struct work *w)
{
	int err = draw_blinding(w);

	if (err)
		return err;
	memcpy(w->in, w->blind, w->bytes);
	err = raise_public(w);
	if (!err)
		err = multiply(w, w->message, w->out, w->in);
	if (!err)
		err = raise_private(w);
	if (!err)
		err = multiply(w, w->out, w->unblind, w->out);
	return err;
}

/* Is w->out ^ e the message again? w->out stays, in w->in as well. */
static int check(struct work *w)
{
	int err;

	memcpy(w->in, w->out, w->bytes);
	err = raise_public(w);
	if (!err && crypto_memneq(w->out, w->message, w->bytes))
		err = -EIO;
	memcpy(w->out, w->in, w->bytes);
	return err;
}

int tacit_rsa_sign(const struct tacit_private *key, const struct tacit_hash *hash,
		   const u8 *content, u32 length, const u8 *salt, u8 *out)
{
	struct work *w = work_new(key);
	int err;

	if (IS_ERR(w))
		return PTR_ERR(w);
	err = tacit_pss_encode(hash, content, length, salt, w->message, w->bytes) ?:
	      apply(w) ?: check(w);
	if (!err)
		memcpy(out, w->out, w->bytes);
	err = err ?: w->bytes;
	work_free(w);
	return err;
}

/* p * q == n: a key whose CRT half is of another key would only fail when it signs. */
static int factors_match(const struct tacit_private *key, const struct tacit_rsa_parts *parts)
{
	MPI p = mpi_read_raw_data(parts->p.at, parts->p.left);
	MPI q = mpi_read_raw_data(parts->q.at, parts->q.left);
	MPI n = mpi_read_raw_data(key->public_key, key->public_bytes), product = mpi_alloc(0);
	int err = -ENOMEM;

	if (p && q && n && product) {
		mpi_mul(product, p, q);
		err = mpi_cmp(product, n) ? -EKEYREJECTED : 0;
	}
	mpi_free(product);
	mpi_free(n);
	mpi_free(q);
	mpi_free(p);
	return err;
}

int tacit_rsa_prove(const struct tacit_private *key)
{
	struct tacit_rsa_parts parts;
	struct work *w;
	int err;

	err = tacit_pkcs8_rsa(key->key, key->key_bytes, &parts);
	if (err)
		return err;
	if (parts.n.left != key->public_bytes ||
	    memcmp(parts.n.at, key->public_key, key->public_bytes))
		return -EKEYREJECTED;
	err = factors_match(key, &parts);
	if (err)
		return err;
	w = work_new(key);
	if (IS_ERR(w))
		return PTR_ERR(w);
	get_random_bytes(w->message, w->bytes);
	w->message[0] &= 0x7f;
	err = apply(w) ?: check(w);
	work_free(w);
	/* The kernel's own parser, and numbers that do not fit together, say many things. */
	return err == -ENOMEM ? err : err ? -EKEYREJECTED : 0;
}
