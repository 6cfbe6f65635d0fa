/* SPDX-License-Identifier: GPL-2.0 */
/* Several files replaced together, each as a whole: a power cut leaves the old one or the new one. */
#ifndef REPLACE_H
#define REPLACE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#define REPLACE_TEXT_MAX 512

/* One file on its way to its place. */
struct replace {
	char name[NAME_MAX + 1];	/* in its directory */
	char temporary[NAME_MAX + 1];	/* the new one, beside it; "": there is none */
	char kept[NAME_MAX + 1];	/* the old one, beside it; "": there is none */
	bool swaps;	/* no second name for the old one here: the two change places */
	bool placed;	/* the new one is there */
	int directory;			/* -1: none is open */
};

/*
 * replace_prepare - write the new contents beside the place, and on the disk
 * @path: a symbolic link at its end is followed, so that the link stays what it is
 * @text: what went wrong, REPLACE_TEXT_MAX bytes
 *
 * Mode 0644 and the caller's: for what is no secret. Nothing is to be seen of it yet. The old file
 * gets a second name, so that it can come back as it was, contents, owner and mode; one that
 * cannot be kept so is not replaced.
 * Return: 0; -errno with the text set. Then, as after success, replace_drop() ends it.
 */
int replace_prepare(struct replace *r, const char *path, const void *data, size_t bytes, char *text);

/* Put it in its place. Return: 0; -errno with the text set, and then, as after success, replace_undo() takes it back. */
int replace_commit(struct replace *r, char *text);

/* The old file again, or none where there was none. Return: 0; -errno, and it still has its second name. */
int replace_undo(struct replace *r);

/* Remove what is beside the place. */
void replace_drop(struct replace *r);

#endif
