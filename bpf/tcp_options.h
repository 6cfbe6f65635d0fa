/* SPDX-License-Identifier: GPL-2.0 */
/*
 * TCP options (RFC 9293, 3.1) of what this machine's TCP did not write. A machine
 * behind the device, or who has CAP_NET_RAW, may write 40 bytes of what he likes
 * into each packet, also into those without payload. So the options that every stack
 * knows stay, once each and as long as they are, and NOPs take the place of all
 * others: what is negotiated by such a one (Fast Open, Multipath TCP) is then not
 * negotiated, as RFC 7413 and RFC 8684 foresee, and the connection works.
 *
 * While packets are held for slots, timestamps (RFC 7323) of a SYN are among the
 * others: they would tell when a held packet was written, and who wrote it is not
 * ours to set up. Neither end then uses them (RFC 7323, 3.2).
 */
#ifndef TACIT_TCP_OPTIONS_H
#define TACIT_TCP_OPTIONS_H

#include "flow.h"
#include "scratch.h"

#define SOCK_STREAM 1
#define TCP_FLAGS 12
#define TCP_CHECKSUM 16
#define TCP_URGENT 18
#define TCP_HEADER_BYTES 20
#define TCP_SHIFT_MAX 14 /* RFC 7323, 2.3 */
#define TCP_BLOCK_BYTES 8 /* RFC 2018, 3 */
#define TCP_BLOCKS_MAX 4
#define TCP_BLOCK_REACH (1u << 25) /* bytes; windows are smaller, or do without */
#define TCP_OPTION_BIT(kind) (1u << (kind))
#define TCP_OPTION_STEPS (2 * TCP_OPTIONS_MAX) /* one an option, one a byte blanked */

enum tcp_option {
	TCP_OPTION_SEGMENT = 2,
	TCP_OPTION_SCALE = 3,
	TCP_OPTION_BLOCKS_PERMITTED = 4,
	TCP_OPTION_BLOCKS = 5, /* SACK */
};

static __always_inline __u32 option_word(const __u8 *at)
{
	__be32 word;

	__builtin_memcpy(&word, at, sizeof(word));
	return bpf_ntohl(word);
}

/* Near what is acknowledged, each block the right way round: what came is not kept, to compare. */
static __always_inline int option_blocks_fit(const __u8 *option, __u32 bytes, __u32 ack)
{
	__u32 from, to, i;

	if (bytes % TCP_BLOCK_BYTES != 2 || bytes > 2 + TCP_BLOCKS_MAX * TCP_BLOCK_BYTES ||
	    bytes < 2 + TCP_BLOCK_BYTES)
		return 0;
#pragma unroll
	for (i = 0; i < TCP_BLOCKS_MAX; i++) {
		if (2 + i * TCP_BLOCK_BYTES >= bytes)
			break;
		from = option_word(option + 2 + i * TCP_BLOCK_BYTES);
		to = option_word(option + 6 + i * TCP_BLOCK_BYTES);
		if (!sequence_before(from, to) || to - from > TCP_BLOCK_REACH ||
		    from - ack + TCP_BLOCK_REACH > 2 * TCP_BLOCK_REACH)
			return 0;
	}
	return 1;
}

static __always_inline int option_fits(const struct options_walk *walk, const __u8 *option,
				       __u32 bytes)
{
	switch (option[0]) {
	case TCP_OPTION_SEGMENT:
		return bytes == 4;
	case TCP_OPTION_SCALE:
		return bytes == 3 && option[2] <= TCP_SHIFT_MAX;
	case TCP_OPTION_BLOCKS_PERMITTED:
		return bytes == 2;
	case TCP_OPTION_BLOCKS:
		return option_blocks_fit(option, bytes, walk->ack);
	case TCP_OPTION_TIMESTAMP:
		/* There is none to echo yet. */
		return bytes == 10 && (!walk->begins || !option_word(option + 6));
	}
	return 0;
}

