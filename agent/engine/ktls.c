// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/crypto.h>
#include <openssl/ssl3.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ktls.h"

#ifndef SOL_TLS
#define SOL_TLS 282
#endif

#define RECORD_PADDED 0		/* the kernel's type byte is padding; the true one is in the payload */
#define RECORD_ALERT 21
#define RECORD_HANDSHAKE 22
#define RECORD_DATA 23

#define HANDSHAKE_TICKET 4
#define HANDSHAKE_KEY_UPDATE 24
#define HANDSHAKE_HEAD 4

/* TCP_ULP wants an established connection: one with ourselves will do. */
static int connect_to_self(int *from, int *to)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t bytes = sizeof(a);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int err;

	*from = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	*to = -1;
	if (listener < 0 || *from < 0 || bind(listener, (struct sockaddr *)&a, sizeof(a)) || listen(listener, 1) ||
	    getsockname(listener, (struct sockaddr *)&a, &bytes) || connect(*from, (struct sockaddr *)&a, bytes)) {
		err = -errno;
		goto out;
	}
	*to = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	err = *to < 0 ? -errno : 0;
out:
	if (listener >= 0)
		close(listener);
	return err;
}

int ktls_probe(void)
{
	int from, to;
	int err = connect_to_self(&from, &to);

	if (!err && setsockopt(from, IPPROTO_TCP, TCP_ULP, "tls", sizeof("tls")))
		err = -errno;
	if (from >= 0)
		close(from);
	if (to >= 0)
		close(to);
	return err;
}

static int set_keys(int fd, int direction, const struct ktls_secrets *secrets, const uint8_t *secret)
{
	struct tls_kernel_keys keys;
	int err;

	/* OpenSSL has read nothing behind the peer's Finished, so both directions begin at record 0. */
	err = tls_kernel_keys(secrets->suite, secret, secrets->bytes, 0, &keys);
	if (!err && setsockopt(fd, SOL_TLS, direction, &keys.info, keys.bytes))
		err = -errno;
	OPENSSL_cleanse(&keys, sizeof(keys));
	return err;
}

int ktls_start(struct ktls *tls, int fd, const struct ktls_secrets *secrets, bool server)
{
	int err;

	memset(tls, 0, sizeof(*tls));
	tls->fd = fd;
	tls->server = server;
	if (setsockopt(fd, IPPROTO_TCP, TCP_ULP, "tls", sizeof("tls")))
		return -errno;
	err = set_keys(fd, TLS_TX, secrets, server ? secrets->server : secrets->client);
	if (!err)
		err = set_keys(fd, TLS_RX, secrets, server ? secrets->client : secrets->server);
	return err;
}

union record_type {
	struct cmsghdr head;
	char room[CMSG_SPACE(sizeof(unsigned char))];
};

static ssize_t send_record(struct ktls *tls, uint8_t type, const void *data, size_t bytes)
{
	union record_type control = { 0 };
	struct iovec iov = { (void *)data, bytes };
	struct msghdr m = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	ssize_t n;

	control.head.cmsg_level = SOL_TLS;
	control.head.cmsg_type = TLS_SET_RECORD_TYPE;
	control.head.cmsg_len = CMSG_LEN(sizeof(unsigned char));
	*CMSG_DATA(&control.head) = type;
	n = sendmsg(tls->fd, &m, MSG_DONTWAIT | MSG_NOSIGNAL);
	return n < 0 ? -errno : n;
}

int ktls_send_cell(struct ktls *tls, const void *payload, size_t bytes)
{
	ssize_t n = send_record(tls, RECORD_PADDED, payload, bytes);

	if (n < 0)
		return (int)n;
	/* Half a cell would be two records, neither of the size of a cell. */
	return (size_t)n == bytes ? 0 : -EIO;
}

ssize_t ktls_send(struct ktls *tls, const void *data, size_t bytes)
{
	ssize_t n = send(tls->fd, data, bytes, MSG_DONTWAIT | MSG_NOSIGNAL);

	return n < 0 ? -errno : n;
}

int ktls_send_close(struct ktls *tls)
{
	static const uint8_t close_notify[] = { SSL3_AL_WARNING, SSL3_AD_CLOSE_NOTIFY };
	ssize_t n = send_record(tls, RECORD_ALERT, close_notify, sizeof(close_notify));

	return n < 0 ? (int)n : 0;
}

/*
 * Post-handshake messages (RFC 8446, 4.6): tickets are counted and left, as
 * every connection proves its key anew; a KeyUpdate we cannot follow. A client
 * sends no tickets.
 */
static int handshake_record(struct ktls *tls, const uint8_t *data, size_t bytes)
{
	while (bytes) {
		size_t body;

		if (tls->handshake_left) {
			size_t part = bytes < tls->handshake_left ? bytes : tls->handshake_left;

			tls->handshake_left -= part;
			data += part;
			bytes -= part;
			continue;
		}
		if (data[0] == HANDSHAKE_KEY_UPDATE)
			return -EKEYEXPIRED;
		if (tls->server || data[0] != HANDSHAKE_TICKET || bytes < HANDSHAKE_HEAD)
			return -EPROTO;
		body = (size_t)data[1] << 16 | (size_t)data[2] << 8 | data[3];
		tls->handshake_left = HANDSHAKE_HEAD + body;
		tls->tickets++;
	}
	return 0;
}

static int alert_record(struct ktls *tls, const uint8_t *data, size_t bytes)
{
	if (bytes < 2)
		return -EPROTO;
	tls->alert = data[1];
	tls->ended = data[1] == SSL3_AD_CLOSE_NOTIFY;
	return data[1] == SSL3_AD_CLOSE_NOTIFY ? -EPIPE : -ECONNABORTED;
}

ssize_t ktls_receive(struct ktls *tls, void *data, size_t bytes)
{
	union record_type control = { 0 };
	struct iovec iov = { data, bytes };
	struct msghdr m = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	ssize_t n = recvmsg(tls->fd, &m, MSG_DONTWAIT);
	struct cmsghdr *c;

	if (n < 0)
		return -errno;
	c = CMSG_FIRSTHDR(&m);
	if (!c || c->cmsg_level != SOL_TLS || c->cmsg_type != TLS_GET_RECORD_TYPE)
		return n ? n : -EPIPE;
	switch (*CMSG_DATA(c)) {
	case RECORD_DATA:
		return n;
	case RECORD_HANDSHAKE:
		return handshake_record(tls, data, (size_t)n);
	case RECORD_ALERT:
		return alert_record(tls, data, (size_t)n);
	default:
		return -EPROTO;
	}
}

ssize_t ktls_unacknowledged(const struct ktls *tls)
{
	int bytes;

	return ioctl(tls->fd, SIOCOUTQ, &bytes) ? -errno : bytes;
}
