// SPDX-License-Identifier: GPL-2.0
#include <linux/compiler.h>
#include <linux/string.h>
#include <linux/types.h>

#include "burn.h"

/*
 * The deepest of what is wiped is a signature in ecc.c or an AEAD in gcm.c, which use less than
 * 3 kB. In pieces, for a frame may not be larger than 1 kB on some machines.
 */
#define PIECE 896
#define PIECES 5

static noinline void burn(int pieces)
{
	u8 waste[PIECE];

	if (pieces > 1)
		burn(pieces - 1);
	/* After the call, so that it is no jump and each piece has a frame. */
	memzero_explicit(waste, sizeof(waste));
}

void tacit_burn_stack(void)
{
	burn(PIECES);
}