static long option_step(__u32 i, struct options_walk **walked)
{
	struct options_walk *walk = *walked;
	__u32 at = walk->at, left = walk->end - at, kind, bit, bytes;
	__u8 *option;

	(void)i;
	if (at >= walk->end || at >= TCP_OPTIONS_MAX)
		return 1;
	option = walk->now + at;
	if (walk->blank) {
		walk->changed |= *option ^ walk->fill;
		*option = walk->fill;
		walk->blank--;
		walk->at++;
		return 0;
	}
	kind = option[0];
	if (kind == TCP_OPTION_NOP) {
		walk->at++;
		return 0;
	}
	/* Behind the end are zeros. What has no length goes on to the end. */
	walk->fill = kind == TCP_OPTION_EOL ? TCP_OPTION_EOL : TCP_OPTION_NOP;
	bytes = option[1];
	bit = TCP_OPTION_BIT(kind & 31);
	if (kind == TCP_OPTION_EOL || bytes < 2 || bytes > left) {
		walk->blank = left;
	} else if (kind < 32 && walk->kinds & bit && option_fits(walk, option, bytes)) {
		walk->kinds &= ~bit;
		walk->at += bytes;
	} else {
		walk->blank = bytes;
	}
	return 0;
}

/*
 * Did this machine's TCP write it? Packet and raw sockets are of other types, those of
 * a container too, whose macvlan of the uplink forwards nothing. Sockets that are no
 * full ones (TIME-WAIT, one not accepted yet) nobody but TCP has. By a raw socket of
 * its own, or by none, the kernel answers where there is no connection.
 */
static __always_inline int options_are_ours(struct __sk_buff *skb, const struct packet *p)
{
	struct bpf_sock *sk = skb->sk;

	if (p->forwarded || !sk)
		return 0;
	sk = bpf_sk_fullsock(sk);
	return !sk || sk->type == SOCK_STREAM;
}

static __always_inline int header_store(struct __sk_buff *skb, __u32 tcp, __u32 at, __be16 was, __be16 now)
{
	return bpf_skb_store_bytes(skb, tcp + at, &now, sizeof(now), 0) ||
	       bpf_l4_csum_replace(skb, tcp + TCP_CHECKSUM, was, now, sizeof(now));
}

/* Nothing in what nobody uses, as every stack has it. Return: as options_blank(). */
static __noinline int header_blank(struct __sk_buff *skb, const struct packet *p)
{
	__u32 cleared = TCP_RESERVED << 8;
	__be16 flags, urgent;

	if (!p || skb->gso_size || bpf_skb_load_bytes(skb, p->l4 + TCP_FLAGS, &flags, sizeof(flags)) ||
	    bpf_skb_load_bytes(skb, p->l4 + TCP_URGENT, &urgent, sizeof(urgent)))
		return 1;
	if (!packet_has_urgent(p))
		cleared |= TCP_URG;
	if (header_store(skb, p->l4, TCP_FLAGS, flags, flags & bpf_htons(~cleared)))
		return 1;
	return !packet_has_urgent(p) && header_store(skb, p->l4, TCP_URGENT, urgent, 0);
}

/*
 * Blank what is not of `kinds`, bits, in the packet that the scratch room has, and
 * note there if timestamps stay. Return: 0, or 1 where it cannot be read or written.
 */
