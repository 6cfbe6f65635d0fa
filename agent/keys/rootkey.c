// SPDX-License-Identifier: GPL-2.0
#include "rootkey.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"

int rootkey_read(const char *path, uint8_t key[TACIT_ROOT_KEY_BYTES], struct key_error *error)
{
	size_t bytes;
	int code = file_read(AT_FDCWD, path, key, TACIT_ROOT_KEY_BYTES, TACIT_ROOT_KEY_BYTES, &bytes, 077);

	memset(key, 0, code ? TACIT_ROOT_KEY_BYTES : 0);
	switch (-code) {
	case 0:
		return 0;
	case ENOENT:
		return key_error_set(error, code, "there is no root key at %s", path);
	case EPERM:
		return key_error_set(error, code,
				     "others than root can read or change the root key %s; "
				     "make it root's alone: `chown root %s && chmod 0600 %s`",
				     path, path, path);
	case EINVAL:
		return key_error_set(error, code, "%s is not a root key: a regular file of %d bytes", path,
				     TACIT_ROOT_KEY_BYTES);
	default:
		return key_error_set(error, code, "cannot read the root key %s: %s", path, strerror(-code));
	}
}

static int draw(uint8_t key[TACIT_ROOT_KEY_BYTES])
{
	ssize_t n;

	/* So few bytes come whole or not at all, and only when the generator is seeded. */
	do {
		n = getrandom(key, TACIT_ROOT_KEY_BYTES, 0);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	return n == TACIT_ROOT_KEY_BYTES ? 0 : -EIO;
}

/* The directory of a file, opened, and the file's name in it. Return: the descriptor or -errno. */
static int open_parent(const char *path, char name[PATH_MAX], struct key_error *error)
{
	char directory[PATH_MAX], whole[PATH_MAX];
	int fd;

	if (!*path || snprintf(directory, PATH_MAX, "%s", path) >= PATH_MAX)
		return key_error_set(error, -ENAMETOOLONG, "the root key's path is too long or empty");
	strcpy(whole, path);
	strcpy(name, basename(whole));
	fd = open(dirname(directory), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? key_error_set(error, -errno, "cannot make the root key %s: %s", path, strerror(errno)) : fd;
}

int rootkey_create(const char *path, struct key_error *error)
{
	uint8_t key[TACIT_ROOT_KEY_BYTES];
	char name[PATH_MAX];
	int fd = open_parent(path, name, error), code;

	if (fd < 0)
		return fd;
	code = draw(key);
	if (!code)
		code = file_write_new(fd, name, key, sizeof(key));
	explicit_bzero(key, sizeof(key));
	close(fd);
	if (code)
		return key_error_set(error, code, "cannot make the root key %s: %s%s", path, strerror(-code),
				     code == -ENOSPC || code == -EDQUOT ? "; make room there and try again" : "");
	return 0;
}

/* ---- what was sealed ---- */

int rootkey_path(const struct rootkey_place *place, enum root_choice from, char path[PATH_MAX], struct key_error *error)
{
	const char *name = from == ROOT_TPM ? ROOTKEY_TPM_NAME : ROOTKEY_TRUSTED_NAME;
	char directory[PATH_MAX];
	int length = snprintf(directory, PATH_MAX, "%s", place->file);

	if (length < PATH_MAX && from == ROOT_FILE)
		length = snprintf(path, PATH_MAX, "%s", place->file);
	else if (length < PATH_MAX)
		length = snprintf(path, PATH_MAX, "%s/%s", dirname(directory), name);
	if (length < PATH_MAX)
		return 0;
	return key_error_set(error, -ENAMETOOLONG, "the root key's path is too long");
}

/* Reads what was sealed by `whom`: of `min` to `max` bytes. */
static int sealed_read(const char *path, void *sealed, size_t min, size_t max, size_t *bytes, const char *whom,
		       struct key_error *error)
{
	int code = file_read(AT_FDCWD, path, sealed, min, max, bytes, 022);

	switch (-code) {
	case 0:
		return 0;
	case ENOENT:
		return key_error_set(error, code, "there is no sealed root key at %s", path);
	case EPERM:
		return key_error_set(error, code, "others than root can change the sealed root key %s; "
				     "make it root's alone: `chown root %s && chmod 0600 %s`", path, path, path);
	case EINVAL:
		return key_error_set(error, code, "%s is not a root key that %s sealed: a regular file of %s%zu bytes; "
				     "put a copy of it back", path, whom, min < max ? "up to " : "", max);
	default:
		return key_error_set(error, code, "cannot read the sealed root key %s: %s", path, strerror(-code));
	}
}

static int tpm_read(const char *path, struct tacit_root_blob *blob, struct key_error *error)
{
	size_t bytes;

	return sealed_read(path, blob, sizeof(*blob), sizeof(*blob), &bytes, "a TPM", error);
}

static int tpm_make(struct module *m, const struct rootkey_place *place, struct key_error *error)
{
	struct tacit_root_blob blob;
	char path[PATH_MAX], name[PATH_MAX];
	int fd, code;

	code = rootkey_path(place, ROOT_TPM, path, error);
	if (code)
		return code;
	fd = open_parent(path, name, error);
	if (fd < 0)
		return fd;
	code = module_root_tpm_make(m, place->pcrs, &blob, error);
	if (!code) {
		code = file_write_new(fd, name, &blob, sizeof(blob));
		if (code)
			key_error_set(error, code, "cannot keep the sealed root key %s: %s", path, strerror(-code));
	}
	close(fd);
	return code;
}

static int tpm_give(struct module *m, const struct rootkey_place *place, struct key_error *error)
{
	struct key_error said = { "" };
	struct tacit_root_blob blob;
	char path[PATH_MAX];
	int code = rootkey_path(place, ROOT_TPM, path, error);

	if (!code)
		code = tpm_read(path, &blob, error);
	if (code)
		return code;
	code = module_root_tpm_accept(m, &blob, &said);
	return code ? key_error_set(error, code, "%.120s: %.360s", path, said.text) : 0;
}

int rootkey_reseal(struct module *m, const struct rootkey_place *place, uint32_t pcrs, struct key_error *error)
{
	struct tacit_root_blob old, fresh;
	char path[PATH_MAX], name[PATH_MAX];
	int fd, code;

	code = rootkey_path(place, ROOT_TPM, path, error);
	if (!code)
		code = tpm_read(path, &old, error);
	if (code)
		return code;
	fd = open_parent(path, name, error);
	if (fd < 0)
		return fd;
	code = module_root_tpm_reseal(m, &old, pcrs, &fresh, error);
	if (!code) {
		code = file_replace(fd, name, &fresh, sizeof(fresh));
		if (code)
			key_error_set(error, code, "cannot keep the sealed root key %s: %s", path, strerror(-code));
	}
	close(fd);
	return code;
}

static int trusted_make(struct module *m, const struct rootkey_place *place, struct key_error *error)
{
	char path[PATH_MAX], name[PATH_MAX], sealed[TACIT_ROOT_TRUSTED_MAX + 1];
	int fd, code = rootkey_path(place, ROOT_TRUSTED, path, error);

	if (code)
		return code;
	fd = open_parent(path, name, error);
	if (fd < 0)
		return fd;
	code = module_root_trusted_make(m, place->options, sealed, error);
	if (!code) {
		code = file_write_new(fd, name, sealed, strlen(sealed));
		if (code)
			key_error_set(error, code, "cannot keep the sealed root key %s: %s", path, strerror(-code));
	}
	close(fd);
	return code;
}

static int trusted_give(struct module *m, const struct rootkey_place *place, struct key_error *error)
{
	char path[PATH_MAX], sealed[TACIT_ROOT_TRUSTED_MAX + 2] = { 0 };
	struct key_error said = { "" };
	size_t bytes = 0;
	int code = rootkey_path(place, ROOT_TRUSTED, path, error);

	if (!code)
		code = sealed_read(path, sealed, 1, TACIT_ROOT_TRUSTED_MAX + 1, &bytes, "the kernel's trusted keys", error);
	if (code)
		return code;
	/* An editor's, or `keyctl pipe`'s, line end. */
	if (sealed[bytes - 1] == '\n')
		sealed[--bytes] = '\0';
	if (!bytes || strspn(sealed, "0123456789abcdefABCDEF") != bytes)
		return key_error_set(error, -EINVAL, "%s is not a root key that the kernel's trusted keys sealed: hex digits; "
				     "put a copy of it back", path);
	code = module_root_trusted_accept(m, sealed, place->options, &said);
	return code ? key_error_set(error, code, "%.120s: %.360s", path, said.text) : 0;
}

/* ---- which of them ---- */

/* Anything of that name counts, so that what is broken is told and not passed over. */
static int is_there(const char *path, bool *there, struct key_error *error)
{
	struct stat s;

	*there = !lstat(path, &s);
	if (!*there && errno != ENOENT)
		return key_error_set(error, -errno, "cannot look for the root key %s: %s", path, strerror(errno));
	return 0;
}

int rootkey_decide(const struct rootkey_place *place, uint32_t facts, enum root_choice *from, bool *there,
		   struct key_error *error)
{
	/* In order of worth. */
	static const enum root_choice choices[] = { ROOT_TPM, ROOT_TRUSTED, ROOT_FILE };
	const bool to_be_had[] = { facts & TACIT_ROOT_FACT_TPM, facts & TACIT_ROOT_FACT_TRUSTED, true };
	enum root_choice found = ROOT_AUTO, best = ROOT_AUTO;
	char path[PATH_MAX];

	for (size_t i = 0; i < sizeof(choices) / sizeof(choices[0]); i++) {
		bool is = false;
		int code = rootkey_path(place, choices[i], path, error);

		if (!code)
			code = is_there(path, &is, error);
		if (code)
			return code;
		if (is && found == ROOT_AUTO && (place->choice == ROOT_AUTO || place->choice == choices[i]))
			found = choices[i];
		if (to_be_had[i] && best == ROOT_AUTO)
			best = choices[i];
	}
	*there = found != ROOT_AUTO;
	*from = place->choice != ROOT_AUTO ? place->choice : *there ? found : best;
	return 0;
}

int rootkey_make(struct module *m, const struct rootkey_place *place, enum root_choice from, struct key_error *error)
{
	if (from == ROOT_TPM)
		return tpm_make(m, place, error);
	return from == ROOT_TRUSTED ? trusted_make(m, place, error) : rootkey_create(place->file, error);
}

int rootkey_give(struct module *m, const struct rootkey_place *place, enum root_choice from, struct key_error *error)
{
	uint8_t key[TACIT_ROOT_KEY_BYTES];
	int code;

	if (from == ROOT_TPM)
		return tpm_give(m, place, error);
	if (from == ROOT_TRUSTED)
		return trusted_give(m, place, error);
	code = rootkey_read(place->file, key, error);
	if (!code)
		code = module_root_set(m, key, TACIT_ROOT_FILE, error);
	explicit_bzero(key, sizeof(key));
	return code;
}
