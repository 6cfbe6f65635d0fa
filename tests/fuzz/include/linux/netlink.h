/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FUZZ_LINUX_NETLINK_H
#define FUZZ_LINUX_NETLINK_H

#include <errno.h>
#include <linux/types.h>

struct netlink_ext_ack {
	const char *_msg;
};

#define NL_SET_ERR_MSG(extack, text)               \
	do {                                       \
		struct netlink_ext_ack *a = (extack); \
		if (a)                             \
			a->_msg = (text);          \
	} while (0)

#endif
