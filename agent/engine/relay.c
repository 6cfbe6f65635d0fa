// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "relay.h"

/* Before others have their turn. */
#define ROUNDS 8
/* As OpenSSL takes them in a row; they cost the sender nothing and us a wake-up each. */
#define EMPTY_RECORDS_MAX 32

void relay_init(struct relay *r, struct ktls *tls, int backend, bool (*pay)(void *arg), void *arg)
{
	memset(r, 0, sizeof(*r));
	r->tls = tls;
	r->backend = backend;
	r->pay = pay;
	r->arg = arg;
	turns_begin(&r->turns);
}

static bool is_empty(const struct relay_half *h)
{
	return h->start == h->end;
}

static void filled(struct relay *r, struct relay_half *h, size_t bytes)
{
	h->start = 0;
	h->passed = 0;
	h->end = bytes;
	r->bytes += bytes;
}

/* ---- client to server ---- */

/* Return: as ktls_receive(), but an end is 0 and told in ->ended. */
static ssize_t hear_client(struct relay *r)
{
	ssize_t n = ktls_receive(r->tls, r->up.data, sizeof(r->up.data));

	if (n > 0) {
		r->empty = 0;
		filled(r, &r->up, (size_t)n);
		/* What nobody takes keeps no connection alive: nor is it paid for. */
		if (r->deaf)
			r->bytes -= (size_t)n;
	}
	if (n == 0 && ++r->empty > EMPTY_RECORDS_MAX)
		return -EPROTO;
	if (n != -EPIPE)
		return n;
	/* A TCP that ends without close_notify may have been cut off (RFC 8446, 6.1), unless we had ended first. */
	if (!r->tls->ended && !r->down.finished)
		return -ECONNRESET;
	r->up.ended = true;
	return 0;
}

static void let_pass(struct relay *r)
{
	struct relay_half *u = &r->up;

	while (u->passed < u->end && !r->held) {
		u->passed += turns_pass(&r->turns, u->data + u->passed, u->end - u->passed);
		if (u->passed == u->end)
			break;
		if (r->pay(r->arg))
			turns_paid(&r->turns);
		else
			r->held = true;
	}
}

static void tell_backend(struct relay *r)
{
	struct relay_half *u = &r->up;
	ssize_t n;

	if (!r->deaf)
		let_pass(r);
	if (!r->deaf && u->start < u->passed) {
		n = send(r->backend, u->data + u->start, u->passed - u->start, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n > 0)
			u->start += (size_t)n;
		/* It has hung up. What it said last may still be under way: it is read to its end. */
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			r->deaf = true;
	}
	if (r->deaf)
		u->start = u->end;
}

static int move_up(struct relay *r)
{
	struct relay_half *u = &r->up;
	ssize_t n = 0;

	if (!u->ended && is_empty(u))
		n = hear_client(r);
	if (n < 0 && n != -EAGAIN && n != -EINTR)
		return (int)n;
	tell_backend(r);
	if (u->ended && is_empty(u) && !u->finished) {
		shutdown(r->backend, SHUT_WR);
		u->finished = true;
	}
	return 0;
}

/* ---- server to client ---- */

static int hear_backend(struct relay *r)
{
	ssize_t n = recv(r->backend, r->down.data, sizeof(r->down.data), MSG_DONTWAIT);

	if (n > 0)
		filled(r, &r->down, (size_t)n);
	if (n == 0)
		r->down.ended = true;
	return n < 0 && errno != EAGAIN && errno != EINTR ? -errno : 0;
}

static int tell_client(struct relay *r)
{
	struct relay_half *d = &r->down;
	ssize_t n;

	if (is_empty(d))
		return 0;
	n = ktls_send(r->tls, d->data + d->start, d->end - d->start);
	if (n < 0)
		return n == -EAGAIN || n == -EINTR ? 0 : (int)n;
	d->start += (size_t)n;
	turns_answered(&r->turns);
	return 0;
}

static int end_client(struct relay *r)
{
	int err = ktls_send_close(r->tls);

	if (err)
		return err == -EAGAIN || err == -EINTR ? 0 : err;
	shutdown(r->tls->fd, SHUT_WR);
	r->down.finished = true;
	return 0;
}

static int move_down(struct relay *r)
{
	struct relay_half *d = &r->down;
	int err = 0;

	if (!d->ended && is_empty(d))
		err = hear_backend(r);
	if (!err)
		err = tell_client(r);
	if (!err && d->ended && is_empty(d) && !d->finished)
		err = end_client(r);
	return err;
}

/* ---- both ---- */

int relay_move(struct relay *r)
{
	uint64_t before;
	int err = 0;

	for (int i = 0; !err && i < ROUNDS; i++) {
		before = r->bytes;
		err = move_up(r);
		if (!err)
			err = move_down(r);
		if (r->bytes == before)
			break;
	}
	if (err)
		return err;
	return r->up.finished && r->down.finished;
}

unsigned int relay_wants(const struct relay *r)
{
	const struct relay_half *u = &r->up, *d = &r->down;
	unsigned int wants = 0;

	if (!u->ended && is_empty(u))
		wants |= RELAY_CLIENT_READ;
	if (u->passed > u->start && !r->deaf)
		wants |= RELAY_BACKEND_WRITE;
	if (!d->ended && is_empty(d))
		wants |= RELAY_BACKEND_READ;
	if (!is_empty(d) || (d->ended && !d->finished))
		wants |= RELAY_CLIENT_WRITE;
	return wants;
}

void relay_resume(struct relay *r)
{
	r->held = false;
}
