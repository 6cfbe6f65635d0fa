// SPDX-License-Identifier: GPL-2.0
/*
 * Who opened which socket. In tc the current task is whoever happens to run,
 * so the name is taken here, where the process itself connects or sends, and
 * kept in the socket (owner.h).
 * Nothing is refused here, for where it leads is not known yet: answer.bpf.c.
 */
#include "maps.h"

static __always_inline int remember(struct bpf_sock_addr *ctx)
{
	struct bpf_sock *sk = ctx->sk;
	struct owned *owned;
	struct tacit_owner owner = {
		.pid = bpf_get_current_pid_tgid() >> 32,
		.uid = (__u32)bpf_get_current_uid_gid(),
		.cgroup = bpf_get_current_cgroup_id(),
		.netns = bpf_get_netns_cookie(ctx),
	};

#pragma unroll
	for (int level = 1; level < TACIT_CGROUP_LEVELS; level++)
		owner.above[level] = bpf_get_current_ancestor_cgroup_id(level);
	bpf_get_current_comm(owner.comm, sizeof(owner.comm));
	owned = sk ? bpf_sk_storage_get(&owners, sk, 0, BPF_SK_STORAGE_GET_F_CREATE) : 0;
	/* A socket that was filled up with options has no room: then only its user is known (owner.h). */
	if (!owned)
		return 1;
	bpf_spin_lock(&owned->lock);
	owned->owner = owner;
	bpf_spin_unlock(&owned->lock);
	return 1;
}

SEC("cgroup/connect4")
int tacit_connect4(struct bpf_sock_addr *ctx)
{
	return remember(ctx);
}

SEC("cgroup/connect6")
int tacit_connect6(struct bpf_sock_addr *ctx)
{
	return remember(ctx);
}

SEC("cgroup/sendmsg4")
int tacit_sendmsg4(struct bpf_sock_addr *ctx)
{
	return remember(ctx);
}

SEC("cgroup/sendmsg6")
int tacit_sendmsg6(struct bpf_sock_addr *ctx)
{
	return remember(ctx);
}

char LICENSE[] SEC("license") = "GPL";
