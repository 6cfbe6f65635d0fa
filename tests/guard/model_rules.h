/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a rule's `protocol` says of a datagram's payload, decided by tacit.conf(5), FORMS,
 * and the RFCs that it names; shares no code with bpf/. One flow at a time.
 */
#ifndef MODEL_RULES_H
#define MODEL_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Has the flow begun? Zero it for a new one. */
struct model_quic {
	bool begun;
};

bool model_quic(struct model_quic *flow, const uint8_t *payload, size_t bytes);
bool model_ntp(const uint8_t *payload, size_t bytes);
bool model_dns(const uint8_t *payload, size_t bytes);
/* By the ICMP type. */
bool model_echo(bool ipv6, uint8_t protocol, uint8_t type);

#endif
