/* SPDX-License-Identifier: GPL-2.0 */
/*
 * tacit.so: an OpenSSL 3 provider for keys that live in tacit.ko. It offers the
 * store URI `tacit:NAME`, PEM reference files, and signing with the kernel; all
 * else stays with the default provider, which must be loaded before it.
 * See provider(7), provider-base(7).
 */
#ifndef PROVIDER_H
#define PROVIDER_H

#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>

#include <openssl/core.h>
#include <openssl/core_dispatch.h>

#define PROVIDER_NAME "tacit"

/* What libssl and libcrypto call the keys, and the types of our objects. */
#define PROVIDER_EC "EC"
#define PROVIDER_EC_NAMES "EC:id-ecPublicKey:1.2.840.10045.2.1"
#define PROVIDER_RSA "RSA"
#define PROVIDER_RSA_NAMES "RSA:rsaEncryption:1.2.840.113549.1.1.1"

/*
 * Names of their own, known only through our key management: so a signature
 * with another provider's key never comes here.
 */
#define PROVIDER_ECDSA "TACIT-ECDSA"
#define PROVIDER_RSA_PSS "TACIT-RSA-PSS"

/* Reasons of errors; the details are in the error's data. */
enum provider_reason {
	PROVIDER_ERROR_MODULE = 1,	/* tacit.ko is not loaded */
	PROVIDER_ERROR_NAME,
	PROVIDER_ERROR_NO_KEY,
	PROVIDER_ERROR_READ,
	PROVIDER_ERROR_ALGORITHM,
	PROVIDER_ERROR_PRIVATE,
	PROVIDER_ERROR_DIGEST,
	PROVIDER_ERROR_PADDING,
	PROVIDER_ERROR_CONTENT,
	PROVIDER_ERROR_REFUSED,
	PROVIDER_ERROR_SIGN,
	PROVIDER_ERROR_MEMORY,
	PROVIDER_ERROR_ORDER,	/* this provider would stand before the one with the real EC */
};

struct provider {
	const OSSL_CORE_HANDLE *core;
	OSSL_FUNC_core_new_error_fn *new_error;
	OSSL_FUNC_core_set_error_debug_fn *set_error_debug;
	OSSL_FUNC_core_vset_error_fn *vset_error;
	OSSL_FUNC_BIO_read_ex_fn *bio_read;
	OSSL_FUNC_BIO_gets_fn *bio_gets;
	_Atomic int32_t ring;	/* serial of the module's keyring, 0 while unknown */
};

void provider_raise_at(const struct provider *p, const char *file, int line, const char *function,
		       enum provider_reason reason, const char *format, ...) __attribute__((format(printf, 6, 7)));

#define provider_raise(p, reason, ...) provider_raise_at(p, __FILE__, __LINE__, __func__, reason, __VA_ARGS__)

#endif
