// SPDX-License-Identifier: GPL-2.0
#include "key_text.h"

#include <endian.h>
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "../keys/module_events.h"
#include "key_public.h"

static const struct {
	uint32_t number;
	const char *name;	/* of --algorithm; NULL where no key can be made */
	const char *json;
	const char *title;
} algorithms[] = {
	{ TACIT_ALGORITHM_ECDSA_P256, "p256", "ecdsa-p256", "ECDSA P-256 with SHA-256" },
	{ TACIT_ALGORITHM_ECDSA_P384, "p384", "ecdsa-p384", "ECDSA P-384 with SHA-384" },
	{ TACIT_ALGORITHM_RSA_PSS, NULL, "rsa-pss", "RSA-PSS with SHA-256, SHA-384 or SHA-512" },
	{ TACIT_ALGORITHM_SECRET, "secret", "secret", "AES-256-GCM, for secrets; it does not sign" },
};

#define ALGORITHMS (sizeof(algorithms) / sizeof(algorithms[0]))

int key_algorithm_parse(const char *text, uint32_t *algorithm)
{
	for (size_t i = 0; i < ALGORITHMS; i++) {
		if (algorithms[i].name && !strcmp(text, algorithms[i].name)) {
			*algorithm = algorithms[i].number;
			return 0;
		}
	}
	return -EINVAL;
}

const char *key_algorithm_title(uint32_t algorithm)
{
	for (size_t i = 0; i < ALGORITHMS; i++) {
		if (algorithms[i].number == algorithm)
			return algorithms[i].title;
	}
	return "one that this version does not know";
}

static const char *algorithm_json(uint32_t algorithm)
{
	for (size_t i = 0; i < ALGORITHMS; i++) {
		if (algorithms[i].number == algorithm)
			return algorithms[i].json;
	}
	return "?";
}

int key_fingerprint(const struct tacit_blob *blob, char out[KEY_FINGERPRINT_MAX])
{
	uint8_t digest[EVP_MAX_MD_SIZE];
	unsigned char *spki = NULL;
	EVP_PKEY *key = key_public(blob);
	unsigned int n = 0;
	int bytes, good;

	out[0] = '\0';
	bytes = key ? i2d_PUBKEY(key, &spki) : -1;
	good = bytes > 0 && EVP_Digest(spki, bytes, digest, &n, EVP_sha256(), NULL) && 2 * n == KEY_FINGERPRINT_MAX - 1;
	for (unsigned int i = 0; good && i < n; i++)
		snprintf(out + 2 * i, 3, "%02x", digest[i]);
	OPENSSL_free(spki);
	EVP_PKEY_free(key);
	return good ? 0 : -EIO;
}

static const struct {
	const char *name;
	uint32_t bit;
} usages[] = {
	{ "tls13-client", TACIT_USAGE_TLS13_CLIENT },
	{ "tls13-server", TACIT_USAGE_TLS13_SERVER },
	{ "csr", TACIT_USAGE_CSR },
	{ "seal", TACIT_USAGE_SEAL },
};

#define USAGES (sizeof(usages) / sizeof(usages[0]))

static uint32_t usage_bit(const char *word, size_t bytes)
{
	for (size_t i = 0; i < USAGES; i++) {
		if (strlen(usages[i].name) == bytes && !strncmp(usages[i].name, word, bytes))
			return usages[i].bit;
	}
	return 0;
}

int key_usage_parse(const char *text, uint32_t *usage)
{
	*usage = 0;
	for (;;) {
		size_t n = strcspn(text, ",");
		uint32_t bit = usage_bit(text, n);

		/* `seal` comes with the algorithm. */
		if (!(bit & TACIT_USAGE_SIGN))
			return -EINVAL;
		*usage |= bit;
		if (!text[n])
			return 0;
		text += n + 1;
	}
}

void key_usage_text(uint32_t usage, char out[KEY_USAGE_TEXT_MAX])
{
	size_t used = 0;

	out[0] = '\0';
	for (size_t i = 0; i < USAGES; i++) {
		if (usage & usages[i].bit)
			used += snprintf(out + used, KEY_USAGE_TEXT_MAX - used, "%s%s", used ? "," : "",
					 usages[i].name);
	}
}

