// SPDX-License-Identifier: GPL-2.0
#include "private_key.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>


#include "../keys/secure.h"

#define BEGIN "-----BEGIN "
#define END "-----END "
#define DASHES "-----"

#define TURN "`openssl pkcs8 -topk8 -nocrypt -in %s | tacit key import NAME -`"
#define TURN_DER "`openssl pkcs8 -topk8 -nocrypt -inform DER -in %s | tacit key import NAME -`"

/* For people, and in a command that they are to give. */
static const char *shown(const char *path)
{
	return strcmp(path, "-") ? path : "standard input";
}

static const char *file(const char *path)
{
	return strcmp(path, "-") ? path : "FILE";
}

static int open_input(const char *path, struct key_error *error)
{
	struct stat s;
	int fd;

	if (!strcmp(path, "-"))
		return STDIN_FILENO;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return key_error_set(error, -errno, "cannot open %s: %s", path, strerror(errno));
	if (fstat(fd, &s) || S_ISDIR(s.st_mode)) {
		close(fd);
		return key_error_set(error, -EISDIR, "%s is no file", path);
	}
	/* Pipes are the shell's, /dev/fd/N, and nobody else's. */
	if (S_ISREG(s.st_mode) && (s.st_mode & 077)) {
		close(fd);
		return key_error_set(error, -EPERM,
				     "others than its owner can read or change %s, so the key may be known already; "
				     "better make a new one, or `chmod 0600 %s` and try again", path, path);
	}
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
	return fd;
}

static int read_all(int fd, struct private_key *key)
{
	while (key->bytes < sizeof(key->room)) {
		ssize_t n = read(fd, key->room + key->bytes, sizeof(key->room) - key->bytes);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (!n)
			return 0;
		key->bytes += n;
	}
	return -EFBIG;
}

/* ---- PEM ---- */

