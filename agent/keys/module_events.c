// SPDX-License-Identifier: GPL-2.0
#include "module_events.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>

#include "genl.h"

/* Room for some hundred events, should the reader be busy. */
#define RECEIVE_BYTES (256 * 1024)

/* Messages that are read at once. */
#define DISPATCH_MAX 64

struct module_events {
	struct nl_sock *sock;
	module_event_callback *callback;
	void *context;
};

static int on_event(struct nl_msg *msg, void *context)
{
	struct module_events *events = context;
	struct nlattr *attrs[TACIT_ATTR_LIMIT];
	struct module_event event;

	if (genl_attributes(nlmsg_hdr(msg), attrs) ||
	    genlmsg_hdr(nlmsg_hdr(msg))->cmd != TACIT_CMD_EVENT)
		return NL_SKIP;
	event = (struct module_event){
		.kind = genl_u32(attrs[TACIT_ATTR_EVENT_KIND], 0),
		.reason = genl_u32(attrs[TACIT_ATTR_EVENT_REASON], 0),
		.uid = genl_u32(attrs[TACIT_ATTR_UID], TACIT_ID_NONE),
		.pid = genl_u32(attrs[TACIT_ATTR_PID], 0),
		.count = genl_u64(attrs[TACIT_ATTR_COUNT]),
	};
	genl_text(attrs[TACIT_ATTR_NAME], event.name, sizeof(event.name));
	genl_text(attrs[TACIT_ATTR_COMM], event.comm, sizeof(event.comm));
	events->callback(events->context, &event);
	return NL_OK;
}

int module_events_open(struct module_events **out, module_event_callback *callback, void *context,
		       struct key_error *error)
{
	struct module_events *events;
	int code, family, group;

	*out = NULL;
	events = calloc(1, sizeof(*events));
	if (!events)
		return key_error_set(error, -ENOMEM, "out of memory");
	events->callback = callback;
	events->context = context;
	code = genl_open(&events->sock, &family, error);
	if (code)
		goto free_events;
	group = genl_ctrl_resolve_grp(events->sock, TACIT_GENL_NAME, TACIT_GENL_EVENTS);
	if (group < 0) {
		code = key_error_set(error, -EPROTO, "the module tacit offers no events; is it of another version?");
		goto free_socket;
	}
	/* Events answer no request, so they are in no sequence. */
	nl_socket_disable_seq_check(events->sock);
	nl_socket_modify_cb(events->sock, NL_CB_VALID, NL_CB_CUSTOM, on_event, events);
	nl_socket_set_buffer_size(events->sock, RECEIVE_BYTES, 0);
	code = nl_socket_add_membership(events->sock, group);
	if (code < 0) {
		code = key_error_set(error, -EPERM, "cannot listen to the module's events: %s", nl_geterror(code));
		goto free_socket;
	}
	nl_socket_set_nonblocking(events->sock);
	*out = events;
	return 0;

free_socket:
	nl_socket_free(events->sock);
free_events:
	free(events);
	return code;
}

void module_events_close(struct module_events *events)
{
	if (!events)
		return;
	nl_socket_free(events->sock);
	free(events);
}

int module_events_fd(const struct module_events *events)
{
	return nl_socket_get_fd(events->sock);
}

int module_events_dispatch(struct module_events *events, struct key_error *error)
{
	int code = 0;

	/* A flood must not keep the caller's other work waiting; what is left makes the descriptor readable again. */
	for (int i = 0; i < DISPATCH_MAX && code >= 0; i++)
		code = nl_recvmsgs_default(events->sock);
	if (code >= 0)
		return 0;
	switch (-code) {
	case NLE_AGAIN:
	case NLE_INTR:
		return 0;
	case NLE_NOMEM:	/* libnl's word for ENOBUFS as well */
		return key_error_set(error, -ENOBUFS, "some of the key store's events were lost: they came too fast");
	default:
		return key_error_set(error, -EPROTO, "reading the key store's events: %s", nl_geterror(code));
	}
}

const char *module_event_kind_name(uint32_t kind)
{
	static const char *const names[] = {
		[TACIT_EVENT_CREATED] = "created", [TACIT_EVENT_LOADED] = "loaded", [TACIT_EVENT_USED] = "used",
		[TACIT_EVENT_REFUSED] = "refused", [TACIT_EVENT_DELETED] = "deleted", [TACIT_EVENT_ROOT] = "root",
		[TACIT_EVENT_IMPORTED] = "imported", [TACIT_EVENT_BOUND] = "bound", [TACIT_EVENT_REOPENED] = "reopened",
		[TACIT_EVENT_RESERVE] = "reserve",
	};

	return kind < sizeof(names) / sizeof(names[0]) && names[kind] ? names[kind] : "?";
}

static const struct {
	const char *name;
	const char *text;
} refusals[] = {
	[TACIT_REFUSED_CALLER] = { "caller", "the caller is not one that the key was made for" },
	[TACIT_REFUSED_USAGE] = { "usage", "the content is none that the key's usage names" },
	[TACIT_REFUSED_RATE] = { "rate", "more signatures were asked for than the key's rate allows" },
	[TACIT_REFUSED_OPERATION] = { "operation", "the key does not do that operation, encoding or hash" },
	[TACIT_REFUSED_CLOSED] = { "closed", "a certificate is bound to the key, so it signs no request any more" },
	[TACIT_REFUSED_BUDGET] = { "budget", "the key's budget of uses is used up" },
	[TACIT_REFUSED_RESERVE] = { "reserve", "the next block of the key's budget is not stored yet" },
	[TACIT_REFUSED_OWNER] = { "owner", "the secret is another user's" },
	[TACIT_REFUSED_CGROUP] = { "cgroup", "the caller is not in the key's cgroup" },
};

#define REFUSALS (sizeof(refusals) / sizeof(refusals[0]))

const char *module_refusal_name(uint32_t reason)
{
	return reason < REFUSALS && refusals[reason].name ? refusals[reason].name : "?";
}

const char *module_refusal_text(uint32_t reason)
{
	return reason < REFUSALS && refusals[reason].text ? refusals[reason].text : "unknown reason";
}
