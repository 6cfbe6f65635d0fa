/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Small packets that wait for their turn to go up: answers to the broker and
 * the apps' filters. They are written only when they are sent.
 */
#ifndef CONTROLS_H
#define CONTROLS_H

#include <sys/queue.h>

#include "mqtt.h"

struct control {
	TAILQ_ENTRY(control) next;
	enum mqtt_type type;
	uint16_t id;			/* packet identifier; of UNSUBSCRIBE it is chosen when it is sent */
	uint8_t qos;			/* of SUBSCRIBE */
	uint8_t slots;			/* that it has waited as the first */
	struct mqtt_view filter;	/* of SUBSCRIBE and UNSUBSCRIBE, a view into data */
	uint8_t data[];
};

struct controls {
	TAILQ_HEAD(, control) list;
	size_t count;
};

void controls_init(struct controls *controls);
void controls_clear(struct controls *controls);

/* At the end; `filter` is copied, and empty where there is none. Return: NULL if there is no memory. */
struct control *controls_add(struct controls *controls, enum mqtt_type type, uint16_t id, struct mqtt_view filter);
void controls_remove(struct controls *controls, struct control *control);

/* A new connection answers nothing of the old one: only UNSUBSCRIBE stays. */
void controls_forget_answers(struct controls *controls);

/* The size of the packet, and the packet. Return: 0 or -EMSGSIZE. */
size_t control_bytes(const struct control *control);
int control_write(struct mqtt_buffer *b, const struct control *control);

#endif
