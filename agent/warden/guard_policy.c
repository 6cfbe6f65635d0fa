// SPDX-License-Identifier: GPL-2.0
/* The policy and the figures: maps read and written. */
#include "guard_internal.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <net/if.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MINUTE 60000000000ull

int guard_policy(const struct guard *guard, struct tacit_policy *policy)
{
	uint32_t zero = 0;

	return bpf_map_lookup_elem(guard->policy_fd, &zero, policy);
}

int guard_schedule(const struct guard *guard, struct tacit_schedule *schedule)
{
	struct tacit_policy policy;
	int error = guard_policy(guard, &policy);

	if (!error)
		*schedule = policy.schedule;
	OPENSSL_cleanse(&policy, sizeof(policy));
	return error;
}

int guard_policy_replace(int policy_fd, const struct tacit_policy *policy)
{
	uint32_t zero = 0;
	int error = bpf_map_update_elem(policy_fd, &zero, policy, BPF_ANY);

	/* The next update takes the memory of the old one. */
	if (!error)
		guard_wait_programs();
	return error;
}

static int store(struct guard *guard, const struct tacit_policy *policy, struct problem *p)
{
	int error = guard_policy_replace(guard->policy_fd, policy);

	if (error)
		return problem_set(p, error, "cannot set the guard's policy: %s; free memory, if it lacks that, and restart tacitd",
				   strerror(-error));
	return 0;
}

/* The policy in force; all zero, and so closed, if there is none. */
static int fetch(struct guard *guard, struct tacit_policy *policy, struct problem *p)
{
	int error = guard_policy(guard, policy);

	if (error != -ENOENT && error)
		return problem_set(p, error, "cannot read the guard's policy: %s; restart tacitd", strerror(-error));
	if (error)
		memset(policy, 0, sizeof(*policy));
	return 0;
}

static struct tacit_link *find_link(struct tacit_policy *policy, unsigned int ifindex)
{
	for (size_t i = 0; i < TACIT_LINKS_MAX; i++)
		if (policy->link[i].ifindex == ifindex)
			return &policy->link[i];
	return NULL;
}

/* The place of a link that is gone goes to a new one. */
static struct tacit_link *place_link(struct tacit_policy *policy, unsigned int ifindex)
{
	struct tacit_link *link = find_link(policy, ifindex);
	char name[IF_NAMESIZE];

	if (!link)
		link = find_link(policy, 0);
	for (size_t i = 0; !link && i < TACIT_LINKS_MAX; i++)
		if (!if_indextoname(policy->link[i].ifindex, name))
			link = &policy->link[i];
	if (link && link->ifindex != ifindex)
		*link = (struct tacit_link){ .ifindex = ifindex };
	return link;
}

int guard_policy_link(struct guard *guard, unsigned int ifindex, uint32_t header, bool shut, struct problem *p)
{
	struct tacit_policy policy;
	struct tacit_link *link;
	int error = fetch(guard, &policy, p);

	if (!error) {
		link = place_link(&policy, ifindex);
		if (!link)
			error = problem_set(p, -ENOSPC,
					    "more than %d links are guarded; run `tacitd --remove` once to be rid of those of before",
					    TACIT_LINKS_MAX);
	}
	if (!error) {
		link->header = (uint16_t)header;
		link->open = !shut && link->open;
		error = store(guard, &policy, p);
	}
	OPENSSL_cleanse(&policy, sizeof(policy));
	return error;
}

int guard_link_set(struct guard *guard, unsigned int ifindex, bool open, struct problem *p)
{
	struct tacit_policy policy;
	struct tacit_link *link;
	int error = fetch(guard, &policy, p);

	link = error ? NULL : find_link(&policy, ifindex);
	if (!error && !link && open)
		error = problem_set(p, -ENODEV, "link %u is not guarded", ifindex);
	if (link && link->open != open) {
		link->open = open;
		error = store(guard, &policy, p);
	}
	OPENSSL_cleanse(&policy, sizeof(policy));
	return error;
}

static bool is_among(unsigned int ifindex, const unsigned int *ifindexes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (ifindexes[i] == ifindex)
			return true;
	return false;
}

