/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One rtnetlink request and its answers, with the kernel's own errno instead of
 * libnl's numbers (Documentation/userspace-api/netlink/intro.rst).
 */
#ifndef RTNL_H
#define RTNL_H

#include <netlink/netlink.h>

/* A blocking socket for requests; NULL with errno set. */
struct nl_sock *rtnl_open(void);

/* A non-blocking socket that hears about links and qdiscs; NULL with errno set. */
struct nl_sock *rtnl_watch(void);

/*
 * rtnl_ask - send `m`, which is freed, and wait for the last answer
 * @fn: called for each message that answers; may be NULL
 *
 * Return: 0 or -errno, the kernel's or the transport's.
 */
typedef void rtnl_answer_fn(struct nlmsghdr *h, void *context);
int rtnl_ask(struct nl_sock *sock, struct nl_msg *m, rtnl_answer_fn *fn, void *context);

/*
 * rtnl_hear - take all announcements that wait
 * Return: 0, -ENOBUFS if some were lost, else -errno.
 */
int rtnl_hear(struct nl_sock *sock, rtnl_answer_fn *fn, void *context);

#endif
