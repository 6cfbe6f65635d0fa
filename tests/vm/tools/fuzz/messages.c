// SPDX-License-Identifier: GPL-2.0
#include "draw.h"
#include "messages.h"
#include "target.h"

#define ROOM 8192

static void put_good(struct raw_request *r, uint16_t type)
{
	struct tacit_usage usage = good_usage();
	uint8_t some[ROOM];

	switch (type) {
	case TACIT_ATTR_NAME:
		raw_put_text(r, type, "fz");
		break;
	case TACIT_ATTR_USAGE:
		raw_put(r, type, &usage, sizeof(usage));
		break;
	case TACIT_ATTR_BLOB:
		raw_put(r, type, &sealed, sealed_bytes);
		break;
	case TACIT_ATTR_ROOT_KEY:
		raw_put(r, type, root, sizeof(root));
		break;
	case TACIT_ATTR_ROOT_ORIGIN:
	case TACIT_ATTR_ALGORITHM:
		raw_put_u32(r, type, 1);
		break;
	case TACIT_ATTR_PEER:
	case TACIT_ATTR_PUBLIC:
		noise(some, 64);
		raw_put(r, type, some, 64);
		break;
	case TACIT_ATTR_IMPORT:
		noise(some, 200);
		raw_put(r, type, some, 200);
		break;
	default:
		raw_put_u32(r, type, below(20));
	}
}

static const struct {
	uint8_t command;
	uint16_t attributes[5];
} requests[] = {
	{ TACIT_CMD_STATUS, { 0 } },
	{ TACIT_CMD_ROOT_SET, { TACIT_ATTR_ROOT_KEY, TACIT_ATTR_ROOT_ORIGIN } },
	{ TACIT_CMD_KEY_NEW, { TACIT_ATTR_NAME, TACIT_ATTR_USAGE, TACIT_ATTR_ALGORITHM } },
	{ TACIT_CMD_KEY_LOAD, { TACIT_ATTR_BLOB } },
	{ TACIT_CMD_KEY_DELETE, { TACIT_ATTR_NAME } },
	{ TACIT_CMD_KEY_LIST, { 0 } },
	{ TACIT_CMD_KEY_IMPORT_BEGIN, { 0 } },
	{ TACIT_CMD_KEY_IMPORT, { TACIT_ATTR_NAME, TACIT_ATTR_USAGE, TACIT_ATTR_PEER, TACIT_ATTR_IMPORT } },
	{ TACIT_CMD_KEY_BIND, { TACIT_ATTR_NAME } },
	{ TACIT_CMD_CSR_REOPEN, { TACIT_ATTR_NAME } },
	{ TACIT_CMD_KEY_RESERVE, { TACIT_ATTR_NAME } },
	{ TACIT_CMD_KEY_STORED, { TACIT_ATTR_NAME, TACIT_ATTR_BLOB } },
	{ TACIT_CMD_ROOT_TPM, { TACIT_ATTR_ROOT_BLOB, TACIT_ATTR_ROOT_PCRS } },
};

#define REQUESTS (sizeof(requests) / sizeof(requests[0]))

static void good_request(struct raw_request *r, size_t which)
{
	raw_begin(r, raw.family, requests[which].command,
		  requests[which].command == TACIT_CMD_KEY_LIST ? NLM_F_DUMP : 0);
	for (int i = 0; i < 5 && requests[which].attributes[i]; i++)
		put_good(r, requests[which].attributes[i]);
}

/* Sends it as it is, whatever its head says, and reads what comes. */
static bool throw(const struct raw_request *r, size_t bytes)
{
	bool good = false;
	ssize_t n;

	if (send(raw.fd, r, bytes, 0) < 0)
		return false;
	while ((n = recv(raw.fd, raw.answer, sizeof(raw.answer), MSG_DONTWAIT)) > 0) {
		const struct nlmsghdr *head = (const struct nlmsghdr *)raw.answer;

		if (head->nlmsg_type != NLMSG_ERROR || !*(const int *)NLMSG_DATA(head))
			good = true;
	}
	return good;
}

bool random_message(void)
{
	struct raw_request r;
	uint8_t some[ROOM];
	unsigned int attributes = below(5);

	raw_begin(&r, raw.family, (uint8_t)below(TACIT_CMD_LIMIT + 3), (uint16_t)(below(4) ? 0 : NLM_F_DUMP));
	r.head.nlmsg_seq = ++raw.sequence;
	r.head.nlmsg_flags |= below(2) ? NLM_F_ACK : 0;
	r.genl.version = (uint8_t)below(4);
	while (attributes--) {
		static const uint16_t flags[] = { 0, 0, 0, NLA_F_NESTED, NLA_F_NET_BYTEORDER };
		size_t bytes = below(8) ? below(80) : below(3000);

		noise(some, bytes);
		raw_put(&r, (uint16_t)(below(TACIT_ATTR_LIMIT + 4) | flags[below(5)]), some, bytes);
	}
	return throw(&r, r.head.nlmsg_len);
}

bool mutated_message(void)
{
	struct raw_request r;
	size_t bytes;

	good_request(&r, below(REQUESTS));
	r.head.nlmsg_seq = ++raw.sequence;
	r.head.nlmsg_flags |= NLM_F_ACK;
	bytes = r.head.nlmsg_len;
	switch (below(6)) {
	case 0:	/* attributes, their heads included */
		mutate(r.attributes, bytes - NLMSG_HDRLEN - GENL_HDRLEN);
		break;
	case 1:	/* cut short, and its head knows */
		bytes = NLMSG_HDRLEN + below((uint32_t)(bytes - NLMSG_HDRLEN + 1));
		r.head.nlmsg_len = (uint32_t)bytes;
		break;
	case 2:	/* and its head does not */
		r.head.nlmsg_len = (uint32_t)bytes + below(64) - 32;
		break;
	case 3:	/* an attribute that is not the command's, or twice the same */
		put_good(&r, (uint16_t)below(TACIT_ATTR_LIMIT + 1));
		bytes = r.head.nlmsg_len;
		break;
	case 4:	/* another command's attributes */
		r.genl.cmd = (uint8_t)below(TACIT_CMD_LIMIT + 1);
		break;
	default:
		r.head.nlmsg_flags ^= (uint16_t)(1u << below(12)) & (uint16_t)~NLM_F_REQUEST;
		mutate(r.attributes, bytes - NLMSG_HDRLEN - GENL_HDRLEN);
	}
	/* The root key stays what it is: another one would only be taken while no key is loaded. */
	return throw(&r, bytes);
}
