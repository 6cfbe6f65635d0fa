// SPDX-License-Identifier: GPL-2.0
/* tacit: the command line. The table below is all there is. */
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "log.h"

#define COMMON_OPTIONS                                        \
	"\n"                                                  \
	"  -j, --json            JSON on standard output\n"   \
	"  -c, --config FILE     configuration file (" CONFIG_DEFAULT_FILE ")\n"

static const char usage_status[] =
	"\n\n"
	"Uplink and slots, guard, key store, engine, each channel with the guarantee of its shape,\n"
	"and the last eight events.\n"
	COMMON_OPTIONS
	"\n"
	"Exit status 0 only if every promise is kept right now: guard on, keys loaded, channels up;\n"
	"3 if tacitd does not run.\n";

static const char usage_monitor[] =
	"\n\n"
	"Each event from now on, until tacitd ends; below a refusal the rule that would allow it, as\n"
	"lines for the configuration.\n"
	COMMON_OPTIONS;

static const char usage_guard[] =
	"\n\n"
	"Each rule of [allow NAME] with its reason and what it let out, what was refused for which\n"
	"reason, and the last refusals with the process and the rule that would allow them.\n"
	COMMON_OPTIONS;

static const char usage_flows[] =
	"\n\n"
	"The TCP connections that the guard knows, the latest first, 500 at most: state, ends, bytes\n"
	"sent, class, process, and the name and protocol that the ClientHello asked for. States:\n"
	"\n"
	"  opening     no payload was sent\n"
	"  pending     the server's choice was not seen yet\n"
	"  accepting   opened from outside, the device's own choice was not seen yet\n"
	"  verified    TLS 1.3\n"
	"  denied      nothing of it leaves any more\n"
	"  allowed     by a rule, without TLS\n"
	"  unverified  older than the guard, by a rule with `existing`\n"
	COMMON_OPTIONS;

static const char usage_slots[] =
	"\n\n"
	"The next ten slots, how many packets wait for one and were held so far; for each uplink the\n"
	"slots of each class, what a budget of bytes put off, and what left too late. When the slots\n"
	"are is a secret, until each has passed.\n"
	COMMON_OPTIONS;

