// SPDX-License-Identifier: GPL-2.0
/* What the links make of the schedule, and what their slots were filled with. */
#include "guard_internal.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <net/if.h>
#include <openssl/crypto.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#define NOBODY (~0u)

/* As the engine finds it (agent/engine/sandbox.c). */
static uint32_t uid_of(const char *user)
{
	const struct passwd *entry = getpwnam(user);
	unsigned long number;
	char *end;

	if (entry)
		return entry->pw_uid;
	number = strtoul(user, &end, 10);
	return *user < '0' || *user > '9' || *end || number >= NOBODY ? NOBODY : (uint32_t)number;
}

void guard_fill_paces(struct guard *guard, struct tacit_policy *policy, const struct config *config)
{
	char name[IF_NAMESIZE];

	/* Asked once: the user database may be slow, and this is done often. */
	if (!guard->user_known) {
		guard->user_uid = uid_of(config->user);
		guard->user_known = guard->user_uid != NOBODY;
	}
	policy->channel_uid = guard->owners ? guard->user_uid : NOBODY;
	for (size_t i = 0; i < TACIT_LINKS_MAX; i++) {
		struct tacit_link *link = &policy->link[i];

		if (!link->ifindex || !if_indextoname(link->ifindex, name))
			continue;
		link->pace = *config_pace(config, name);
		/* Where nobody can tell a channel's connection, none must wait for the slots of others. */
		if (policy->channel_uid == NOBODY)
			link->pace.other = 1;
	}
}

int guard_link_place(const struct guard *guard, unsigned int ifindex, uint32_t *place)
{
	struct tacit_policy policy;
	int error = guard_policy(guard, &policy);

	for (*place = 0; !error && *place < TACIT_LINKS_MAX; ++*place)
		if (policy.link[*place].ifindex == ifindex)
			break;
	OPENSSL_cleanse(&policy, sizeof(policy));
	if (error)
		return error;
	return ifindex && *place < TACIT_LINKS_MAX ? 0 : -ENODEV;
}

int guard_spent(const struct guard *guard, unsigned int ifindex, enum tacit_class class, uint64_t *number, uint64_t *bytes)
{
	uint32_t place;
	uint64_t word;
	int error = guard_link_place(guard, ifindex, &place);

	if (error)
		return error;
	place = TACIT_SPENT(place, class);
	error = bpf_map_lookup_elem(guard->spent_fd, &place, &word);
	if (error)
		return error;
	*number = word >> TACIT_SPENT_BITS;
	*bytes = word & TACIT_SPENT_BYTES;
	return 0;
}
