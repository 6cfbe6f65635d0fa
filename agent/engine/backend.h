/* SPDX-License-Identifier: GPL-2.0 */
/* The plain server behind an accept channel, on loopback. */
#ifndef BACKEND_H
#define BACKEND_H

#include <netinet/in.h>
#include <stdbool.h>

/* Begin to connect. Return: a non-blocking descriptor, writable once it is decided (SO_ERROR); or -errno. */
int backend_connect(const struct sockaddr_in6 *address);

/* Does somebody listen there? On loopback that is known at once. Return: 0 or -errno. */
int backend_probe(const struct sockaddr_in6 *address);

#endif
