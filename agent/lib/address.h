/* SPDX-License-Identifier: GPL-2.0 */
/* Addresses as people write them; IPv4 stands as ::ffff:a.b.c.d. */
#ifndef ADDRESS_H
#define ADDRESS_H

#include <netinet/in.h>
#include <sys/socket.h>

#define ADDRESS_TEXT_MAX 56

/* As bind(2) and connect(2) take it: IPv4 as such, since a kernel may be without IPv6. Return: its length. */
socklen_t address_native(const struct sockaddr_in6 *address, struct sockaddr_storage *native);

/* "192.0.2.1:443", "[2001:db8::1]:443" */
void address_text(const struct sockaddr_in6 *address, char text[ADDRESS_TEXT_MAX]);

/* Of a struct limit_source: "192.0.2.1", "2001:db8::/64"; "many addresses" for :: */
void address_source_text(const struct in6_addr *network, char text[ADDRESS_TEXT_MAX]);

#endif
