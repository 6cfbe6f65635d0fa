// SPDX-License-Identifier: GPL-2.0
/*
 * The guard without a warden: loads, shows and removes it, and ends. What it
 * leaves behind has to hold by itself.
 *
 * usage: guard_host CONFIG up            load, attach, prepare the uplink, set the policy
 *        guard_host CONFIG watch SECONDS as the warden: events to stdout, shut and mend
 *        guard_host CONFIG events        those that wait
 *        guard_host CONFIG show          mode, counters, flows
 *        guard_host CONFIG schedule      period, jitter, open, key in hex
 *        guard_host CONFIG sweep
 *        guard_host CONFIG open SECONDS  as `tacit guard open`
 *        guard_host CONFIG remove
 */
#include <bpf/bpf.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../../../agent/warden/guard.h"
#include "../../../agent/warden/uplink.h"
#include "log.h"

struct host {
	struct config config;
	struct guard *guard;
	struct uplink *uplink;
	struct problem problem;
};

static int fail(struct host *h)
{
	fprintf(stderr, "%s\n", h->problem.text);
	return 1;
}

static void on_event(const struct tacit_bpf_event *event, void *context)
{
	char local[GUARD_ADDRESS_MAX], remote[GUARD_ADDRESS_MAX];

	(void)context;
	guard_address(event->local, event->local_port, local);
	guard_address(event->remote, event->remote_port, remote);
	if (event->kind == TACIT_BPF_EVENT_LIMITED) {
		printf("event limited %s at %s\n", remote, local);
		return;
	}
	printf("event %s %s %s -> %s by %.16s pid %u uid %u: %s\n",
	       event->kind == TACIT_BPF_EVENT_VERIFIED ? "verified" : "refused", guard_protocol_name(event->protocol),
	       local, remote, event->known ? event->owner.comm : "unknown", event->owner.pid, event->owner.uid,
	       guard_reason_name(event->reason));
	fflush(stdout);
}

/* The same order as the warden's. */
static int apply(struct host *h)
{
	struct uplink_status status;

	uplink_status(h->uplink, &status);
	if (!status.ifindex)
		return problem_set(&h->problem, -1, "%s", status.text);
	if (!guard_attached(h->guard, status.ifindex) && guard_attach(h->guard, status.ifindex, &h->problem))
		return -1;
	if (uplink_prepare(h->uplink, &h->config.schedule, config_pace(&h->config, h->config.uplinks.name[0]), &h->problem)) {
		struct problem second;

		guard_link_set(h->guard, status.ifindex, false, &second);
		return -1;
	}
	uplink_status(h->uplink, &status);
	if (guard_attend(h->guard, TACIT_LEASE_FOR_GOOD))
		return -1;
	if (guard_policy_set(h->guard, &h->config, TACIT_GUARD_ON, &h->problem))
		return -1;
	return guard_link_set(h->guard, status.ifindex, status.state != UPLINK_BARE, &h->problem);
}

static void on_change(const struct uplink_status *status, void *context)
{
	struct host *h = context;

	printf("uplink %s %s\n", uplink_state_name(status->state), status->text);
	if (status->state == UPLINK_BARE)
		guard_link_set(h->guard, status->ifindex, false, &h->problem);
	if (apply(h))
		printf("closed: %s\n", h->problem.text);
	fflush(stdout);
}

static int watch(struct host *h, int seconds)
{
	struct pollfd fds[] = {
		{ .fd = guard_fd(h->guard), .events = POLLIN },
		{ .fd = uplink_fd(h->uplink), .events = POLLIN },
	};
	time_t end = time(NULL) + seconds;

	if (apply(h))
		return fail(h);
	puts("watching");
	fflush(stdout);
	while (time(NULL) < end) {
		poll(fds, 2, 200);
		guard_dispatch(h->guard, on_event, NULL);
		uplink_dispatch(h->uplink, on_change, h);
	}
	return 0;
}

static bool on_flow(const struct tacit_flow_key *key, const struct tacit_flow *flow, void *context)
{
	char local[GUARD_ADDRESS_MAX], remote[GUARD_ADDRESS_MAX];

	(void)context;
	guard_address(key->local, key->local_port, local);
	guard_address(key->remote, key->remote_port, remote);
	printf("flow %s %s %s bytes %llu closed %u settled %u %s\n", local, remote, guard_state_name(flow->state),
	       (unsigned long long)flow->bytes, flow->closed, flow->settled, guard_reason_name(flow->reason));
	return true;
}

