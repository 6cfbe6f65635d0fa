// SPDX-License-Identifier: GPL-2.0
/* tacit secret: small secrets of a user, sealed in the kernel. None is ever in an argument. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "../keys/secret.h"
#include "../keys/secure.h"
#include "cli.h"
#include "key_name.h"

#define HELP_COMMON \
	"  --directory DIRECTORY where this user's secrets are kept ($STATE_DIRECTORY/secrets; root's:\n" \
	"                        " ROOT_DIRECTORY "; others': ~/.local/state/tacit/secrets)\n" \
	"  --key NAME            key that seals (" SECRET_KEY ")\n" \
	"  -j, --json            JSON on standard output\n"

#define ROOT_DIRECTORY "/var/lib/tacit/secrets"

const char usage_secret_put[] =
	"NAME [OPTION...]\n"
	"\n"
	"Seals what comes on standard input, up to its end: all of it, a newline too. On a terminal\n"
	"one line is asked for, not shown, and taken without its newline. An older secret of that\n"
	"name is replaced. Only this user can open it again, on this device.\n"
	"\n"
	HELP_COMMON;

const char usage_secret_get[] =
	"NAME [OPTION...]\n"
	"\n"
	"Writes the secret to standard output as it was put, nothing added; with -j in base64.\n"
	"\n"
	HELP_COMMON;

const char usage_secret_list[] =
	"[OPTION...]\n"
	"\n"
	HELP_COMMON;

const char usage_secret_delete[] =
	"NAME [OPTION...]\n"
	"\n"
	HELP_COMMON;

enum { OPTION_DIRECTORY = CLI_OPTION_OWN, OPTION_KEY };

struct place {
	struct cli_options options;
	const char *key;
	const char *name;	/* NULL where none is wanted */
	char directory[CONFIG_PATH_MAX];
};

static int set_directory(struct place *p, const char *directory, const char *below)
{
	if (snprintf(p->directory, sizeof(p->directory), "%s%s", directory, below) >= (int)sizeof(p->directory))
		return cli_fail(&p->options, "the path of the directory is longer than %d", CONFIG_PATH_MAX - 1);
	return CLI_OK;
}

static int default_directory(struct place *p)
{
	const char *state = getenv("STATE_DIRECTORY"), *home = getenv("HOME");
	char first[CONFIG_PATH_MAX];

	if (state && *state == '/') {
		/* systemd.exec(5): there may be several, with colons between. */
		if (snprintf(first, sizeof(first), "%.*s", (int)strcspn(state, ":"), state) >= (int)sizeof(first))
			return cli_fail(&p->options, "$STATE_DIRECTORY is too long");
		return set_directory(p, first, "/secrets");
	}
	if (!geteuid())
		return set_directory(p, ROOT_DIRECTORY, "");
	if (!home || *home != '/')
		return cli_fail(&p->options, "this user has no $HOME: name a --directory for its secrets");
	return set_directory(p, home, "/.local/state/tacit/secrets");
}

static int take(int option, struct place *p)
{
	switch (option) {
	case OPTION_DIRECTORY:
		if (!*optarg)
			return cli_usage("--directory takes a path");
		return set_directory(p, optarg, "");
	case OPTION_KEY:
		if (!key_name_valid(optarg))
			return cli_usage("a key's name is " KEY_NAME_RULE);
		p->key = optarg;
		return CLI_OK;
	default:
		return cli_option(option, &p->options);
	}
}

static int parse(int argc, char **argv, bool named, struct place *p)
{
	static const struct option longs[] = {
		CLI_LONG,
		{ "directory", required_argument, NULL, OPTION_DIRECTORY },
		{ "key", required_argument, NULL, OPTION_KEY },
		{ NULL, 0, NULL, 0 }
	};
	int option, code;

	memset(p, 0, sizeof(*p));
	p->key = SECRET_KEY;
	while ((option = getopt_long(argc, argv, CLI_SHORT, longs, NULL)) != -1) {
		code = take(option, p);
		if (code || p->options.help)
			return code;
	}
	if (argc - optind != (named ? 1 : 0))
		return cli_usage(named ? "one NAME is wanted; the secret itself comes on standard input" :
				 "no name is wanted");
	if (named) {
		p->name = argv[optind];
		if (!key_name_valid(p->name))
			return cli_usage("a secret's name is " KEY_NAME_RULE);
	}
	return *p->directory ? CLI_OK : default_directory(p);
}

/* ---- put ---- */

/* Return: 0, -errno; -EFBIG beyond TACIT_SECRET_MAX. */
static int read_secret(struct secret_plain *plain, bool line)
{
	uint8_t beyond;

	for (;;) {
		bool full = plain->bytes == sizeof(plain->secret);
		ssize_t n = read(STDIN_FILENO, full ? &beyond : plain->secret + plain->bytes, full ? 1 : line ? 1 :
				 sizeof(plain->secret) - plain->bytes);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : 0;
		if (line && (full ? beyond : plain->secret[plain->bytes]) == '\n')
			return 0;
		if (full)
			return -EFBIG;
		plain->bytes += n;
	}
}

