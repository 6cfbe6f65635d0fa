/* SPDX-License-Identifier: GPL-2.0 */
/* A key's facts for people and for programs. */
#ifndef KEY_TEXT_H
#define KEY_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#include <json-c/json.h>

#include "../keys/module.h"

#define KEY_FINGERPRINT_MAX 65
#define KEY_USAGE_TEXT_MAX 64
#define KEY_CALLERS_TEXT_MAX (160 + TACIT_CGROUP_MAX)
#define KEY_TIME_TEXT_MAX 32

/* What a sealed key file or the module tells. */
struct key_facts {
	struct module_key key;	/* serial 0: not loaded */
	bool sealed;		/* its file is in the key directory */
};

/*
 * SHA-256 of the SubjectPublicKeyInfo (RFC 5280, 4.1.2.7) in hexadecimal: what
 * `openssl pkey -pubin -outform DER | sha256sum` gives. Return: 0; -EIO, with
 * an empty text, for a key without a public half.
 */
int key_fingerprint(const struct tacit_blob *blob, char out[KEY_FINGERPRINT_MAX]);

/* "p256" and the like, as `key new` takes them. Return: 0, -EINVAL. */
int key_algorithm_parse(const char *text, uint32_t *algorithm);

/* For people: "ECDSA P-256 with SHA-256". */
const char *key_algorithm_title(uint32_t algorithm);

/* "tls13-client,csr" to TACIT_USAGE_* and back. Return of the first: 0, -EINVAL for what cannot be asked for. */
int key_usage_parse(const char *text, uint32_t *usage);
void key_usage_text(uint32_t usage, char out[KEY_USAGE_TEXT_MAX]);

/* "root, user tacit (993), group 12" */
void key_callers_text(const struct tacit_usage *usage, char out[KEY_CALLERS_TEXT_MAX]);

/* Local time, or "never" for 0. */
void key_time_text(uint64_t seconds, char out[KEY_TIME_TEXT_MAX]);

bool key_exposed(const struct tacit_blob *blob);
bool key_imported(const struct tacit_blob *blob);
bool key_bound(const struct tacit_blob *blob);

/* Why it is exposed, in parentheses behind a space; empty if it is not. */
const char *key_exposed_text(const struct tacit_blob *blob);

/* Of a key with a budget: uses that are left, those of a reserved block included. */
uint64_t key_uses_left(const struct module_key *key);

/* All of it as an object, NULL if memory or libcrypto fail. */
struct json_object *key_json(const struct key_facts *facts);

#endif
