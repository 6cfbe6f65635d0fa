/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where the guard's programs stand on a link. From Linux 6.6 on it is a BPF link
 * (tcx), pinned: it stays when another program removes clsact or all filters, and
 * goes with the link to another network namespace. Before 6.6 it is a filter of
 * clsact. Both run in the same place, in front of the qdisc.
 */
#ifndef GUARD_PLACE_H
#define GUARD_PLACE_H

#include <stdbool.h>
#include <stdint.h>

enum guard_way { GUARD_OUT, GUARD_IN };

/*
 * guard_place_put - put a program (BPF_PROG_TYPE_SCHED_CLS) on a link
 * @program: its fd
 *
 * In the place of the one that an earlier warden put there, in one step. Return: 0 or -errno.
 */
int guard_place_put(unsigned int ifindex, enum guard_way way, int program);

/* Does the program of that id stand there? */
bool guard_place_has(unsigned int ifindex, enum guard_way way, uint32_t id);

/* Does one of ours, of whatever version? The handle of a filter could be another's: it is known by its name. */
bool guard_place_ours(unsigned int ifindex, enum guard_way way);

/* Take our filters off a link. Return: 0 or -errno. */
int guard_place_clear(unsigned int ifindex);

/* Take ours off all links that have them by tcx, wherever those are. Return: 0 or -errno. */
int guard_place_unpin(void);

#endif
