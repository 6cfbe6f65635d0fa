/* SPDX-License-Identifier: GPL-2.0 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <syslog.h>
#include <unistd.h>

#include "message.h"
#include "tls_keys.h"

static bool known_suite(uint32_t suite)
{
	return suite == 0 || suite == TLS_SUITE_AES_128_GCM_SHA256 || suite == TLS_SUITE_AES_256_GCM_SHA384 ||
	       suite == TLS_SUITE_CHACHA20_POLY1305_SHA256;
}

static bool check_status(const struct message_channel *c)
{
	return c->state < CHANNEL_STATE_LIMIT && c->clients <= MESSAGE_CLIENTS_MAX &&
	       c->spooled <= CONFIG_SPOOL_MAX && known_suite(c->suite) && c->covers <= c->cells &&
	       c->certificate_end <= MESSAGE_TIME_MAX;
}

/* A source as limit.c makes them, so that no two texts are of the same one. */
static bool check_limit(const struct message_limit *l)
{
	static const uint8_t v4[12] = { [10] = 0xff, [11] = 0xff }, none[8];

	return l->what && l->what < MESSAGE_LIMIT_END && !l->reserved &&
	       (!memcmp(l->network, v4, sizeof(v4)) || !memcmp(&l->network[8], none, sizeof(none)));
}

bool message_check(const struct message *m, size_t bytes, size_t channels)
{
	if (bytes != sizeof(*m) || (m->serial && m->kind != MESSAGE_RENEWED))
		return false;
	switch (m->kind) {
	case MESSAGE_READY:
		return m->channel == 0 && m->priority == 0;
	case MESSAGE_CHANNEL:
		return m->channel < channels && m->priority == 0 && check_status(&m->status);
	case MESSAGE_NOTE:
		return m->channel < channels && m->priority >= LOG_ERR && m->priority <= LOG_INFO &&
		       memchr(m->text, 0, sizeof(m->text));
	case MESSAGE_LIMIT:
		return m->channel < channels && m->priority == 0 && check_limit(&m->limit);
	case MESSAGE_RENEWED:
		return m->channel < channels && m->priority == 0 && memchr(m->text, 0, sizeof(m->text));
	default:
		return false;
	}
}

bool message_check_order(const struct message *m, size_t bytes, size_t channels, int passed)
{
	if (bytes != sizeof(*m) || m->priority || (m->serial && m->kind != MESSAGE_CERTIFICATE))
		return false;
	switch (m->kind) {
	case MESSAGE_STOP:
		return passed < 0;
	case MESSAGE_CERTIFICATE:
		return passed >= 0 && m->channel < channels && m->certificate.bytes >= 1 &&
		       m->certificate.bytes <= MESSAGE_CERTIFICATE_BYTES_MAX && m->certificate.reconnect <= 1;
	default:
		return false;
	}
}

void message_text(char text[MESSAGE_TEXT_MAX])
{
	text[MESSAGE_TEXT_MAX - 1] = 0;
	for (char *p = text; *p; p++)
		if ((unsigned char)*p < 0x20 || (unsigned char)*p >= 0x7f)
			*p = '?';
}

const char *channel_state_name(uint32_t state)
{
	static const char *const names[CHANNEL_STATE_LIMIT] = {
		[CHANNEL_DOWN] = "down",
		[CHANNEL_RESOLVING] = "resolving",
		[CHANNEL_CONNECTING] = "connecting",
		[CHANNEL_HANDSHAKE] = "handshake",
		[CHANNEL_SESSION] = "session",
		[CHANNEL_UP] = "up",
	};

	return state < CHANNEL_STATE_LIMIT ? names[state] : "?";
}

int message_send(int fd, const struct message *m)
{
	ssize_t n;

	do {
		n = send(fd, m, sizeof(*m), MSG_NOSIGNAL);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == ECONNRESET ? -EPIPE : -errno;
	return (size_t)n == sizeof(*m) ? 0 : -EMSGSIZE;
}

int message_receive(int fd, struct message *m, size_t *bytes)
{
	ssize_t n;

	memset(m, 0, sizeof(*m));
	do {
		/* MSG_TRUNC: the true length, so that what is too long is seen to be so. */
		n = recv(fd, m, sizeof(*m), MSG_TRUNC);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == ECONNRESET ? -EPIPE : -errno;
	if (n == 0)
		return -EPIPE;
	*bytes = (size_t)n;
	return 0;
}

/* Room for one descriptor, aligned as a head of control data must be. */
union control {
	struct cmsghdr head;
	char room[CMSG_SPACE(sizeof(int))];
};

int message_send_with(int fd, const struct message *m, int passed)
{
	struct iovec data = { .iov_base = (void *)m, .iov_len = sizeof(*m) };
	union control control = { .room = { 0 } };
	struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1, .msg_control = control.room,
				  .msg_controllen = sizeof(control.room) };
	struct cmsghdr *head = CMSG_FIRSTHDR(&message);
	ssize_t n;

	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = SCM_RIGHTS;
	head->cmsg_len = CMSG_LEN(sizeof(passed));
	memcpy(CMSG_DATA(head), &passed, sizeof(passed));
	do {
		n = sendmsg(fd, &message, MSG_NOSIGNAL);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == ECONNRESET ? -EPIPE : -errno;
	return (size_t)n == sizeof(*m) ? 0 : -EMSGSIZE;
}

int message_receive_with(int fd, struct message *m, size_t *bytes, int *passed)
{
	struct iovec data = { .iov_base = m, .iov_len = sizeof(*m) };
	union control control;
	struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1, .msg_control = control.room,
				  .msg_controllen = sizeof(control.room) };
	struct cmsghdr *head;
	ssize_t n;

	memset(m, 0, sizeof(*m));
	*passed = -1;
	do {
		n = recvmsg(fd, &message, MSG_TRUNC | MSG_CMSG_CLOEXEC);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == ECONNRESET ? -EPIPE : -errno;
	head = CMSG_FIRSTHDR(&message);
	if (head && head->cmsg_level == SOL_SOCKET && head->cmsg_type == SCM_RIGHTS &&
	    head->cmsg_len == CMSG_LEN(sizeof(*passed)))
		memcpy(passed, CMSG_DATA(head), sizeof(*passed));
	if (n == 0)
		return -EPIPE;
	*bytes = (size_t)n;
	return 0;
}
