/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Readiness for the service manager, sd_notify(3), without its library: a
 * datagram to the socket that NOTIFY_SOCKET names.
 */
#ifndef NOTIFY_H
#define NOTIFY_H

/* "READY=1": what must stand before the uplink comes up stands. Nothing is done without NOTIFY_SOCKET. */
void notify_ready(void);

#endif
