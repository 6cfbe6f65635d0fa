/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who opened a packet's socket. It is kept in the socket itself, so that nobody
 * can make the guard forget it by opening others. A packet without a socket has no
 * owner, and is let out by no rule that wants one: what is forwarded, what came
 * through a tunnel or out of another network namespace (which take the socket
 * off), what the kernel answers for sockets that are closed or not accepted yet.
 */
#ifndef TACIT_OWNER_H
#define TACIT_OWNER_H

#include "maps.h"

enum owner_known {
	OWNER_UNKNOWN,
	OWNER_USER, /* nothing but the user, as its network namespace numbers users: to be told, no owner for rules */
	OWNER_KNOWN,
};

/*
 * The socket's owner, in one piece: connect.bpf.c may write meanwhile. Whoever fills a socket with options
 * leaves no room for it, and needs no privilege for that: the user is known all the same.
 */
static __noinline int owner_of(struct __sk_buff *skb, struct tacit_owner *to)
{
	struct bpf_sock *sk = skb->sk;
	struct owned *owned;

	if (!sk || !to)
		return OWNER_UNKNOWN;
	/* Those that are no full ones (TIME-WAIT, one not accepted yet) have no room for it. */
	sk = bpf_sk_fullsock(sk);
	if (!sk)
		return OWNER_UNKNOWN;
	owned = bpf_sk_storage_get(&owners, sk, 0, 0);
	if (!owned) {
		__builtin_memset(to, 0, sizeof(*to));
		to->uid = bpf_get_socket_uid(skb);
		return OWNER_USER;
	}
	bpf_spin_lock(&owned->lock);
	*to = owned->owner;
	bpf_spin_unlock(&owned->lock);
	return OWNER_KNOWN;
}

#endif
