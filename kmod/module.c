// SPDX-License-Identifier: GPL-2.0
#include <linux/module.h>
static int __init tacit_init(void)
{
	return 0;
}
static void __exit tacit_exit(void)
{
}
module_init(tacit_init);
module_exit(tacit_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("tacit");