PACKET_ALONE int options_blank(struct __sk_buff *skb, __u32 kinds)
{
	struct scratch *scratch = scratch_room();
	struct options_walk *walk;
	__u32 at, n;
	__s64 diff;

	if (!scratch)
		return 1;
	walk = &scratch->options;
	at = scratch->packet.l4 + TCP_HEADER_BYTES;
	n = scratch->packet.payload - at;
	if (!n)
		return 0;
	/* As older verifiers must see it. */
	n--;
	asm volatile("" : "+r"(n));
	if (n >= TCP_OPTIONS_MAX)
		return 1;
	n++;
	__builtin_memset(walk, 0, sizeof(*walk));
	if (bpf_skb_load_bytes(skb, at, walk->was, n))
		return 1;
	__builtin_memcpy(walk->now, walk->was, TCP_OPTIONS_MAX);
	walk->kinds = kinds;
	walk->end = n;
	walk->ack = scratch->packet.ack;
	walk->begins = (scratch->packet.flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
	bpf_loop(TCP_OPTION_STEPS, option_step, &walk, 0);
	if (walk->at < n)
		return 1;
	if (!(kinds & ~walk->kinds & TCP_OPTION_BIT(TCP_OPTION_TIMESTAMP)))
		scratch->packet.timestamps = 0;
	if (!walk->changed)
		return 0;
	/* Of a list of packets only the first would be written; no honest stack gets so far. */
	if (skb->gso_size)
		return 1;
	diff = bpf_csum_diff((__be32 *)walk->was, TCP_OPTIONS_MAX, (__be32 *)walk->now,
			     TCP_OPTIONS_MAX, 0);
	return diff < 0 || bpf_skb_store_bytes(skb, at, walk->now, n, 0) ||
	       bpf_l4_csum_replace(skb, scratch->packet.l4 + TCP_CHECKSUM, 0, diff, 0);
}

/* Those of a SYN that may leave; `stamps`: timestamps too. */
static __always_inline __u32 options_of_syn(int stamps)
{
	return TCP_OPTION_BIT(TCP_OPTION_SEGMENT) | TCP_OPTION_BIT(TCP_OPTION_SCALE) |
	       TCP_OPTION_BIT(TCP_OPTION_BLOCKS_PERMITTED) |
	       (stamps ? TCP_OPTION_BIT(TCP_OPTION_TIMESTAMP) : 0);
}

/*
 * Of what follows it. Before the server has chosen TLS 1.3 nothing comes in out of
 * order (ingress), so that there are no blocks to tell of; who answers by timestamps
 * has offered them. How other connections began was not looked at.
 */
static __always_inline __u32 options_of_flow(const struct packet *p, const struct tacit_flow *flow)
{
	__u32 blocks = TCP_OPTION_BIT(TCP_OPTION_BLOCKS), stamps = TCP_OPTION_BIT(TCP_OPTION_TIMESTAMP);

	/* Of the device's own it is the end of a connection that was. */
	if (!flow && !p->forwarded)
		return stamps;
	if (!flow || flow->passive || flow->state == TACIT_FLOW_ALLOWED ||
	    flow->state == TACIT_FLOW_UNVERIFIED)
		return blocks | stamps;
	return (flow->state == TACIT_FLOW_VERIFIED ? blocks : 0) | (flow->unstamped ? 0 : stamps);
}

/* What nearly every segment has is seen at once (RFC 7323, A). Return: as options_blank(). */
static __always_inline int options_judge(struct __sk_buff *skb, const struct packet *p, __u32 kinds)
{
	__u32 at = p->l4 + TCP_HEADER_BYTES, stamps = TCP_OPTION_BIT(TCP_OPTION_TIMESTAMP);
	__be32 word;

	if ((p->payload == at && !p->idle) || options_are_ours(skb, p))
		return 0;
	if (p->idle && header_blank(skb, p))
		return 1;
	if (p->payload - at == 12 && kinds & stamps && !(p->flags & TCP_SYN) &&
	    !packet_load(skb, at, &word, sizeof(word)) && word == bpf_htonl(0x0101080a))
		return 0;
	return options_blank(skb, kinds);
}

/* A RST to what is of no connection (RFC 9293, 3.10.7.1): it says nothing but what it answers. */
static __always_inline int options_are_of_stray(const struct packet *p)
{
	return p->payload == p->l4 + TCP_HEADER_BYTES && (p->flags & TCP_ACK ? !p->seq : !p->ack);
}

#endif
