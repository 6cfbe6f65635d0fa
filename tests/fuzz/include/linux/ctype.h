/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FUZZ_LINUX_CTYPE_H
#define FUZZ_LINUX_CTYPE_H

/* The kernel's are functions of a byte, whatever the locale. */
#define isdigit(c) ((unsigned int)(c) - '0' < 10)

#endif
