// SPDX-License-Identifier: GPL-2.0
/*
 * usage: keystore_fuzz ROOT_KEY CALLS [SEED]: calls to tacit.ko that nobody should make, drawn from SEED (printed): netlink
 * messages of random and of mutated attributes, sealed keys with bytes changed, some of them sealed anew so that
 * they pass the cipher, and keyctl(2) with all its operations and odd sizes. After that the key `steady` must
 * be there and sign as before. ROOT_KEY (hexadecimal) is set already; no keys are loaded.
 */
#include <unistd.h>

#include "fuzz/blobs.h"
#include "fuzz/draw.h"
#include "fuzz/keyctl.h"
#include "fuzz/messages.h"
#include "fuzz/target.h"

/* Curve arithmetic costs much, so that imports are fewer. */
static struct {
	const char *name;
	unsigned int share;	/* of 32 */
	bool (*call)(void);
	unsigned long calls, successes;
} kinds[] = {
	{ .name = "netlink, random", .share = 8, .call = random_message },
	{ .name = "netlink, mutated", .share = 8, .call = mutated_message },
	{ .name = "sealed keys", .share = 3, .call = mutated_blob },
	{ .name = "imports", .share = 1, .call = mutated_import },
	{ .name = "keyctl", .share = 12, .call = odd_keyctl },
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static void odd_call(void)
{
	unsigned int n = below(32), kind = 0;

	for (; n >= kinds[kind].share; kind++)
		n -= kinds[kind].share;
	kinds[kind].calls++;
	kinds[kind].successes += kinds[kind].call();
}

int main(int argc, char **argv)
{
	union tacit_blob_room first;
	unsigned long count;

	if (argc < 3)
		return 2;
	count = strtoul(argv[2], NULL, 0);
	if (argc > 3)
		fuzz_state = strtoull(argv[3], NULL, 0);
	else if (getentropy(&fuzz_state, sizeof(fuzz_state)))
		return 1;
	fuzz_state |= !fuzz_state;
	printf("# seed %llu\n", (unsigned long long)fuzz_state);
	fflush(stdout);
	set_up(argv[1]);
	first = sealed;
	if (key_new("fz-sealed") || key_delete("fz-sealed"))
		fail("a key to be changed", EINVAL);
	for (unsigned long i = 0; i < count; i++) {
		odd_call();
		if (i % 500 == 499)
			sweep();
		if (i % 10000 == 9999)
			still_signs(&first.blob);
	}
	sweep();
	still_signs(&first.blob);
	for (size_t i = 0; i < KINDS; i++)
		printf("# %s: %lu calls, %lu of them no error\n", kinds[i].name, kinds[i].calls, kinds[i].successes);
	return key_delete(STEADY) != 0;
}
