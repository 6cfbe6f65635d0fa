// SPDX-License-Identifier: GPL-2.0
#include "key.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <keyutils.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "key_name.h"

int32_t key_find_ring(struct provider *p)
{
	char text[16];
	ssize_t n;
	long ring;
	int fd;

	fd = open(TACIT_KEYRING_PARAMETER, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return 0;
	text[n] = '\0';
	ring = strtol(text, NULL, 10);
	if (ring <= 0 || ring > INT32_MAX)
		return 0;
	p->ring = ring;
	return ring;
}

/* Return: the serial, or -1 with errno set. */
static int32_t search(struct provider *p, const char *name)
{
	int32_t ring = p->ring ? p->ring : key_find_ring(p);
	long serial;
	int why;

	if (!ring) {
		errno = ENOPKG;
		return -1;
	}
	serial = keyctl_search(ring, TACIT_KEY_TYPE, name, 0);
	why = errno;
	/* The module may have been unloaded and loaded again: then its ring is another. */
	if (serial < 0 && key_find_ring(p) && p->ring != ring) {
		serial = keyctl_search(p->ring, TACIT_KEY_TYPE, name, 0);
		why = errno;
	}
	errno = why;
	return serial;
}

static void raise_search(struct provider *p, const char *name)
{
	switch (errno) {
	case ENOPKG:
		provider_raise(p, PROVIDER_ERROR_MODULE, "key %s: load the module with `modprobe tacit`", name);
		break;
	case ENOKEY:
	case EKEYREVOKED:
	case EKEYEXPIRED:
		provider_raise(p, PROVIDER_ERROR_NO_KEY,
			       "key %s: start tacitd, which loads sealed keys, or make one with `tacit key new %s`",
			       name, name);
		break;
	default:
		provider_raise(p, PROVIDER_ERROR_NO_KEY, "key %s: %s", name, strerror(errno));
	}
}

static const struct key_kind kinds[] = {
	{ TACIT_ALGORITHM_ECDSA_P256, PROVIDER_EC, "ECDSA P-256", "prime256v1", "SHA256", 2 * TACIT_P256_BYTES,
	  TACIT_P256_SIGNATURE_MAX },
	{ TACIT_ALGORITHM_ECDSA_P384, PROVIDER_EC, "ECDSA P-384", "secp384r1", "SHA384", 2 * TACIT_P384_BYTES,
	  TACIT_P384_SIGNATURE_MAX },
	{ TACIT_ALGORITHM_RSA_PSS, PROVIDER_RSA, "RSA-PSS", NULL, "SHA256", 0, 0 },
};

static const struct key_kind *find_kind(const struct tacit_blob *blob)
{
	uint32_t algorithm = le32toh(blob->algorithm), bytes = le32toh(blob->public_bytes);

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const struct key_kind *kind = &kinds[i];

		if (kind->algorithm != algorithm)
			continue;
		if (kind->public_bytes)
			return bytes == kind->public_bytes ? kind : NULL;
		return bytes == TACIT_RSA_2048_BYTES || bytes == TACIT_RSA_3072_BYTES ? kind : NULL;
	}
	return NULL;
}

/* Read kind and public half into `k`, which has its name. Return: 1, or 0 with an error raised. */
static int read_public(struct provider *p, int32_t serial, struct key *k)
{
	union tacit_blob_room room;
	const struct tacit_blob *blob = &room.blob;
	long n = keyctl_read(serial, (char *)&room, sizeof(room));

	if (n < TACIT_BLOB_MIN || n > (long)sizeof(room) ||
	    memcmp(blob->magic, TACIT_BLOB_MAGIC, TACIT_BLOB_MAGIC_BYTES)) {
		provider_raise(p, PROVIDER_ERROR_READ, "key %s: %s", k->name,
			       n < 0 ? strerror(errno) : "the module's answer is not a sealed key");
		return 0;
	}
	if (le32toh(blob->version) == TACIT_BLOB_VERSION && le32toh(blob->algorithm) == TACIT_ALGORITHM_SECRET) {
		provider_raise(p, PROVIDER_ERROR_ALGORITHM, "key %s seals secrets (`tacit secret`) and does not sign",
			       k->name);
		return 0;
	}
	k->kind = le32toh(blob->version) == TACIT_BLOB_VERSION ? find_kind(blob) : NULL;
	k->public_bytes = le32toh(blob->public_bytes);
	if (!k->kind || n < TACIT_BLOB_BYTES((long)k->public_bytes, 0)) {
		provider_raise(p, PROVIDER_ERROR_ALGORITHM, "key %s: provider and module are of different versions",
			       k->name);
		return 0;
	}
	k->point[0] = 0x04;
	memcpy(k->point + 1, blob->data, k->public_bytes);
	return 1;
}

struct key *key_open(struct provider *p, const char *name, size_t bytes)
{
	struct key *k;
	int32_t serial;

