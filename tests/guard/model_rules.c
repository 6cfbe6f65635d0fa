// SPDX-License-Identifier: GPL-2.0
#include "model_rules.h"

/* RFC 9000, 17.2 and 17.3; RFC 9369, 3.2: header form, fixed bit, two bits of type, version. */
bool model_quic(struct model_quic *flow, const uint8_t *payload, size_t bytes)
{
	static const struct {
		uint8_t version[4];
		uint8_t initial, early;
	} known[] = {
		{ { 0x00, 0x00, 0x00, 0x01 }, 0x00, 0x10 },
		{ { 0x6b, 0x33, 0x43, 0xcf }, 0x10, 0x20 },
	};

	/* The guard wants twelve bytes of anything; no QUIC packet is shorter (RFC 9001, 5.4.2 needs 21). */
	if (bytes < 12)
		return false;
	if (payload[0] < 0x80)
		return flow->begun;
	if (payload[0] < 0xc0)
		return false;
	for (int i = 0; i < 2; i++) {
		bool same = true;

		for (int k = 0; k < 4; k++)
			same = same && payload[1 + k] == known[i].version[k];
		if (!same)
			continue;
		if ((payload[0] & 0x30) == known[i].early)
			return false;
		if ((payload[0] & 0x30) == known[i].initial && bytes >= 1200)
			flow->begun = true;
		return flow->begun;
	}
	return false;
}

/* RFC 5905, 7.3: two bits leap, three version, three mode; then fields of whole words, bounded. */
bool model_ntp(const uint8_t *payload, size_t bytes)
{
	unsigned int mode = payload[0] % 8, version = payload[0] / 8 % 8;

	return bytes >= 48 && bytes <= 1200 && bytes % 4 == 0 && mode == 3 && (version == 3 || version == 4);
}

/* RFC 1035, 4.1.1 and 4.1.2. */
bool model_dns(const uint8_t *payload, size_t bytes)
{
	unsigned int questions, answers, authorities, more;

	if (bytes < 12 + 5 || bytes > 512)
		return false;
	questions = payload[4] * 256u + payload[5];
	answers = payload[6] * 256u + payload[7];
	authorities = payload[8] * 256u + payload[9];
	more = payload[10] * 256u + payload[11];
	/* QR and OPCODE are the first five bits of the third byte. */
	return payload[2] >> 3 == 0 && questions == 1 && answers == 0 && authorities == 0 && more < 2;
}

/* RFC 792, echo and echo reply; RFC 4443, 4.1 and 4.2. */
bool model_echo(bool ipv6, uint8_t protocol, uint8_t type)
{
	return ipv6 ? protocol == 58 && (type == 128 || type == 129) : protocol == 1 && (type == 0 || type == 8);
}
