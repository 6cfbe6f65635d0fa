/* SPDX-License-Identifier: GPL-2.0 */
#include <assert.h>

#define WARN_ON_ONCE(wrong) ({ assert(!(wrong)); 0; })
#define BUILD_BUG_ON(wrong) _Static_assert(!(wrong), #wrong)