int guard_links_only(struct guard *guard, const unsigned int *ifindexes, size_t count, struct problem *p)
{
	struct tacit_policy policy;
	int error = fetch(guard, &policy, p);
	bool changed = false;

	for (size_t i = 0; !error && i < TACIT_LINKS_MAX; i++)
		if (policy.link[i].open && !is_among(policy.link[i].ifindex, ifindexes, count)) {
			policy.link[i].open = 0;
			changed = true;
		}
	if (changed)
		error = store(guard, &policy, p);
	OPENSSL_cleanse(&policy, sizeof(policy));
	return error;
}

int guard_hold(struct guard *guard, bool hold, struct problem *p)
{
	struct tacit_policy policy;
	int error = fetch(guard, &policy, p);

	if (!error && hold) {
		policy.mode = TACIT_GUARD_HELD;
		policy.open_until = 0;
	} else if (!error && policy.mode == TACIT_GUARD_HELD) {
		policy.mode = TACIT_GUARD_CLOSED;
	}
	if (!error)
		error = store(guard, &policy, p);
	OPENSSL_cleanse(&policy, sizeof(policy));
	return error;
}

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * 1000000000ull + (uint64_t)t.tv_nsec;
}

uint64_t guard_now(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

int guard_attend(struct guard *guard, uint64_t ns)
{
	uint64_t until = guard_now();
	uint32_t zero = 0;

	if (__builtin_add_overflow(until, ns, &until))
		until = TACIT_LEASE_FOR_GOOD;
	return bpf_map_update_elem(guard->lease_fd, &zero, &until, BPF_ANY);
}

static bool key_is_drawn(const struct tacit_schedule *s)
{
	static const uint8_t none[sizeof(s->key)];

	return memcmp(s->key, none, sizeof(none)) != 0;
}

/* Counts begin anew only where the rules are new. */
static int clear_hits(struct guard *guard)
{
	uint64_t *none = calloc(guard->cpus, sizeof(*none));
	int error = none ? 0 : -ENOMEM;

	for (uint32_t i = 0; !error && i < TACIT_RULES_MAX; i++)
		error = bpf_map_update_elem(guard->hits_fd, &i, none, BPF_ANY);
	free(none);
	return error;
}

/* What the device serves is limited by port. */
static void fill_limits(struct tacit_policy *policy, const struct config *config)
{
	policy->limits = 0;
	memset(policy->limit, 0, sizeof(policy->limit));
	for (size_t i = 0; i < config->channel_count && policy->limits < TACIT_LIMITS_MAX; i++) {
		const struct config_channel *c = &config->channels[i];
		struct tacit_limit *limit = &policy->limit[policy->limits];

		if (c->mode != CONFIG_MODE_ACCEPT)
			continue;
		limit->port = c->listen.sin6_port;
		limit->burst = c->limit_burst;
		limit->interval = MINUTE / c->limit_rate;
		policy->limits++;
	}
}

/* What of a rule the configuration cannot know. */
static struct tacit_rule rule_of(const struct config_allow *allow)
{
	struct tacit_rule rule = allow->rule;

	if (allow->to_resolvers)
		rule.host = TACIT_HOST_RESOLVERS;
	else if (allow->host[0])
		rule.host = guard_host_id(allow->host);
	if (rule.owned & TACIT_OWNED_CGROUP)
		rule.cgroup = guard_cgroup_id(allow->cgroup);
	return rule;
}

static void fill_rules(struct tacit_policy *policy, const struct config *config)
{
	policy->rules = (__u32)config->allow_count;
	policy->wants = 0;
	memset(policy->rule, 0, sizeof(policy->rule));
	for (size_t i = 0; i < config->allow_count && i < TACIT_RULES_MAX; i++) {
		policy->rule[i] = rule_of(&config->allows[i]);
		if (policy->rule[i].form)
			policy->wants |= TACIT_WANTS_FORM;
		if (policy->rule[i].owned)
			policy->wants |= TACIT_WANTS_OWNER;
	}
}

int guard_policy_cgroups(struct guard *guard, const struct config *config, struct problem *p)
{
	struct tacit_policy policy;
	bool changed = false;
	int error = fetch(guard, &policy, p);

	for (size_t i = 0; !error && i < config->allow_count && i < policy.rules; i++) {
		uint64_t id;

		if (!(policy.rule[i].owned & TACIT_OWNED_CGROUP))
			continue;
		id = guard_cgroup_id(config->allows[i].cgroup);
		changed |= id != policy.rule[i].cgroup;
		policy.rule[i].cgroup = id;
	}
	if (!error && changed)
		error = store(guard, &policy, p);
	OPENSSL_cleanse(&policy, sizeof(policy));
	return error;
}

int guard_let_out(struct guard *guard, uint64_t ns, struct problem *p)
{
	struct tacit_policy policy;
	uint64_t until = ns ? clock_ns(CLOCK_BOOTTIME) + ns : 0;
	int error = fetch(guard, &policy, p);

	if (!error && policy.open_until != until) {
		policy.open_until = until;
		error = store(guard, &policy, p);
	}
	OPENSSL_cleanse(&policy, sizeof(policy));
	return error;
}

uint64_t guard_let_out_left(const struct tacit_policy *policy)
{
	uint64_t now = clock_ns(CLOCK_BOOTTIME);

	return policy->open_until > now ? policy->open_until - now : 0;
}

/* This process's, which the uplinks are in; 0 on kernels before 5.14. */
static uint64_t netns(void)
{
	uint64_t cookie = 0;
	socklen_t bytes = sizeof(cookie);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &bytes))
		cookie = 0;
	if (fd >= 0)
		close(fd);
	return cookie;
}