static int ask(struct secret_plain *plain, const char *name)
{
	struct termios before, silent;
	int code;

	if (tcgetattr(STDIN_FILENO, &before))
		return read_secret(plain, false);
	silent = before;
	silent.c_lflag &= ~ECHO;
	fprintf(stderr, "secret %s (not shown): ", name);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
	code = read_secret(plain, true);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
	fputs("\n", stderr);
	return code;
}

static int done(const struct place *p, const char *what)
{
	if (p->options.json) {
		struct json_object *o = json_object_new_object();

		json_object_object_add(o, what, json_object_new_string(p->name));
		return cli_json(o);
	}
	return CLI_OK;
}

static struct secret_plain *plain_alloc(const struct place *p)
{
	struct secret_plain *plain = secure_alloc(sizeof(*plain));

	if (!plain)
		cli_fail(&p->options,
			 "no memory that is kept from swap and core dumps; is RLIMIT_MEMLOCK below 16 KiB?");
	return plain;
}

int command_secret_put(int argc, char **argv)
{
	struct key_error error = { "" };
	struct secret_plain *plain;
	union secret_room sealed;
	struct place p;
	int code = parse(argc, argv, true, &p);

	if (code || p.options.help)
		return code;
	plain = plain_alloc(&p);
	if (!plain)
		return CLI_FAILED;
	code = ask(plain, p.name);
	if (code == -EFBIG)
		code = cli_fail(&p.options, "a secret has at most %d bytes", TACIT_SECRET_MAX);
	else if (code)
		code = cli_fail(&p.options, "cannot read standard input: %s", strerror(-code));
	else if (secret_seal(p.key, p.name, plain, &sealed, &error) || secret_write(p.directory, &sealed, &error))
		code = cli_fail(&p.options, "%s", error.text);
	secure_free(plain, sizeof(*plain));
	return code ? code : done(&p, "sealed");
}

/* ---- get ---- */

/* No stdio: its buffer would keep a copy. */
static int write_all(const void *data, size_t bytes)
{
	const char *at = data;

	while (bytes) {
		ssize_t n = write(STDOUT_FILENO, at, bytes);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		at += n;
		bytes -= n;
	}
	return 0;
}

#define JSON_MAX (TACIT_NAME_MAX + 64 + (TACIT_SECRET_MAX + 2) / 3 * 4 + 1)

static int tell_json(const struct place *p, const struct secret_plain *plain)
{
	char *text = secure_alloc(JSON_MAX);
	int n, code = CLI_FAILED;

	if (!text)
		return cli_fail(&p->options, "out of memory");
	/* A name and base64 need no escapes. */
	n = snprintf(text, JSON_MAX, "{ \"name\": \"%s\", \"secret_base64\": \"", p->name);
	n += EVP_EncodeBlock((unsigned char *)text + n, plain->secret, plain->bytes);
	n += snprintf(text + n, JSON_MAX - n, "\" }\n");
	if (!write_all(text, n))
		code = CLI_OK;
	secure_free(text, JSON_MAX);
	return code;
}

int command_secret_get(int argc, char **argv)
{
	struct key_error error = { "" };
	struct secret_plain *plain;
	union secret_room sealed;
	struct place p;
	int code = parse(argc, argv, true, &p);

	if (code || p.options.help)
		return code;
	if (secret_read(p.directory, p.name, &sealed, &error))
		return cli_fail(&p.options, "%s", error.text);
	plain = plain_alloc(&p);
	if (!plain)
		return CLI_FAILED;
	if (secret_open(p.key, &sealed, plain, &error))
		code = cli_fail(&p.options, "%s", error.text);
	else if (p.options.json)
		code = tell_json(&p, plain);
	else if (write_all(plain->secret, plain->bytes))
		code = cli_fail(&p.options, "cannot write to standard output: %s", strerror(errno));
	secure_free(plain, sizeof(*plain));
	return code;
}

/* ---- list, delete ---- */

static int add_name(void *context, const char *name)
{
	return json_object_array_add(context, json_object_new_string(name)) ? -ENOMEM : 0;
}

static int print_name(void *context, const char *name)
{
	(void)context;
	puts(name);
	return 0;
}

int command_secret_list(int argc, char **argv)
{
	struct json_object *o, *names;
	struct key_error error = { "" };
	struct place p;
	int code = parse(argc, argv, false, &p);

	if (code || p.options.help)
		return code;
	if (!p.options.json) {
		code = secret_each(p.directory, print_name, NULL, &error);
		return code ? cli_fail(&p.options, "%s", error.text) : CLI_OK;
	}
	names = json_object_new_array();
	if (secret_each(p.directory, add_name, names, &error)) {
		json_object_put(names);
		return cli_fail(&p.options, "%s", error.text[0] ? error.text : "out of memory");
	}
	o = json_object_new_object();
	json_object_object_add(o, "directory", json_object_new_string(p.directory));
	json_object_object_add(o, "secrets", names);
	return cli_json(o);
}

int command_secret_delete(int argc, char **argv)
{
	struct key_error error = { "" };
	struct place p;
	int code = parse(argc, argv, true, &p);

	if (code || p.options.help)
		return code;
	code = secret_remove(p.directory, p.name, &error);
	if (code == -ENOENT)
		return cli_fail(&p.options, "there is no secret %s in %s", p.name, p.directory);
	return code ? cli_fail(&p.options, "%s", error.text) : done(&p, "deleted");
}
