/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The command line: a table of commands, one file each, and what they share.
 * Exit status: 0 done, 1 failed, 2 the command line is wrong, 3 tacitd does not run.
 */
#ifndef CLI_H
#define CLI_H

#include <stdbool.h>
#include <stddef.h>

#include <json-c/json.h>

#include "config.h"

enum cli_exit {
	CLI_OK = 0,
	CLI_FAILED = 1,
	CLI_USAGE = 2,
	CLI_NOT_RUNNING = 3,	/* of what asks it */
};

struct command {
	const char *name;	/* one word or two: "status", "key new" */
	const char *summary;	/* half a line */
	const char *usage;	/* what follows the name, then an explanation of each option; ends with a newline */
	int (*run)(int argc, char **argv);	/* argv[0] is the last word of the name; returns enum cli_exit */
};

int command_status(int argc, char **argv);
int command_monitor(int argc, char **argv);
int command_guard(int argc, char **argv);
int command_guard_open(int argc, char **argv);
int command_guard_close(int argc, char **argv);
int command_guard_learn(int argc, char **argv);
int command_mud_import(int argc, char **argv);
int command_mud_export(int argc, char **argv);
int command_flows(int argc, char **argv);
int command_slots(int argc, char **argv);
int command_check(int argc, char **argv);
int command_doctor(int argc, char **argv);
int command_key_new(int argc, char **argv);
int command_key_import(int argc, char **argv);
int command_key_list(int argc, char **argv);
int command_key_show(int argc, char **argv);
int command_key_csr(int argc, char **argv);
int command_key_cert(int argc, char **argv);
int command_key_reference(int argc, char **argv);
int command_key_root(int argc, char **argv);
int command_key_reseal(int argc, char **argv);
int command_key_delete(int argc, char **argv);
int command_secret_put(int argc, char **argv);
int command_secret_get(int argc, char **argv);
int command_secret_list(int argc, char **argv);
int command_secret_delete(int argc, char **argv);

extern const char usage_guard_open[];
extern const char usage_guard_close[];
extern const char usage_guard_learn[];
extern const char usage_mud_import[];
extern const char usage_mud_export[];
extern const char usage_check[];
extern const char usage_doctor[];
extern const char usage_key_new[];
extern const char usage_key_import[];
extern const char usage_key_list[];
extern const char usage_key_show[];
extern const char usage_key_csr[];
extern const char usage_key_cert[];
extern const char usage_key_reference[];
extern const char usage_key_root[];
extern const char usage_key_reseal[];
extern const char usage_key_delete[];
extern const char usage_secret_put[];
extern const char usage_secret_get[];
extern const char usage_secret_list[];
extern const char usage_secret_delete[];

/* Options that every command takes. */
struct cli_options {
	bool json;
	bool help;		/* was asked for and has been given: return CLI_OK */
	const char *config;	/* NULL: CONFIG_DEFAULT_FILE, or defaults if it is not there */
	const char *keys;	/* NULL: as the configuration says */
	const char *root_key;
};

/* For getopt_long(): a command's own short options follow CLI_SHORT, its own long ones CLI_LONG. */
#define CLI_SHORT "hjc:"
#define CLI_LONG \
	{ "help", no_argument, NULL, 'h' }, \
	{ "json", no_argument, NULL, 'j' }, \
	{ "config", required_argument, NULL, 'c' }, \
	{ "keys", required_argument, NULL, CLI_OPTION_KEYS }, \
	{ "root-key", required_argument, NULL, CLI_OPTION_ROOT_KEY }

enum {
	CLI_OPTION_KEYS = 256,
	CLI_OPTION_ROOT_KEY,
	CLI_OPTION_OWN,		/* a command's own long options begin here */
};

/*
 * cli_option - take what getopt_long() returned if it is one of the options above
 *
 * Return: CLI_OK; CLI_USAGE for an option that is not known, which getopt has
 * said already. After CLI_OK see options->help.
 */
int cli_option(int option, struct cli_options *options);

/*
 * A command line that has only the options above and `operands` operands.
 * Return: CLI_OK with operand (may be NULL if there is none to be) set to the first; CLI_USAGE.
 */
int cli_parse(int argc, char **argv, struct cli_options *options, int operands, const char **operand);

/*
 * The configuration that counts: the file's, or defaults where the default file
 * is not there; with the paths of the options put over it. Return: CLI_OK, or
 * CLI_FAILED with the error told.
 */
int cli_config(const struct cli_options *options, struct config *config);

/* Its two halves: what counts where there is no file, and the paths of the options. Return of the second: as above. */
void cli_config_defaults(struct config *config);
int cli_config_paths(const struct cli_options *options, struct config *config);

/* Tell what is wrong with the command line, and the command's usage. Return: CLI_USAGE. */
int cli_usage(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Tell what failed, on standard error; as {"error": text} on standard output as well with -j. Return: CLI_FAILED. */
int cli_fail(const struct cli_options *options, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Before and after what must not be overlooked; "" unless standard output is a terminal. */
const char *cli_red(void);
const char *cli_plain(void);

/* Print and free. Return: CLI_OK, or CLI_FAILED where standard output is full or closed. */
int cli_json(struct json_object *object);

#endif