static int base64_value(uint8_t c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

static bool is_space(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* In place. Return: length of what was decoded, -EILSEQ for what is no base64. */
static ssize_t decode_base64(uint8_t *text, size_t bytes)
{
	size_t out = 0, digits = 0, padding = 0;
	uint32_t word = 0;

	for (size_t i = 0; i < bytes; i++) {
		int value = base64_value(text[i]);

		if (is_space(text[i]))
			continue;
		if (text[i] == '=' && digits % 4 >= 2 && padding < 2)
			padding++;
		else if (value < 0 || padding)
			return -EILSEQ;
		word = word << 6 | (value < 0 ? 0 : value);
		if (++digits % 4)
			continue;
		text[out++] = word >> 16;
		text[out++] = word >> 8;
		text[out++] = word;
	}
	if (digits % 4 || out < 3)
		return -EILSEQ;
	return out - padding;
}

struct span {
	uint8_t *at;
	size_t bytes;
};

static struct span behind(struct span s, const uint8_t *at)
{
	return (struct span){ (uint8_t *)at, s.bytes - (at - s.at) };
}

static uint8_t *find(struct span s, const char *what)
{
	return memmem(s.at, s.bytes, what, strlen(what));
}

/* Find the one block, its label and its text. Return: false where there is none, or more than one. */
static bool find_block(struct span all, struct span *label, struct span *text)
{
	uint8_t *begin = find(all, BEGIN), *end;
	struct span rest;

	if (!begin)
		return false;
	*label = behind(all, begin + sizeof(BEGIN) - 1);
	end = find(*label, DASHES);
	if (!end)
		return false;
	label->bytes = end - label->at;
	*text = behind(all, end + sizeof(DASHES) - 1);
	end = find(*text, END);
	if (!end)
		return false;
	rest = behind(all, end);
	text->bytes = end - text->at;
	return !find(rest, BEGIN);
}

static bool is_label(struct span label, const char *what)
{
	return label.bytes == strlen(what) && !memcmp(label.at, what, label.bytes);
}

static int bad_label(struct span label, const char *path, struct key_error *error)
{
	if (is_label(label, "ENCRYPTED PRIVATE KEY"))
		return key_error_set(error, -EKEYREJECTED,
				     "%s is encrypted with a passphrase; take that off on the way: "
				     "`openssl pkcs8 -in %s | tacit key import NAME -`", shown(path), file(path));
	if (is_label(label, "RSA PRIVATE KEY"))
		return key_error_set(error, -EPROTOTYPE, "%s is PKCS #1, not PKCS #8; turn it on the way: " TURN,
				     shown(path), file(path));
	if (is_label(label, "EC PRIVATE KEY"))
		return key_error_set(error, -EPROTOTYPE, "%s is SEC 1, not PKCS #8; turn it on the way: " TURN,
				     shown(path), file(path));
	return key_error_set(error, -EPROTOTYPE, "%s holds a block of another kind than PRIVATE KEY",
			     shown(path));
}

static int take_pem(struct private_key *key, const char *path, struct key_error *error)
{
	struct span all = { key->room, key->bytes }, label, text;
	ssize_t n;

	if (!find_block(all, &label, &text))
		return key_error_set(error, -EPROTOTYPE, "%s must hold one PEM block and no more", shown(path));
	if (!is_label(label, "PRIVATE KEY"))
		return bad_label(label, path, error);
	n = decode_base64(text.at, text.bytes);
	if (n < 0)
		return key_error_set(error, -EILSEQ, "the base64 in %s is cut short or damaged", shown(path));
	key->der = text.at;
	key->bytes = n;
	return 0;
}

/* ---- DER: only to say what it is instead ---- */

#define DER_SEQUENCE 0x30
#define DER_INTEGER 0x02
#define DER_OCTETS 0x04

/* Where the first element's content begins, or -1. */
static ssize_t content_at(const uint8_t *der, size_t bytes)
{
	if (bytes < 2 || der[0] != DER_SEQUENCE)
		return -1;
	return der[1] < 0x80 ? 2 : 2 + (der[1] & 0x7f);
}

static int take_der(struct private_key *key, const char *path, struct key_error *error)
{
	ssize_t at = content_at(key->room, key->bytes);
	const uint8_t *inner = key->room + (at < 0 ? 0 : at);

	if (at < 0 || (size_t)at + 4 > key->bytes)
		return key_error_set(error, -EILSEQ, "%s is neither PEM nor DER of a private key", shown(path));
	/* EncryptedPrivateKeyInfo begins with an AlgorithmIdentifier, the others with a version. */
	if (inner[0] == DER_SEQUENCE)
		return key_error_set(error, -EKEYREJECTED,
				     "%s is encrypted with a passphrase (or a public key); take that off on the way: "
				     "`openssl pkcs8 -inform DER -in %s | tacit key import NAME -`", shown(path),
				     file(path));
	if (inner[0] == DER_INTEGER && inner[1] == 1 && (inner[3] == DER_INTEGER || inner[3] == DER_OCTETS))
		return key_error_set(error, -EPROTOTYPE, "%s is %s, not PKCS #8; turn it on the way: " TURN_DER,
				     shown(path), inner[3] == DER_INTEGER ? "PKCS #1" : "SEC 1", file(path));
	key->der = key->room;
	return 0;
}

/* ---- */

static int read_key(struct private_key *key, const char *path, struct key_error *error)
{
	int code, fd = open_input(path, error);

	if (fd < 0)
		return fd;
	code = read_all(fd, key);
	if (fd != STDIN_FILENO)
		close(fd);
	if (code == -EFBIG)
		return key_error_set(error, code, "%s is larger than %d bytes: that is no private key", shown(path),
				     PRIVATE_KEY_FILE_MAX);
	if (code)
		return key_error_set(error, code, "cannot read %s: %s", shown(path), strerror(-code));
	if (!key->bytes)
		return key_error_set(error, -ENODATA, "%s is empty", shown(path));
	return find((struct span){ key->room, key->bytes }, BEGIN) ? take_pem(key, path, error) :
								       take_der(key, path, error);
}

int private_key_read(struct private_key **out, const char *path, struct key_error *error)
{
	struct private_key *key = secure_alloc(sizeof(*key));
	int code;

	*out = NULL;
	if (!key)
		return key_error_set(error, -ENOMEM, "no memory that is kept from swap and core dumps; "
				     "is RLIMIT_MEMLOCK below 32 KiB?");
	code = read_key(key, path, error);
	if (code)
		private_key_free(key);
	else
		*out = key;
	return code;
}

void private_key_free(struct private_key *key)
{
	secure_free(key, sizeof(*key));
}