	k = calloc(1, sizeof(*k));
	if (!k) {
		provider_raise(p, PROVIDER_ERROR_MEMORY, "a key of %zu bytes", sizeof(*k));
		return NULL;
	}
	if (bytes < sizeof(k->name) && !memchr(name, 0, bytes))
		memcpy(k->name, name, bytes);
	if (!key_name_valid(k->name)) {
		provider_raise(p, PROVIDER_ERROR_NAME, "write tacit:NAME with a name of " KEY_NAME_RULE);
		goto fail;
	}
	serial = search(p, k->name);
	if (serial < 0) {
		raise_search(p, k->name);
		goto fail;
	}
	if (!read_public(p, serial, k))
		goto fail;
	k->provider = p;
	k->serial = serial;
	k->references = 1;
	return k;
fail:
	free(k);
	return NULL;
}

struct key *key_get(struct key *k)
{
	atomic_fetch_add(&k->references, 1);
	return k;
}

void key_put(struct key *k)
{
	if (k && atomic_fetch_sub(&k->references, 1) == 1)
		free(k);
}

/* The key was dropped and loaded again in the meantime: it has another serial, but must be the same key. */
static bool find_again(struct key *k)
{
	struct key now = { .kind = NULL };
	int32_t serial = search(k->provider, k->name);

	memcpy(now.name, k->name, sizeof(now.name));
	if (serial < 0 || serial == k->serial || !read_public(k->provider, serial, &now))
		return false;
	if (now.kind != k->kind || now.public_bytes != k->public_bytes ||
	    memcmp(now.point, k->point, sizeof(now.point)))
		return false;
	k->serial = serial;
	return true;
}

static void raise_refusal(const struct key *k)
{
	const struct provider *p = k->provider;

	switch (errno) {
	case EACCES:
		provider_raise(p, PROVIDER_ERROR_REFUSED,
			       "key %s: user %u is not one that the key was made for, or not in its cgroup; "
			       "see `tacit key show %s`", k->name, (unsigned int)geteuid(), k->name);
		break;
	case EPERM:
		provider_raise(p, PROVIDER_ERROR_REFUSED,
			       "key %s: the content is none that its usage names (TLS below 1.3, or a role or request "
			       "that it was not made for); see `tacit key show %s`", k->name, k->name);
		break;
	case EAGAIN:
		provider_raise(p, PROVIDER_ERROR_REFUSED,
			       "key %s: more signatures than its rate allows; try again later", k->name);
		break;
	case EALREADY:
		provider_raise(p, PROVIDER_ERROR_REFUSED,
			       "key %s: a certificate is bound to it, so it signs no request any more; root opens it "
			       "again with `tacit key csr %s --reopen`", k->name, k->name);
		break;
	case EDQUOT:
		provider_raise(p, PROVIDER_ERROR_REFUSED, "key %s: its budget of uses is used up; make another key",
			       k->name);
		break;
	case EBUSY:
		provider_raise(p, PROVIDER_ERROR_REFUSED,
			       "key %s: the next block of its budget is not stored yet; start tacitd, which does that",
			       k->name);
		break;
	case EIO:
		provider_raise(p, PROVIDER_ERROR_SIGN,
			       "key %s: the signature that was made does not verify; this machine's hardware is faulty",
			       k->name);
		break;
	case EOPNOTSUPP:
		provider_raise(p, PROVIDER_ERROR_REFUSED, "key %s: an operation, encoding or hash that it does not do",
			       k->name);
		break;
	case ENOKEY:
	case EKEYREVOKED:
	case EKEYEXPIRED:
		provider_raise(p, PROVIDER_ERROR_NO_KEY, "key %s was removed from the kernel, or replaced", k->name);
		break;
	default:
		provider_raise(p, PROVIDER_ERROR_SIGN, "key %s: %s", k->name, strerror(errno));
	}
}

/*
 * The kernel refuses a length above its own maximum, and copies that maximum
 * out whatever the length it is told: `out` has room for any key's.
 *
 * Return: length of the signature, or -1 with errno set.
 */
static long ask_kernel(const struct key *k, const char *hash, const uint8_t *content, size_t bytes,
		       uint8_t out[TACIT_SIGNATURE_MAX])
{
	char how[32];

	snprintf(how, sizeof(how), "enc=msg hash=%s", hash);
	return keyctl_pkey_sign(k->serial, how, content, bytes, out, key_signature_max(k));
}

int key_sign(struct key *k, const char *hash, const uint8_t *content, size_t bytes,
	     uint8_t signature[TACIT_SIGNATURE_MAX], size_t *signature_bytes)
{
	long n;

	if (bytes > TACIT_CONTENT_MAX) {
		provider_raise(k->provider, PROVIDER_ERROR_CONTENT, "key %s: the kernel signs at most %d bytes at once",
			       k->name, TACIT_CONTENT_MAX);
		return 0;
	}
	n = ask_kernel(k, hash, content, bytes, signature);
	if (n < 0 && (errno == ENOKEY || errno == EKEYREVOKED)) {
		int why = errno;

		if (find_again(k))
			n = ask_kernel(k, hash, content, bytes, signature);
		else
			errno = why;
	}
	if (n < 0) {
		raise_refusal(k);
		return 0;
	}
	if (!n || n > key_signature_max(k)) {
		provider_raise(k->provider, PROVIDER_ERROR_SIGN, "key %s: a signature of %ld bytes", k->name, n);
		return 0;
	}
	*signature_bytes = n;
	return 1;
}
