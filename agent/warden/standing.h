/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which links never left this network namespace since they were entered here. A
 * link that leaves loses its clsact and keeps its index, so that one that came
 * back cannot be told by that. What can: the kernel itself takes a link out of a
 * device map (BPF_MAP_TYPE_DEVMAP) when it is unregistered, and a move is that
 * too, whether or not a process of ours runs.
 *
 * Asked by a socket filter, one for each place, that nftables can match by
 * (xt_bpf): 1 if the link of the place stayed. It holds the map: nothing is pinned.
 */
#ifndef STANDING_H
#define STANDING_H

#include <stdbool.h>
#include <stdint.h>

/* A map for so many places, all of them empty. Return: its fd, or -errno. Needs Linux 5.4. */
int standing_new(uint32_t places);

/* Return: 0; -EINVAL or -ENODEV if there is no such link in this namespace; or another -errno. */
int standing_enter(int map, uint32_t place, unsigned int ifindex);

/* Did the link of that place stay? false for one that is empty. */
bool standing_is(int map, uint32_t place);

/* Return: the fd of the socket filter, or -errno. */
int standing_program(int map, uint32_t place);

#endif
