// SPDX-License-Identifier: GPL-2.0
#include "module_request.h"

#include <errno.h>
#include <string.h>

#include <netlink/genl/genl.h>

#include "genl.h"

/* Where the kernel sent no words. */
static const char *errno_text(int code)
{
	switch (-code) {
	case EPERM:
		return "not permitted; this needs root (CAP_NET_ADMIN)";
	case ENOKEY:
		return "no such key is loaded, or the module has no root key yet";
	case EEXIST:
		return "a key of that name is loaded";
	case EBUSY:
		return "the root key cannot be replaced while keys are loaded";
	case EBADMSG:
		return "the sealed key was changed, or was sealed under another root key";
	case EOPNOTSUPP:
		return "sealed in a version that this module does not know";
	case ENOPKG:
		return "an algorithm that this module or this kernel does not know";
	case ESTALE:
		return "an older state of the key was put back than the TPM's counter tells of";
	case EDQUOT:
		return "the key's budget of uses is used up";
	case EINVAL:
		return "the module refused the request as malformed";
	default:
		return strerror(-code);
	}
}

static void reply_fail(struct reply *reply, int code, const char *text, size_t bytes)
{
	reply->done = true;
	reply->code = code;
	if (text && bytes && bytes < KEY_ERROR_MAX)
		key_error_set(reply->error, code, "%.*s", (int)bytes, text);
	else
		key_error_set(reply->error, code, "%s", errno_text(code));
}

/* The extended acknowledgement follows the error; see Documentation/userspace-api/netlink/intro.rst. */
static int on_error(struct sockaddr_nl *from, struct nlmsgerr *e, void *context)
{
	struct reply *reply = context;
	struct nlmsghdr *head = (struct nlmsghdr *)((char *)e - NLMSG_HDRLEN);
	int payload = nlmsg_datalen(head), skip = sizeof(*e);
	struct nlattr *text = NULL;

	(void)from;
	if ((head->nlmsg_flags & NLM_F_ACK_TLVS) && payload > skip) {
		if (!(head->nlmsg_flags & NLM_F_CAPPED))
			skip += NLMSG_ALIGN(e->msg.nlmsg_len) - NLMSG_HDRLEN;
		if (payload > skip)
			text = nla_find((struct nlattr *)((char *)e + skip), payload - skip, NLMSGERR_ATTR_MSG);
	}
	reply_fail(reply, e->error < 0 ? e->error : -EPROTO, text ? nla_data(text) : NULL,
		   text ? strnlen(nla_data(text), nla_len(text)) : 0);
	return NL_STOP;
}

static int on_ack(struct nl_msg *msg, void *context)
{
	struct reply *reply = context;

	(void)msg;
	reply->done = true;
	return NL_STOP;
}

/* The end of a dump carries its error. */
static int on_finish(struct nl_msg *msg, void *context)
{
	struct reply *reply = context;
	struct nlmsghdr *head = nlmsg_hdr(msg);
	int code = 0;

	if (nlmsg_datalen(head) >= (int)sizeof(code))
		memcpy(&code, nlmsg_data(head), sizeof(code));
	reply->done = true;
	if (code < 0 && !reply->code)
		reply_fail(reply, code, NULL, 0);
	return NL_STOP;
}

static int on_valid(struct nl_msg *msg, void *context)
{
	struct reply *reply = context;
	struct nlattr *attrs[TACIT_ATTR_LIMIT];
	int code;

	/* After a failure the rest is read and dropped, so that the socket stays in step. */
	if (reply->code || !reply->message)
		return NL_OK;
	code = genl_attributes(nlmsg_hdr(msg), attrs);
	if (code) {
		reply->code = key_error_set(reply->error, -EBADMSG,
					    "the module's answer is malformed; are module and tools of one version?");
		return NL_OK;
	}
	reply->code = reply->message(reply, attrs);
	return NL_OK;
}

struct nl_msg *request_new(struct module *m, uint8_t command, int flags)
{
	struct nl_msg *msg = nlmsg_alloc();

	if (!msg)
		return NULL;
	if (!genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, m->family, 0, flags, command, TACIT_GENL_VERSION)) {
		nlmsg_free(msg);
		return NULL;
	}
	return msg;
}

int request(struct module *m, struct nl_msg *msg, struct reply *reply)
{
	struct nl_cb *cb = nl_cb_alloc(NL_CB_DEFAULT);
	int code;

	if (!cb) {
		code = key_error_set(reply->error, -ENOMEM, "out of memory");
		goto out;
	}
	nl_cb_err(cb, NL_CB_CUSTOM, on_error, reply);
	nl_cb_set(cb, NL_CB_ACK, NL_CB_CUSTOM, on_ack, reply);
	nl_cb_set(cb, NL_CB_FINISH, NL_CB_CUSTOM, on_finish, reply);
	nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, on_valid, reply);
	code = nl_send_auto(m->sock, msg);
	while (code >= 0 && !reply->done)
		code = nl_recvmsgs(m->sock, cb);
	if (code < 0 && !reply->done)
		code = key_error_set(reply->error, -EPROTO, "the module tacit does not answer: %s", nl_geterror(code));
	else
		code = reply->code;
	nl_cb_put(cb);
out:
	explicit_bzero(nlmsg_data(nlmsg_hdr(msg)), nlmsg_datalen(nlmsg_hdr(msg)));
	nlmsg_free(msg);
	return code;
}

int no_memory(struct nl_msg *msg, struct key_error *error)
{
	nlmsg_free(msg);
	return key_error_set(error, -ENOMEM, "out of memory");
}
