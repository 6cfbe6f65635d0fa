/* SPDX-License-Identifier: GPL-2.0 */
/*
 * In place of libbpf's header: the guard's programs as functions of a process.
 * Maps are kept in shim.c by their address, which weak symbols make one for all
 * objects; the packet is a block of its own size, so that a byte too far is seen.
 */
#ifndef SHIM_HELPERS_H
#define SHIM_HELPERS_H

#include <linux/bpf.h>
#include <linux/types.h>
#include <stddef.h>

#define SEC(name) __attribute__((weak))
#define __uint(name, value) int(*name)[value]
#define __type(name, type) typeof(type) *name
#ifndef __always_inline
#define __always_inline inline __attribute__((always_inline))
#endif
#define __noinline __attribute__((noinline))

struct shim_map {
	const void *map;
	size_t type, key_bytes, value_bytes, room;
};

#define SHIM_NUMBER(field) (sizeof(*(field)) / sizeof(int))
#define SHIM_MAP(m)                                                                                   \
	(&(struct shim_map){ (m), SHIM_NUMBER((m)->type), sizeof(*(m)->key), sizeof(*(m)->value), \
			     SHIM_NUMBER((m)->max_entries) })

void *shim_lookup(const struct shim_map *map, const void *key);
long shim_update(const struct shim_map *map, const void *key, const void *value, __u64 flags);
long shim_delete(const struct shim_map *map, const void *key);

#define bpf_map_lookup_elem(map, key) shim_lookup(SHIM_MAP(map), key)
#define bpf_map_update_elem(map, key, value, flags) shim_update(SHIM_MAP(map), key, value, flags)
#define bpf_map_delete_elem(map, key) shim_delete(SHIM_MAP(map), key)

typedef long shim_loop_fn(__u32 i, void *context);
long shim_loop(__u32 count, shim_loop_fn *fn, void *context);
#define bpf_loop(count, fn, context, flags) shim_loop(count, (shim_loop_fn *)(fn), context)

void *shim_reserve(size_t bytes);
void shim_submit(void *record);
#define bpf_ringbuf_reserve(map, bytes, flags) shim_reserve(bytes)
#define bpf_ringbuf_submit(record, flags) shim_submit(record)

__u64 bpf_ktime_get_ns(void);
__u64 bpf_ktime_get_boot_ns(void);
/* No packet has a socket. */
static inline void *shim_no_socket(const void *what)
{
	(void)what;
	return NULL;
}
#define bpf_sk_fullsock(sk) ((struct bpf_sock *)shim_no_socket(sk))
#define bpf_sk_storage_get(map, sk, value, flags) shim_no_socket(sk)
#define bpf_get_socket_uid(skb) ((void)(skb), 0u)
#define bpf_spin_lock(lock) ((void)(lock))
#define bpf_spin_unlock(lock) ((void)(lock))

long bpf_skb_load_bytes(const void *skb, __u32 at, void *to, __u32 bytes);
long bpf_skb_store_bytes(struct __sk_buff *skb, __u32 at, const void *from, __u32 bytes, __u64 flags);
#define bpf_skb_pull_data(skb, bytes) ((void)(skb), (void)(bytes), 0l)
long bpf_skb_change_tail(struct __sk_buff *skb, __u32 bytes, __u64 flags);
long bpf_skb_set_tstamp(struct __sk_buff *skb, __u64 when, __u32 kind);
long bpf_clone_redirect(struct __sk_buff *skb, __u32 ifindex, __u64 flags);
long bpf_redirect(__u32 ifindex, __u64 flags);
long bpf_l4_csum_replace(struct __sk_buff *skb, __u32 at, __u64 from, __u64 to, __u64 flags);
__s64 bpf_csum_diff(__be32 *from, __u32 from_bytes, __be32 *to, __u32 to_bytes, __wsum seed);

#endif
