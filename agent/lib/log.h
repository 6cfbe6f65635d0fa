/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Log lines on standard error, "<N>program: text" with the syslog priority N as
 * sd-daemon(3) defines it when standard error is not a terminal. No secret is
 * ever an argument.
 */
#ifndef LOG_H
#define LOG_H

#include <syslog.h>

/* `program` must outlive the process; call it once, first thing. */
void log_open(const char *program);

/* `priority` is LOG_ERR, LOG_WARNING, LOG_NOTICE, LOG_INFO or LOG_DEBUG; debug shows with TACIT_DEBUG=1. */
void log_line(int priority, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* For event_set_log_callback() of libevent, whose lines have neither name nor priority: EVENT_LOG_DEBUG is 0, _ERR 3. */
void log_libevent(int severity, const char *text);

#define log_error(...) log_line(LOG_ERR, __VA_ARGS__)
#define log_warning(...) log_line(LOG_WARNING, __VA_ARGS__)
#define log_notice(...) log_line(LOG_NOTICE, __VA_ARGS__)
#define log_info(...) log_line(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_line(LOG_DEBUG, __VA_ARGS__)

#endif
