/* SPDX-License-Identifier: GPL-2.0 */
/* Heads of the records of a verified flow (RFC 8446, 5.2): what nearly every segment is. */
#ifndef TACIT_TLS_SEALED_H
#define TACIT_TLS_SEALED_H

#include "tls_hello.h"

#define TLS_SEALED_MAX 3 /* records of a segment that are read the short way */

/*
 * The short way, for what most segments of a verified flow are: the rest of a
 * sealed record and up to two more whose heads lie whole in the segment. Nothing
 * is refused here, and *r is as it was unless all was read: what is anything else
 * goes the long way from the start. Return: 1 if all was read.
 */
static __always_inline int tls_read_sealed(struct __sk_buff *skb, struct tacit_reader *r,
					   __u32 at, __u32 left)
{
	__u32 next = r->next + left, record = r->record, length, n;
	__u64 head = r->head;
	int i, within = r->head_have;

	if (r->step != TLS_STEP_MESSAGE || r->have ||
	    (within && (within != TLS_HEAD_BYTES || head >> 32 != TLS_APPLICATION_DATA)))
		return 0;
#pragma unroll
	for (i = 0; i < TLS_SEALED_MAX; i++) {
		if (!within) {
			head = 0;
			if (left < TLS_HEAD_BYTES ||
			    bpf_skb_load_bytes(skb, at, &head, TLS_HEAD_BYTES))
				return 0;
			head = bpf_be64_to_cpu(head) >> (64 - 8 * TLS_HEAD_BYTES);
			length = head & 0xffff;
			if (head >> 16 != (TLS_APPLICATION_DATA << 16 | TLS_LEGACY_VERSION) ||
			    !tls_length_fits(TLS_APPLICATION_DATA, length))
				return 0;
			record = length;
			at += TLS_HEAD_BYTES;
			left -= TLS_HEAD_BYTES;
		}
		n = tls_min(record, left);
		record -= n;
		at += n;
		left -= n;
		within = record > 0;
		if (!left)
			break;
	}
	if (left)
		return 0;
	r->next = next;
	r->record = record;
	r->head = within ? head : 0;
	r->head_have = within ? TLS_HEAD_BYTES : 0;
	return 1;
}

#endif
