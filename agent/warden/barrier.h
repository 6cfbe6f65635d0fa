/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What keeps a link that bears an uplink's name, and has no guard, from
 * sending IP: a table of nftables (`tacit`, family inet) that drops what leaves
 * by that name, unless it is the very link that the guard was put on, and it
 * never left the network namespace since (standing.h): the guard stays behind. A
 * link is made, moved, named and taken up faster than any process can be told of it.
 *
 * It stays when the process ends, and is replaced in one step. What is
 * not IP (ARP, EAPOL) and packet sockets do not come by it.
 *
 * Functions return 0 or a negative errno, and then say in *p what is wrong and
 * the cure.
 */
#ifndef BARRIER_H
#define BARRIER_H

#include <stddef.h>

#include "problem.h"

struct barrier_link {
	const char *name;
	unsigned int ifindex;	/* that is guarded; 0: none of that name is */
};

/*
 * barrier_set - put it up, or replace it
 * @links: CONFIG_UPLINKS_MAX at most; an `ifindex` on which no guard stands becomes 0
 * @standing: the fd of a map of these links (standing.h), each in its place, or -1; may be NULL
 *
 * -EOPNOTSUPP or -EINVAL on a kernel without nf_tables. 0 with words in *p: it is up,
 * but on this kernel a link that leaves and comes back is not told from one that stayed.
 */
int barrier_set(struct barrier_link *links, size_t count, int *standing, struct problem *p);

/* Is the table there? -ENOENT: another program flushed it. */
int barrier_check(struct problem *p);

/*
 * barrier_listen - hear about changes of nftables (NFNLGRP_NFTABLES), whoever makes them
 * Return: a non-blocking socket to wait on, or a negative errno.
 */
int barrier_listen(void);

/* Take what is announced there; it is time for barrier_check then. */
void barrier_hear(int fd);

int barrier_remove(struct problem *p);

#endif
