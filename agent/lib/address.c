// SPDX-License-Identifier: GPL-2.0
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "address.h"

socklen_t address_native(const struct sockaddr_in6 *address, struct sockaddr_storage *native)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = address->sin6_port };

	memset(native, 0, sizeof(*native));
	if (!IN6_IS_ADDR_V4MAPPED(&address->sin6_addr)) {
		memcpy(native, address, sizeof(*address));
		return sizeof(*address);
	}
	memcpy(&v4.sin_addr, &address->sin6_addr.s6_addr[12], sizeof(v4.sin_addr));
	memcpy(native, &v4, sizeof(v4));
	return sizeof(v4);
}

static const char *host_text(const struct in6_addr *address, char text[INET6_ADDRSTRLEN])
{
	if (IN6_IS_ADDR_V4MAPPED(address))
		return inet_ntop(AF_INET, &address->s6_addr[12], text, INET6_ADDRSTRLEN);
	return inet_ntop(AF_INET6, address, text, INET6_ADDRSTRLEN);
}

void address_text(const struct sockaddr_in6 *address, char text[ADDRESS_TEXT_MAX])
{
	const char *format = IN6_IS_ADDR_V4MAPPED(&address->sin6_addr) ? "%s:%u" : "[%s]:%u";
	char host[INET6_ADDRSTRLEN];

	snprintf(text, ADDRESS_TEXT_MAX, format, host_text(&address->sin6_addr, host), ntohs(address->sin6_port));
}

void address_source_text(const struct in6_addr *network, char text[ADDRESS_TEXT_MAX])
{
	char host[INET6_ADDRSTRLEN];

	if (IN6_IS_ADDR_UNSPECIFIED(network))
		snprintf(text, ADDRESS_TEXT_MAX, "many addresses");
	else
		snprintf(text, ADDRESS_TEXT_MAX, "%s%s", host_text(network, host),
			 IN6_IS_ADDR_V4MAPPED(network) ? "" : "/64");
}
