// SPDX-License-Identifier: GPL-2.0
#include "warden.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log.h"

/* An engine that has not answered by then is at something else: it hangs, or is being started. */
#define ANSWER_MAX_S 10

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#endif

/* ---- a file's bytes, for the engine ---- */

/* Return: how many, or -errno; -EFBIG for more than `room`. */
static ssize_t read_whole(int fd, char *to, size_t room)
{
	size_t used = 0;
	char more;

	while (used < room) {
		ssize_t n = read(fd, to + used, room - used);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return (ssize_t)used;
		used += (size_t)n;
	}
	return read(fd, &more, 1) == 0 ? (ssize_t)used : -EFBIG;
}

static ssize_t read_file(const char *path, char *to, size_t room)
{
	/* O_NONBLOCK: a FIFO must not keep the warden waiting. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat s;
	ssize_t bytes;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &s))
		bytes = -errno;
	else
		bytes = S_ISREG(s.st_mode) ? read_whole(fd, to, room) : -EINVAL;
	close(fd);
	return bytes == 0 ? -ENODATA : bytes;
}

/* Memory that nobody can change any more: what the engine sees is what was read here, and no file. */
static int sealed_copy(const char *data, size_t bytes)
{
	int fd = memfd_create("tacit-certificate", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL);
	int error = 0;

	/* Kernels before 6.3 do not know the last one. */
	if (fd < 0 && errno == EINVAL)
		fd = memfd_create("tacit-certificate", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0)
		return -errno;
	if (write(fd, data, bytes) != (ssize_t)bytes)
		error = -EIO;
	else if (fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE))
		error = -errno;
	if (error)
		close(fd);
	return error ? error : fd;
}

static int hand_over(struct warden *w, uint32_t channel, bool reconnect)
{
	static char pem[MESSAGE_CERTIFICATE_BYTES_MAX];
	struct message m = { .kind = MESSAGE_CERTIFICATE, .channel = channel, .serial = w->renewal.serial };
	ssize_t bytes = read_file(w->config.channels[channel].certificate, pem, sizeof(pem));
	int fd, error;

	if (bytes < 0)
		return (int)bytes;
	fd = sealed_copy(pem, (size_t)bytes);
	if (fd < 0)
		return fd;
	m.certificate.bytes = (uint32_t)bytes;
	m.certificate.reconnect = reconnect;
	error = engine_process_send(w->engine, &m, fd);
	close(fd);
	return error;
}

/* ---- the answer ---- */

static void put_result(struct warden *w, uint32_t channel, const char *state, const char *error)
{
	const struct config_channel *c = &w->config.channels[channel];
	struct json_object *o = json_object_new_object();
	bool refused = error && *error;

	json_object_object_add(o, "name", json_object_new_string(c->name));
	json_object_object_add(o, "certificate", json_object_new_string(c->certificate));
	json_object_object_add(o, "state", json_object_new_string(state));
	if (refused)
		json_object_object_add(o, "error", json_object_new_string(error));
	json_object_array_add(w->renewal.channels, o);
	journal_add(w->journal, refused ? LOG_ERR : LOG_NOTICE, "channel", "certificate", NULL,
		    refused ? "%s: the certificate in %s is not taken, the one before goes on: %s" :
			      "%s: the certificate in %s is %s%s",
		    c->name, c->certificate, refused ? error : !strcmp(state, "loaded") ? "loaded" : "read ",
		    refused || !strcmp(state, "loaded") ? "" : "when the engine starts");
}

static struct json_object *take_answer(struct warden *w)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "channels", w->renewal.channels);
	w->renewal.channels = NULL;
	return o;
}

static void finish(struct warden *w)
{
	struct json_object *answer;

	if (w->renewal.waiting || !w->renewal.channels)
		return;
	event_del(w->renewal.deadline);
	answer = take_answer(w);
	if (w->renewal.ticket && w->control)
		control_answer(w->control, w->renewal.ticket, answer);
	json_object_put(answer);
	w->renewal.ticket = 0;
}

static void settle(struct warden *w, const char *state, const char *error)
{
	for (uint32_t i = 0; i < w->config.channel_count; i++)
		if (w->renewal.waiting & 1u << i)
			put_result(w, i, state, error);
	w->renewal.waiting = 0;
	finish(w);
}

static void on_deadline(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	settle(arg, "refused", "the engine does not answer; try again");
}

static struct json_object *refuse(const char *text)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "error", json_object_new_string(text));
	return o;
}

/* ---- a round of it ---- */

static void start_one(struct warden *w, uint32_t channel, bool reconnect)
{
	int error;

	if (!w->engine || !engine_process_pid(w->engine)) {
		put_result(w, channel, "at start", NULL);
		return;
	}
	error = hand_over(w, channel, reconnect);
	if (error)
		put_result(w, channel, "refused",
			   error == -EFBIG   ? "it is longer than 64 KiB" :
			   error == -EINVAL  ? "it is no regular file" :
			   error == -ENODATA ? "it is empty" :
					       strerror(-error));
	else
		w->renewal.waiting |= 1u << channel;
}

struct json_object *renewal_start(struct warden *w, const char *key, bool reconnect, uint64_t ticket)
{
	const struct timeval limit = { .tv_sec = ANSWER_MAX_S };
	struct renewal *r = &w->renewal;

	if (r->waiting)
		return refuse("another certificate is being loaded; try again in some seconds");
	if (!r->deadline)
		r->deadline = evtimer_new(w->base, on_deadline, w);
	r->channels = r->deadline ? json_object_new_array() : NULL;
	if (!r->channels)
		return refuse("out of memory");
	r->serial++;
	for (uint32_t i = 0; i < w->config.channel_count; i++)
		if (!key || !strcmp(w->config.channels[i].key, key))
			start_one(w, i, reconnect);
	/* One that gave up for want of a certificate need not wait to see the new one. */
	if (w->engine)
		engine_process_hurry(w->engine);
	if (!r->waiting)
		return take_answer(w);
	r->ticket = ticket;
	event_add(r->deadline, &limit);
	return NULL;
}

void renewal_message(struct warden *w, struct message *m)
{
	uint32_t bit = 1u << m->channel;

	/* What was not asked for, or in a round that is over, is no answer. */
	if (!(w->renewal.waiting & bit) || m->serial != w->renewal.serial)
		return;
	message_text(m->text);
	put_result(w, m->channel, m->text[0] ? "refused" : "loaded", m->text);
	w->renewal.waiting &= ~bit;
	finish(w);
}

void renewal_abandon(struct warden *w)
{
	settle(w, "at start", NULL);
}

void renewal_stop(struct warden *w)
{
	if (w->renewal.deadline)
		event_free(w->renewal.deadline);
	json_object_put(w->renewal.channels);
}