static const struct command commands[] = {
	{ "status", "the truth about key store, guard and channels", usage_status, command_status },
	{ "monitor", "follow events as they happen", usage_monitor, command_monitor },
	/* Before "guard": the longer name counts. */
	{ "guard open", "let everything out for a time, for service staff", usage_guard_open, command_guard_open },
	{ "guard close", "end that, or let nothing out at all", usage_guard_close, command_guard_close },
	{ "guard learn", "propose rules for what is refused", usage_guard_learn, command_guard_learn },
	{ "guard", "what may leave, how often it did, what was refused", usage_guard, command_guard },
	{ "flows", "the connections that the guard knows", usage_flows, command_flows },
	{ "slots", "when the uplink opens, and what waits for it", usage_slots, command_slots },
	{ "mud import", "rules from a manufacturer's usage description", usage_mud_import, command_mud_import },
	{ "mud export", "a usage description of what may leave", usage_mud_export, command_mud_export },
	{ "check", "check a configuration file", usage_check, command_check },
	{ "doctor", "say what this machine lacks, and what to do", usage_doctor, command_doctor },
	{ "key new", "make a key in the kernel", usage_key_new, command_key_new },
	{ "key import", "bring in a key that was made elsewhere", usage_key_import, command_key_import },
	{ "key list", "list keys", usage_key_list, command_key_list },
	{ "key show", "show one key", usage_key_show, command_key_show },
	{ "key csr", "make a certificate request signed by a key", usage_key_csr, command_key_csr },
	{ "key cert", "put a certificate to use, without a restart", usage_key_cert, command_key_cert },
	{ "key reference", "write a PEM file that stands for a key", usage_key_reference, command_key_reference },
	{ "key root", "show where the root key comes from", usage_key_root, command_key_root },
	{ "key reseal", "bind the TPM's root key to other PCRs", usage_key_reseal, command_key_reseal },
	{ "key delete", "remove a key for good", usage_key_delete, command_key_delete },
	{ "secret put", "seal a secret for this user", usage_secret_put, command_secret_put },
	{ "secret get", "open it again", usage_secret_get, command_secret_get },
	{ "secret list", "list this user's secrets", usage_secret_list, command_secret_list },
	{ "secret delete", "remove a sealed secret", usage_secret_delete, command_secret_delete },
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static const struct command *current;

static void print_commands(FILE *to)
{
	fputs("usage: tacit COMMAND [OPTION...]\n\n", to);
	for (size_t i = 0; i < COMMANDS; i++)
		fprintf(to, "  %-15s %s\n", commands[i].name, commands[i].summary);
	fputs("\n`tacit COMMAND --help` explains a command; `tacit --version` tells the version.\n"
	      "Exit status: 0 done, 1 failed, 2 the command line is wrong, 3 tacitd does not run.\n", to);
}

static void print_usage(FILE *to)
{
	fprintf(to, "usage: tacit %s%s%s", current->name, current->usage[0] == '\n' ? "" : " ", current->usage);
}

int cli_usage(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("tacit: ", stderr);
	vfprintf(stderr, format, args);
	fputs("\n", stderr);
	va_end(args);
	print_usage(stderr);
	return CLI_USAGE;
}

int cli_fail(const struct cli_options *options, const char *format, ...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	fprintf(stderr, "tacit: %s\n", text);
	if (options && options->json) {
		struct json_object *object = json_object_new_object();

		json_object_object_add(object, "error", json_object_new_string(text));
		/* One line, as it may be the last of a `tacit monitor`. */
		puts(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
		json_object_put(object);
	}
	return CLI_FAILED;
}

const char *cli_red(void)
{
	return isatty(STDOUT_FILENO) ? "\033[1;31m" : "";
}

const char *cli_plain(void)
{
	return isatty(STDOUT_FILENO) ? "\033[0m" : "";
}

int cli_json(struct json_object *object)
{
	int flags = JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED | JSON_C_TO_STRING_NOSLASHESCAPE;
	int bad = puts(json_object_to_json_string_ext(object, flags)) < 0 || fflush(stdout);

	json_object_put(object);
	return bad ? CLI_FAILED : CLI_OK;
}

int cli_option(int option, struct cli_options *options)
{
	switch (option) {
	case 'h':
		print_usage(stdout);
		options->help = true;
		return CLI_OK;
	case 'j':
		options->json = true;
		return CLI_OK;
	case 'c':
		options->config = optarg;
		return CLI_OK;
	case CLI_OPTION_KEYS:
		options->keys = optarg;
		return CLI_OK;
	case CLI_OPTION_ROOT_KEY:
		options->root_key = optarg;
		return CLI_OK;
	default:
		print_usage(stderr);
		return CLI_USAGE;
	}
}

int cli_parse(int argc, char **argv, struct cli_options *options, int operands, const char **operand)
{
	static const struct option longs[] = { CLI_LONG, { NULL, 0, NULL, 0 } };
	int option;

	while ((option = getopt_long(argc, argv, CLI_SHORT, longs, NULL)) != -1) {
		int code = cli_option(option, options);

		if (code || options->help)
			return code;
	}
	if (argc - optind < operands)
		return cli_usage("something is missing");
	if (argc - optind > operands)
		return cli_usage("%s is too much", argv[optind + operands]);
	if (operand)
		*operand = operands ? argv[optind] : NULL;
	return CLI_OK;
}

void cli_config_defaults(struct config *config)
{
	memset(config, 0, sizeof(*config));
	strcpy(config->user, CONFIG_DEFAULT_USER);
	strcpy(config->keys, CONFIG_DEFAULT_KEYS);
	strcpy(config->root_key, CONFIG_DEFAULT_ROOT_KEY);
	strcpy(config->control, CONFIG_DEFAULT_CONTROL);
}

static int put_path(const struct cli_options *options, char to[CONFIG_PATH_MAX], const char *path)
{
	if (!path)
		return CLI_OK;
	if (!*path || strlen(path) >= CONFIG_PATH_MAX)
		return cli_fail(options, "the path %.40s is empty or longer than %d", path, CONFIG_PATH_MAX - 1);
	strcpy(to, path);
	return CLI_OK;
}

int cli_config_paths(const struct cli_options *options, struct config *config)
{
	int code = put_path(options, config->keys, options->keys);

	return code ? code : put_path(options, config->root_key, options->root_key);
}

int cli_config(const struct cli_options *options, struct config *config)
{
	struct config_error error = { "" };
	int code;

	if (!options->config && access(CONFIG_DEFAULT_FILE, F_OK) && errno == ENOENT) {
		cli_config_defaults(config);
	} else {
		code = config_load(options->config ? options->config : CONFIG_DEFAULT_FILE, config, &error);
		if (code)
			return cli_fail(options, "%s", error.text);
	}
	return cli_config_paths(options, config);
}

/* How many words of the command line the command's name takes; 0 if it is another. */
static int words_of(const struct command *command, int argc, char **argv)
{
	const char *space = strchr(command->name, ' ');
	size_t first = space ? (size_t)(space - command->name) : strlen(command->name);

	if (argc < 1 || strlen(argv[0]) != first || strncmp(argv[0], command->name, first))
		return 0;
	if (!space)
		return 1;
	return argc > 1 && !strcmp(argv[1], space + 1) ? 2 : 0;
}

static int run(int argc, char **argv)
{
	for (size_t i = 0; i < COMMANDS; i++) {
		int words = words_of(&commands[i], argc, argv);

		if (words) {
			current = &commands[i];
			return current->run(argc - words + 1, argv + words - 1);
		}
	}
	fprintf(stderr, "tacit: there is no command %s%s%s\n", argv[0], argc > 1 && argv[1][0] != '-' ? " " : "",
		argc > 1 && argv[1][0] != '-' ? argv[1] : "");
	print_commands(stderr);
	return CLI_USAGE;
}

int main(int argc, char **argv)
{
	int code;

	log_open("tacit");
	if (argc < 2) {
		print_commands(stderr);
		return CLI_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")) {
		print_commands(stdout);
		return CLI_OK;
	}
	if (!strcmp(argv[1], "--version")) {
		puts("tacit " TACIT_VERSION);
		return CLI_OK;
	}
	code = run(argc - 1, argv + 1);
	/* Output that did not arrive is a failure. */
	if (fflush(stdout) && code == CLI_OK)
		code = CLI_FAILED;
	return code;
}
