/* SPDX-License-Identifier: GPL-2.0 */
/* The store, provider-storemgmt(7): the URI `tacit:NAME` is the key of that name. */
#ifndef PROVIDER_STORE_H
#define PROVIDER_STORE_H

#include <openssl/core.h>

#define STORE_SCHEME "tacit:"

extern const OSSL_DISPATCH store_functions[];

#endif
