// SPDX-License-Identifier: GPL-2.0
#include <linux/build_bug.h>
#include <linux/string.h>

#include "content.h"
#include "der.h"

/* RFC 8446, 4.4.3: 64 spaces, the context string, a zero byte, the transcript hash. */
#define PAD 64
#define CLIENT_CONTEXT "TLS 1.3, client CertificateVerify"
#define SERVER_CONTEXT "TLS 1.3, server CertificateVerify"

static_assert(sizeof(CLIENT_CONTEXT) == sizeof(SERVER_CONTEXT));
#define HASH_AT (PAD + sizeof(CLIENT_CONTEXT))	/* the string's own NUL is the zero byte */

static u32 tls13_usage(const u8 *content, size_t length)
{
	if ((length != HASH_AT + 32 && length != HASH_AT + 48) || memchr_inv(content, ' ', PAD))
		return 0;
	if (!memcmp(content + PAD, CLIENT_CONTEXT, sizeof(CLIENT_CONTEXT)))
		return TACIT_USAGE_TLS13_CLIENT;
	if (!memcmp(content + PAD, SERVER_CONTEXT, sizeof(SERVER_CONTEXT)))
		return TACIT_USAGE_TLS13_SERVER;
	return 0;
}

/*
 * RFC 5280, 4.1.2.4 and appendix B: UTF8String and PrintableString, IA5String
 * for mail and domains
 */
static bool take_text(struct tacit_der *in)
{
	struct tacit_der text;
	u8 tag;

	return tacit_der_next(in, &tag, &text) && text.left &&
	       (tag == TACIT_DER_UTF8 || tag == TACIT_DER_PRINTABLE || tag == TACIT_DER_IA5);
}

/* RFC 5280, 4.1.2.4: SEQUENCE OF SET SIZE (1..MAX) OF SEQUENCE { type OID, value } */
static bool take_name(struct tacit_der *in)
{
	struct tacit_der name, set, pair;

	if (!tacit_der_take(in, TACIT_DER_SEQUENCE, &name))
		return false;
	while (name.left) {
		if (!tacit_der_take(&name, TACIT_DER_SET, &set) || !set.left)
			return false;
		while (set.left)
			if (!tacit_der_take(&set, TACIT_DER_SEQUENCE, &pair) ||
			    !tacit_der_take_oid(&pair) ||
			    !take_text(&pair) || pair.left)
				return false;
	}
	return true;
}

/* RFC 5480, 2 and RFC 8017, A.1: a SubjectPublicKeyInfo around the key, which has but one form. */
static const u8 p256_head[] = {
	0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06,
	0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04,
};

static const u8 p384_head[] = {
	0x30, 0x76, 0x30, 0x10, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06,
	0x05, 0x2b, 0x81, 0x04, 0x00, 0x22, 0x03, 0x62, 0x00, 0x04,
};

static const u8 rsa_2048_head[] = {
	0x30, 0x82, 0x01, 0x22, 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d,
	0x01, 0x01, 0x01, 0x05, 0x00, 0x03, 0x82, 0x01, 0x0f, 0x00, 0x30, 0x82, 0x01, 0x0a,
	0x02, 0x82, 0x01, 0x01, 0x00,
};

static const u8 rsa_3072_head[] = {
	0x30, 0x82, 0x01, 0xa2, 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d,
	0x01, 0x01, 0x01, 0x05, 0x00, 0x03, 0x82, 0x01, 0x8f, 0x00, 0x30, 0x82, 0x01, 0x8a,
	0x02, 0x82, 0x01, 0x81, 0x00,
};

static const u8 rsa_tail[] = { 0x02, 0x03, 0x01, 0x00, 0x01 };

static const struct form {
	u32 algorithm;
	u32 public_bytes;
	const u8 *head;
	u32 head_bytes;
	u32 tail_bytes;	/* of rsa_tail */
} forms[] = {
	{ TACIT_ALGORITHM_ECDSA_P256, 2 * TACIT_P256_BYTES, p256_head, sizeof(p256_head), 0 },
	{ TACIT_ALGORITHM_ECDSA_P384, 2 * TACIT_P384_BYTES, p384_head, sizeof(p384_head), 0 },
	{ TACIT_ALGORITHM_RSA_PSS, TACIT_RSA_2048_BYTES, rsa_2048_head, sizeof(rsa_2048_head),
	  sizeof(rsa_tail) },
	{ TACIT_ALGORITHM_RSA_PSS, TACIT_RSA_3072_BYTES, rsa_3072_head, sizeof(rsa_3072_head),
	  sizeof(rsa_tail) },
};

static bool take_bytes(struct tacit_der *in, const u8 *bytes, u32 length)
{
	if (in->left < length || memcmp(in->at, bytes, length))
		return false;
	in->at += length;
	in->left -= length;
	return true;
}

static bool take_own_key(struct tacit_der *in, const struct tacit_subject *subject)
{
	int i;

	for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (forms[i].algorithm == subject->algorithm &&
		    forms[i].public_bytes == subject->public_bytes)
			return take_bytes(in, forms[i].head, forms[i].head_bytes) &&
			       take_bytes(in, subject->public_key, subject->public_bytes) &&
			       take_bytes(in, rsa_tail, forms[i].tail_bytes);
	return false;
}

/* RFC 2986, 4.1: [0] IMPLICIT SET OF SEQUENCE { type OID, values SET SIZE (1..MAX) OF ANY } */
static bool take_attributes(struct tacit_der *in)
{
	struct tacit_der set, attribute, values;

	if (!tacit_der_take(in, TACIT_DER_CONTEXT_0, &set))
		return false;
	while (set.left)
		if (!tacit_der_take(&set, TACIT_DER_SEQUENCE, &attribute) ||
		    !tacit_der_take_oid(&attribute) ||
		    !tacit_der_take(&attribute, TACIT_DER_SET, &values) || !values.left ||
		    attribute.left)
			return false;
	return true;
}

static bool take_version_0(struct tacit_der *in)
{
	struct tacit_der version;

	return tacit_der_take(in, TACIT_DER_INTEGER, &version) && version.left == 1 &&
	       version.at[0] == 0;
}

static bool is_request(const u8 *content, size_t length, const struct tacit_subject *subject)
{
	struct tacit_der in = { content, length }, info;

	return tacit_der_well_formed(in) && tacit_der_take(&in, TACIT_DER_SEQUENCE, &info) &&
	       !in.left && take_version_0(&info) && take_name(&info) &&
	       take_own_key(&info, subject) && take_attributes(&info) && !info.left;
}

u32 tacit_content_usage(const u8 *content, size_t length, const struct tacit_subject *subject)
{
	u32 usage = tls13_usage(content, length);

	if (!usage && is_request(content, length, subject))
		usage = TACIT_USAGE_CSR;
	return usage;
}
