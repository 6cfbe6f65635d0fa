// SPDX-License-Identifier: GPL-2.0
#include <sys/syscall.h>

#include "draw.h"
#include "keyctl.h"
#include "target.h"

#define ROOM 8192

static const char *odd_info(char room[128])
{
	static const char *const infos[] = { INFO, "enc=msg hash=sha384", "enc=msg hash=sha512", "enc=pkcs1", "enc=raw",
					     "enc=secret", "", "enc=", "hash=", "enc=msg", "enc=msg hash=sha256 x=y",
					     "enc=msg enc=msg hash=sha256" };

	snprintf(room, 128, "%s", infos[below(sizeof(infos) / sizeof(infos[0]))]);
	if (!below(3))
		mutate((uint8_t *)room, strlen(room) + 1);
	room[127] = 0;
	return room;
}

static uint32_t odd_size(uint32_t room)
{
	static const uint32_t odd[] = { 0, 1, 64, 97, 98, 129, 130, 131, 146, 4095, 4096, 4097, 0x7fffffff, 0xffffffff };

	return below(2) ? odd[below(sizeof(odd) / sizeof(odd[0]))] : below(room);
}

static void fill_content(uint8_t *content, size_t room)
{
	noise(content, room);
	if (!below(4))
		return;
	memset(content, ' ', 64);
	memcpy(content + 64, "TLS 1.3, client CertificateVerify", 34);
	if (below(2))
		mutate(content, 98);
}

/* The core writes up to the greatest signature, whatever the caller's size says: room is always there. */
static long odd_pkey(key_serial_t key)
{
	static uint8_t in[ROOM], out[ROOM];
	struct keyctl_pkey_query query;
	char info[128];
	struct keyctl_pkey_params params = {
		.key_id = key, .in_len = odd_size(sizeof(in)), .out_len = odd_size(sizeof(out)),
	};

	if (params.in_len > sizeof(in) && below(2))
		params.in_len = sizeof(in);
	if (params.out_len > sizeof(out))
		params.out_len = sizeof(out);
	if (below(2))
		params.out_len = TACIT_P256_SIGNATURE_MAX;
	fill_content(in, sizeof(in));
	switch (below(5)) {
	case 0:
		return syscall(SYS_keyctl, KEYCTL_PKEY_QUERY, key, below(20) ? 0 : odd_number(), odd_info(info), &query);
	case 1:
		return syscall(SYS_keyctl, KEYCTL_PKEY_ENCRYPT, &params, odd_info(info), in, out);
	case 2:
		return syscall(SYS_keyctl, KEYCTL_PKEY_DECRYPT, &params, odd_info(info), in, out);
	case 3:
		return syscall(SYS_keyctl, KEYCTL_PKEY_VERIFY, &params, odd_info(info), in, out);
	default:
		return syscall(SYS_keyctl, KEYCTL_PKEY_SIGN, &params, odd_info(info), below(16) ? in : NULL,
			       below(16) ? out : NULL);
	}
}

static long odd_other(key_serial_t key)
{
	static uint8_t in[ROOM];
	char name[80];
	int operation;

	noise(in, sizeof(in));
	snprintf(name, sizeof(name), "%s", below(2) ? STEADY : "fz");
	mutate((uint8_t *)name, below(2) ? strlen(name) : 0);
	switch (below(4)) {
	case 0:
		return syscall(SYS_add_key, TACIT_KEY_TYPE, name, in, (size_t)below(600),
			       below(2) ? ring : KEY_SPEC_PROCESS_KEYRING);
	case 1:
		return syscall(SYS_request_key, TACIT_KEY_TYPE, name, NULL, below(2) ? ring : 0);
	case 2:
		return keyctl_read(key, (char *)in, below(sizeof(in)));
	default:
		operation = (int)below(KEYCTL_WATCH_KEY + 4);
		/* These are about the process, not about the key. */
		if (operation == KEYCTL_JOIN_SESSION_KEYRING || operation == KEYCTL_SESSION_TO_PARENT ||
		    operation == KEYCTL_SET_REQKEY_KEYRING)
			return -1;
		return syscall(SYS_keyctl, operation, key, below(2) ? (long)(uintptr_t)in : (long)odd_number(),
			       below(2) ? (long)(uintptr_t)name : (long)below(600), below(2) ? ring : (long)odd_number());
	}
}

bool odd_keyctl(void)
{
	key_serial_t key = below(4) ? steady : below(2) ? ring : (key_serial_t)(draw() >> 33);

	return (below(2) ? odd_pkey(key) : odd_other(key)) >= 0;
}
