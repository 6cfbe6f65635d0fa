// SPDX-License-Identifier: GPL-2.0
#include "genl.h"

#include <errno.h>

#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>

#include "tacit_root.h"

static struct nla_policy policy[TACIT_ATTR_LIMIT] = {
	[TACIT_ATTR_NAME] = { .type = NLA_STRING, .maxlen = TACIT_NAME_MAX },
	[TACIT_ATTR_ROOT_ORIGIN] = { .type = NLA_U32 },
	[TACIT_ATTR_BLOB] = { .minlen = TACIT_BLOB_MIN, .maxlen = TACIT_BLOB_MAX },
	[TACIT_ATTR_SERIAL] = { .type = NLA_U32 },
	[TACIT_ATTR_KEYS] = { .type = NLA_U32 },
	[TACIT_ATTR_SIGNATURES] = { .type = NLA_U64 },
	[TACIT_ATTR_REFUSALS] = { .type = NLA_U64 },
	[TACIT_ATTR_LAST_USE] = { .type = NLA_U64 },
	[TACIT_ATTR_MODULE_VERSION] = { .type = NLA_STRING },
	[TACIT_ATTR_EVENT_KIND] = { .type = NLA_U32 },
	[TACIT_ATTR_EVENT_REASON] = { .type = NLA_U32 },
	[TACIT_ATTR_UID] = { .type = NLA_U32 },
	[TACIT_ATTR_PID] = { .type = NLA_U32 },
	[TACIT_ATTR_COMM] = { .type = NLA_STRING },
	[TACIT_ATTR_COUNT] = { .type = NLA_U64 },
	[TACIT_ATTR_ALGORITHM] = { .type = NLA_U32 },
	[TACIT_ATTR_PUBLIC] = { .minlen = 2 * TACIT_P256_BYTES, .maxlen = 2 * TACIT_P256_BYTES },
	[TACIT_ATTR_CREDIT] = { .type = NLA_U64 },
	[TACIT_ATTR_LAST_REFUSAL] = { .type = NLA_U32 },
	[TACIT_ATTR_LAST_REFUSAL_UID] = { .type = NLA_U32 },
	[TACIT_ATTR_LAST_REFUSAL_TIME] = { .type = NLA_U64 },
	[TACIT_ATTR_ROOT_BLOB] = { .minlen = sizeof(struct tacit_root_blob), .maxlen = sizeof(struct tacit_root_blob) },
	[TACIT_ATTR_ROOT_PCRS] = { .type = NLA_U32 },
	[TACIT_ATTR_ROOT_FACTS] = { .type = NLA_U32 },
	[TACIT_ATTR_ROOT_TRUSTED] = { .type = NLA_STRING, .maxlen = TACIT_ROOT_TRUSTED_MAX + 1 },
};

int genl_open(struct nl_sock **out, int *family, struct key_error *error)
{
	struct nl_sock *sock = nl_socket_alloc();
	int code;

	*out = NULL;
	if (!sock)
		return key_error_set(error, -ENOMEM, "out of memory");
	code = genl_connect(sock);
	if (code < 0) {
		nl_socket_free(sock);
		return key_error_set(error, -EPROTO, "cannot open a generic netlink socket: %s", nl_geterror(code));
	}
	*family = genl_ctrl_resolve(sock, TACIT_GENL_NAME);
	if (*family < 0) {
		nl_socket_free(sock);
		return key_error_set(error, -ENOENT,
				     "the kernel module tacit is not loaded; load it with `modprobe tacit`");
	}
	*out = sock;
	return 0;
}

int genl_attributes(struct nlmsghdr *head, struct nlattr *attrs[TACIT_ATTR_LIMIT])
{
	if (!genlmsg_valid_hdr(head, 0) || genlmsg_parse(head, 0, attrs, TACIT_ATTR_LIMIT - 1, policy) < 0)
		return -EBADMSG;
	return 0;
}

uint32_t genl_u32(const struct nlattr *a, uint32_t otherwise)
{
	return a ? nla_get_u32(a) : otherwise;
}

uint64_t genl_u64(const struct nlattr *a)
{
	return a ? nla_get_u64(a) : 0;
}

void genl_text(const struct nlattr *a, char *out, size_t bytes)
{
	const char *text = a ? nla_data(a) : NULL;
	size_t i, n = a ? (size_t)nla_len(a) : 0;

	for (i = 0; i < n && i < bytes - 1 && text[i]; i++)
		out[i] = text[i] >= 0x20 && text[i] < 0x7f ? text[i] : '?';
	out[i] = '\0';
}
