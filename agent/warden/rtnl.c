// SPDX-License-Identifier: GPL-2.0
#include "rtnl.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <netlink/errno.h>
#include <netlink/handlers.h>
#include <netlink/msg.h>
#include <stdbool.h>

struct asked {
	rtnl_answer_fn *fn;
	void *context;
	int error;
	bool done;
};

static struct nl_sock *rtnl_connect(void)
{
	struct nl_sock *sock = nl_socket_alloc();

	if (!sock) {
		errno = ENOMEM;
		return NULL;
	}
	if (nl_connect(sock, NETLINK_ROUTE)) {
		nl_socket_free(sock);
		errno = EPROTONOSUPPORT;
		return NULL;
	}
	return sock;
}

struct nl_sock *rtnl_open(void)
{
	return rtnl_connect();
}

struct nl_sock *rtnl_watch(void)
{
	struct nl_sock *sock = rtnl_connect();

	if (!sock)
		return NULL;
	if (nl_socket_add_memberships(sock, RTNLGRP_LINK, RTNLGRP_TC, 0) || nl_socket_set_nonblocking(sock)) {
		nl_socket_free(sock);
		errno = EIO;
		return NULL;
	}
	return sock;
}

static int on_valid(struct nl_msg *m, void *arg)
{
	struct asked *asked = arg;

	if (asked->fn)
		asked->fn(nlmsg_hdr(m), asked->context);
	return NL_OK;
}

/* Announcements answer no request, so that their numbers follow none. */
static int on_any(struct nl_msg *m, void *arg)
{
	(void)m;
	(void)arg;
	return NL_OK;
}

static int on_done(struct nl_msg *m, void *arg)
{
	struct asked *asked = arg;

	(void)m;
	asked->done = true;
	return NL_STOP;
}

static int on_error(struct sockaddr_nl *from, struct nlmsgerr *answer, void *arg)
{
	struct asked *asked = arg;

	(void)from;
	asked->error = answer->error;
	asked->done = true;
	return NL_STOP;
}

static struct nl_cb *callbacks(struct asked *asked)
{
	struct nl_cb *cb = nl_cb_alloc(NL_CB_DEFAULT);

	if (!cb)
		return NULL;
	nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, on_valid, asked);
	nl_cb_set(cb, NL_CB_FINISH, NL_CB_CUSTOM, on_done, asked);
	nl_cb_set(cb, NL_CB_ACK, NL_CB_CUSTOM, on_done, asked);
	nl_cb_err(cb, NL_CB_CUSTOM, on_error, asked);
	return cb;
}

int rtnl_ask(struct nl_sock *sock, struct nl_msg *m, rtnl_answer_fn *fn, void *context)
{
	struct asked asked = { .fn = fn, .context = context };
	struct nl_cb *cb = callbacks(&asked);
	int sent;

	if (!cb) {
		nlmsg_free(m);
		return -ENOMEM;
	}
	sent = nl_send_auto(sock, m);
	nlmsg_free(m);
	if (sent < 0)
		asked.error = -EIO;
	while (sent >= 0 && !asked.done) {
		if (nl_recvmsgs(sock, cb) < 0 && !asked.done) {
			asked.error = -EIO;
			break;
		}
	}
	nl_cb_put(cb);
	return asked.error;
}

int rtnl_hear(struct nl_sock *sock, rtnl_answer_fn *fn, void *context)
{
	struct asked heard = { .fn = fn, .context = context };
	struct nl_cb *cb = callbacks(&heard);
	int error;

	if (!cb)
		return -ENOMEM;
	nl_cb_set(cb, NL_CB_SEQ_CHECK, NL_CB_CUSTOM, on_any, NULL);
	do {
		error = nl_recvmsgs(sock, cb);
	} while (error >= 0);
	nl_cb_put(cb);
	if (error == -NLE_AGAIN)
		return 0;
	/* libnl's word for ENOBUFS: the queue ran over. */
	return error == -NLE_NOMEM ? -ENOBUFS : -EIO;
}
