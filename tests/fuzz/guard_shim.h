/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel's part for the guard's programs in user space (bpf/bpf/bpf_helpers.h). */
#ifndef GUARD_SHIM_H
#define GUARD_SHIM_H

#include <linux/bpf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tacit_policy;

/* Empty maps; then this policy, attended. */
void shim_reset(const struct tacit_policy *policy);

/* Run a program on a copy of the frame, which came in on the same link if it is `forwarded`. Return: its verdict. */
int shim_run(int (*program)(struct __sk_buff *skb), const uint8_t *frame, size_t bytes, bool forwarded);

#endif
