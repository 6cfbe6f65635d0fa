// SPDX-License-Identifier: GPL-2.0
/* Sealing and opening by keyctl(2); secret_files.c keeps what was sealed. */
#include "secret.h"

#include <endian.h>
#include <errno.h>
#include <keyutils.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "key_name.h"
#include "secure.h"

#define HOW "enc=secret"

/* Beyond what any key's query may ask for. */
#define BUFFER_MAX 8192u

_Static_assert(offsetof(struct secret_plain, secret) ==
	       offsetof(struct secret_plain, request) + sizeof(struct tacit_secret_request),
	       "the request goes to the kernel as one piece");

static int find_key(const char *name, int32_t *serial, struct key_error *error)
{
	FILE *f = fopen(TACIT_KEYRING_PARAMETER, "re");
	long ring = 0;
	long found;

	if (f) {
		if (fscanf(f, "%ld", &ring) != 1)
			ring = 0;
		fclose(f);
	}
	if (ring <= 0)
		return key_error_set(error, -ENOPKG, "the kernel module tacit is not loaded; load it with "
				     "`modprobe tacit`");
	found = keyctl_search(ring, TACIT_KEY_TYPE, name, 0);
	if (found < 0)
		return key_error_set(error, -ENOKEY,
				     "there is no key %s; start tacitd, which loads sealed keys, or, as root, "
				     "make it with `tacit key new %s --algorithm secret`", name, name);
	*serial = found;
	return 0;
}

static int refused(int code, const char *key, const char *name, struct key_error *error)
{
	unsigned int user = geteuid();

	switch (-code) {
	case EACCES:
		return key_error_set(error, code, "user %u may not: the key %s, or the secret %s, is for another user",
				     user, key, name);
	case EAGAIN:
		return key_error_set(error, code, "key %s: more uses than its rate allows; try again later", key);
	case EDQUOT:
		return key_error_set(error, code, "key %s: its budget of uses is used up", key);
	case EBUSY:
		return key_error_set(error, code,
				     "key %s: the next block of its budget is not stored yet; start tacitd, "
				     "which does that", key);
	case EBADMSG:
		return key_error_set(error, code, "the secret %s was changed, or was sealed by another key than %s",
				     name, key);
	case EOPNOTSUPP:
		return key_error_set(error, code, "the key %s signs and does not seal secrets; see `tacit key show %s`",
				     key, key);
	case EILSEQ:
		return key_error_set(error, code, "the secret %s is malformed: it was cut short or damaged", name);
	case EPROTONOSUPPORT:
		return key_error_set(error, code, "the secret %s is of a version that this module does not know", name);
	case ENOKEY:
		return key_error_set(error, code, "the key %s was removed from the kernel", key);
	default:
		return key_error_set(error, code, "key %s: %s", key, strerror(-code));
	}
}

/* The kernel wants buffers of the size that it tells, and fills them to their end. */
static int buffer_sizes(int32_t serial, struct keyctl_pkey_query *sizes)
{
	if (keyctl_pkey_query(serial, HOW, sizes))
		return -errno;
	/* A key that signs tells that it encrypts nothing. */
	if (!(sizes->supported_ops & KEYCTL_SUPPORTS_ENCRYPT) || !sizes->max_enc_size || !sizes->max_dec_size)
		return -EOPNOTSUPP;
	if (sizes->max_enc_size > BUFFER_MAX || sizes->max_dec_size > BUFFER_MAX)
		return -EPROTO;
	return 0;
}

static int seal(int32_t serial, const struct secret_plain *plain, union secret_room *out)
{
	struct keyctl_pkey_query sizes;
	uint8_t *buffer;
	long n;
	int code = buffer_sizes(serial, &sizes);

	if (code)
		return code;
	buffer = calloc(1, BUFFER_MAX);
	if (!buffer)
		return -ENOMEM;
	n = keyctl_pkey_encrypt(serial, HOW, &plain->request, sizeof(plain->request) + plain->bytes, buffer,
				sizes.max_enc_size);
	code = n < 0 ? -errno : n > (long)sizeof(*out) ? -EPROTO : 0;
	if (!code)
		memcpy(out, buffer, n);
	free(buffer);
	return code;
}

int secret_seal(const char *key, const char *name, struct secret_plain *plain, union secret_room *out,
		struct key_error *error)
{
	int32_t serial;
	int code;

	memset(out, 0, sizeof(*out));
	if (!key_name_valid(name))
		return key_error_set(error, -EINVAL, "a secret's name is " KEY_NAME_RULE);
	if (!plain->bytes || plain->bytes > TACIT_SECRET_MAX)
		return key_error_set(error, -EINVAL, "a secret has 1 to %d bytes, not %zu", TACIT_SECRET_MAX,
				     plain->bytes);
	code = find_key(key, &serial, error);
	if (code)
		return code;
	memset(plain->request.name, 0, sizeof(plain->request.name));
	memcpy(plain->request.name, name, strlen(name));
	code = seal(serial, plain, out);
	return code ? refused(code, key, name, error) : 0;
}

static int unseal(int32_t serial, const union secret_room *sealed, struct secret_plain *plain)
{
	struct keyctl_pkey_query sizes;
	uint8_t *buffer;
	long n;
	int code = buffer_sizes(serial, &sizes);

	if (code)
		return code;
	buffer = secure_alloc(BUFFER_MAX);
	if (!buffer)
		return -ENOMEM;
	n = keyctl_pkey_decrypt(serial, HOW, sealed, le32toh(sealed->sealed.bytes), buffer, sizes.max_dec_size);
	code = n < 0 ? -errno : !n || n > TACIT_SECRET_MAX ? -EPROTO : 0;
	if (!code) {
		memcpy(plain->secret, buffer, n);
		plain->bytes = n;
	}
	secure_free(buffer, BUFFER_MAX);
	return code;
}

int secret_open(const char *key, const union secret_room *sealed, struct secret_plain *plain,
		struct key_error *error)
{
	int32_t serial;
	int code = find_key(key, &serial, error);

	if (code)
		return code;
	code = unseal(serial, sealed, plain);
	return code ? refused(code, key, (const char *)sealed->sealed.name, error) : 0;
}
