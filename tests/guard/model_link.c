// SPDX-License-Identifier: GPL-2.0
#include "model_link.h"

#include <string.h>

static uint16_t be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static bool all_zero(const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i])
			return false;
	return true;
}

/* RFC 826, of Ethernet and IPv4; what stands behind it is cut off. */
bool slow_arp(const uint8_t *frame, size_t bytes)
{
	static const uint8_t head[7] = { 0, 1, 8, 0, 6, 4, 0 };

	return bytes >= 42 && !memcmp(frame + 14, head, sizeof(head)) && (frame[21] == 1 || frame[21] == 2);
}

/* IEEE 802.1X, 11.3; RFC 3748, 4. To a station or one of the three groups that stay on the link. */
bool slow_eapol(const uint8_t *f, size_t bytes)
{
	static const uint8_t group[5] = { 1, 0x80, 0xc2, 0, 0 };
	size_t length;

	if (bytes < 18 || f[14] == 0 || f[14] > 3)
		return false;
	if (f[0] & 1 && (memcmp(f, group, 5) || (f[5] != 0 && f[5] != 3 && f[5] != 14)))
		return false;
	length = be16(f + 16);
	if (18 + length > bytes)
		return false;
	if (f[15] == 1 || f[15] == 2)
		return length == 0;
	if (length < 4)
		return false;
	if (f[15] == 0)
		return f[18] && f[18] < 5 && be16(f + 20) == length;
	if (f[15] == 3)
		return f[18] == 1 || f[18] == 2 || f[18] == 254;
	return f[15] == 5 && f[18] && f[18] < 4;
}

/* The group of an address's neighbours (RFC 4291, 2.7.1), but for the address's own three bytes. */
static bool is_solicited(const uint8_t *group)
{
	static const uint8_t head[13] = { 0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff };

	return !memcmp(group, head, sizeof(head));
}

/* RFC 4861, 4.1, 4.3, 4.4, 7.1, 7.2.2; RFC 7527, 4.1. Hosts do not advertise routers or redirect. */
bool slow_discovery(const struct slow_packet *p)
{
	const uint8_t *m = p->at;
	size_t fixed = m[0] == 133 ? 8 : 24;

	if ((m[0] != 133 && m[0] != 135 && m[0] != 136) || p->hops != 255 || !p->bare || p->bytes < fixed)
		return false;
	if (m[1] || !all_zero(m + 5, 3) || (m[0] == 136 ? m[4] & 31 : m[4]))
		return false;
	if (m[0] == 135 && memcmp(p->remote, m + 8, 16) &&
	    !(is_solicited(p->remote) && !memcmp(p->remote + 13, m + 21, 3)))
		return false;
	if (p->bytes == fixed)
		return true;
	return p->bytes == fixed + 8 && m[fixed + 1] == 1 && (m[fixed] == 1 || m[fixed] == 2 || m[fixed] == 14);
}

/* Of those that are assigned for good the lower 17 bits are free; else it is one of an address's neighbours. */
static bool is_known_group(const uint8_t *g)
{
	if (is_solicited(g))
		return true;
	return g[0] == 0xff && g[1] < 16 && all_zero(g + 2, 11) && g[13] < 2;
}

/* RFC 2710, 3; RFC 3810, 5.2: is there a record that names a known group and nothing else? */
bool slow_report(const struct slow_packet *p)
{
	const uint8_t *m = p->at, *end = m + p->bytes;

	if (p->hops != 1 || p->remote[0] != 0xff)
		return false;
	if (m[0] == 131 || m[0] == 132)
		return p->bytes == 24 && !m[1] && all_zero(m + 4, 4) && is_known_group(m + 8) &&
		       (m[0] == 132 || !memcmp(m + 8, p->remote, 16));
	if (m[0] != 143 || p->bytes < 8)
		return false;
	m += 8;
	for (unsigned int left = be16(p->at + 6); left && end - m >= 20; left--) {
		size_t size = 20 + be16(m + 2) * 16u + m[1] * 4u;

		if (size == 20 && m[0] && m[0] <= 6 && is_known_group(m + 4))
			return true;
		if (size > (size_t)(end - m))
			return false;
		m += size;
	}
	return false;
}

/* RFC 2131, 2 and 3; RFC 2132, 2, 3.1 and 3.2: a request over Ethernet, of 576 bytes with its headers of IP and UDP. */
bool slow_dhcp4(const uint8_t *m, size_t bytes)
{
	static const uint8_t cookie[4] = { 99, 130, 83, 99 };
	size_t at = 240;

	if (bytes < 240 || bytes > 576 - 28 || m[0] != 1 || m[1] != 1 || m[2] != 6 || m[3])
		return false;
	if ((be16(m + 10) & 0x7fff) || !all_zero(m + 16, 12) || !all_zero(m + 34, 202) || memcmp(m + 236, cookie, 4))
		return false;
	while (at < bytes && m[at] != 255) {
		if (m[at] && at + 1 == bytes)
			return false;
		at += m[at] ? m[at + 1] + 2u : 1;
	}
	return at < bytes && all_zero(m + at + 1, bytes - at - 1);
}

/* RFC 8415, 7.3, 8 and 21.1. */
bool slow_dhcp6(const uint8_t *m, size_t bytes)
{
	static const uint8_t clients[] = { 1, 3, 4, 5, 6, 8, 9, 11 };
	size_t at = 4;

	if (bytes < 4 || bytes > 548 || !memchr(clients, m[0], sizeof(clients)))
		return false;
	while (at + 4 <= bytes && be16(m + at) && be16(m + at) < 256)
		at += 4u + be16(m + at + 2);
	return at == bytes;
}
