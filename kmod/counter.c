// SPDX-License-Identifier: GPL-2.0
#define pr_fmt(fmt) "tacit: " fmt

#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/printk.h>

#include "counter.h"

static const struct tacit_counter_ops *provided;

void tacit_counter_provide(const struct tacit_counter_ops *ops)
{
	provided = ops;
}

int tacit_counter_give(struct tacit_blob *blob)
{
	u32 number;
	u64 value;
	int err;

	if (!blob->usage.uses || !provided)
		return 0;
	err = provided->make(&number, &value);
	if (err)
		return err;
	blob->counter = cpu_to_le32(number);
	blob->epoch = cpu_to_le64(value);
	return 0;
}

void tacit_counter_withdraw(struct tacit_blob *blob)
{
	u32 number = le32_to_cpu(blob->counter);
	int err = number ? tacit_counter_drop(number) : 0;

	if (err)
		pr_warn("monotonic counter %u has no key and cannot be given up: %d\n", number, err);
	blob->counter = 0;
}

int tacit_counter_advance(u32 number, u64 *value)
{
	return provided ? provided->advance(number, value) : -ENODEV;
}

int tacit_counter_drop(u32 number)
{
	return provided ? provided->drop(number) : -ENODEV;
}

int tacit_counter_check(u32 number, u64 reading)
{
	u64 value;
	int err;

	if (!number)
		return 0;
	/* A counter that is gone, or cannot be asked, vouches for nothing. */
	err = provided ? provided->read(number, &value) : -ENODEV;
	if (err)
		return err == -ENOENT || err == -ENODEV ? -ESTALE : err;
	if (reading == value)
		return 0;
	if (reading != value + 1)
		return -ESTALE;
	return tacit_counter_advance(number, &value) ?: value == reading ? 0 : -ESTALE;
}
