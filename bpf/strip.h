/* SPDX-License-Identifier: GPL-2.0 */
/*
 * TCP timestamps (RFC 7323) taken out of a SYN that is forwarded: they would tell
 * when a held packet was written, and who wrote it is not ours to set up. Neither
 * end then uses them (RFC 7323, 3.2). Not for a SYN-ACK, whose sender has seen the other end's.
 */
#ifndef TACIT_STRIP_H
#define TACIT_STRIP_H

#include "packet.h"

#define TCP_CHECKSUM 16
#define STRIP_BYTES 12 /* bpf_csum_diff takes words of 4 bytes */
#define TIMESTAMP_BYTES 10

/* With `before` bytes, 0 or 1, before the option and as many behind it. Return: as timestamps_strip(). */
static __always_inline int strip_from(struct __sk_buff *skb, const struct packet *p, __u32 before)
{
	__u32 at = p->timestamps - before, bytes = TIMESTAMP_BYTES + 2 * before;
	__u8 old[STRIP_BYTES] = { 0 }, new[STRIP_BYTES];
	__s64 diff;
	__u32 i;

	if (bpf_skb_load_bytes(skb, at, old, bytes) || old[before + 1] != TIMESTAMP_BYTES)
		return 1;
	__builtin_memcpy(new, old, sizeof(new));
#pragma unroll
	for (i = 0; i < TIMESTAMP_BYTES; i++)
		new[before + i] = TCP_OPTION_NOP;
	diff = bpf_csum_diff((__be32 *)old, sizeof(old), (__be32 *)new, sizeof(new), 0);
	return diff < 0 || bpf_skb_store_bytes(skb, at, new, bytes, 0) ||
	       bpf_l4_csum_replace(skb, p->l4 + TCP_CHECKSUM, 0, diff, 0);
}

/* The option becomes NOPs, in its place. Return: not 0 where it cannot be read or written. */
static __noinline int timestamps_strip(struct __sk_buff *skb, struct packet *p)
{
	if (!p || p->timestamps + TIMESTAMP_BYTES > p->payload)
		return 1;
	/*
	 * Sums are of 16 bits: begin at such. Options end at an even place, so that
	 * there is a byte behind one at an odd place.
	 */
	return (p->timestamps - p->l4) & 1 ? strip_from(skb, p, 1) : strip_from(skb, p, 0);
}

#endif
