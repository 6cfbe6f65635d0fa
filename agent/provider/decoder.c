// SPDX-License-Identifier: GPL-2.0
#include "decoder.h"

#include <stdbool.h>
#include <string.h>

#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/core_object.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "keymgmt.h"

#define LINE_MAX_BYTES 256
#define LINES_MAX 4096
#define BEGIN "-----BEGIN "
#define END "-----END "
#define BEGIN_OURS BEGIN KEY_REFERENCE_LABEL "-----"
#define END_OURS END KEY_REFERENCE_LABEL "-----"

/* A decoder has no state: its context is the provider's. */
static void *newctx(void *provider)
{
	return provider;
}

static void freectx(void *provider)
{
	(void)provider;
}

static int does_selection(void *provider, int selection)
{
	(void)provider;
	return !selection || (selection & OSSL_KEYMGMT_SELECT_KEYPAIR);
}

static bool starts(const char *line, const char *with)
{
	return !strncmp(line, with, strlen(with));
}

/*
 * Read one PEM block, whatever it is, to its end: other decoders are given the
 * same input from the same place, and where none takes it libcrypto goes on
 * behind what was read last.
 *
 * Return: the length of the base64 text of a block of ours, else 0.
 */
static size_t read_block(struct provider *p, OSSL_CORE_BIO *in, char *text, size_t room)
{
	char line[LINE_MAX_BYTES];
	bool inside = false, ours = false;
	size_t used = 0, n;

	for (int lines = 0; lines < LINES_MAX && p->bio_gets(in, line, sizeof(line)) > 0; lines++) {
		n = strcspn(line, "\r\n \t");
		if (!inside) {
			inside = starts(line, BEGIN);
			ours = starts(line, BEGIN_OURS);
		} else if (starts(line, END)) {
			return ours && starts(line, END_OURS) ? used : 0;
		} else if (ours) {
			if (n > room - used)
				return 0;
			memcpy(text + used, line, n);
			used += n;
		}
	}
	return 0;
}

/* Return: length of the DER, 0 if the text is no base64 of a reference's size. */
static size_t from_base64(const char *text, size_t bytes, uint8_t *out, size_t room)
{
	size_t padding = 0;
	int n;

	if (!bytes || bytes % 4 || bytes / 4 * 3 > room)
		return 0;
	while (padding < 2 && text[bytes - 1 - padding] == '=')
		padding++;
	n = EVP_DecodeBlock(out, (const unsigned char *)text, bytes);
	return n < 0 || (size_t)n < padding ? 0 : (size_t)n - padding;
}

#define BASE64_ROOM ((KEY_REFERENCE_MAX + 2) / 3 * 4)
#define DER_ROOM (BASE64_ROOM / 4 * 3)

static int pem_decode(void *provider, OSSL_CORE_BIO *in, int selection, OSSL_CALLBACK *callback, void *context,
		      OSSL_PASSPHRASE_CALLBACK *ask, void *ask_context)
{
	int type = OSSL_OBJECT_PKEY;
	uint8_t der[DER_ROOM];
	char text[BASE64_ROOM];
	size_t n;

	(void)selection;
	(void)ask;
	(void)ask_context;
	n = read_block(provider, in, text, sizeof(text));
	n = from_base64(text, n, der, sizeof(der));
	/* Not ours: 1 means that others may try. */
	if (!n)
		return 1;
	return callback((OSSL_PARAM[]){
		OSSL_PARAM_int(OSSL_OBJECT_PARAM_TYPE, &type),
		OSSL_PARAM_construct_utf8_string(OSSL_OBJECT_PARAM_DATA_STRUCTURE, (char *)DECODER_STRUCTURE, 0),
		OSSL_PARAM_octet_string(OSSL_OBJECT_PARAM_DATA, der, n),
		OSSL_PARAM_END
	}, context);
}

/* The reference does not say of which type the key is: each of the two takes those of its own. */
static int der_decode(const char *type, struct provider *p, OSSL_CORE_BIO *in, OSSL_CALLBACK *callback, void *context)
{
	uint8_t der[KEY_REFERENCE_MAX + 1];
	size_t used = 0, got = 0, bytes;
	const char *name;
	struct key *k;

	while (used < sizeof(der) && p->bio_read(in, der + used, sizeof(der) - used, &got) && got)
		used += got;
	name = key_reference_read(der, used, &bytes);
	if (!name)
		return 1;
	k = key_open(p, name, bytes);
	if (!k)
		return 0;
	if (strcmp(k->kind->type, type)) {
		key_put(k);
		return 1;
	}
	return keymgmt_offer(k, callback, context);
}

static int ec_decode(void *provider, OSSL_CORE_BIO *in, int selection, OSSL_CALLBACK *callback, void *context,
		     OSSL_PASSPHRASE_CALLBACK *ask, void *ask_context)
{
	(void)selection;
	(void)ask;
	(void)ask_context;
	return der_decode(PROVIDER_EC, provider, in, callback, context);
}

static int rsa_decode(void *provider, OSSL_CORE_BIO *in, int selection, OSSL_CALLBACK *callback, void *context,
		      OSSL_PASSPHRASE_CALLBACK *ask, void *ask_context)
{
	(void)selection;
	(void)ask;
	(void)ask_context;
	return der_decode(PROVIDER_RSA, provider, in, callback, context);
}

/* As the store's: there is nothing that another provider could be given. */
static int export_object(void *provider, const void *reference, size_t bytes, OSSL_CALLBACK *callback, void *context)
{
	(void)provider;
	(void)reference;
	(void)bytes;
	(void)callback;
	(void)context;
	return 0;
}

const OSSL_DISPATCH decoder_pem_functions[] = {
	{ OSSL_FUNC_DECODER_NEWCTX, (void (*)(void))newctx },
	{ OSSL_FUNC_DECODER_FREECTX, (void (*)(void))freectx },
	{ OSSL_FUNC_DECODER_DECODE, (void (*)(void))pem_decode },
	{ 0, NULL }
};

#define DER_FUNCTIONS(decode) { \
	{ OSSL_FUNC_DECODER_NEWCTX, (void (*)(void))newctx }, \
	{ OSSL_FUNC_DECODER_FREECTX, (void (*)(void))freectx }, \
	{ OSSL_FUNC_DECODER_DOES_SELECTION, (void (*)(void))does_selection }, \
	{ OSSL_FUNC_DECODER_DECODE, (void (*)(void))decode }, \
	{ OSSL_FUNC_DECODER_EXPORT_OBJECT, (void (*)(void))export_object }, \
	{ 0, NULL } \
}

const OSSL_DISPATCH decoder_ec_functions[] = DER_FUNCTIONS(ec_decode);
const OSSL_DISPATCH decoder_rsa_functions[] = DER_FUNCTIONS(rsa_decode);
