// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "link.h"
#include "log.h"

#define NOTES_AT_ONCE 20
#define NOTE_EVERY_SECONDS 2

struct bucket {
	unsigned int tokens;
	unsigned int swallowed;
	time_t filled;		/* when tokens were last added, seconds of CLOCK_MONOTONIC */
};

struct link {
	int fd;
	struct event *event;
	size_t channels;
	struct link_orders orders;
	struct bucket warnings;
	struct bucket others;
};

struct link *link_open(void)
{
	socklen_t bytes = sizeof(int);
	struct link *link;
	int type;

	if (getsockopt(MESSAGE_FD, SOL_SOCKET, SO_TYPE, &type, &bytes) || type != SOCK_SEQPACKET) {
		log_error("descriptor %d is not the warden's socket; tacitd starts this program, not you", MESSAGE_FD);
		return NULL;
	}
	if (fcntl(MESSAGE_FD, F_SETFD, FD_CLOEXEC)) {
		log_error("fcntl: %s", strerror(errno));
		return NULL;
	}
	link = calloc(1, sizeof(*link));
	if (!link) {
		log_error("out of memory");
		return NULL;
	}
	link->fd = MESSAGE_FD;
	link->warnings.tokens = NOTES_AT_ONCE;
	link->others.tokens = NOTES_AT_ONCE;
	return link;
}

void link_free(struct link *link)
{
	if (!link)
		return;
	if (link->event)
		event_free(link->event);
	close(link->fd);
	free(link);
}

int link_wait_schedule(struct link *link, struct tacit_schedule *schedule)
{
	struct message m;
	size_t bytes;
	int err = message_receive(link->fd, &m, &bytes);

	if (err)
		return err;
	if (bytes != sizeof(m) || m.kind != MESSAGE_SCHEDULE)
		return -EPROTO;
	*schedule = m.schedule;
	explicit_bzero(&m, sizeof(m));
	return 0;
}

static void readable(evutil_socket_t fd, short what, void *arg)
{
	struct link *link = arg;
	struct message m;
	size_t bytes;
	int passed;
	int err = message_receive_with(fd, &m, &bytes, &passed);

	(void)what;
	if (err == -EAGAIN || err == -EINTR)
		return;
	if (!err && !message_check_order(&m, bytes, link->channels, passed))
		log_error("the warden sent a message that no warden sends; it is passed over");
	else if (!err && m.kind == MESSAGE_CERTIFICATE)
		link->orders.certificate(&m, passed, link->orders.arg);
	if (passed >= 0)
		close(passed);
	if (err || (bytes == sizeof(m) && m.kind == MESSAGE_STOP)) {
		event_del(link->event);
		link->orders.stop(link->orders.arg);
	}
}

int link_watch(struct link *link, struct event_base *base, size_t channels, const struct link_orders *orders)
{
	/* A warden that does not read must not hold the slots up. */
	if (evutil_make_socket_nonblocking(link->fd))
		return -errno;
	link->channels = channels;
	link->orders = *orders;
	link->event = event_new(base, link->fd, EV_READ | EV_PERSIST, readable, link);
	if (!link->event || event_add(link->event, NULL))
		return -ENOMEM;
	return 0;
}

int link_ready(struct link *link)
{
	struct message m = { .kind = MESSAGE_READY };

	return message_send(link->fd, &m);
}

int link_renewed(struct link *link, const struct message *order, const char *refusal)
{
	struct message m = { .kind = MESSAGE_RENEWED, .channel = order->channel, .serial = order->serial };

	snprintf(m.text, sizeof(m.text), "%s", refusal);
	message_text(m.text);
	return message_send(link->fd, &m);
}

int link_status(struct link *link, uint32_t channel, const struct message_channel *status)
{
	struct message m = { .kind = MESSAGE_CHANNEL, .channel = channel, .status = *status };

	return message_send(link->fd, &m);
}

int link_limit(struct link *link, uint32_t channel, enum message_limit_kind what, const struct in6_addr *network)
{
	struct message m = { .kind = MESSAGE_LIMIT, .channel = channel, .limit = { .what = what } };

	memcpy(m.limit.network, network, sizeof(m.limit.network));
	return message_send(link->fd, &m);
}

static bool take_token(struct bucket *bucket)
{
	struct timespec now;
	time_t passed;

	clock_gettime(CLOCK_MONOTONIC, &now);
	passed = (now.tv_sec - bucket->filled) / NOTE_EVERY_SECONDS;
	if (passed > 0) {
		bucket->tokens = passed >= NOTES_AT_ONCE ? NOTES_AT_ONCE : bucket->tokens + (unsigned int)passed;
		if (bucket->tokens > NOTES_AT_ONCE)
			bucket->tokens = NOTES_AT_ONCE;
		bucket->filled = now.tv_sec;
	}
	if (!bucket->tokens) {
		bucket->swallowed++;
		return false;
	}
	bucket->tokens--;
	return true;
}

static int say(struct link *link, uint32_t channel, int priority, const char *text)
{
	struct message m = { .kind = MESSAGE_NOTE, .channel = channel, .priority = (uint32_t)priority };

	snprintf(m.text, sizeof(m.text), "%s", text);
	message_text(m.text);
	log_line(priority, "%s", m.text);
	return message_send(link->fd, &m);
}

void link_note(struct link *link, uint32_t channel, int priority, const char *format, ...)
{
	struct bucket *bucket = priority == LOG_WARNING ? &link->warnings : &link->others;
	char text[MESSAGE_TEXT_MAX];
	va_list args;

	if (!take_token(bucket))
		return;
	if (bucket->swallowed) {
		snprintf(text, sizeof(text), "%u notes were left out", bucket->swallowed);
		bucket->swallowed = say(link, channel, LOG_WARNING, text) ? bucket->swallowed : 0;
	}
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (say(link, channel, priority, text))
		bucket->swallowed++;
}
