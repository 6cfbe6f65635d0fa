// SPDX-License-Identifier: GPL-2.0
/*
 * Does on purpose what the sanitizer kernel is there to see: one mistake for each checker, named by
 * the parameter. A checker that says nothing of it says nothing of tacit.ko either.
 */
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

static char *mistake = "";
module_param(mistake, charp, 0444);
MODULE_PARM_DESC(mistake, "sleep, shift, leak, lock or free");

static DEFINE_SPINLOCK(spin);
static DEFINE_MUTEX(a);
static DEFINE_MUTEX(b);

static void sleep_under_spinlock(void)
{
	spin_lock(&spin);
	msleep(1);
	spin_unlock(&spin);
}

static noinline unsigned int shift_by(unsigned int bits)
{
	return 1u << bits;
}

static noinline void leak(void)
{
	int i;

	/* More than one, for a stale pointer on some stack can hide one. */
	for (i = 0; i < 16; i++)
		memset(kmalloc(200, GFP_KERNEL), i, 200);
}

static void lock_both_ways(void)
{
	mutex_lock(&a);
	mutex_lock(&b);
	mutex_unlock(&b);
	mutex_unlock(&a);
	mutex_lock(&b);
	mutex_lock(&a);
	mutex_unlock(&a);
	mutex_unlock(&b);
}

static noinline u8 use_after_free(void)
{
	u8 *p = kmalloc(64, GFP_KERNEL);

	kfree(p);
	return READ_ONCE(p[8]);
}

static int __init fault_init(void)
{
	if (!strcmp(mistake, "sleep"))
		sleep_under_spinlock();
	else if (!strcmp(mistake, "shift"))
		pr_info("fault: %u\n", shift_by(33 + !mistake));
	else if (!strcmp(mistake, "leak"))
		leak();
	else if (!strcmp(mistake, "lock"))
		lock_both_ways();
	else if (!strcmp(mistake, "free"))
		pr_info("fault: %u\n", use_after_free());
	else
		return -EINVAL;
	return 0;
}

static void __exit fault_exit(void)
{
}

module_init(fault_init);
module_exit(fault_exit);
MODULE_DESCRIPTION("Mistakes for the sanitizer kernel to find");
MODULE_LICENSE("GPL");
