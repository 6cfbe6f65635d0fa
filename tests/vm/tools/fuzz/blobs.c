// SPDX-License-Identifier: GPL-2.0
#include <openssl/evp.h>

#include "blobs.h"
#include "draw.h"
#include "import.h"
#include "target.h"

/* AES-256-GCM over all that stands before the sealed part, as the module does it. */
static bool seal_anew(struct tacit_blob *blob, size_t bytes)
{
	uint8_t *tag = (uint8_t *)blob + bytes - TACIT_TAG_BYTES;
	uint8_t *text = tag - TACIT_P256_BYTES, *nonce = text - TACIT_NONCE_BYTES, scalar[TACIT_P256_BYTES] = { 0 };
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	bool good;
	int n;

	/* The scalar is not known here: 1 and the generator would do, noise is more. */
	scalar[31] = 1;
	if (below(2))
		noise(scalar, sizeof(scalar));
	good = c && EVP_EncryptInit_ex(c, EVP_aes_256_gcm(), NULL, root, nonce) == 1 &&
	       EVP_EncryptUpdate(c, NULL, &n, (uint8_t *)blob, (int)(text - (uint8_t *)blob)) == 1 &&
	       EVP_EncryptUpdate(c, text, &n, scalar, sizeof(scalar)) == 1 &&
	       EVP_EncryptFinal_ex(c, tag, &n) == 1 &&
	       EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_GET_TAG, TACIT_TAG_BYTES, tag) == 1;
	EVP_CIPHER_CTX_free(c);
	return good;
}

static void set_generator(struct tacit_blob *blob)
{
	static const uint8_t generator[] = {
		0x6b, 0x17, 0xd1, 0xf2, 0xe1, 0x2c, 0x42, 0x47, 0xf8, 0xbc, 0xe6, 0xe5, 0x63, 0xa4, 0x40, 0xf2,
		0x77, 0x03, 0x7d, 0x81, 0x2d, 0xeb, 0x33, 0xa0, 0xf4, 0xa1, 0x39, 0x45, 0xd8, 0x98, 0xc2, 0x96,
		0x4f, 0xe3, 0x42, 0xe2, 0xfe, 0x1a, 0x7f, 0x9b, 0x8e, 0xe7, 0xeb, 0x4a, 0x7c, 0x0f, 0x9e, 0x16,
		0x2b, 0xce, 0x33, 0x57, 0x6b, 0x31, 0x5e, 0xce, 0xcb, 0xb6, 0x40, 0x68, 0x37, 0xbf, 0x51, 0xf5,
	};

	memcpy(blob->data, generator, sizeof(generator));
}

bool mutated_blob(void)
{
	union tacit_blob_room room;
	size_t bytes = sealed_bytes;
	bool anew = below(4) == 0;
	struct raw_request r;
	int code;

	memcpy(&room, &sealed, bytes);
	if (anew)
		set_generator(&room.blob);
	/* The fields deserve more than their share of the bytes. */
	if (below(3))
		mutate(room.bytes, below(2) ? TACIT_BLOB_HEAD_BYTES : 24);
	else
		mutate(room.bytes, bytes);
	if (!below(8)) {
		bytes = below(4) ? below((uint32_t)bytes) : bytes + below(sizeof(room) - (uint32_t)bytes);
		if (!below(2))
			room.blob.bytes = htole32((uint32_t)bytes);
	}
	if (anew && (bytes != sealed_bytes || !seal_anew(&room.blob, bytes)))
		anew = false;
	raw_begin(&r, raw.family, TACIT_CMD_KEY_LOAD, 0);
	raw_put(&r, TACIT_ATTR_BLOB, &room, bytes);
	code = raw_ask(&raw, &r, NULL, NULL);
	if (code)
		return false;
	if (!anew && (bytes != sealed_bytes || memcmp(&room, &sealed, bytes)))
		fail("a changed blob was loaded", EBADMSG);
	sweep();
	return true;
}

bool mutated_import(void)
{
	struct tacit_usage usage = good_usage();
	struct fuzz_import import;
	struct raw_request r;
	bool untouched = below(64) == 0;
	int code;

	raw_begin(&r, raw.family, TACIT_CMD_KEY_IMPORT_BEGIN, 0);
	code = raw_ask(&raw, &r, fuzz_import_take, &import);
	if (code)
		fail("beginning an import", code);
	fuzz_import_draw(&import, !untouched);
	if (!fuzz_import_encrypt(&import, "fz-import", &usage))
		fail("encrypting an import", EINVAL);
	raw_begin(&r, raw.family, TACIT_CMD_KEY_IMPORT, 0);
	raw_put_text(&r, TACIT_ATTR_NAME, "fz-import");
	raw_put(&r, TACIT_ATTR_USAGE, &usage, sizeof(usage));
	raw_put(&r, TACIT_ATTR_PEER, import.peer, sizeof(import.peer));
	raw_put(&r, TACIT_ATTR_IMPORT, import.sealed, import.sealed_bytes);
	code = raw_ask(&raw, &r, NULL, NULL);
	if (untouched && code)
		fail("a good key is not imported", code);
	if (code)
		return false;
	sweep();
	return true;
}
