// SPDX-License-Identifier: GPL-2.0
/*
 * kmod/content.c: what it takes for a certificate request is one to OpenSSL too, of
 * this very key; what it takes for TLS is what RFC 8446, 4.4.3 says.
 */
#include "fuzz.h"

#include <openssl/x509.h>

#include "fuzz_key.h"
#include "kmod/content.c"
#include "kmod/der.c"

static void subject_draw(struct tacit_subject *subject, unsigned int which)
{
	const struct tacit_subject all[FUZZ_KEYS] = {
		{ TACIT_ALGORITHM_ECDSA_P256, fuzz_p256, sizeof(fuzz_p256) },
		{ TACIT_ALGORITHM_ECDSA_P384, fuzz_p384, sizeof(fuzz_p384) },
		{ TACIT_ALGORITHM_RSA_PSS, fuzz_modulus(), FUZZ_MODULUS },
	};

	*subject = all[which];
}

/* The subject's public key stands at the end of what OpenSSL writes: as a point, or before the exponent 65537. */
static bool is_subject(EVP_PKEY *key, const struct tacit_subject *subject)
{
	size_t behind = subject->algorithm == TACIT_ALGORITHM_RSA_PSS ? 5 : 0;
	uint8_t *spki = NULL;
	int bytes = i2d_PUBKEY(key, &spki);
	bool same = bytes > (int)(subject->public_bytes + behind) &&
		    !memcmp(spki + bytes - behind - subject->public_bytes, subject->public_key, subject->public_bytes);

	OPENSSL_free(spki);
	return same;
}

static void is_a_request(const uint8_t *data, size_t size, const struct tacit_subject *subject)
{
	/* The CertificationRequestInfo as a whole request, with no signature worth the name. */
	static const uint8_t tail[] = { 0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02,
					0x03, 0x03, 0x00, 0x30, 0x00 };
	size_t inner = size + sizeof(tail);
	uint8_t *whole = malloc(4 + inner);
	const uint8_t *p = whole;
	X509_REQ *request;
	EVP_PKEY *key;

	must(whole && inner < 0x10000);
	whole[0] = 0x30;
	whole[1] = 0x82;
	whole[2] = inner >> 8;
	whole[3] = inner & 0xff;
	memcpy(whole + 4, data, size);
	memcpy(whole + 4 + size, tail, sizeof(tail));
	/* BER, which OpenSSL takes as well, does not mind a length of more bytes than needed. */
	request = d2i_X509_REQ(NULL, &p, (long)(4 + inner));
	must(request && p == whole + 4 + inner);
	key = X509_REQ_get0_pubkey(request);
	must(key && is_subject(key, subject));
	X509_REQ_free(request);
	taken();
	free(whole);
}

static void is_tls(const uint8_t *data, size_t size, const char *side)
{
	char head[64 + 34];

	must(snprintf(head, sizeof(head), "%64sTLS 1.3, %s CertificateVerify", "", side) == sizeof(head) - 1);
	must(size == sizeof(head) + 32 || size == sizeof(head) + 48);
	must(!memcmp(data, head, sizeof(head)));
	taken();
}

static void try(const uint8_t *data, size_t size, const struct tacit_subject *subject)
{
	switch (tacit_content_usage(data, size, subject)) {
	case 0:
		break;
	case TACIT_USAGE_TLS13_CLIENT:
		is_tls(data, size, "client");
		break;
	case TACIT_USAGE_TLS13_SERVER:
		is_tls(data, size, "server");
		break;
	case TACIT_USAGE_CSR:
		is_a_request(data, size, subject);
		break;
	default:
		must(!"a usage that is none");
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy = exact(data, size);
	struct tacit_subject subject;

	for (unsigned int i = 0; i < FUZZ_KEYS; i++) {
		subject_draw(&subject, i);
		try(copy, size, &subject);
	}
	free(copy);
	return 0;
}
