/* SPDX-License-Identifier: GPL-2.0 */
/* Frames for the bench: what a test says of a packet, put into bytes. */
#ifndef TEST_PACKET_H
#define TEST_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FRAME_MAX 4096

#define FLAG_FIN 0x01
#define FLAG_SYN 0x02
#define FLAG_RST 0x04
#define FLAG_ACK 0x10
#define FLAG_URG 0x20

/* Of documentation (RFC 5737, RFC 3849). */
#define DEVICE "192.0.2.2"
#define DEVICE6 "2001:db8::2"
#define CLOUD "198.51.100.7"
#define CLOUD6 "2001:db8:ffff::7"

/* Text addresses, host order elsewhere. What is zero or NULL is left out or takes a default. */
struct test_packet {
	const char *from;	/* an address with a colon makes it IPv6 */
	const char *to;
	uint16_t from_port;
	uint16_t to_port;
	uint8_t protocol;	/* default: TCP */
	uint8_t flags;		/* of TCP */
	uint8_t reserved;	/* of TCP, four bits */
	uint16_t urgent;
	uint32_t seq;
	uint32_t ack;
	const uint8_t *payload;
	size_t bytes;
	const uint8_t *options;	/* of TCP, padded by the caller to 4 */
	size_t option_bytes;
	uint16_t fragment;	/* IPv4: the field; IPv6: offset and flag of a fragment header, if not 0 */
	unsigned int extensions;	/* IPv6: so many destination options headers */
	const uint8_t *extension;	/* what stands in each but the next header's number; default: 8 bytes, zeros */
	uint8_t extension_type;		/* of the first, where `extension` is set; 0: hop-by-hop */
	const uint8_t *ip_options;	/* of IPv4, padded by the caller to 4 */
	size_t ip_option_bytes;
	const uint8_t *trailer;		/* behind the IP packet's end */
	size_t trailer_bytes;
	uint8_t hops;		/* default 64 */
	uint16_t ether;		/* default by address; then only `payload` follows the link header */
};

/* Return: the frame's length in `frame`, FRAME_MAX bytes. Checksums are left 0: the guard reads none. */
size_t test_frame(const struct test_packet *p, uint8_t *frame);

/* What a client asks of a DHCP server: a Discover of 300 bytes, or a Solicit of version 6. Return: bytes. */
size_t test_dhcp_client(uint8_t *to, bool v6);

/* TLS 1.3 hellos of the plainest kind, as one record each. Return: bytes. */
size_t test_client_hello(uint8_t *to, uint16_t version);
size_t test_server_hello(uint8_t *to, uint16_t version);

#endif
