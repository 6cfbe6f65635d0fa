// SPDX-License-Identifier: GPL-2.0
/*
 * kmod/pkcs8.c: what the kernel takes for a private key lies within what was sent, has the sizes that
 * a blob wants, and is a PrivateKeyInfo to OpenSSL, to the last byte.
 */
#include "fuzz.h"

#include <errno.h>
#include <openssl/x509.h>

#include "kmod/der.c"
#include "kmod/pkcs8.c"

static void inside(const struct tacit_der *part, const uint8_t *data, size_t size)
{
	must(part->at >= data && part->left <= size && part->at + part->left <= data + size);
}

static void sizes_are_good(const struct tacit_pkcs8 *found)
{
	switch (found->algorithm) {
	case TACIT_ALGORITHM_ECDSA_P256:
		must(found->key.left == 32 && (!found->public_key.left || found->public_key.left == 64));
		break;
	case TACIT_ALGORITHM_ECDSA_P384:
		must(found->key.left == 48 && (!found->public_key.left || found->public_key.left == 96));
		break;
	case TACIT_ALGORITHM_RSA_PSS:
		must(found->public_key.left == 256 || found->public_key.left == 384);
		break;
	default:
		must(!"an algorithm that is none");
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	PKCS8_PRIV_KEY_INFO *info;
	struct tacit_pkcs8 found;
	const uint8_t *p;
	uint8_t *copy;
	int code;

	if (!size || size > TACIT_IMPORT_PLAIN_MAX)
		return 0;
	copy = exact(data, size);
	code = tacit_pkcs8_parse(copy, size, &found);
	must(!code || code == -EILSEQ || code == -ENOPKG || code == -EDOM);
	if (!code) {
		taken();
		inside(&found.key, copy, size);
		if (found.public_key.left)
			inside(&found.public_key, copy, size);
		sizes_are_good(&found);
		p = copy;
		info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &p, (long)size);
		must(info && p == copy + size);
		PKCS8_PRIV_KEY_INFO_free(info);
	}
	free(copy);
	return 0;
}
