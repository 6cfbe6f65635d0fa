/* SPDX-License-Identifier: GPL-2.0 */
/* SipHash-2-4 of one 64-bit word (Aumasson, Bernstein, 2012). */
#ifndef TACIT_SIPHASH_H
#define TACIT_SIPHASH_H

#include <linux/types.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

struct sip {
	__u64 a, b, c, d;
};

static __always_inline __u64 sip_rotate(__u64 x, int bits)
{
	return x << bits | x >> (64 - bits);
}

static __always_inline void sip_rounds(struct sip *s, int count)
{
	int i;

#pragma unroll
	for (i = 0; i < count; i++) {
		s->a += s->b;
		s->c += s->d;
		s->b = sip_rotate(s->b, 13) ^ s->a;
		s->d = sip_rotate(s->d, 16) ^ s->c;
		s->a = sip_rotate(s->a, 32);
		s->c += s->b;
		s->a += s->d;
		s->b = sip_rotate(s->b, 17) ^ s->c;
		s->d = sip_rotate(s->d, 21) ^ s->a;
		s->c = sip_rotate(s->c, 32);
	}
}

static __always_inline __u64 sip_little(__u64 x)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	return x;
#else
	return __builtin_bswap64(x);
#endif
}

/* The word is hashed as its 8 bytes, little-endian. */
static __always_inline __u64 siphash_word(const __u8 key[16], __u64 word)
{
	__u64 k0, k1, last = 8ull << 56;
	struct sip s;

	__builtin_memcpy(&k0, key, 8);
	__builtin_memcpy(&k1, key + 8, 8);
	k0 = sip_little(k0);
	k1 = sip_little(k1);
	s.a = k0 ^ 0x736f6d6570736575ull;
	s.b = k1 ^ 0x646f72616e646f6dull;
	s.c = k0 ^ 0x6c7967656e657261ull;
	s.d = k1 ^ 0x7465646279746573ull;

	s.d ^= word;
	sip_rounds(&s, 2);
	s.a ^= word;
	s.d ^= last;
	sip_rounds(&s, 2);
	s.a ^= last;
	s.c ^= 0xff;
	sip_rounds(&s, 4);
	return s.a ^ s.b ^ s.c ^ s.d;
}

#endif
