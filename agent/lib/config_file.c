/* SPDX-License-Identifier: GPL-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config.h"
#include "config_values.h"

/* Whole contents, for the caller to free; NULL and errno. */
static char *read_whole(int fd, size_t *bytes)
{
	char *text = malloc(CONFIG_FILE_BYTES_MAX + 1);
	size_t used = 0;
	ssize_t n;

	if (!text)
		return NULL;
	/* One byte more than may be, so that a file that grew meanwhile is seen to be too large. */
	while (used <= CONFIG_FILE_BYTES_MAX) {
		n = read(fd, text + used, CONFIG_FILE_BYTES_MAX + 1 - used);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			free(text);
			return NULL;
		}
		if (n == 0)
			break;
		used += (size_t)n;
	}
	*bytes = used;
	return text;
}

/* By a file that others can write nothing is opened; its uplinks can be shut, though. */
static void find_uplinks(int fd, struct config *config)
{
	size_t bytes = 0;
	char *text = read_whole(fd, &bytes);

	if (text)
		config_uplink(text, bytes, &config->uplinks);
	free(text);
}

static int check_file(const char *file, int fd, struct config *config, struct config_error *error)
{
	struct stat st;

	if (fstat(fd, &st))
		return -errno;
	if (!S_ISREG(st.st_mode)) {
		snprintf(error->text, sizeof(error->text), "%s: is not a regular file; name one", file);
		return -EINVAL;
	}
	if (st.st_uid != 0 || st.st_mode & (S_IWGRP | S_IWOTH)) {
		snprintf(error->text, sizeof(error->text),
			 "%s: can be written by others than root; run: chown root %s && chmod go-w %s", file, file, file);
		find_uplinks(fd, config);
		return -EINVAL;
	}
	return 0;
}

int config_load(const char *file, struct config *config, struct config_error *error)
{
	/* O_NONBLOCK: a FIFO must not keep the warden waiting. */
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	int result = fd < 0 ? -errno : 0;
	char *text = NULL;
	size_t bytes = 0;

	error->text[0] = 0;
	memset(config, 0, sizeof(*config));
	if (!result)
		result = check_file(file, fd, config, error);
	if (!result) {
		text = read_whole(fd, &bytes);
		result = text ? config_parse(file, text, bytes, config, error) : -errno;
	}
	if (result && !error->text[0])
		snprintf(error->text, sizeof(error->text), "%s: cannot be read: %s", file, strerror(-result));
	free(text);
	if (fd >= 0)
		close(fd);
	return result;
}
