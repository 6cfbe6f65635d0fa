/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What went wrong in the warden and what to do about it, in one sentence for
 * the operator: "eth9: no such link; name an existing one as `uplink`".
 */
#ifndef PROBLEM_H
#define PROBLEM_H

#define PROBLEM_MAX 512

struct problem {
	char text[PROBLEM_MAX];
};

/*
 * Write the sentence. Return: `code`, a negative errno, so that a function can
 * say `return problem_set(p, -ENODEV, ...)`.
 */
int problem_set(struct problem *p, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
