// SPDX-License-Identifier: GPL-2.0
/*
 * Traffic as fast as it goes: TLS 1.3 as far as the guard sees it (hellos, then
 * heads of records); `stream` without a cipher, so that the guard's cost shows.
 *
 * usage: traffic serve PORT                        answer hellos, swallow, until killed
 *        traffic stream HOST PORT SECONDS [BYTES PAUSE]
 *                                    one connection; prints megabytes a second; records
 *                                    of 16 KiB, or of BYTES every PAUSE microseconds
 *        traffic sealed HOST PORT SECONDS         likewise of 16 KiB, each sealed with AES-128-GCM as a client does
 *        traffic datagrams HOST PORT COUNT SOCKETS [PAUSE]
 *                                    of 64 bytes, from so many sockets in turn, PAUSE microseconds
 *                                    after each; the first 8 are CLOCK_MONOTONIC when it was sent
 */
#include <arpa/inet.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "../guard/packet.h"

#define RECORD 16384
#define TAG 16
#define HELLO_MAX 256
#define DATAGRAM 64
#define SOCKETS_MAX 64
#define SENDING 32768 /* bytes that a socket may have on the way: fewer packets than fq takes of a flow */

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static double now(void)
{
	return (double)now_ns() / 1e9;
}

static struct sockaddr_in address(const char *host, const char *port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port)) };

	if (inet_pton(AF_INET, host, &a.sin_addr) != 1)
		die(host);
	return a;
}

static void send_all(int fd, const uint8_t *bytes, size_t left)
{
	while (left) {
		ssize_t n = send(fd, bytes, left, MSG_NOSIGNAL);

		if (n <= 0)
			die("send");
		bytes += n;
		left -= (size_t)n;
	}
}

static int serve(const char *port)
{
	struct sockaddr_in a = address("0.0.0.0", port);
	int one = 1, listener = socket(AF_INET, SOCK_STREAM, 0), fd;
	static uint8_t room[1 << 20], hello[HELLO_MAX];

	signal(SIGCHLD, SIG_IGN);
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(listener, (void *)&a, sizeof(a)) || listen(listener, 16))
		die("listen");
	while ((fd = accept(listener, NULL, NULL)) >= 0) {
		if (fork()) {
			close(fd);
			continue;
		}
		if (recv(fd, room, sizeof(room), 0) > 0) {
			send_all(fd, hello, test_server_hello(hello, 0x0304));
			while (recv(fd, room, sizeof(room), MSG_TRUNC) > 0)
				;
		}
		_exit(0);
	}
	return 1;
}

static EVP_CIPHER_CTX *cipher(void)
{
	static const uint8_t key[16] = "key of a bench";
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();

	if (!ctx || !EVP_EncryptInit_ex2(ctx, EVP_aes_128_gcm(), key, NULL, NULL))
		die("AES-128-GCM");
	return ctx;
}

/* RFC 8446, section 5.2: the head is authenticated, the tag follows; a nonce for each. */
static void seal(EVP_CIPHER_CTX *ctx, uint8_t record[5 + RECORD], uint64_t number)
{
	static const uint8_t text[RECORD - TAG] = { 'x' };
	uint8_t nonce[12] = { 0 };
	int n;

	memcpy(nonce + 4, &number, sizeof(number));
	if (!EVP_EncryptInit_ex2(ctx, NULL, NULL, nonce, NULL) || !EVP_EncryptUpdate(ctx, NULL, &n, record, 5) ||
	    !EVP_EncryptUpdate(ctx, record + 5, &n, text, sizeof(text)) ||
	    !EVP_EncryptFinal_ex(ctx, record + 5 + n, &n) ||
	    !EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, TAG, record + 5 + RECORD - TAG))
		die("seal");
}

/* @sealing: NULL if records hold nothing */
static int stream(const char *host, const char *port, double seconds, unsigned int length, unsigned int pause,
		  EVP_CIPHER_CTX *sealing)
{
	struct sockaddr_in a = address(host, port);
	static uint8_t record[5 + RECORD] = { 0x17, 3, 3 };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	uint8_t hello[HELLO_MAX];
	struct tcp_info info;
	socklen_t bytes = sizeof(info);
	uint64_t number = 0;
	double start;

	if (!length || length > RECORD)
		return 2;
	record[3] = (uint8_t)(length >> 8);
	record[4] = (uint8_t)length;
	if (connect(fd, (void *)&a, sizeof(a)))
		die("connect");
	send_all(fd, hello, test_client_hello(hello, 0x0304));
	if (recv(fd, hello, sizeof(hello), 0) <= 0)
		die("no hello");
	start = now();
	while (now() - start < seconds) {
		if (sealing)
			seal(sealing, record, number++);
		send_all(fd, record, 5 + length);
		if (pause)
			usleep(pause);
	}
	/* What arrived, not what lies in a buffer. */
	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &bytes))
		die("TCP_INFO");
	printf("%.1f\n", (double)info.tcpi_bytes_acked / (now() - start) / 1e6);
	return 0;
}

static int datagrams(const char *host, const char *port, unsigned int wanted, unsigned int sockets, unsigned int pause)
{
	struct sockaddr_in a = address(host, port);
	uint8_t body[DATAGRAM] = { 0 };
	int fd[SOCKETS_MAX], sending = SENDING;

	if (!sockets || sockets > SOCKETS_MAX)
		return 1;
	for (unsigned int i = 0; i < sockets; i++) {
		fd[i] = socket(AF_INET, SOCK_DGRAM, 0);
		if (setsockopt(fd[i], SOL_SOCKET, SO_SNDBUF, &sending, sizeof(sending)) ||
		    connect(fd[i], (void *)&a, sizeof(a)))
			die("connect");
	}
	/* A socket whose packets wait for a slot blocks; the next one is not asked before. */
	for (uint32_t number = 0; number < wanted; number++) {
		uint64_t moment = now_ns();

		memcpy(body, &moment, sizeof(moment));
		if (send(fd[number % sockets], body, sizeof(body), 0) < 0)
			die("send");
		if (pause)
			usleep(pause);
	}
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "serve"))
		return serve(argv[2]);
	if (argc == 5 && !strcmp(argv[1], "stream"))
		return stream(argv[2], argv[3], atof(argv[4]), RECORD, 0, NULL);
	if (argc == 5 && !strcmp(argv[1], "sealed"))
		return stream(argv[2], argv[3], atof(argv[4]), RECORD, 0, cipher());
	if (argc == 7 && !strcmp(argv[1], "stream"))
		return stream(argv[2], argv[3], atof(argv[4]), (unsigned int)atoi(argv[5]), (unsigned int)atoi(argv[6]),
			      NULL);
	if ((argc == 6 || argc == 7) && !strcmp(argv[1], "datagrams"))
		return datagrams(argv[2], argv[3], (unsigned int)atoi(argv[4]), (unsigned int)atoi(argv[5]),
				 argc == 7 ? (unsigned int)atoi(argv[6]) : 0);
	fprintf(stderr, "see the head of traffic.c\n");
	return 2;
}
