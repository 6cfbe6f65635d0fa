/* SPDX-License-Identifier: GPL-2.0 */
/* The policy, replaced under packets. */
#ifndef SWAP_H
#define SWAP_H

#include "bench.h"

#define SWAPS_WANTED 20 /* or what was seen proves little */

/*
 * Two policies that allow one datagram, each by a rule that the other has not, take
 * turns while it is sent: any mixture of them refuses it.
 * @replace: what the warden replaces a policy with, by descriptor
 * Goes on for at least 200,000 packets and SWAPS_WANTED changes, but a minute at most.
 * Return: how often it was refused; *swaps says how often policies changed, *sent what was sent.
 */
typedef int swap_replace_fn(int policy_fd, const struct tacit_policy *policy);
uint64_t swap_refused(struct bench *b, swap_replace_fn *replace, unsigned long *swaps, unsigned long *sent);

#endif