void key_callers_text(const struct tacit_usage *usage, char out[KEY_CALLERS_TEXT_MAX])
{
	uint32_t uid = le32toh(usage->uid), gid = le32toh(usage->gid);
	bool all = le32toh(usage->allowed) & TACIT_USAGE_SEAL && uid == TACIT_ID_NONE && gid == TACIT_ID_NONE;
	size_t used = snprintf(out, KEY_CALLERS_TEXT_MAX, all ? "every user, for secrets of its own" : "root");

	if (uid != TACIT_ID_NONE) {
		const struct passwd *user = getpwuid(uid);

		used += snprintf(out + used, KEY_CALLERS_TEXT_MAX - used, ", user %.32s (%u)",
				 user ? user->pw_name : "without a name", uid);
	}
	if (gid != TACIT_ID_NONE) {
		const struct group *group = getgrgid(gid);

		used += snprintf(out + used, KEY_CALLERS_TEXT_MAX - used, ", group %.32s (%u)",
				 group ? group->gr_name : "without a name", gid);
	}
	if (usage->cgroup[0])
		snprintf(out + used, KEY_CALLERS_TEXT_MAX - used, "; only in cgroup %.*s", TACIT_CGROUP_MAX,
			 (const char *)usage->cgroup);
}

void key_time_text(uint64_t seconds, char out[KEY_TIME_TEXT_MAX])
{
	time_t t = seconds;
	struct tm tm;

	if (!seconds || !localtime_r(&t, &tm) || !strftime(out, KEY_TIME_TEXT_MAX, "%Y-%m-%d %H:%M:%S", &tm))
		strcpy(out, "never");
}

bool key_exposed(const struct tacit_blob *blob)
{
	return le32toh(blob->flags) & TACIT_FLAG_EXPOSED;
}

bool key_imported(const struct tacit_blob *blob)
{
	return le32toh(blob->flags) & TACIT_FLAG_IMPORTED;
}

bool key_bound(const struct tacit_blob *blob)
{
	return le32toh(blob->flags) & TACIT_FLAG_CSR_CLOSED;
}

const char *key_exposed_text(const struct tacit_blob *blob)
{
	if (key_imported(blob))
		return " (exposed for ever: it was made elsewhere)";
	return key_exposed(blob) ? " (exposed: the root key is a file)" : "";
}

static void add_id(struct json_object *object, const char *name, uint32_t id)
{
	json_object_object_add(object, name, id == TACIT_ID_NONE ? NULL : json_object_new_int64(id));
}

static struct json_object *usage_json(uint32_t usage)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < USAGES; i++) {
		if (usage & usages[i].bit)
			json_object_array_add(list, json_object_new_string(usages[i].name));
	}
	return list;
}

static void add_number(struct json_object *o, const char *name, uint64_t number)
{
	json_object_object_add(o, name, json_object_new_int64((int64_t)number));
}

static void add_text(struct json_object *o, const char *name, const char *text)
{
	json_object_object_add(o, name, text && *text ? json_object_new_string(text) : NULL);
}

/* What only a loaded key has. */
static void add_history(struct json_object *o, const struct module_key *key)
{
	add_number(o, "serial", key->serial);
	add_number(o, "signatures", key->signatures);
	add_number(o, "refusals", key->refusals);
	add_number(o, "last_use", key->last_use);
	add_text(o, "last_refusal", key->last_refusal ? module_refusal_name(key->last_refusal) : NULL);
	if (key->last_refusal) {
		add_id(o, "last_refusal_uid", key->last_refusal_uid);
		add_number(o, "last_refusal_time", key->last_refusal_time);
	}
}

struct json_object *key_json(const struct key_facts *facts)
{
	const struct module_key *key = &facts->key;
	const struct tacit_usage *usage = &key->blob.usage;
	char fingerprint[KEY_FINGERPRINT_MAX];
	struct json_object *o = json_object_new_object();

	if (!o)
		return NULL;
	/* A key for secrets has no public half. */
	key_fingerprint(&key->blob, fingerprint);
	add_text(o, "name", (const char *)key->blob.name);
	add_text(o, "algorithm", algorithm_json(le32toh(key->blob.algorithm)));
	add_text(o, "fingerprint", fingerprint);
	json_object_object_add(o, "usage", usage_json(le32toh(usage->allowed)));
	add_number(o, "rate_per_minute", le32toh(usage->rate));
	add_number(o, "burst", le32toh(usage->burst));
	add_id(o, "uid", le32toh(usage->uid));
	add_id(o, "gid", le32toh(usage->gid));
	add_text(o, "cgroup", (const char *)usage->cgroup);
	if (usage->uses) {
		add_number(o, "uses", le64toh(usage->uses));
		add_number(o, "uses_left", key_uses_left(key));
	}
	json_object_object_add(o, "exposed", json_object_new_boolean(key_exposed(&key->blob)));
	json_object_object_add(o, "imported", json_object_new_boolean(key_imported(&key->blob)));
	json_object_object_add(o, "certificate_bound", json_object_new_boolean(key_bound(&key->blob)));
	json_object_object_add(o, "sealed_file", json_object_new_boolean(facts->sealed));
	json_object_object_add(o, "loaded", json_object_new_boolean(key->serial != 0));
	if (key->serial)
		add_history(o, key);
	return o;
}

uint64_t key_uses_left(const struct module_key *key)
{
	return le64toh(key->blob.usage.uses) - le64toh(key->blob.spent) + key->credit;
}
