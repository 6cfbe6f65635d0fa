// SPDX-License-Identifier: GPL-2.0
/* What the guard's programs report, as journal entries: members for programs, a sentence for people. */
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "log.h"
#include "report.h"
#include "warden.h"

static void add_text(struct json_object *detail, const char *name, const char *text)
{
	json_object_object_add(detail, name, json_object_new_string(text));
}

/* By its path; what ended meanwhile took that along, and has its number. */
static void add_cgroup(struct json_object *detail, const struct tacit_owner *owner, char printable[MESSAGE_TEXT_MAX])
{
	char path[TACIT_CGROUP_MAX] = "";

	if (guard_cgroup_path(owner, path))
		snprintf(path, sizeof(path), "%llu, gone", (unsigned long long)owner->cgroup);
	snprintf(printable, MESSAGE_TEXT_MAX, "%s", path);
	message_text(printable);
	add_text(detail, "cgroup", printable);
	json_object_object_add(detail, "cgroup_id", json_object_new_int64((int64_t)owner->cgroup));
}

static void add_owner(struct json_object *detail, const struct tacit_owner *owner, char *text, size_t room)
{
	char comm[TACIT_COMM_BYTES + 1] = "", printable[MESSAGE_TEXT_MAX], cgroup[MESSAGE_TEXT_MAX];

	json_object_object_add(detail, "uid", json_object_new_int64(owner->uid));
	if (!owner->pid) {
		snprintf(text, room, "uid %u, in a socket that has no room for more", owner->uid);
		return;
	}
	memcpy(comm, owner->comm, TACIT_COMM_BYTES);
	snprintf(printable, sizeof(printable), "%s", comm);
	message_text(printable);
	add_text(detail, "process", printable);
	json_object_object_add(detail, "pid", json_object_new_int64(owner->pid));
	add_cgroup(detail, owner, cgroup);
	snprintf(text, room, "%.16s (pid %u, uid %u, cgroup %.127s)", printable, owner->pid, owner->uid, cgroup);
}

/* Of what is forwarded the link is all that is known. */
static void add_ingress(struct json_object *detail, unsigned int ifindex, char *text, size_t room)
{
	char name[IF_NAMESIZE] = "", printable[MESSAGE_TEXT_MAX];

	if (!if_indextoname(ifindex, name))
		snprintf(name, sizeof(name), "link %u", ifindex % 100000000);
	snprintf(printable, sizeof(printable), "%s", name);
	message_text(printable);
	add_text(detail, "ingress", printable);
	snprintf(text, room, "what came in by %.15s", printable);
}

/* Whose it is: in the event's members and, as text, for its sentence. */
static void add_origin(struct json_object *detail, const struct tacit_bpf_event *event, char *text, size_t room)
{
	char uplink[IF_NAMESIZE] = "";

	if (if_indextoname(event->ifindex, uplink))
		add_text(detail, "uplink", uplink);
	snprintf(text, room, "unknown");
	if (event->ingress)
		add_ingress(detail, event->ingress, text, room);
	else if (event->known)
		add_owner(detail, &event->owner, text, room);
}

/* A source went over its limit; the next word of it is in another episode. */
static void on_limited(struct warden *w, const struct tacit_bpf_event *event, struct json_object *detail)
{
	const struct config_channel *channel = NULL;
	char source[GUARD_ADDRESS_MAX], more[CHANNELS_MORE_MAX];

	for (size_t i = 0; i < w->config.channel_count && !channel; i++)
		if (w->config.channels[i].mode == CONFIG_MODE_ACCEPT &&
		    w->config.channels[i].listen.sin6_port == event->local_port)
			channel = &w->config.channels[i];
	guard_host(event->remote, source);
	if (channel)
		channels_alert(&w->channels, (size_t)(channel - w->config.channels), source);
	/* Sources can be forged: each of them would be an entry. */
	if (!channels_alert_shown(&w->channels.guard_alerts, more)) {
		json_object_put(detail);
		return;
	}
	json_object_object_add(detail, "client", json_object_new_string(source));
	json_object_object_add(detail, "port", json_object_new_int(ntohs(event->local_port)));
	if (channel)
		json_object_object_add(detail, "channel", json_object_new_string(channel->name));
	journal_add(w->journal, LOG_WARNING, "guard", "limited", detail,
		    "%s: %s opens more than %u connections a minute; those over it are dropped until it slows down%s",
		    channel ? channel->name : "?", source, channel ? channel->limit_rate : 0, more);
}

static const char *text_of(struct json_object *o, const char *name)
{
	struct json_object *value = NULL;

	return json_object_object_get_ex(o, name, &value) ? json_object_get_string(value) : "";
}

/* " (cloud.example, h2)", as the app's ClientHello said. */
static void add_hello(struct json_object *detail, const struct tacit_hello *hello, char *text, size_t room)
{
	const char *sni, *alpn;

	report_hello(detail, hello);
	sni = text_of(detail, "sni");
	alpn = text_of(detail, "alpn");
	text[0] = 0;
	if (sni[0] || alpn[0])
		snprintf(text, room, " (%s%s%s)", sni, sni[0] && alpn[0] ? ", " : "", alpn);
}

void guard_told(const struct tacit_bpf_event *event, void *arg)
{
	struct warden *w = arg;
	struct json_object *detail = json_object_new_object();
	char local[GUARD_ADDRESS_MAX], remote[GUARD_ADDRESS_MAX], owner[256], rule[GUARD_RULE_TEXT];
	char hello[TACIT_SNI_MAX + TACIT_ALPN_MAX + 8];

	if (!detail)
		return;
	if (event->kind == TACIT_BPF_EVENT_LIMITED) {
		on_limited(w, event, detail);
		return;
	}
	guard_address(event->local, event->local_port, local);
	guard_address(event->remote, event->remote_port, remote);
	add_origin(detail, event, owner, sizeof(owner));
	add_hello(detail, &event->hello, hello, sizeof(hello));
	add_text(detail, "source_address", local);
	add_text(detail, "destination", remote);
	add_text(detail, "protocol", guard_protocol_name(event->protocol));
	if (event->kind == TACIT_BPF_EVENT_VERIFIED) {
		journal_add(w->journal, LOG_INFO, "guard", "verified", detail, "%s to %s%s by %s: the server chose TLS 1.3",
			    local, remote, hello, owner);
		return;
	}
	add_text(detail, "reason", guard_reason_name(event->reason));
	add_text(detail, "cure", guard_reason_cure(event->reason));
	guard_rule_for(event, rule);
	if (rule[0])
		add_text(detail, "rule", rule);
	journal_add(w->journal, LOG_WARNING, "guard", "refused", detail, "%s from %s to %s%s by %s refused: %s; %s",
		    guard_protocol_name(event->protocol), local, remote, hello, owner, guard_reason_name(event->reason),
		    guard_reason_cure(event->reason));
}
