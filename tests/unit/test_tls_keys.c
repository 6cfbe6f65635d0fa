// SPDX-License-Identifier: GPL-2.0
#include "unit.h"

#include <errno.h>

#include "tls_keys.h"

/* RFC 8448, 3: the simple 1-RTT handshake, TLS_AES_128_GCM_SHA256. */
#define MASTER "18df06843d13a08bf2a449844c5f8a478001bc4d4c627984d5a41da8d0402919"
#define TRANSCRIPT "9608102a0f1ccc6db6250b7b7e417b1a000eaada3daae4777a7686c9ff83df13"
#define CLIENT_SECRET "9e40646ce79a7f9dc05af8889bce6552875afa0b06df0087f792ebb7c17504a5"
#define CLIENT_KEY "17422dda596ed5d9acd890e3c63f5051"
#define CLIENT_SALT "5b78923d"
#define CLIENT_IV "ee08579033e523d9"
#define SERVER_SECRET "a11af9f05531f856ad47116b45a950328204b4f44bfb6b3a4b4f1f3fcb631643"
#define SERVER_KEY "9f02283b6c9c07efc26bb9f2ac92e356"
#define SERVER_SALT "cf782b88"
#define SERVER_IV "dd83549aadf1e984"

/*
 * Computed with Python's hmac. ChaCha20 from the client's secret above; AES-256 from the
 * secret 00 01 ... 2f, as RFC 8448 shows no handshake with SHA-384.
 */
#define CHACHA_KEY "c8afd24f48952725381a54085e8d8e3856d8d89e3019243b30a9db54809a3732"
#define AES256_KEY "6877d022f1c61d24ebb7487c16752d9a4798e40431c75b39320e537c90e23225"
#define AES256_SALT "42822531"
#define AES256_IV "a0fe88648fc09e9f"

static void assert_hex(const void *bytes, size_t count, const char *hex)
{
	uint8_t expected[64];

	assert_int_equal(unhex(hex, expected), count);
	assert_memory_equal(bytes, expected, count);
}

static void traffic_secrets_as_in_rfc_8448(void **state)
{
	uint8_t master[32], transcript[32], secret[32];

	(void)state;
	unhex(MASTER, master);
	unhex(TRANSCRIPT, transcript);
	assert_int_equal(tls_expand_label(TLS_SUITE_AES_128_GCM_SHA256, master, 32, "c ap traffic", transcript, 32, secret,
					  32),
			 0);
	assert_hex(secret, 32, CLIENT_SECRET);
	assert_int_equal(tls_expand_label(TLS_SUITE_AES_128_GCM_SHA256, master, 32, "s ap traffic", transcript, 32, secret,
					  32),
			 0);
	assert_hex(secret, 32, SERVER_SECRET);
}

static void record_keys_as_in_rfc_8448(void **state)
{
	struct tls_kernel_keys keys;
	uint8_t secret[32];

	(void)state;
	unhex(CLIENT_SECRET, secret);
	assert_int_equal(tls_kernel_keys(TLS_SUITE_AES_128_GCM_SHA256, secret, 32, 0, &keys), 0);
	assert_int_equal(keys.bytes, sizeof(struct tls12_crypto_info_aes_gcm_128));
	assert_int_equal(keys.info.version, TLS_1_3_VERSION);
	assert_int_equal(keys.info.cipher_type, TLS_CIPHER_AES_GCM_128);
	assert_hex(keys.aes128.key, 16, CLIENT_KEY);
	assert_hex(keys.aes128.salt, 4, CLIENT_SALT);
	assert_hex(keys.aes128.iv, 8, CLIENT_IV);
	assert_hex(keys.aes128.rec_seq, 8, "0000000000000000");

	unhex(SERVER_SECRET, secret);
	assert_int_equal(tls_kernel_keys(TLS_SUITE_AES_128_GCM_SHA256, secret, 32, 0x0102030405060708, &keys), 0);
	assert_hex(keys.aes128.key, 16, SERVER_KEY);
	assert_hex(keys.aes128.salt, 4, SERVER_SALT);
	assert_hex(keys.aes128.iv, 8, SERVER_IV);
	assert_hex(keys.aes128.rec_seq, 8, "0102030405060708");
}

