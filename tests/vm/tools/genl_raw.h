/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The module's netlink family without a library in between, for programs that must say what no
 * library would. A socket is for one thread.
 */
#ifndef GENL_RAW_H
#define GENL_RAW_H

#include <errno.h>
#include <linux/genetlink.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <tacit_key.h>
#include <unistd.h>

#define RAW_ROOM 16384

struct raw_request {
	struct nlmsghdr head;
	struct genlmsghdr genl;
	uint8_t attributes[RAW_ROOM - NLMSG_HDRLEN - GENL_HDRLEN];
};

struct raw {
	int fd;
	uint16_t family;
	uint32_t sequence;
	uint8_t answer[65536];
};

static inline void raw_begin(struct raw_request *r, uint16_t type, uint8_t command, uint16_t flags)
{
	r->head = (struct nlmsghdr){ .nlmsg_len = NLMSG_HDRLEN + GENL_HDRLEN, .nlmsg_type = type,
				     .nlmsg_flags = NLM_F_REQUEST | flags };
	r->genl = (struct genlmsghdr){ .cmd = command, .version = TACIT_GENL_VERSION };
}

static inline void raw_put(struct raw_request *r, uint16_t type, const void *data, size_t bytes)
{
	struct nlattr a = { .nla_len = NLA_HDRLEN + bytes, .nla_type = type };
	uint8_t *at = (uint8_t *)r + r->head.nlmsg_len;

	if (r->head.nlmsg_len + NLA_HDRLEN + NLA_ALIGN(bytes) > RAW_ROOM)
		abort();
	memcpy(at, &a, NLA_HDRLEN);
	memset(at + NLA_HDRLEN, 0, NLA_ALIGN(bytes));
	if (bytes)
		memcpy(at + NLA_HDRLEN, data, bytes);
	r->head.nlmsg_len += NLA_HDRLEN + NLA_ALIGN(bytes);
}

static inline void raw_put_text(struct raw_request *r, uint16_t type, const char *text)
{
	raw_put(r, type, text, strlen(text) + 1);
}

static inline void raw_put_u32(struct raw_request *r, uint16_t type, uint32_t value)
{
	raw_put(r, type, &value, sizeof(value));
}

typedef void raw_attribute(void *context, uint8_t command, uint16_t type, const uint8_t *data, size_t bytes);

static inline void raw_spread(const struct nlmsghdr *head, raw_attribute *take, void *context)
{
	const uint8_t *at = (const uint8_t *)head + NLMSG_HDRLEN + GENL_HDRLEN;
	const uint8_t *end = (const uint8_t *)head + head->nlmsg_len;
	uint8_t command = ((const struct genlmsghdr *)((const uint8_t *)head + NLMSG_HDRLEN))->cmd;
	struct nlattr a;

	while (end - at >= NLA_HDRLEN) {
		memcpy(&a, at, NLA_HDRLEN);
		if (a.nla_len < NLA_HDRLEN || a.nla_len > end - at)
			return;
		take(context, command, a.nla_type & NLA_TYPE_MASK, at + NLA_HDRLEN, a.nla_len - NLA_HDRLEN);
		at += NLA_ALIGN(a.nla_len);
	}
}

/* Sends it and reads until its acknowledgement. Return: 0, or the kernel's errno, negative. */
static inline int raw_ask(struct raw *raw, struct raw_request *r, raw_attribute *take, void *context)
{
	uint32_t sequence = ++raw->sequence;

	r->head.nlmsg_seq = sequence;
	r->head.nlmsg_flags |= NLM_F_ACK;
	if (send(raw->fd, r, r->head.nlmsg_len, 0) < 0)
		return -errno;
	for (;;) {
		ssize_t n = recv(raw->fd, raw->answer, sizeof(raw->answer), 0);
		struct nlmsghdr *head = (struct nlmsghdr *)raw->answer;

		if (n < 0)
			return -errno;
		for (; NLMSG_OK(head, n); head = NLMSG_NEXT(head, n)) {
			if (head->nlmsg_seq != sequence)
				continue;
			if (head->nlmsg_type == NLMSG_ERROR || head->nlmsg_type == NLMSG_DONE)
				return *(int *)NLMSG_DATA(head);
			if (take)
				raw_spread(head, take, context);
		}
	}
}

static inline void raw_take_family(void *context, uint8_t command, uint16_t type, const uint8_t *data, size_t bytes)
{
	(void)command;
	if (type == CTRL_ATTR_FAMILY_ID && bytes == sizeof(uint16_t))
		memcpy(context, data, bytes);
}

static inline void raw_open(struct raw *raw)
{
	struct timeval patience = { .tv_sec = 30 };
	struct raw_request r;
	int code;

	memset(raw, 0, sizeof(*raw));
	raw->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	if (raw->fd < 0 || setsockopt(raw->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience))) {
		perror("netlink");
		exit(1);
	}
	raw_begin(&r, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 0);
	raw_put_text(&r, CTRL_ATTR_FAMILY_NAME, TACIT_GENL_NAME);
	code = raw_ask(raw, &r, raw_take_family, &raw->family);
	if (code || !raw->family) {
		fprintf(stderr, "no netlink family %s: %s\n", TACIT_GENL_NAME, strerrorname_np(-code));
		exit(1);
	}
}

#endif
