// SPDX-License-Identifier: GPL-2.0
#include "key.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <keyutils.h>
#include <stdbool.h>
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

/* Read the public half. Return: 1, or 0 with an error raised. */
static int read_public(struct provider *p, int32_t serial, const char *name, uint8_t point[KEY_POINT_BYTES])
{
	union tacit_blob_room room;
	const struct tacit_blob *blob = &room.blob;
	long n = keyctl_read(serial, (char *)&room, sizeof(room));

	if (n < TACIT_BLOB_MIN || n > (long)sizeof(room) || memcmp(blob->magic, TACIT_BLOB_MAGIC, TACIT_BLOB_MAGIC_BYTES)) {
		provider_raise(p, PROVIDER_ERROR_READ, "key %s: %s", name,
			       n < 0 ? strerror(errno) : "the module's answer is not a sealed key");
		return 0;
	}
	if (le32toh(blob->version) != TACIT_BLOB_VERSION || le32toh(blob->algorithm) != TACIT_ALGORITHM_ECDSA_P256 ||
	    le32toh(blob->public_bytes) != KEY_POINT_BYTES - 1) {
		provider_raise(p, PROVIDER_ERROR_ALGORITHM, "key %s: provider and module are of different versions",
			       name);
		return 0;
	}
	point[0] = 0x04;
	memcpy(point + 1, blob->data, KEY_POINT_BYTES - 1);
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
	if (!read_public(p, serial, k->name, k->point))
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
	uint8_t point[KEY_POINT_BYTES];
	int32_t serial = search(k->provider, k->name);

	if (serial < 0 || serial == k->serial || !read_public(k->provider, serial, k->name, point))
		return false;
	if (memcmp(point, k->point, sizeof(point)))
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
			       "key %s: user %u is not one that the key was made for; see `tacit key show %s`", k->name,
			       (unsigned int)geteuid(), k->name);
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

/* Return: length of the signature, or -1 with errno set. */
static long ask_kernel(const struct key *k, const uint8_t *content, size_t bytes,
		       uint8_t signature[TACIT_P256_SIGNATURE_MAX])
{
	/*
	 * The kernel refuses a length above its own maximum, and copies that
	 * maximum out whatever the length it is told: leave room behind it.
	 */
	uint8_t room[512];
	long n;

	n = keyctl_pkey_sign(k->serial, "enc=msg hash=sha256", content, bytes, room, TACIT_P256_SIGNATURE_MAX);
	if (n > 0 && n <= TACIT_P256_SIGNATURE_MAX)
		memcpy(signature, room, n);
	return n;
}

int key_sign(struct key *k, const uint8_t *content, size_t bytes, uint8_t signature[TACIT_P256_SIGNATURE_MAX],
	     size_t *signature_bytes)
{
	long n;

	if (bytes > TACIT_CONTENT_MAX) {
		provider_raise(k->provider, PROVIDER_ERROR_CONTENT, "key %s: the kernel signs at most %d bytes at once",
			       k->name, TACIT_CONTENT_MAX);
		return 0;
	}
	n = ask_kernel(k, content, bytes, signature);
	if (n < 0 && (errno == ENOKEY || errno == EKEYREVOKED)) {
		int why = errno;

		if (find_again(k))
			n = ask_kernel(k, content, bytes, signature);
		else
			errno = why;
	}
	if (n < 0) {
		raise_refusal(k);
		return 0;
	}
	if (!n || n > TACIT_P256_SIGNATURE_MAX) {
		provider_raise(k->provider, PROVIDER_ERROR_SIGN, "key %s: a signature of %ld bytes", k->name, n);
		return 0;
	}
	*signature_bytes = n;
	return 1;
}
