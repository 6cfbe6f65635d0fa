/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What went wrong, in words for the operator: it names the thing and the cure.
 * Functions of agent/keys return 0 or -errno and fill in the text of a failure.
 */
#ifndef KEYS_ERROR_H
#define KEYS_ERROR_H

#define KEY_ERROR_MAX 512

struct key_error {
	char text[KEY_ERROR_MAX];
};

/* Set the text; `e` may be NULL. Return: `code`, so that it can stand behind `return`. */
int key_error_set(struct key_error *e, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
