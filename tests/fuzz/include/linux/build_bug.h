/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FUZZ_LINUX_BUILD_BUG_H
#define FUZZ_LINUX_BUILD_BUG_H

#include <assert.h>
#include <linux/types.h>

#undef static_assert
#define static_assert(expression, ...) _Static_assert(expression, #expression)

#endif
