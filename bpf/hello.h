/* SPDX-License-Identifier: GPL-2.0 */
/* What a ClientHello says in the clear, kept for events and the list of flows. */
#ifndef TACIT_HELLO_H
#define TACIT_HELLO_H

#include "maps.h"
#include "packet.h"
#include "tls_hello.h"

/* A list of one or more: its length, and of the first name the type, if there are any, and the length. */
#define HELLO_NAME_HEAD 5 /* RFC 6066, 3 */
#define HELLO_NAME_HOST 0
#define HELLO_ALPN_HEAD 3 /* RFC 7301, 3.1 */

/* Up to `room` bytes, a power of two, of the `bytes` there. */
static __always_inline void hello_load(struct __sk_buff *skb, __u32 at, __u32 bytes, char *to,
				       __u32 room)
{
	__u32 last = (bytes < room ? bytes : room) - 1;

	/* From last + 1 the verifiers of old kernels learn that it is at least 1. */
	asm volatile("" : "+r"(last));
	if (last < room)
		bpf_skb_load_bytes(skb, at, to, last + 1);
}

static __always_inline void hello_name(struct __sk_buff *skb, const struct tls_read *c, char *to)
{
	__u8 head[HELLO_NAME_HEAD];
	__u32 bytes;

	if (c->name_bytes < sizeof(head) || bpf_skb_load_bytes(skb, c->name_at, head, sizeof(head)) ||
	    head[2] != HELLO_NAME_HOST)
		return;
	bytes = head[3] << 8 | head[4];
	__builtin_memset(to, 0, TACIT_SNI_MAX);
	if (bytes <= c->name_bytes - sizeof(head))
		hello_load(skb, c->name_at + sizeof(head), bytes, to, TACIT_SNI_MAX);
}

static __always_inline void hello_alpn(struct __sk_buff *skb, const struct tls_read *c, char *to)
{
	__u8 head[HELLO_ALPN_HEAD];

	if (c->alpn_bytes < sizeof(head) || bpf_skb_load_bytes(skb, c->alpn_at, head, sizeof(head)))
		return;
	__builtin_memset(to, 0, TACIT_ALPN_MAX);
	if (head[2] <= c->alpn_bytes - sizeof(head))
		hello_load(skb, c->alpn_at + sizeof(head), head[2], to, TACIT_ALPN_MAX);
}

/* What this segment has of it joins what an earlier one had. */
static __noinline int hello_note(struct __sk_buff *skb, struct packet *p, struct tls_read *c)
{
	struct tacit_hello hello, *before;

	if (!p || !c)
		return 0;
	before = bpf_map_lookup_elem(&hellos, &p->key);
	if (before)
		hello = *before;
	else
		__builtin_memset(&hello, 0, sizeof(hello));
	if (c->name_at)
		hello_name(skb, c, hello.sni);
	if (c->alpn_at)
		hello_alpn(skb, c, hello.alpn);
	return bpf_map_update_elem(&hellos, &p->key, &hello, BPF_ANY);
}

#endif
