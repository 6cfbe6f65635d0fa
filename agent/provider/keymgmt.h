/* SPDX-License-Identifier: GPL-2.0 */
/* Key management, provider-keymgmt(7): the public half can be seen and exported, the private half only used. */
#ifndef PROVIDER_KEYMGMT_H
#define PROVIDER_KEYMGMT_H

#include <openssl/core.h>
#include <stddef.h>

#include "key.h"

extern const OSSL_DISPATCH keymgmt_ec_functions[];
extern const OSSL_DISPATCH keymgmt_rsa_functions[];

/*
 * Give a key to libcrypto as an object reference, provider-object(7).
 * Takes the caller's reference on `k`. Return: what the callback returned.
 */
int keymgmt_offer(struct key *k, OSSL_CALLBACK *callback, void *context);

#endif
