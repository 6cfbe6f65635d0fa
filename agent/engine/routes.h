/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which app wants what: one route for each filter that a local connection has
 * subscribed to, and the SUBSCRIBE packets that still wait for upstream's answer.
 */
#ifndef ROUTES_H
#define ROUTES_H

#include <sys/queue.h>

#include "mqtt.h"

#define ROUTES_MAX 256
#define ROUTES_FILTERS_MAX 32	/* in one SUBSCRIBE */

/* An app's SUBSCRIBE; goes when every filter has its answer, or the app. */
struct route_request {
	uint16_t client_id;	/* packet identifier of the app */
	uint16_t count;
	uint16_t left;
	uint8_t codes[ROUTES_FILTERS_MAX];
};

struct route {
	LIST_ENTRY(route) next;
	uint64_t client;		/* serial of the app's connection */
	struct route_request *request;	/* NULL once it is answered */
	uint16_t index;			/* into request->codes */
	uint16_t id;			/* upstream's packet identifier, 0: none is under way */
	unsigned int sent;		/* its place among this session's SUBSCRIBEs, 0: not sent */
	uint8_t losses;			/* sessions in a row that the broker ended instead of answering it */
	uint8_t qos;			/* asked for, then granted */
	struct mqtt_view filter;
	uint8_t data[];
};

struct routes {
	LIST_HEAD(, route) list;
	size_t count;
};

void routes_init(struct routes *routes);
void routes_clear(struct routes *routes);

/*
 * routes_add - the app `client` wants `filter`
 *
 * Takes the place of the same app's older route with this filter.
 * Return: the route, without a request; NULL when there are ROUTES_MAX or no memory.
 */
struct route *routes_add(struct routes *routes, uint64_t client, struct mqtt_view filter, uint8_t qos);
void routes_remove(struct routes *routes, struct route *route);

/* The app's route with this very filter; with client 0 anybody's. NULL if there is none. */
struct route *routes_find(struct routes *routes, uint64_t client, struct mqtt_view filter);

/* The route that waits for the answer to upstream's packet `id`, or NULL. */
struct route *routes_find_id(struct routes *routes, uint16_t id);

/* The highest QoS that any app wants with this very filter, 0 if none does. */
uint8_t routes_qos(const struct routes *routes, struct mqtt_view filter);

/* The highest QoS that the app has for this topic, or -1 if no filter of its matches. */
int routes_match(const struct routes *routes, uint64_t client, struct mqtt_view topic);

/*
 * One answer has come; more than was asked for is not passed on. With a failure
 * the route goes. Return: the request, if it was the last one, to be sent
 * to the app and freed by the caller; else NULL.
 */
struct route_request *routes_answer(struct routes *routes, struct route *route, uint8_t code);

#endif
