/* SPDX-License-Identifier: GPL-2.0 */
/* The generic netlink family of tacit_key.h: management, for CAP_NET_ADMIN. */
#ifndef TACIT_NETLINK_H
#define TACIT_NETLINK_H

#include <net/genetlink.h>

extern struct genl_family tacit_netlink_family;

/* 0 or a negative errno. Once registered, requests come in. */
int tacit_netlink_register(void);
void tacit_netlink_unregister(void);

#endif