static int fill(struct guard *guard, struct tacit_policy *policy, const struct config *config,
		enum tacit_guard_mode mode, struct problem *p)
{
	uint8_t key[sizeof(policy->schedule.key)];

	memcpy(key, policy->schedule.key, sizeof(key));
	if (policy->mode != TACIT_GUARD_HELD)
		policy->mode = mode;
	policy->refuse = config->refuse;
	policy->netns = netns();
	policy->schedule = config->schedule;
	memcpy(policy->schedule.key, key, sizeof(key));
	OPENSSL_cleanse(key, sizeof(key));
	fill_rules(policy, config);
	fill_limits(policy, config);
	guard_fill_paces(guard, policy, config);
	while (!key_is_drawn(&policy->schedule))
		if (getrandom(policy->schedule.key, sizeof(policy->schedule.key), 0) !=
		    (ssize_t)sizeof(policy->schedule.key))
			return problem_set(p, -EIO, "cannot draw the schedule's key: %s", strerror(errno));
	return 0;
}

int guard_policy_set(struct guard *guard, const struct config *config, enum tacit_guard_mode mode, struct problem *p)
{
	struct tacit_policy policy, before;
	int error = fetch(guard, &policy, p);

	if (error)
		return error;
	before = policy;
	error = fill(guard, &policy, config, mode, p);
	if (!error && memcmp(&before, &policy, sizeof(policy)))
		error = store(guard, &policy, p);
	/* The policy is in force whatever becomes of this: without resolvers there are no questions, and that is all. */
	if (!error && guard_named_set(guard, TACIT_HOST_RESOLVERS, AF_UNSPEC, (const uint8_t (*)[16])config->resolvers,
				      config->resolver_count))
		error = problem_set(p, -E2BIG, "there is no room for the resolvers' addresses");
	if (!error && memcmp(before.rule, policy.rule, sizeof(policy.rule)) && clear_hits(guard))
		error = problem_set(p, -EIO, "cannot clear the rules' counts");
	OPENSSL_cleanse(&before, sizeof(before));
	OPENSSL_cleanse(&policy, sizeof(policy));
	return error;
}

static int sum(const struct guard *guard, int fd, uint32_t index, uint64_t *values, uint64_t *total)
{
	int error = bpf_map_lookup_elem(fd, &index, values);

	*total = 0;
	for (int cpu = 0; !error && cpu < guard->cpus; cpu++)
		*total += values[cpu];
	return error;
}

int guard_counters(const struct guard *guard, uint64_t counters[TACIT_COUNT_LIMIT])
{
	uint64_t *values = calloc(guard->cpus, sizeof(*values));
	int error = values ? 0 : -ENOMEM;

	memset(counters, 0, TACIT_COUNT_LIMIT * sizeof(*counters));
	for (uint32_t i = 0; !error && i < TACIT_COUNT_LIMIT; i++)
		error = sum(guard, guard->counters_fd, i, values, &counters[i]);
	free(values);
	return error;
}

int guard_rule_hits(const struct guard *guard, size_t index, uint64_t *hits)
{
	uint64_t *values;
	int error;

	if (index >= TACIT_RULES_MAX)
		return -EINVAL;
	values = calloc(guard->cpus, sizeof(*values));
	error = values ? sum(guard, guard->hits_fd, index, values, hits) : -ENOMEM;
	free(values);
	return error;
}
