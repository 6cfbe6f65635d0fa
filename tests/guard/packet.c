// SPDX-License-Identifier: GPL-2.0
#include "packet.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint8_t *put16(uint8_t *to, uint16_t value)
{
	to[0] = (uint8_t)(value >> 8);
	to[1] = (uint8_t)value;
	return to + 2;
}

static uint8_t *put32(uint8_t *to, uint32_t value)
{
	return put16(put16(to, (uint16_t)(value >> 16)), (uint16_t)value);
}

static uint8_t *put_ipv4(const struct test_packet *p, uint8_t protocol, size_t rest, uint8_t *to)
{
	memset(to, 0, 20);
	to[0] = (uint8_t)(0x45 + p->ip_option_bytes / 4);
	put16(to + 2, (uint16_t)(20 + p->ip_option_bytes + rest));
	put16(to + 6, p->fragment);
	to[8] = p->hops ? p->hops : 64;
	to[9] = protocol;
	if (inet_pton(AF_INET, p->from, to + 12) != 1 || inet_pton(AF_INET, p->to, to + 16) != 1)
		abort();
	if (p->ip_option_bytes)
		memcpy(to + 20, p->ip_options, p->ip_option_bytes);
	return to + 20 + p->ip_option_bytes;
}

static size_t extension_bytes(const struct test_packet *p)
{
	return p->extension ? (p->extension[0] + 1u) * 8 : 8;
}

/* One header behind another: each names the next. */
static uint8_t *put_ipv6(const struct test_packet *p, uint8_t protocol, size_t rest, uint8_t *to)
{
	uint8_t *next = to + 6;

	memset(to, 0, 40);
	to[0] = 0x60;
	put16(to + 4, (uint16_t)(rest + extension_bytes(p) * p->extensions + 8 * !!p->fragment));
	to[7] = p->hops ? p->hops : 64;
	if (inet_pton(AF_INET6, p->from, to + 8) != 1 || inet_pton(AF_INET6, p->to, to + 24) != 1)
		abort();
	to += 40;
	for (unsigned int i = 0; i < p->extensions; i++, to += extension_bytes(p)) {
		memset(to, 0, 8);
		if (p->extension)
			memcpy(to + 1, p->extension, extension_bytes(p) - 1);
		*next = i == 0 && p->extension ? p->extension_type : IPPROTO_DSTOPTS;
		next = to;
	}
	if (p->fragment) {
		memset(to, 0, 8);
		put16(to + 2, p->fragment);
		*next = IPPROTO_FRAGMENT;
		next = to;
		to += 8;
	}
	*next = protocol;
	return to;
}

static uint8_t *put_tcp(const struct test_packet *p, uint8_t *to)
{
	memset(to, 0, 20);
	put16(to, p->from_port);
	put16(to + 2, p->to_port);
	put32(to + 4, p->seq);
	put32(to + 8, p->ack);
	to[12] = (uint8_t)((20 + p->option_bytes) / 4 << 4 | p->reserved);
	to[13] = p->flags;
	put16(to + 14, 65535);
	put16(to + 18, p->urgent);
	if (p->option_bytes)
		memcpy(to + 20, p->options, p->option_bytes);
	return to + 20 + p->option_bytes;
}

size_t test_frame(const struct test_packet *p, uint8_t *frame)
{
	uint8_t protocol = p->protocol ? p->protocol : IPPROTO_TCP;
	bool v6 = p->from && strchr(p->from, ':');
	uint8_t *at = frame + 14;
	size_t head = protocol == IPPROTO_TCP ? 20 + p->option_bytes : protocol == IPPROTO_UDP ? 8 : 0;

	if (p->bytes + p->trailer_bytes + 400 + extension_bytes(p) * p->extensions > FRAME_MAX)
		abort();
	memcpy(frame, "\x02\0\0\0\0\x01\x02\0\0\0\0\x02", 12);
	put16(frame + 12, p->ether ? p->ether : v6 ? 0x86dd : 0x0800);
	if (!p->ether) {
		at = v6 ? put_ipv6(p, protocol, head + p->bytes, at) : put_ipv4(p, protocol, head + p->bytes, at);
		if (protocol == IPPROTO_TCP) {
			at = put_tcp(p, at);
		} else if (protocol == IPPROTO_UDP) {
			put16(at, p->from_port);
			put16(at + 2, p->to_port);
			put16(at + 4, (uint16_t)(8 + p->bytes));
			put16(at + 6, 0);
			at += 8;
		}
	}
	if (p->bytes)
		memcpy(at, p->payload, p->bytes);
	if (p->trailer_bytes)
		memcpy(at + p->bytes, p->trailer, p->trailer_bytes);
	return (size_t)(at + p->bytes + p->trailer_bytes - frame);
}

size_t test_dhcp_client(uint8_t *to, bool v6)
{
	static const uint8_t discover[] = { 99, 130, 83, 99, 53, 1, 1, 12, 6, 'd', 'e', 'v', 'i', 'c', 'e', 55, 3, 1, 3, 6, 255 };
	static const uint8_t solicit[] = { 1, 7, 8, 9, 0, 1, 0, 10, 0, 3, 0, 1, 2, 0, 0, 0, 0, 1, 0, 6, 0, 2, 0, 23, 0, 8, 0, 2, 0, 0,
					   0, 3, 0, 12, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0 };
	static const uint8_t head[] = { 1, 1, 6, 0, 7, 8, 9, 10, 0, 3, 0x80, 0 }, address[] = { 2, 0, 0, 0, 0, 1 };

	if (v6) {
		memcpy(to, solicit, sizeof(solicit));
		return sizeof(solicit);
	}
	memset(to, 0, 300);
	memcpy(to, head, sizeof(head));
	memcpy(to + 28, address, sizeof(address));
	memcpy(to + 236, discover, sizeof(discover));
	return 300;
}

/* Record and message heads around the `bytes` behind them. */
static size_t wrap(uint8_t *to, uint8_t type, size_t bytes)
{
	to[0] = 22;
	put16(to + 1, 0x0303);
	put16(to + 3, (uint16_t)(bytes + 4));
	to[5] = type;
	to[6] = 0;
	put16(to + 7, (uint16_t)bytes);
	return 9 + bytes;
}

size_t test_client_hello(uint8_t *to, uint16_t version)
{
	uint8_t *start = to + 9, *at = put16(start, 0x0303);

	memset(at, 0x5a, 32);
	at += 32;
	*at++ = 0;
	at = put16(at, 2);
	at = put16(at, 0x1301);
	*at++ = 1;
	*at++ = 0;
	at = put16(at, 7);
	at = put16(at, 43);
	at = put16(at, 3);
	*at++ = 2;
	at = put16(at, version);
	return wrap(to, 1, (size_t)(at - start));
}

size_t test_server_hello(uint8_t *to, uint16_t version)
{
	uint8_t *start = to + 9, *at = put16(start, 0x0303);

	memset(at, 0xa5, 32);
	at += 32;
	*at++ = 0;
	at = put16(at, 0x1301);
	*at++ = 0;
	at = put16(at, 6);
	at = put16(at, 43);
	at = put16(at, 2);
	at = put16(at, version);
	return wrap(to, 2, (size_t)(at - start));
}
