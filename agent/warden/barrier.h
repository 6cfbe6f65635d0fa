/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What keeps a link that bears an uplink's name, and has no guard, from
 * sending IP: tables of nftables (`tacit`, of the families inet, and bridge for
 * where the link is a bridge's port) that drop what leaves by that name, unless
 * it is the very link that the guard was put on, and it never left the network
 * namespace since (standing.h): the guard stays behind. A link is made, moved,
 * named and taken up faster than any process can be told of it.
 *
 * They stay when the process ends, and are replaced in one step each. What is
 * not IP (ARP, EAPOL) and packet sockets do not come by them, nor what leaves
 * by a link on top of that one: a macvlan, a VLAN, PPPoE.
 *
 * Functions return 0 or a negative errno, and then say in *p what is wrong and
 * the cure.
 */
#ifndef BARRIER_H
#define BARRIER_H

#include <stdbool.h>
#include <stddef.h>

#include "nft.h"
#include "problem.h"

#define BARRIER_TABLES 2

struct barrier_link {
	const char *name;
	unsigned int ifindex;	/* that is guarded; 0: none of that name is */
};

/* What was put up. */
struct barrier {
	int standing;	/* the fd of a map of its links (standing.h), each in its place, or -1 */
	struct nft_table tables[BARRIER_TABLES];	/* no rules: that one is not up; the first is the barrier */
	int error;	/* why there is none */
};

#define BARRIER_NONE { .standing = -1 }

/*
 * barrier_set - put it up, or replace it
 * @links: CONFIG_UPLINKS_MAX at most; an `ifindex` on which no guard stands becomes 0
 * @up: written; barrier_forget() for its end
 *
 * barrier_cannot() says of the error whether it is the kernel that has no nf_tables.
 * 0 with words in *p: it is up, and they say what it does not hold on this kernel.
 */
int barrier_set(struct barrier_link *links, size_t count, struct barrier *up, struct problem *p);
bool barrier_cannot(int error);

bool barrier_is_up(const struct barrier *up);

/* It stays up. */
void barrier_forget(struct barrier *up);

/* Is all of it there, and as it was put up? -ENOENT: another program flushed, altered or replaced it. */
int barrier_check(const struct barrier *up);

/*
 * barrier_listen - hear about changes of nftables (NFNLGRP_NFTABLES), whoever makes them
 * Return: a non-blocking socket to wait on, or a negative errno.
 */
int barrier_listen(void);

/* Take what is announced there; it is time for barrier_check then. */
void barrier_hear(int fd);

int barrier_remove(struct problem *p);

#endif