/* How much work each of our programs was to the verifier; its limit is a million. */
static void show_programs(void)
{
	uint32_t id = 0;

	while (!bpf_prog_get_next_id(id, &id)) {
		struct bpf_prog_info info = { 0 };
		uint32_t bytes = sizeof(info);
		int fd = bpf_prog_get_fd_by_id(id);

		if (fd < 0)
			continue;
		if (!bpf_obj_get_info_by_fd(fd, &info, &bytes) && !strncmp(info.name, "tacit_", 6))
			printf("program %s verified %u insns, %u bytes\n", info.name, info.verified_insns,
			       info.jited_prog_len);
		close(fd);
	}
}

static int show(struct host *h)
{
	static const char *const names[] = { "passed", "held", "handshake", "refused", "verified", "lost", "overflow", "limited",
					     "opened" };
	uint64_t counters[TACIT_COUNT_LIMIT], hits;
	struct tacit_policy policy;
	struct uplink_status status;

	if (guard_policy(h->guard, &policy) || guard_counters(h->guard, counters))
		return 1;
	uplink_status(h->uplink, &status);
	printf("mode %s\n", guard_mode_name(policy.mode));
	for (size_t i = 0; i < TACIT_LINKS_MAX; i++)
		if (policy.link[i].ifindex)
			printf("link %u %s\n", policy.link[i].ifindex, policy.link[i].open ? "open" : "shut");
	printf("uplink %s held %u drops %llu %s\n",
	       uplink_state_name(status.state), status.held, (unsigned long long)status.drops, status.text);
	for (size_t i = 0; i < TACIT_COUNT_REASON_FIRST; i++)
		printf("count %s %llu\n", names[i], (unsigned long long)counters[i]);
	for (uint32_t i = 1; i < TACIT_REASON_LIMIT; i++)
		printf("reason %s %llu\n", guard_reason_name(i),
		       (unsigned long long)counters[TACIT_COUNT_REASON_FIRST + i]);
	for (uint32_t i = 0; i < policy.rules && !guard_rule_hits(h->guard, i, &hits); i++)
		printf("rule %u hits %llu\n", i, (unsigned long long)hits);
	guard_flows(h->guard, on_flow, NULL);
	show_programs();
	return 0;
}

static int schedule(struct host *h)
{
	struct tacit_schedule s;

	if (guard_schedule(h->guard, &s))
		return 1;
	printf("%llu %llu %llu ", (unsigned long long)s.period, (unsigned long long)s.jitter,
	       (unsigned long long)s.open);
	for (size_t i = 0; i < sizeof(s.key); i++)
		printf("%02x", s.key[i]);
	printf("\n");
	return 0;
}

static int command(struct host *h, const char *what, const char *argument)
{
	if (guard_open(&h->guard, &h->problem) || uplink_open(&h->uplink, h->config.uplinks.name[0], &h->problem))
		return fail(h);
	if (!strcmp(what, "up"))
		return apply(h) ? fail(h) : 0;
	if (!strcmp(what, "watch"))
		return watch(h, argument ? atoi(argument) : 10);
	if (!strcmp(what, "events"))
		return guard_dispatch(h->guard, on_event, NULL) < 0;
	if (!strcmp(what, "show"))
		return show(h);
	if (!strcmp(what, "schedule"))
		return schedule(h);
	if (!strcmp(what, "sweep"))
		return printf("%d\n", guard_sweep(h->guard)) < 0;
	if (!strcmp(what, "open"))
		return guard_let_out(h->guard, (uint64_t)(argument ? atoi(argument) : 0) * 1000000000, &h->problem) ? fail(h) : 0;
	fprintf(stderr, "what is \"%s\"?\n", what);
	return 2;
}

int main(int argc, char **argv)
{
	struct config_error error;
	struct host *h = calloc(1, sizeof(*h));
	int code;

	log_open("guard_host");
	if (argc < 3 || !h) {
		fprintf(stderr, "usage: guard_host CONFIG up|watch SECONDS|events|show|schedule|sweep|open SECONDS|remove\n");
		return 2;
	}
	if (config_load(argv[1], &h->config, &error)) {
		fprintf(stderr, "%s\n", error.text);
		return 2;
	}
	if (!strcmp(argv[2], "remove"))
		return guard_remove(&h->problem) || uplink_remove(h->config.uplinks.name[0], &h->problem) ? fail(h) : 0;
	code = command(h, argv[2], argv[3]);
	uplink_close(h->uplink);
	guard_close(h->guard);
	free(h);
	return code;
}
