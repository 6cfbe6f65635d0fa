/* SPDX-License-Identifier: GPL-2.0 */
/* What the module's client and its events share of generic netlink. Internal to agent/keys. */
#ifndef KEYS_GENL_H
#define KEYS_GENL_H

#include <stddef.h>
#include <stdint.h>

#include <netlink/attr.h>
#include <netlink/netlink.h>

#include "error.h"
#include "tacit_key.h"

/*
 * A connected socket and the number of the module's family.
 * Return: 0; -ENOENT where the module is not loaded; -errno.
 */
int genl_open(struct nl_sock **sock, int *family, struct key_error *error);

/* Check and spread a message's attributes by the types of tacit_key.h. Return: 0, -EBADMSG. */
int genl_attributes(struct nlmsghdr *head, struct nlattr *attrs[TACIT_ATTR_LIMIT]);

/* The attribute's value, or `otherwise` where it was not sent. */
uint32_t genl_u32(const struct nlattr *a, uint32_t otherwise);
uint64_t genl_u64(const struct nlattr *a);

/* Copy a text, cut to `bytes` with its NUL; what is not printable ASCII becomes '?'. */
void genl_text(const struct nlattr *a, char *out, size_t bytes);

#endif
