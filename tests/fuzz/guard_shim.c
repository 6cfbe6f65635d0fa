// SPDX-License-Identifier: GPL-2.0
#include "guard_shim.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/pkt_cls.h>
#include <sanitizer/asan_interface.h>
#include <sys/mman.h>

#include "fuzz.h"
#include "tacit_bpf.h"
#include <bpf/bpf_helpers.h>

#define ENTRIES 512
#define KEY_MAX 64
#define ROOM 8192 /* for a packet; whole pages */

struct entry {
	const void *map;
	uint8_t key[KEY_MAX];
	void *value;
};

static struct entry entries[ENTRIES];
static size_t used;
static uint8_t *packet, *near; /* as the helpers see it; its first `linear` bytes, as programs do */
static size_t linear;
static uint64_t now;

static struct entry *find(const struct shim_map *map, const void *key)
{
	must(map->key_bytes <= KEY_MAX);
	for (size_t i = 0; i < used; i++)
		if (entries[i].map == map->map && !memcmp(entries[i].key, key, map->key_bytes))
			return &entries[i];
	return NULL;
}

static struct entry *add(const struct shim_map *map, const void *key)
{
	struct entry *e;

	must(used < ENTRIES);
	e = &entries[used++];
	e->map = map->map;
	memcpy(e->key, key, map->key_bytes);
	e->value = calloc(1, map->value_bytes);
	must(e->value);
	return e;
}

void *shim_lookup(const struct shim_map *map, const void *key)
{
	struct entry *e = find(map, key);
	uint32_t index;

	if (e || (map->type != BPF_MAP_TYPE_ARRAY && map->type != BPF_MAP_TYPE_PERCPU_ARRAY))
		return e ? e->value : NULL;
	memcpy(&index, key, sizeof(index));
	return index < map->room ? add(map, key)->value : NULL;
}

long shim_update(const struct shim_map *map, const void *key, const void *value, __u64 flags)
{
	struct entry *e = find(map, key);

	if (e && flags == BPF_NOEXIST)
		return -EEXIST;
	if (!e)
		e = add(map, key);
	memcpy(e->value, value, map->value_bytes);
	return 0;
}

long shim_delete(const struct shim_map *map, const void *key)
{
	struct entry *e = find(map, key);

	if (!e)
		return -ENOENT;
	free(e->value);
	*e = entries[--used];
	return 0;
}

long shim_loop(__u32 count, shim_loop_fn *fn, void *context)
{
	__u32 i;

	for (i = 0; i < count; i++)
		if (fn(i, context))
			return i + 1;
	return i;
}

void *shim_reserve(size_t bytes)
{
	return malloc(bytes);
}

void shim_submit(void *record)
{
	free(record);
}

__u64 bpf_ktime_get_ns(void)
{
	return now += 1000;
}

/* The machine never sleeps. */
__u64 bpf_ktime_get_boot_ns(void)
{
	return bpf_ktime_get_ns();
}

static long outside(const struct __sk_buff *skb, __u32 at, __u32 bytes)
{
	must(bytes);
	return at > skb->len || bytes > skb->len - at;
}

long bpf_skb_load_bytes(const void *skb, __u32 at, void *to, __u32 bytes)
{
	if (outside(skb, at, bytes)) {
		memset(to, 0, bytes);
		return -EFAULT;
	}
	memcpy(to, packet + at, bytes);
	return 0;
}

long bpf_skb_store_bytes(struct __sk_buff *skb, __u32 at, const void *from, __u32 bytes, __u64 flags)
{
	(void)flags;
	if (outside(skb, at, bytes))
		return -EFAULT;
	memcpy(packet + at, from, bytes);
	for (__u32 i = 0; i < bytes && at + i < linear; i++)
		near[at + i] = packet[at + i];
	return 0;
}

long bpf_skb_change_tail(struct __sk_buff *skb, __u32 bytes, __u64 flags)
{
	(void)flags;
	if (bytes > skb->len)
		return -EINVAL;
	skb->len = bytes;
	return 0;
}

long bpf_skb_set_tstamp(struct __sk_buff *skb, __u64 when, __u32 kind)
{
	must(kind == BPF_SKB_TSTAMP_DELIVERY_MONO);
	skb->tstamp = when;
	return 0;
}

long bpf_clone_redirect(struct __sk_buff *skb, __u32 ifindex, __u64 flags)
{
	(void)skb;
	(void)ifindex;
	(void)flags;
	return 0;
}

long bpf_redirect(__u32 ifindex, __u64 flags)
{
	(void)ifindex;
	(void)flags;
	return TC_ACT_REDIRECT;
}

long bpf_l4_csum_replace(struct __sk_buff *skb, __u32 at, __u64 from, __u64 to, __u64 flags)
{
	(void)from;
	(void)to;
	(void)flags;
	return outside(skb, at, 2) ? -EFAULT : 0;
}

__s64 bpf_csum_diff(__be32 *from, __u32 from_bytes, __be32 *to, __u32 to_bytes, __wsum seed)
{
	uint64_t sum = seed;

	must(!(from_bytes % 4) && !(to_bytes % 4));
	(void)from;
	for (__u32 i = 0; i < to_bytes / 4; i++)
		sum += to[i];
	return (__s64)(uint32_t)(sum + (sum >> 32));
}

extern struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct tacit_policy);
} policy;
extern struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} lease;

void shim_reset(const struct tacit_policy *p)
{
	__u64 until = TACIT_LEASE_FOR_GOOD;
	__u32 zero = 0;

	while (used)
		free(entries[--used].value);
	bpf_map_update_elem(&policy, &zero, p, BPF_ANY);
	bpf_map_update_elem(&lease, &zero, &until, BPF_ANY);
}

/* The programs see addresses of 32 bits. These bytes end where memory does, and before them nothing may be touched. */
static uint8_t *place(const uint8_t *frame, size_t bytes)
{
	static uint8_t *room;

	must(bytes <= ROOM);
	if (!room) {
		room = mmap(NULL, ROOM + 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
		must(room != MAP_FAILED && !mprotect(room + ROOM, 4096, PROT_NONE));
	}
	ASAN_UNPOISON_MEMORY_REGION(room, ROOM);
	ASAN_POISON_MEMORY_REGION(room, ROOM - bytes);
	return memcpy(room + ROOM - bytes, frame, bytes);
}

/* Of a frame of odd length, as of what a card gathered, only a part lies where the programs look. */
static size_t linear_part(const uint8_t *frame, size_t bytes)
{
	size_t part = 14 + frame[bytes - 1] % 64;

	return bytes % 2 && part < bytes ? part : bytes;
}

int shim_run(int (*program)(struct __sk_buff *skb), const uint8_t *frame, size_t bytes, bool forwarded)
{
	struct __sk_buff skb = { .len = (uint32_t)bytes, .ifindex = 1, .ingress_ifindex = forwarded };
	uint16_t protocol;
	int verdict;

	must(bytes >= 14);
	packet = exact(frame, bytes);
	linear = linear_part(frame, bytes);
	near = place(frame, linear);
	skb.data = (uint32_t)(uintptr_t)near;
	skb.data_end = skb.data + (uint32_t)linear;
	memcpy(&protocol, frame + 12, 2);
	/* 802.3: a length stands there. */
	skb.protocol = ntohs(protocol) < 0x600 ? htons(4) : protocol;
	verdict = program(&skb);
	free(packet);
	return verdict;
}
