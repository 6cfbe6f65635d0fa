/* SPDX-License-Identifier: GPL-2.0 */
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"

#define LINE_MAX_BYTES 1024

static const char *program_name = "tacit";
static bool on_terminal;
static bool debug;

void log_open(const char *program)
{
	const char *wish = getenv("TACIT_DEBUG");

	program_name = program;
	on_terminal = isatty(STDERR_FILENO);
	debug = wish && !strcmp(wish, "1");
}

/* An argument may be a peer's or a client's text: it must not forge lines or drive a terminal. */
static void make_printable(char *text, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		if ((unsigned char)text[i] < 0x20 || (unsigned char)text[i] >= 0x7f)
			text[i] = '?';
}

void log_line(int priority, const char *format, ...)
{
	char line[LINE_MAX_BYTES];
	size_t head, used;
	va_list args;
	int n;

	if (priority == LOG_DEBUG && !debug)
		return;
	if (on_terminal)
		n = snprintf(line, sizeof(line), "%s: ", program_name);
	else
		n = snprintf(line, sizeof(line), "<%d>%s: ", priority & LOG_PRIMASK, program_name);
	if (n < 0 || (size_t)n >= sizeof(line))
		return;
	head = (size_t)n;
	va_start(args, format);
	n = vsnprintf(line + head, sizeof(line) - head, format, args);
	va_end(args);
	if (n < 0)
		return;
	used = head + (size_t)n;
	if (used > sizeof(line) - 1) /* cut short; its NUL makes room for the newline */
		used = sizeof(line) - 1;
	make_printable(line + head, used - head);
	line[used++] = '\n';
	/* One write, so that the lines of several processes do not mix. There is nowhere to complain about its failure. */
	n = (int)write(STDERR_FILENO, line, used);
}

void log_libevent(int severity, const char *text)
{
	static const int priorities[] = { LOG_DEBUG, LOG_NOTICE, LOG_WARNING, LOG_ERR };

	log_line(priorities[severity < 0 ? 0 : severity > 3 ? 3 : severity], "%s", text);
}