static void record_keys_of_the_other_suites(void **state)
{
	struct tls_kernel_keys keys;
	uint8_t secret[48];

	(void)state;
	unhex(CLIENT_SECRET, secret);
	assert_int_equal(tls_kernel_keys(TLS_SUITE_CHACHA20_POLY1305_SHA256, secret, 32, 2, &keys), 0);
	assert_int_equal(keys.bytes, sizeof(struct tls12_crypto_info_chacha20_poly1305));
	assert_int_equal(keys.info.version, TLS_1_3_VERSION);
	assert_int_equal(keys.info.cipher_type, TLS_CIPHER_CHACHA20_POLY1305);
	assert_hex(keys.chacha20.key, 32, CHACHA_KEY);
	assert_hex(keys.chacha20.iv, 12, CLIENT_SALT CLIENT_IV);
	assert_hex(keys.chacha20.rec_seq, 8, "0000000000000002");

	for (size_t i = 0; i < sizeof(secret); i++)
		secret[i] = (uint8_t)i;
	assert_int_equal(tls_kernel_keys(TLS_SUITE_AES_256_GCM_SHA384, secret, 48, 1, &keys), 0);
	assert_int_equal(keys.bytes, sizeof(struct tls12_crypto_info_aes_gcm_256));
	assert_int_equal(keys.info.version, TLS_1_3_VERSION);
	assert_int_equal(keys.info.cipher_type, TLS_CIPHER_AES_GCM_256);
	assert_hex(keys.aes256.key, 32, AES256_KEY);
	assert_hex(keys.aes256.salt, 4, AES256_SALT);
	assert_hex(keys.aes256.iv, 8, AES256_IV);
	assert_hex(keys.aes256.rec_seq, 8, "0000000000000001");
}

static void what_is_out_of_bounds_is_refused_and_the_output_wiped(void **state)
{
	static const char long_label[] = "a label of thirty-three characters";
	struct tls_kernel_keys keys;
	uint8_t secret[49] = { 1 }, context[65] = { 2 }, out[256], zeros[256] = { 0 };
	const struct {
		int suite;
		size_t secret_bytes;
		const char *label;
		size_t context_bytes, bytes;
	} cases[] = {
		{ 0x1304, 32, "key", 0, 16 },
		{ 0, 32, "key", 0, 16 },
		{ TLS_SUITE_AES_128_GCM_SHA256, 31, "key", 0, 16 },
		{ TLS_SUITE_AES_128_GCM_SHA256, 48, "key", 0, 16 },
		{ TLS_SUITE_AES_256_GCM_SHA384, 32, "key", 0, 16 },
		{ TLS_SUITE_AES_128_GCM_SHA256, 0, "key", 0, 16 },
		{ TLS_SUITE_AES_128_GCM_SHA256, 32, "", 0, 16 },
		{ TLS_SUITE_AES_128_GCM_SHA256, 32, long_label, 0, 16 },
		{ TLS_SUITE_AES_128_GCM_SHA256, 32, "key", 65, 16 },
		{ TLS_SUITE_AES_128_GCM_SHA256, 32, "key", 0, 0 },
		{ TLS_SUITE_AES_128_GCM_SHA256, 32, "key", 0, 256 },
	};

	(void)state;
	assert_true(strlen(long_label) > TLS_LABEL_MAX);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		memset(out, 0xa5, sizeof(out));
		assert_int_equal(tls_expand_label(cases[i].suite, secret, cases[i].secret_bytes, cases[i].label, context,
						  cases[i].context_bytes, out, cases[i].bytes),
				 -EINVAL);
		assert_memory_equal(out, zeros, cases[i].bytes);
	}
	memset(&keys, 0xa5, sizeof(keys));
	assert_int_equal(tls_kernel_keys(0x1304, secret, 32, 0, &keys), -EINVAL);
	assert_memory_equal(&keys, zeros, sizeof(keys));
	memset(&keys, 0xa5, sizeof(keys));
	assert_int_equal(tls_kernel_keys(TLS_SUITE_AES_128_GCM_SHA256, secret, 48, 0, &keys), -EINVAL);
	assert_memory_equal(&keys, zeros, sizeof(keys));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(traffic_secrets_as_in_rfc_8448),
		cmocka_unit_test(record_keys_as_in_rfc_8448),
		cmocka_unit_test(record_keys_of_the_other_suites),
		cmocka_unit_test(what_is_out_of_bounds_is_refused_and_the_output_wiped),
	};

	return cmocka_run_group_tests_name("tls_keys", tests, NULL, NULL);
}
