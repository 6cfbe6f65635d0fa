// SPDX-License-Identifier: GPL-2.0
#include "module.h"

#include <endian.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <netlink/genl/genl.h>

#include "genl.h"
#include "key_name.h"
#include "module_request.h"

/* The kernel answers while it handles the request; a key may take a slow machine a second. */
#define REPLY_SECONDS 20

int module_open(struct module **out, struct key_error *error)
{
	const struct timeval patience = { .tv_sec = REPLY_SECONDS };
	const int on = 1;
	struct module *m;
	int code;

	*out = NULL;
	m = calloc(1, sizeof(*m));
	if (!m)
		return key_error_set(error, -ENOMEM, "out of memory");
	code = genl_open(&m->sock, &m->family, error);
	if (code) {
		free(m);
		return code;
	}
	/* Without these the kernel's own words are lost, or come behind a copy of the request. */
	setsockopt(nl_socket_get_fd(m->sock), SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
	setsockopt(nl_socket_get_fd(m->sock), SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on));
	setsockopt(nl_socket_get_fd(m->sock), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	*out = m;
	return 0;
}

void module_close(struct module *m)
{
	if (!m)
		return;
	nl_socket_free(m->sock);
	free(m);
}

static int take_status(struct reply *reply, struct nlattr **attrs)
{
	struct module_status *status = reply->context;

	status->root_origin = genl_u32(attrs[TACIT_ATTR_ROOT_ORIGIN], TACIT_ROOT_NONE);
	status->root_pcrs = genl_u32(attrs[TACIT_ATTR_ROOT_PCRS], 0);
	status->root_facts = genl_u32(attrs[TACIT_ATTR_ROOT_FACTS], 0);
	status->keys = genl_u32(attrs[TACIT_ATTR_KEYS], 0);
	status->signatures = genl_u64(attrs[TACIT_ATTR_SIGNATURES]);
	status->refusals = genl_u64(attrs[TACIT_ATTR_REFUSALS]);
	genl_text(attrs[TACIT_ATTR_MODULE_VERSION], status->version, sizeof(status->version));
	return 0;
}

int module_status(struct module *m, struct module_status *status, struct key_error *error)
{
	struct reply reply = { .error = error, .message = take_status, .context = status };
	struct nl_msg *msg = request_new(m, TACIT_CMD_STATUS, 0);

	memset(status, 0, sizeof(*status));
	if (!msg)
		return no_memory(NULL, error);
	return request(m, msg, &reply);
}

int module_root_set(struct module *m, const uint8_t key[TACIT_ROOT_KEY_BYTES], enum tacit_root_origin origin,
		    struct key_error *error)
{
	struct reply reply = { .error = error };
	struct nl_msg *msg = request_new(m, TACIT_CMD_ROOT_SET, 0);

	/* The message has room for a page: it is not moved, which would leave a copy. */
	if (!msg || nla_put_u32(msg, TACIT_ATTR_ROOT_ORIGIN, origin) ||
	    nla_put(msg, TACIT_ATTR_ROOT_KEY, TACIT_ROOT_KEY_BYTES, key))
		return no_memory(msg, error);
	return request(m, msg, &reply);
}

static int take_root_blob(struct reply *reply, struct nlattr **attrs)
{
	const struct nlattr *a = attrs[TACIT_ATTR_ROOT_BLOB];

	if (!a || nla_len(a) != sizeof(struct tacit_root_blob))
		return key_error_set(reply->error, -EBADMSG, "the module's answer lacks the sealed root key");
	memcpy(reply->context, nla_data(a), sizeof(struct tacit_root_blob));
	return 0;
}

/* `old` and `pcrs` may be NULL, `blob` where none comes back. */
static int root_tpm(struct module *m, const struct tacit_root_blob *old, const uint32_t *pcrs,
		    struct tacit_root_blob *blob, struct key_error *error)
{
	struct reply reply = { .error = error, .message = blob ? take_root_blob : NULL, .context = blob };
	struct nl_msg *msg = request_new(m, TACIT_CMD_ROOT_TPM, 0);
	int code;

	if (!msg || (old && nla_put(msg, TACIT_ATTR_ROOT_BLOB, sizeof(*old), old)) ||
	    (pcrs && nla_put_u32(msg, TACIT_ATTR_ROOT_PCRS, *pcrs)))
		return no_memory(msg, error);
	if (blob)
		memset(blob, 0, sizeof(*blob));
	code = request(m, msg, &reply);
	if (!code && blob && !blob->bytes)
		code = key_error_set(error, -EBADMSG, "the module's answer lacks the sealed root key");
	return code;
}

int module_root_tpm_make(struct module *m, uint32_t pcrs, struct tacit_root_blob *blob, struct key_error *error)
{
	return root_tpm(m, NULL, &pcrs, blob, error);
}

int module_root_tpm_accept(struct module *m, const struct tacit_root_blob *blob, struct key_error *error)
{
	return root_tpm(m, blob, NULL, NULL, error);
}

int module_root_tpm_reseal(struct module *m, const struct tacit_root_blob *old, uint32_t pcrs,
			   struct tacit_root_blob *blob, struct key_error *error)
{
	return root_tpm(m, old, &pcrs, blob, error);
}

static int take_root_trusted(struct reply *reply, struct nlattr **attrs)
{
	genl_text(attrs[TACIT_ATTR_ROOT_TRUSTED], reply->context, TACIT_ROOT_TRUSTED_MAX + 1);
	return 0;
}

/* `sealed` or `made` is NULL. */
static int root_trusted(struct module *m, const char *sealed, const char *options, char *made, struct key_error *error)
{
	struct reply reply = { .error = error, .message = made ? take_root_trusted : NULL, .context = made };
	struct nl_msg *msg = request_new(m, TACIT_CMD_ROOT_TRUSTED, 0);

	if (!msg || (sealed && nla_put_string(msg, TACIT_ATTR_ROOT_TRUSTED, sealed)) ||
	    (*options && nla_put_string(msg, TACIT_ATTR_ROOT_OPTIONS, options)))
		return no_memory(msg, error);
	return request(m, msg, &reply);
}

int module_root_trusted_make(struct module *m, const char *options, char sealed[TACIT_ROOT_TRUSTED_MAX + 1],
			     struct key_error *error)
{
	int code;

	*sealed = '\0';
	code = root_trusted(m, NULL, options, sealed, error);
	if (!code && !*sealed)
		code = key_error_set(error, -EBADMSG, "the module's answer lacks the sealed root key");
	return code;
}

int module_root_trusted_accept(struct module *m, const char *sealed, const char *options, struct key_error *error)
{
	return root_trusted(m, sealed, options, NULL, error);
}

static bool sizes_good(const struct tacit_blob *blob, size_t bytes)
{
	uint32_t public_bytes = le32toh(blob->public_bytes), sealed_bytes = le32toh(blob->sealed_bytes);

	return public_bytes <= TACIT_PUBLIC_MAX && sealed_bytes <= TACIT_PRIVATE_MAX &&
	       bytes == TACIT_BLOB_BYTES(public_bytes, sealed_bytes);
}

int module_blob_check(const struct tacit_blob *blob, size_t bytes, struct key_error *error)
{
	if (bytes < TACIT_BLOB_MIN || memcmp(blob->magic, TACIT_BLOB_MAGIC, TACIT_BLOB_MAGIC_BYTES))
		return key_error_set(error, -EINVAL, "this is not a sealed key");
	if (le32toh(blob->version) != TACIT_BLOB_VERSION)
		return key_error_set(error, -EOPNOTSUPP, "sealed in version %u; version %u is known here",
				     le32toh(blob->version), TACIT_BLOB_VERSION);
	if (le32toh(blob->bytes) != bytes || !sizes_good(blob, bytes))
		return key_error_set(error, -EINVAL, "the sealed key is cut short, or its lengths are wrong");
	if (!memchr(blob->name, 0, sizeof(blob->name)) || !key_name_valid((const char *)blob->name))
		return key_error_set(error, -EINVAL, "the name in the sealed key is malformed");
	return 0;
}

void module_blob_copy(union tacit_blob_room *to, const struct tacit_blob *from)
{
	memcpy(to, from, le32toh(from->bytes));
}

int take_key(struct module_key *key, struct nlattr **attrs, struct key_error *error)
{
	size_t bytes;

	if (!attrs[TACIT_ATTR_BLOB] || !attrs[TACIT_ATTR_SERIAL])
		return key_error_set(error, -EBADMSG, "the module's answer lacks the key");
	/* The policy bounds its length. */
	bytes = nla_len(attrs[TACIT_ATTR_BLOB]);
	memcpy(&key->room, nla_data(attrs[TACIT_ATTR_BLOB]), bytes);
	key->serial = (int32_t)nla_get_u32(attrs[TACIT_ATTR_SERIAL]);
	key->signatures = genl_u64(attrs[TACIT_ATTR_SIGNATURES]);
	key->refusals = genl_u64(attrs[TACIT_ATTR_REFUSALS]);
	key->last_use = genl_u64(attrs[TACIT_ATTR_LAST_USE]);
	key->credit = genl_u64(attrs[TACIT_ATTR_CREDIT]);
	key->last_refusal = genl_u32(attrs[TACIT_ATTR_LAST_REFUSAL], 0);
	key->last_refusal_uid = genl_u32(attrs[TACIT_ATTR_LAST_REFUSAL_UID], TACIT_ID_NONE);
	key->last_refusal_time = genl_u64(attrs[TACIT_ATTR_LAST_REFUSAL_TIME]);
	return module_blob_check(&key->blob, bytes, error);
}

int take_new_key(struct reply *reply, struct nlattr **attrs)
{
	return take_key(reply->context, attrs, reply->error);
}

int module_key_new(struct module *m, const char *name, uint32_t algorithm, const struct tacit_usage *usage,
		   struct module_key *key, struct key_error *error)
{
	struct reply reply = { .error = error, .message = take_new_key, .context = key };
	struct nl_msg *msg;
	int code;

	memset(key, 0, sizeof(*key));
	msg = request_new(m, TACIT_CMD_KEY_NEW, 0);
	if (!msg || nla_put_string(msg, TACIT_ATTR_NAME, name) ||
	    nla_put_u32(msg, TACIT_ATTR_ALGORITHM, algorithm) ||
	    nla_put(msg, TACIT_ATTR_USAGE, sizeof(*usage), usage))
		return no_memory(msg, error);
	code = request(m, msg, &reply);
	if (!code && !key->serial)
		code = key_error_set(error, -EBADMSG, "the module's answer lacks the key");
	return code;
}

static int take_serial(struct reply *reply, struct nlattr **attrs)
{
	int32_t *serial = reply->context;

	*serial = (int32_t)genl_u32(attrs[TACIT_ATTR_SERIAL], 0);
	return 0;
}

int module_key_load(struct module *m, const struct tacit_blob *blob, int32_t *serial, struct key_error *error)
{
	int32_t unused;
	struct reply reply = { .error = error, .message = take_serial, .context = serial ? serial : &unused };
	struct nl_msg *msg = request_new(m, TACIT_CMD_KEY_LOAD, 0);

	if (!msg || nla_put(msg, TACIT_ATTR_BLOB, le32toh(blob->bytes), blob))
		return no_memory(msg, error);
	return request(m, msg, &reply);
}

int module_key_delete(struct module *m, const char *name, struct key_error *error)
{
	struct reply reply = { .error = error };
	struct nl_msg *msg = request_new(m, TACIT_CMD_KEY_DELETE, 0);

	if (!msg || nla_put_string(msg, TACIT_ATTR_NAME, name) || nla_put_flag(msg, TACIT_ATTR_FOREVER))
		return no_memory(msg, error);
	return request(m, msg, &reply);
}

static int take_listed_key(struct reply *reply, struct nlattr **attrs)
{
	struct module_key key;
	int code = take_key(&key, attrs, reply->error);

	return code ? code : reply->callback(reply->context, &key);
}

int module_key_list(struct module *m, module_key_callback *callback, void *context, struct key_error *error)
{
	struct reply reply = {
		.error = error, .message = take_listed_key, .context = context, .callback = callback
	};
	struct nl_msg *msg = request_new(m, TACIT_CMD_KEY_LIST, NLM_F_DUMP);

	if (!msg)
		return no_memory(NULL, error);
	return request(m, msg, &reply);
}

struct wanted {
	const char *name;
	struct module_key *key;
	bool found;
};

static int find_key(void *context, const struct module_key *key)
{
	struct wanted *w = context;

	if (!strcmp((const char *)key->blob.name, w->name)) {
		*w->key = *key;
		w->found = true;
	}
	return 0;
}

int module_key_find(struct module *m, const char *name, struct module_key *key, struct key_error *error)
{
	struct wanted w = { .name = name, .key = key };
	int code = module_key_list(m, find_key, &w, error);

	if (!code && !w.found)
		code = key_error_set(error, -ENOKEY, "no key %s is loaded; `tacit key list` shows those that are",
				     name);
	return code;
}

const char *module_root_origin_name(uint32_t origin)
{
	switch (origin) {
	case TACIT_ROOT_NONE:
		return "none";
	case TACIT_ROOT_FILE:
		return "file";
	case TACIT_ROOT_TPM:
		return "tpm";
	case TACIT_ROOT_TRUSTED:
		return "trusted";
	default:
		return "?";
	}
}
