// SPDX-License-Identifier: GPL-2.0
#include <errno.h>

#include "shaper.h"

/* Stock peers close at the 17th (Go) or 33rd (OpenSSL) empty record in a row. */
#define COVERS_IN_A_ROW_MAX 16

void shaper_init(struct shaper *shaper, const struct config_channel *config)
{
	unsigned int most = COVERS_IN_A_ROW_MAX / config->cells;

	shaper->wire = config->cell;
	shaper->cells = config->cells;
	shaper->ping_every = config->ping_every < most ? config->ping_every : most;
	shaper->ping_owed = false;
}

size_t shaper_capacity(const struct shaper *shaper)
{
	return shaper->cells * cell_capacity(shaper->wire);
}

int shaper_room(const struct shaper *shaper, const struct ktls *tls)
{
	ssize_t waiting = ktls_unacknowledged(tls);

	if (waiting < 0)
		return (int)waiting;
	return (size_t)waiting <= shaper->cells * shaper->wire;
}

bool shaper_ping(struct shaper *shaper, uint64_t k)
{
	bool ping = shaper->ping_owed || k % shaper->ping_every == 0;

	shaper->ping_owed = false;
	return ping;
}

void shaper_missed(struct shaper *shaper, uint64_t k, struct message_channel *status)
{
	if (k % shaper->ping_every == 0)
		shaper->ping_owed = true;
	status->slots_missed++;
}

static int emit_cell(const struct shaper *shaper, struct ktls *tls, enum cell_type type, const void *content,
		     size_t bytes)
{
	uint8_t payload[CELL_MAX];
	int err = cell_fill(payload, shaper->wire, type, content, bytes);

	if (!err)
		err = ktls_send_cell(tls, payload, cell_payload(shaper->wire));
	return err;
}

/* The next `most` bytes of content in a cell; without any, a cover. */
static int emit_content(const struct shaper *shaper, struct ktls *tls, struct evbuffer *content, size_t most,
			struct message_channel *status)
{
	uint8_t part[CELL_MAX];
	ev_ssize_t bytes = evbuffer_copyout(content, part, most);
	int err = emit_cell(shaper, tls, CELL_DATA, part, bytes > 0 ? (size_t)bytes : 0);

	if (err)
		return err;
	evbuffer_drain(content, bytes > 0 ? (size_t)bytes : 0);
	status->cells++;
	status->covers += bytes <= 0;
	return 0;
}

int shaper_emit(const struct shaper *shaper, struct ktls *tls, struct evbuffer *content, size_t last,
		struct message_channel *status)
{
	size_t bytes = evbuffer_get_length(content);
	struct cell_slot slot = { shaper->cells, cell_capacity(shaper->wire), bytes - last, last };

	for (unsigned int i = 0; i < shaper->cells; i++) {
		int err = emit_content(shaper, tls, content, cell_share(&slot, i), status);

		if (err == -EAGAIN) {
			status->slots_missed++;
			return 0;
		}
		if (err)
			return err;
	}
	return 0;
}

void shaper_close(const struct shaper *shaper, struct ktls *tls, struct evbuffer *content)
{
	static const uint8_t close_notify[] = { 1, 0 };
	struct message_channel unused = { 0 };

	if (evbuffer_get_length(content))
		emit_content(shaper, tls, content, cell_capacity(shaper->wire), &unused);
	emit_cell(shaper, tls, CELL_ALERT, close_notify, sizeof(close_notify));
}
