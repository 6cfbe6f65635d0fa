// SPDX-License-Identifier: GPL-2.0
#include "keystore.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "key_name.h"
#include "keydir.h"
#include "module_change.h"
#include "rootkey.h"

static int stop_at_first(void *context, const char *name, const struct tacit_blob *blob, int code,
			 const struct key_error *error)
{
	(void)context;
	(void)name;
	(void)blob;
	(void)code;
	(void)error;
	return 1;
}

static int root_create(struct module *m, const struct keystore_paths *paths, enum root_choice from,
		       struct key_error *error)
{
	char sealed[PATH_MAX];
	int code = rootkey_path(&paths->root, from, sealed, error);

	if (!code)
		code = keydir_each(paths->keys, stop_at_first, NULL, error);
	if (code > 0)
		return key_error_set(error, -ENOENT,
				     "there is no root key at %.150s, but %.150s holds keys sealed under one; "
				     "bring that file back, or move those keys away",
				     sealed, paths->keys);
	return code ? code : rootkey_make(m, &paths->root, from, error);
}

int keystore_root(struct module *m, const struct keystore_paths *paths, bool create, struct keystore_result *result,
		  struct key_error *error)
{
	struct module_status status;
	enum root_choice from;
	bool there;
	int code;

	memset(result, 0, sizeof(*result));
	code = module_status(m, &status, error);
	if (code || status.root_origin != TACIT_ROOT_NONE)
		return code;
	code = rootkey_decide(&paths->root, status.root_facts, &from, &there, error);
	result->root_from = code ? ROOT_AUTO : from;
	if (!code && !there && create) {
		code = root_create(m, paths, from, error);
		result->root_created = !code;
	}
	if (!code)
		code = rootkey_give(m, &paths->root, from, error);
	result->root_given = !code;
	return code;
}

struct loading {
	struct module *module;
	const struct keystore_paths *paths;
	struct keystore_result *result;
	keystore_report *report;
	void *context;
};

/* A change that is sealed, kept and only then of effect. */
static int change_locked(struct module *m, const struct keystore_paths *paths, enum module_change change,
			 const char *name, struct key_error *error)
{
	union tacit_blob_room blob;
	int code = module_key_change(m, change, name, &blob, error);

	if (!code)
		code = keydir_replace(paths->keys, &blob.blob, error);
	return code ? code : module_key_stored(m, &blob.blob, error);
}

static int load_one(void *context, const char *name, const struct tacit_blob *blob, int code,
		    const struct key_error *reason)
{
	struct loading *l = context;
	struct key_error error = *reason;

	if (!code)
		code = module_key_load(l->module, blob, NULL, &error);
	/* What was left of the last block went with the last boot. */
	if (!code && blob->usage.uses) {
		code = change_locked(l->module, l->paths, MODULE_CHANGE_RESERVE, name, &error);
		code = code == -EDQUOT ? 0 : code;
	}
	if (!code) {
		l->result->loaded++;
	} else if (code == -EEXIST) {
		l->result->present++;
	} else {
		l->result->failed++;
		if (l->report)
			l->report(l->context, name, code, error.text);
	}
	return 0;
}

int keystore_up(struct module *m, const struct keystore_paths *paths, bool create, keystore_report *report,
		void *context, struct keystore_result *result, struct key_error *error)
{
	struct loading l = { .module = m, .paths = paths, .result = result, .report = report, .context = context };
	int lock, code = keystore_root(m, paths, create, result, error);

	if (code)
		return code;
	lock = keydir_lock(paths->keys, false, paths->wait_s, error);
	if (lock == -ENOENT)
		return 0;
	/* Keys can be loaded from a file system that is full, or cannot be written, where nobody changes any. */
	if (lock < 0 && lock != -EROFS && lock != -ENOSPC && lock != -EDQUOT)
		return lock;
	code = keydir_each(paths->keys, load_one, &l, error);
	if (lock >= 0)
		close(lock);
	return code;
}

int keystore_change(struct module *m, const struct keystore_paths *paths, enum module_change change,
		    const char *name, struct key_error *error)
{
	int lock, code;

	if (!key_name_valid(name))
		return key_error_set(error, -EINVAL, "a key's name is " KEY_NAME_RULE);
	lock = keydir_lock(paths->keys, false, paths->wait_s, error);
	if (lock < 0)
		return lock;
	code = change_locked(m, paths, change, name, error);
	close(lock);
	return code;
}

/* A key that cannot be kept would be gone, and with it a certificate, at the next boot. */
static int keep(struct module *m, const struct keystore_paths *paths, const struct module_key *key,
		struct key_error *error)
{
	const char *name = (const char *)key->blob.name;
	struct key_error unused;
	int code = keydir_write(paths->keys, &key->blob, error);

	if (code)
		module_key_delete(m, name, &unused);
	else if (key->blob.usage.uses)
		code = change_locked(m, paths, MODULE_CHANGE_RESERVE, name, error);
	return code;
}

int keystore_new(struct module *m, const struct keystore_paths *paths, const char *name, uint32_t algorithm,
		 const struct tacit_usage *usage, struct module_key *key, struct key_error *error)
{
	int lock, code;

	if (!key_name_valid(name))
		return key_error_set(error, -EINVAL, "a key's name is " KEY_NAME_RULE);
	lock = keydir_lock(paths->keys, true, paths->wait_s, error);
	if (lock < 0)
		return lock;
	code = module_key_new(m, name, algorithm, usage, key, error);
	if (!code)
		code = keep(m, paths, key, error);
	close(lock);
	return code;
}

int keystore_import(struct module *m, const struct keystore_paths *paths, const char *name,
		    const struct tacit_usage *usage, const uint8_t *pkcs8, size_t bytes, struct module_key *key,
		    struct key_error *error)
{
	int lock, code;

	if (!key_name_valid(name))
		return key_error_set(error, -EINVAL, "a key's name is " KEY_NAME_RULE);
	lock = keydir_lock(paths->keys, true, paths->wait_s, error);
	if (lock < 0)
		return lock;
	code = module_key_import(m, name, usage, pkcs8, bytes, key, error);
	if (!code)
		code = keep(m, paths, key, error);
	close(lock);
	return code;
}

/*
 * The file first: a key that was told to be deleted must not be back at the next boot. One that is
 * loaded and not kept any more goes with the boot at the latest.
 */
static int delete_locked(struct module *m, const struct keystore_paths *paths, const char *name,
			 struct key_error *error)
{
	struct key_error reason = { "" };
	int kernel, file = keydir_remove(paths->keys, name, &reason);

	if (file && file != -ENOENT) {
		*error = reason;
		return file;
	}
	kernel = module_key_delete(m, name, error);
	if (kernel != -ENOKEY)
		return kernel;
	if (file)
		return key_error_set(error, -ENOKEY, "there is no key %s, neither loaded nor in %s", name, paths->keys);
	return 0;
}

int keystore_delete(struct module *m, const struct keystore_paths *paths, const char *name, struct key_error *error)
{
	struct module_status status;
	int lock, code;

	if (!key_name_valid(name))
		return key_error_set(error, -EINVAL, "a key's name is " KEY_NAME_RULE);
	/* Who may not ask the module may not delete: better known before the file is gone. */
	code = module_status(m, &status, error);
	if (code)
		return code;
	lock = keydir_lock(paths->keys, false, paths->wait_s, error);
	/* On a full disk no lock can be made, and a key can still be deleted. */
	if (lock < 0 && lock != -ENOENT && lock != -ENOSPC && lock != -EDQUOT)
		return lock;
	code = delete_locked(m, paths, name, error);
	if (lock >= 0)
		close(lock);
	return code;
}
