// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>

#include "controls.h"

void controls_init(struct controls *controls)
{
	TAILQ_INIT(&controls->list);
	controls->count = 0;
}

void controls_clear(struct controls *controls)
{
	while (!TAILQ_EMPTY(&controls->list))
		controls_remove(controls, TAILQ_FIRST(&controls->list));
}

struct control *controls_add(struct controls *controls, enum mqtt_type type, uint16_t id, struct mqtt_view filter)
{
	struct control *c = calloc(1, sizeof(*c) + filter.bytes);

	if (!c)
		return NULL;
	c->type = type;
	c->id = id;
	c->filter.data = c->data;
	c->filter.bytes = filter.bytes;
	if (filter.bytes)
		memcpy(c->data, filter.data, filter.bytes);
	TAILQ_INSERT_TAIL(&controls->list, c, next);
	controls->count++;
	return c;
}

void controls_remove(struct controls *controls, struct control *control)
{
	TAILQ_REMOVE(&controls->list, control, next);
	controls->count--;
	free(control);
}

void controls_forget_answers(struct controls *controls)
{
	struct control *c, *after;

	for (c = TAILQ_FIRST(&controls->list); c; c = after) {
		after = TAILQ_NEXT(c, next);
		if (c->type != MQTT_UNSUBSCRIBE)
			controls_remove(controls, c);
	}
}

size_t control_bytes(const struct control *c)
{
	return c->filter.bytes ? mqtt_filter_bytes(c->type, c->filter) : MQTT_SMALL;
}

int control_write(struct mqtt_buffer *b, const struct control *c)
{
	if (c->filter.bytes)
		return mqtt_filter_write(b, c->type, c->id, c->filter, c->qos);
	return mqtt_id_write(b, c->type, c->id);
}
