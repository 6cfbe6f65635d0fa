// SPDX-License-Identifier: GPL-2.0
/*
 * Connections that stood before the guard came. Only such ones can be let go on
 * unverified: they are entered once, by address and port, from what the kernel
 * lists (proc(5), /proc/net/tcp), when no guard was there before. Nothing that is
 * opened later can become one.
 */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "guard_internal.h"

#define ESTABLISHED 1
#define CLOSE_WAIT 8

/* As the kernel prints it: words in the machine's byte order. */
static bool read_address(const char *text, uint8_t addr[16])
{
	uint32_t words[4] = { 0 };
	size_t digits = strlen(text);

	if (digits != 8 && digits != 32)
		return false;
	for (size_t i = 0; i < digits / 8; i++)
		if (sscanf(text + 8 * i, "%8x", &words[i]) != 1)
			return false;
	memset(addr, 0, 16);
	if (digits == 32) {
		memcpy(addr, words, 16);
		return true;
	}
	addr[10] = addr[11] = 0xff;
	memcpy(addr + 12, words, 4);
	return true;
}

static bool read_line(const char *line, struct tacit_flow_key *key)
{
	unsigned int local_port, remote_port, state;
	char local[33], remote[33];

	if (sscanf(line, " %*u: %32[0-9A-F]:%4x %32[0-9A-F]:%4x %2x", local, &local_port, remote, &remote_port, &state) != 5)
		return false;
	memset(key, 0, sizeof(*key));
	key->local_port = htons((uint16_t)local_port);
	key->remote_port = htons((uint16_t)remote_port);
	return (state == ESTABLISHED || state == CLOSE_WAIT) && read_address(local, key->local) &&
	       read_address(remote, key->remote);
}

static bool enter(struct guard *guard, const struct tacit_flow_key *key, uint32_t class)
{
	uint64_t now = guard_now();
	struct tacit_flow flow = { .state = TACIT_FLOW_UNVERIFIED, .opened = now, .last = now, .start = now,
				   .class = (uint8_t)class };

	return !bpf_map_update_elem(guard->flows_fd, key, &flow, BPF_NOEXIST);
}

/* Of the configuration's rules: they name no host and no owner. Return: NULL if none lets it go on. */
static const struct tacit_rule *rule_of(const struct guard *guard, const struct config *config,
					const struct tacit_flow_key *key)
{
	for (size_t i = 0; i < config->allow_count; i++)
		if (config->allows[i].rule.existing && guard_rule_covers(guard, &config->allows[i].rule, key))
			return &config->allows[i].rule;
	return NULL;
}

static int enter_listed(struct guard *guard, const struct config *config, unsigned int ifindex, const char *file)
{
	const struct tacit_rule *rule;
	struct tacit_flow_key key;
	FILE *f = fopen(file, "re");
	char line[256];
	int count = 0;

	/* No IPv6 in this kernel. */
	if (!f)
		return errno == ENOENT ? 0 : -errno;
	while (fgets(line, sizeof(line), f)) {
		if (!read_line(line, &key))
			continue;
		key.ifindex = ifindex;
		rule = rule_of(guard, config, &key);
		if (rule)
			count += enter(guard, &key, rule->class);
	}
	fclose(f);
	return count;
}

int guard_enter_existing(struct guard *guard, const struct config *config, unsigned int ifindex)
{
	int v4 = enter_listed(guard, config, ifindex, "/proc/net/tcp");
	int v6 = v4 < 0 ? v4 : enter_listed(guard, config, ifindex, "/proc/net/tcp6");

	return v6 < 0 ? v6 : v4 + v6;
}
