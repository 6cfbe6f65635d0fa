/* SPDX-License-Identifier: GPL-2.0 */
/* The sum of ICMPv6, which is over the addresses, too (RFC 4443, 2.3). */
#ifndef TACIT_SUM_H
#define TACIT_SUM_H

#include "packet.h"
#include "reset.h"

/* Of a message of `bytes`, whose own bytes have the sum `sum`. Return: the field. */
static __always_inline __u16 sum_icmpv6(struct packet *p, __u32 bytes, __s64 sum)
{
	__be32 rest[2] = { bpf_htonl(bytes), bpf_htonl(IPPROTO_ICMPV6) };

	sum = bpf_csum_diff(0, 0, rest, sizeof(rest), sum);
	sum = bpf_csum_diff(0, 0, (__be32 *)p->key.local, sizeof(p->key.local), sum);
	return reset_fold(bpf_csum_diff(0, 0, (__be32 *)p->key.remote, sizeof(p->key.remote), sum));
}

#endif
