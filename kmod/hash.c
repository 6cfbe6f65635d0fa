// SPDX-License-Identifier: GPL-2.0
#include <crypto/hash.h>
#include <crypto/sha2.h>
#include <linux/err.h>
#include <linux/string.h>

#include "hash.h"

struct tacit_hash {
	const char *name;
	u32 bytes;
	u32 block;
	struct crypto_shash **engine;	/* NULL: the library */
};

static struct crypto_shash *sha384_engine, *sha512_engine;

const struct tacit_hash tacit_sha256 = { "sha256", SHA256_DIGEST_SIZE, SHA256_BLOCK_SIZE, NULL };
const struct tacit_hash tacit_sha384 = {
	"sha384", SHA384_DIGEST_SIZE, SHA384_BLOCK_SIZE, &sha384_engine
};
const struct tacit_hash tacit_sha512 = {
	"sha512", SHA512_DIGEST_SIZE, SHA512_BLOCK_SIZE, &sha512_engine
};

static const struct tacit_hash *const hashes[] = { &tacit_sha256, &tacit_sha384, &tacit_sha512 };

const struct tacit_hash *tacit_hash(const char *name)
{
	int i;

	for (i = 0; name && i < ARRAY_SIZE(hashes); i++)
		if (!strcmp(hashes[i]->name, name))
			return hashes[i];
	return NULL;
}

u32 tacit_hash_bytes(const struct tacit_hash *hash)
{
	return hash->bytes;
}

int tacit_hash_digest(const struct tacit_hash *hash, const u8 *data, u32 length, u8 *digest)
{
	/* Asynchronous or keyed ones are no shash, so that a tfm may be shared. */
	if (hash->engine)
		return crypto_shash_tfm_digest(*hash->engine, data, length, digest);
	sha256(data, length, digest);
	return 0;
}

static void pad(const struct tacit_hash *hash, const u8 *key, u32 key_bytes, u8 mark, u8 *out)
{
	u32 i;

	memset(out, mark, hash->block);
	for (i = 0; i < key_bytes; i++)
		out[i] ^= key[i];
}

int tacit_hmac(const struct tacit_hash *hash, const u8 *key, u32 key_bytes, u8 *room, u32 length,
	       u8 *out)
{
	u8 outer[TACIT_HASH_BLOCK_MAX + TACIT_HASH_MAX];
	u8 *inner = room + TACIT_HASH_BLOCK_MAX - hash->block;
	int err;

	pad(hash, key, key_bytes, 0x36, inner);
	err = tacit_hash_digest(hash, inner, hash->block + length, outer + hash->block);
	if (!err) {
		pad(hash, key, key_bytes, 0x5c, outer);
		err = tacit_hash_digest(hash, outer, hash->block + hash->bytes, out);
	}
	memzero_explicit(outer, sizeof(outer));
	return err;
}

int tacit_hash_open(void)
{
	sha384_engine = crypto_alloc_shash("sha384", 0, 0);
	if (IS_ERR(sha384_engine))
		return PTR_ERR(sha384_engine);
	sha512_engine = crypto_alloc_shash("sha512", 0, 0);
	if (!IS_ERR(sha512_engine))
		return 0;
	crypto_free_shash(sha384_engine);
	return PTR_ERR(sha512_engine);
}

void tacit_hash_close(void)
{
	crypto_free_shash(sha512_engine);
	crypto_free_shash(sha384_engine);
}
