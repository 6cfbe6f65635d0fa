// SPDX-License-Identifier: GPL-2.0
#include "module_change.h"

#include <endian.h>
#include <errno.h>
#include <string.h>

#include "genl.h"
#include "import.h"
#include "module_request.h"

static int take_blob(struct reply *reply, struct nlattr **attrs)
{
	union tacit_blob_room *blob = reply->context;
	size_t bytes;

	if (!attrs[TACIT_ATTR_BLOB])
		return key_error_set(reply->error, -EBADMSG, "the module's answer lacks the key");
	/* The policy bounds its length. */
	bytes = nla_len(attrs[TACIT_ATTR_BLOB]);
	memcpy(blob, nla_data(attrs[TACIT_ATTR_BLOB]), bytes);
	return module_blob_check(&blob->blob, bytes, reply->error);
}

int module_key_change(struct module *m, enum module_change change, const char *name, union tacit_blob_room *blob,
		      struct key_error *error)
{
	static const uint8_t commands[] = {
		[MODULE_CHANGE_BIND] = TACIT_CMD_KEY_BIND,
		[MODULE_CHANGE_REOPEN] = TACIT_CMD_CSR_REOPEN,
		[MODULE_CHANGE_RESERVE] = TACIT_CMD_KEY_RESERVE,
	};
	struct reply reply = { .error = error, .message = take_blob, .context = blob };
	struct nl_msg *msg = request_new(m, commands[change], 0);
	int code;

	memset(blob, 0, sizeof(*blob));
	if (!msg || nla_put_string(msg, TACIT_ATTR_NAME, name))
		return no_memory(msg, error);
	code = request(m, msg, &reply);
	if (!code && strcmp((const char *)blob->blob.name, name))
		code = key_error_set(error, -EBADMSG, "the module's answer is about another key");
	return code;
}

int module_key_stored(struct module *m, const struct tacit_blob *blob, struct key_error *error)
{
	struct reply reply = { .error = error };
	struct nl_msg *msg = request_new(m, TACIT_CMD_KEY_STORED, 0);

	if (!msg || nla_put_string(msg, TACIT_ATTR_NAME, (const char *)blob->name) ||
	    nla_put(msg, TACIT_ATTR_BLOB, le32toh(blob->bytes), blob))
		return no_memory(msg, error);
	return request(m, msg, &reply);
}

static int take_public(struct reply *reply, struct nlattr **attrs)
{
	if (!attrs[TACIT_ATTR_PUBLIC])
		return key_error_set(reply->error, -EBADMSG, "the module's answer lacks its one-time key");
	memcpy(reply->context, nla_data(attrs[TACIT_ATTR_PUBLIC]), IMPORT_POINT_BYTES);
	return 0;
}

static int import_begin(struct module *m, uint8_t point[IMPORT_POINT_BYTES], struct key_error *error)
{
	struct reply reply = { .error = error, .message = take_public, .context = point };
	struct nl_msg *msg = request_new(m, TACIT_CMD_KEY_IMPORT_BEGIN, 0);

	memset(point, 0, IMPORT_POINT_BYTES);
	if (!msg)
		return no_memory(NULL, error);
	return request(m, msg, &reply);
}

int module_key_import(struct module *m, const char *name, const struct tacit_usage *usage, const uint8_t *pkcs8,
		      size_t bytes, struct module_key *key, struct key_error *error)
{
	struct reply reply = { .error = error, .message = take_new_key, .context = key };
	uint8_t point[IMPORT_POINT_BYTES];
	struct import_message sealed;
	struct nl_msg *msg;
	int code;

	memset(key, 0, sizeof(*key));
	code = import_begin(m, point, error);
	if (code)
		return code;
	code = import_encrypt(point, name, usage, pkcs8, bytes, &sealed, error);
	if (code)
		return code;
	msg = request_new(m, TACIT_CMD_KEY_IMPORT, 0);
	if (!msg || nla_put_string(msg, TACIT_ATTR_NAME, name) ||
	    nla_put(msg, TACIT_ATTR_USAGE, sizeof(*usage), usage) ||
	    nla_put(msg, TACIT_ATTR_PEER, sizeof(sealed.peer), sealed.peer) ||
	    nla_put(msg, TACIT_ATTR_IMPORT, sealed.bytes, sealed.sealed))
		return no_memory(msg, error);
	code = request(m, msg, &reply);
	if (!code && !key->serial)
		code = key_error_set(error, -EBADMSG, "the module's answer lacks the key");
	return code;
}
