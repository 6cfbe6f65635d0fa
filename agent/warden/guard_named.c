// SPDX-License-Identifier: GPL-2.0
/* Addresses of rules by name: what the name stood for last, and what it stood for before. */
#include <bpf/bpf.h>
#include <errno.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <string.h>

#include "guard_internal.h"

#define SECOND 1000000000ull

/* An old address goes when nothing was sent there for so long, and no connection stands. */
#define IDLE_OLD (300 * SECOND)

uint64_t guard_host_id(const char *host)
{
	uint8_t digest[EVP_MAX_MD_SIZE];
	uint64_t id;

	if (!EVP_Digest(host, strlen(host), digest, NULL, EVP_sha256(), NULL))
		return ~0ull;	/* of no host: the rule matches nothing */
	memcpy(&id, digest, sizeof(id));
	return id > TACIT_HOST_RESOLVERS ? id : ~0ull;
}

static int family_of(const uint8_t addr[16])
{
	struct in6_addr a;

	memcpy(&a, addr, sizeof(a));
	return IN6_IS_ADDR_V4MAPPED(&a) ? AF_INET : AF_INET6;
}

static bool is_listed(const uint8_t addr[16], const uint8_t (*list)[16], size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!memcmp(addr, list[i], 16))
			return true;
	return false;
}

/* One step through the map. Return: false at its end; a step too many is taken by a bound. */
static bool next_entry(const struct guard *guard, struct tacit_named_key *key, bool first)
{
	struct tacit_named_key next;

	if (bpf_map_get_next_key(guard->named_fd, first ? NULL : key, &next))
		return false;
	*key = next;
	return true;
}

/* The programs write only `used`: a word of it may be lost here, which costs a few seconds of its age. */
static int put(struct guard *guard, const struct tacit_named_key *key, uint32_t old)
{
	struct tacit_named named = { 0 };

	if (!bpf_map_lookup_elem(guard->named_fd, key, &named) && named.old == old)
		return 0;
	/* From now on its age counts, or one that is no longer in the answer would go at once. */
	if (old)
		named.used = guard_now();
	named.old = old;
	return bpf_map_update_elem(guard->named_fd, key, &named, BPF_ANY);
}

/* Entries of a host, and its old one that was used longest ago. */
struct held {
	unsigned int count;
	bool any_old;
	uint64_t used;
	struct tacit_named_key oldest;
};

static struct held held_of(const struct guard *guard, uint64_t host)
{
	struct held held = { .used = UINT64_MAX };
	struct tacit_named_key key = { 0 };
	struct tacit_named named;
	bool more = next_entry(guard, &key, true);

	for (int i = 0; more && i < 2 * TACIT_NAMED_MAX; i++) {
		if (key.host == host && !bpf_map_lookup_elem(guard->named_fd, &key, &named)) {
			held.count++;
			if (named.old && named.used < held.used) {
				held.any_old = true;
				held.used = named.used;
				held.oldest = key;
			}
		}
		more = next_entry(guard, &key, false);
	}
	return held;
}

/* A zone that changes its addresses all the time takes its own room and nobody else's. */
static int add(struct guard *guard, const struct tacit_named_key *key)
{
	struct tacit_named named;
	struct held held;

	if (bpf_map_lookup_elem(guard->named_fd, key, &named)) {
		held = held_of(guard, key->host);
		if (held.count >= TACIT_NAMED_HOST_MAX && !held.any_old)
			return -E2BIG;
		if (held.count >= TACIT_NAMED_HOST_MAX)
			bpf_map_delete_elem(guard->named_fd, &held.oldest);
	}
	return put(guard, key, 0);
}

int guard_named_set(struct guard *guard, uint64_t host, int family, const uint8_t (*addr)[16], size_t count)
{
	struct tacit_named_key key = { 0 }, this;
	bool more = next_entry(guard, &key, true);
	int error = 0;

	for (int i = 0; more && i < 2 * TACIT_NAMED_MAX; i++) {
		this = key;
		more = next_entry(guard, &key, false);
		if (this.host != host || (family != AF_UNSPEC && family_of(this.addr) != family) ||
		    is_listed(this.addr, addr, count))
			continue;
		/* A resolver that was struck out is asked nothing more; no question is in the middle of another. */
		if (host == TACIT_HOST_RESOLVERS)
			bpf_map_delete_elem(guard->named_fd, &this);
		else
			put(guard, &this, 1);
	}
	for (size_t i = 0; i < count; i++) {
		memset(&key, 0, sizeof(key));
		key.host = host;
		memcpy(key.addr, addr[i], sizeof(key.addr));
		if (add(guard, &key))
			error = -E2BIG;
	}
	return error;
}

struct sought {
	const uint8_t *addr;
	uint64_t now;
	bool found;
};

static bool goes_there(const struct tacit_flow_key *key, const struct tacit_flow *flow, void *context)
{
	struct sought *s = context;

	s->found = flow->state == TACIT_FLOW_ALLOWED && !memcmp(key->remote, s->addr, 16) &&
		   !guard_flow_is_over(flow, s->now);
	return !s->found;
}

static bool is_needed(const struct guard *guard, const struct tacit_named_key *key, const struct tacit_named *named,
		      const uint64_t *hosts, size_t count)
{
	struct sought sought = { .addr = key->addr, .now = guard_now() };
	bool wanted = key->host == TACIT_HOST_RESOLVERS;

	for (size_t i = 0; i < count; i++)
		wanted |= hosts[i] == key->host;
	if (!wanted || !named->old)
		return wanted;
	if (named->used + IDLE_OLD > sought.now)
		return true;
	guard_flows(guard, goes_there, &sought);
	return sought.found;
}

int guard_named_sweep(struct guard *guard, const uint64_t *hosts, size_t count)
{
	struct tacit_named_key key = { 0 }, this;
	struct tacit_named named;
	bool more = next_entry(guard, &key, true);
	int freed = 0;

	for (int i = 0; more && i < 2 * TACIT_NAMED_MAX; i++) {
		this = key;
		more = next_entry(guard, &key, false);
		if (!bpf_map_lookup_elem(guard->named_fd, &this, &named) && !is_needed(guard, &this, &named, hosts, count))
			freed += !bpf_map_delete_elem(guard->named_fd, &this);
	}
	return freed;
}

int guard_named(const struct guard *guard, uint64_t host, guard_named_fn *fn, void *context)
{
	struct tacit_named_key key = { 0 };
	struct tacit_named named;
	bool more = next_entry(guard, &key, true);
	int count = 0;

	for (int i = 0; more && i < 2 * TACIT_NAMED_MAX; i++) {
		if (key.host == host && !bpf_map_lookup_elem(guard->named_fd, &key, &named)) {
			count++;
			fn(key.addr, &named, context);
		}
		more = next_entry(guard, &key, false);
	}
	return count;
}

bool guard_rule_covers(const struct guard *guard, const struct tacit_rule *rule, const struct tacit_flow_key *key)
{
	unsigned int bytes = rule->prefix / 8, bits = rule->prefix % 8;
	struct tacit_named_key host = { .host = rule->host };
	struct tacit_named named;

	if (rule->rescue || rule->form || (rule->protocol && rule->protocol != IPPROTO_TCP) ||
	    (rule->port && rule->port != key->remote_port) || memcmp(rule->addr, key->remote, bytes))
		return false;
	if (bits && (rule->addr[bytes] ^ key->remote[bytes]) >> (8 - bits))
		return false;
	memcpy(host.addr, key->remote, sizeof(host.addr));
	return !rule->host || !bpf_map_lookup_elem(guard->named_fd, &host, &named);
}
