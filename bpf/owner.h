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

/* The socket's owner, in one piece: connect.bpf.c may write meanwhile. Return: not 0 if it is known. */
static __noinline int owner_of(struct __sk_buff *skb, struct tacit_owner *to)
{
	struct bpf_sock *sk = skb->sk;
	struct owned *owned;

	if (!sk || !to)
		return 0;
	/* Those that are no full ones (TIME-WAIT, one not accepted yet) have no room for it. */
	sk = bpf_sk_fullsock(sk);
	if (!sk)
		return 0;
	owned = bpf_sk_storage_get(&owners, sk, 0, 0);
	if (!owned)
		return 0;
	bpf_spin_lock(&owned->lock);
	*to = owned->owner;
	bpf_spin_unlock(&owned->lock);
	return 1;
}

#endif
