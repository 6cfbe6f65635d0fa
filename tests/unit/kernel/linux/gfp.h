/* SPDX-License-Identifier: GPL-2.0 */
#include <stdlib.h>

#define PAGE_SIZE 4096
#define get_zeroed_page(flags) ((unsigned long)calloc(1, PAGE_SIZE))
#define free_page(page) free((void *)(page))
