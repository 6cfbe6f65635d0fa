/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Recognising what a caller wants signed. Content is hostile; what is not
 * recognised is not signed.
 */
#ifndef TACIT_CONTENT_H
#define TACIT_CONTENT_H

#include <linux/types.h>
#include <tacit_key.h>

/* Whose request it may be: a key as its blob tells it. */
struct tacit_subject {
	u32 algorithm;	/* enum tacit_algorithm */
	const u8 *public_key;
	u32 public_bytes;
};

/*
 * Says which usage `content` is of: TACIT_USAGE_TLS13_CLIENT or _SERVER when it
 * is exactly what RFC 8446, 4.4.3 signs, with a transcript hash of 32 or 48
 * bytes; TACIT_USAGE_CSR when it is exactly a CertificationRequestInfo (RFC
 * 2986, 4.1) whose subjectPKInfo is the subject's public key and nothing else; 0
 * otherwise. No content is of two usages: the first byte sets them apart.
 */
u32 tacit_content_usage(const u8 *content, size_t length, const struct tacit_subject *subject);

#endif
