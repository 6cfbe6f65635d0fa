/* SPDX-License-Identifier: GPL-2.0 */
#include <linux/bug.h>
#include <stdlib.h>

#define GFP_KERNEL 0
#define kzalloc(bytes, flags) calloc(1, bytes)
#define kfree(p) free(p)
#define kfree_sensitive(p) free(p)
