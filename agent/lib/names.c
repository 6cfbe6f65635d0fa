/* SPDX-License-Identifier: GPL-2.0 */
#include <netinet/in.h>
#include <string.h>

#include "names.h"

size_t names_hosts(const struct config *config, const char *hosts[CONFIG_HOSTS_MAX])
{
	size_t count = 0;

	for (size_t i = 0; i < config->allow_count; i++) {
		const char *host = config->allows[i].host;
		size_t before = 0;

		while (before < count && strcmp(hosts[before], host))
			before++;
		if (host[0] && before == count && count < CONFIG_HOSTS_MAX)
			hosts[count++] = host;
	}
	return count;
}

static bool is_elsewhere(const uint8_t addr[16], bool ipv6)
{
	struct in6_addr a;

	memcpy(&a, addr, sizeof(a));
	if (IN6_IS_ADDR_V4MAPPED(&a))
		return !ipv6 && addr[12] && addr[12] != 127 && addr[12] < 224 && !(addr[12] == 169 && addr[13] == 254);
	return ipv6 && !IN6_IS_ADDR_UNSPECIFIED(&a) && !IN6_IS_ADDR_LOOPBACK(&a) && !IN6_IS_ADDR_MULTICAST(&a) &&
	       !IN6_IS_ADDR_LINKLOCAL(&a) && !IN6_IS_ADDR_V4COMPAT(&a);
}

bool names_check(const struct names_answer *answer, size_t bytes, size_t hosts)
{
	if (bytes != sizeof(*answer) || answer->host >= hosts || answer->ipv6 > 1 || answer->count > NAMES_ADDRESSES_MAX ||
	    !memchr(answer->name, 0, sizeof(answer->name)))
		return false;
	for (uint32_t i = 0; i < answer->count; i++)
		if (!is_elsewhere(answer->addr[i], answer->ipv6))
			return false;
	return true;
}
