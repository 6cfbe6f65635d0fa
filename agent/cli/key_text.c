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

/* SubjectPublicKeyInfo of a P-256 key up to X (RFC 5480, 2): all of it but the point is fixed. */
static const uint8_t spki_head[] = {
	0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
	0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04
};

#define P256_POINT (2 * TACIT_P256_BYTES)

int key_fingerprint(const struct tacit_blob *blob, char out[KEY_FINGERPRINT_MAX])
{
	uint8_t spki[sizeof(spki_head) + P256_POINT], digest[EVP_MAX_MD_SIZE];
	unsigned int n;

	out[0] = '\0';
	if (le32toh(blob->algorithm) != TACIT_ALGORITHM_ECDSA_P256 || le32toh(blob->public_bytes) != P256_POINT)
		return -EIO;
	memcpy(spki, spki_head, sizeof(spki_head));
	memcpy(spki + sizeof(spki_head), blob->data, P256_POINT);
	if (!EVP_Digest(spki, sizeof(spki), digest, &n, EVP_sha256(), NULL) || 2 * n != KEY_FINGERPRINT_MAX - 1)
		return -EIO;
	for (unsigned int i = 0; i < n; i++)
		snprintf(out + 2 * i, 3, "%02x", digest[i]);
	return 0;
}

static const struct {
	const char *name;
	uint32_t bit;
} usages[] = {
	{ "tls13-client", TACIT_USAGE_TLS13_CLIENT },
	{ "tls13-server", TACIT_USAGE_TLS13_SERVER },
	{ "csr", TACIT_USAGE_CSR },
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

		if (!bit)
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
	size_t used = snprintf(out, KEY_CALLERS_TEXT_MAX, "root");

	if (uid != TACIT_ID_NONE) {
		const struct passwd *user = getpwuid(uid);

		used += snprintf(out + used, KEY_CALLERS_TEXT_MAX - used, ", user %.32s (%u)",
				 user ? user->pw_name : "without a name", uid);
	}
	if (gid != TACIT_ID_NONE) {
		const struct group *group = getgrgid(gid);

		snprintf(out + used, KEY_CALLERS_TEXT_MAX - used, ", group %.32s (%u)",
			 group ? group->gr_name : "without a name", gid);
	}
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

struct json_object *key_json(const struct key_facts *facts)
{
	const struct module_key *key = &facts->key;
	const struct tacit_usage *usage = &key->blob.usage;
	char fingerprint[KEY_FINGERPRINT_MAX];
	struct json_object *o;

	if (key_fingerprint(&key->blob, fingerprint))
		return NULL;
	o = json_object_new_object();
	if (!o)
		return NULL;
	json_object_object_add(o, "name", json_object_new_string((const char *)key->blob.name));
	json_object_object_add(o, "algorithm", json_object_new_string("ecdsa-p256"));
	json_object_object_add(o, "fingerprint", json_object_new_string(fingerprint));
	json_object_object_add(o, "usage", usage_json(le32toh(usage->allowed)));
	json_object_object_add(o, "rate_per_minute", json_object_new_int64(le32toh(usage->rate)));
	json_object_object_add(o, "burst", json_object_new_int64(le32toh(usage->burst)));
	add_id(o, "uid", le32toh(usage->uid));
	add_id(o, "gid", le32toh(usage->gid));
	json_object_object_add(o, "exposed", json_object_new_boolean(key_exposed(&key->blob)));
	json_object_object_add(o, "sealed_file", json_object_new_boolean(facts->sealed));
	json_object_object_add(o, "loaded", json_object_new_boolean(key->serial != 0));
	if (!key->serial)
		return o;
	json_object_object_add(o, "serial", json_object_new_int64(key->serial));
	json_object_object_add(o, "signatures", json_object_new_int64(key->signatures));
	json_object_object_add(o, "refusals", json_object_new_int64(key->refusals));
	json_object_object_add(o, "last_use", json_object_new_int64(key->last_use));
	return o;
}
