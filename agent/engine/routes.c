// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>

#include "routes.h"

void routes_init(struct routes *routes)
{
	LIST_INIT(&routes->list);
	routes->count = 0;
}

void routes_clear(struct routes *routes)
{
	while (!LIST_EMPTY(&routes->list))
		routes_remove(routes, LIST_FIRST(&routes->list));
}

static bool same(struct mqtt_view a, struct mqtt_view b)
{
	return a.bytes == b.bytes && !memcmp(a.data, b.data, a.bytes);
}

struct route *routes_find(struct routes *routes, uint64_t client, struct mqtt_view filter)
{
	struct route *r;

	LIST_FOREACH(r, &routes->list, next) {
		if ((!client || r->client == client) && same(r->filter, filter))
			return r;
	}
	return NULL;
}

struct route *routes_find_id(struct routes *routes, uint16_t id)
{
	struct route *r;

	LIST_FOREACH(r, &routes->list, next) {
		if (r->id == id)
			return r;
	}
	return NULL;
}

struct route *routes_add(struct routes *routes, uint64_t client, struct mqtt_view filter, uint8_t qos)
{
	struct route *r = routes_find(routes, client, filter);

	/* One that still waits keeps waiting: its answer is owed to an older request. */
	if (r && !r->request)
		routes_remove(routes, r);
	if (routes->count >= ROUTES_MAX)
		return NULL;
	r = calloc(1, sizeof(*r) + filter.bytes);
	if (!r)
		return NULL;
	r->client = client;
	r->qos = qos;
	r->filter.data = r->data;
	r->filter.bytes = filter.bytes;
	memcpy(r->data, filter.data, filter.bytes);
	LIST_INSERT_HEAD(&routes->list, r, next);
	routes->count++;
	return r;
}

void routes_remove(struct routes *routes, struct route *route)
{
	/* A request whose other answers are still to come lives on with them. */
	if (route->request && --route->request->left == 0)
		free(route->request);
	LIST_REMOVE(route, next);
	routes->count--;
	free(route);
}

uint8_t routes_qos(const struct routes *routes, struct mqtt_view filter)
{
	const struct route *r;
	uint8_t qos = 0;

	LIST_FOREACH(r, &routes->list, next) {
		if (r->qos > qos && same(r->filter, filter))
			qos = r->qos;
	}
	return qos;
}

int routes_match(const struct routes *routes, uint64_t client, struct mqtt_view topic)
{
	const struct route *r;
	int qos = -1;

	LIST_FOREACH(r, &routes->list, next) {
		if (r->client == client && r->qos > qos && mqtt_topic_matches(mqtt_share_filter(r->filter), topic))
			qos = r->qos;
	}
	return qos;
}

struct route_request *routes_answer(struct routes *routes, struct route *route, uint8_t code)
{
	struct route_request *request = route->request;
	bool failed = code > 2;

	route->request = NULL;
	route->id = 0;
	route->losses = 0;
	if (!failed && code > route->qos)
		code = route->qos;
	if (request)
		request->codes[route->index] = code;
	if (failed)
		routes_remove(routes, route);
	else
		route->qos = code;
	if (!request || --request->left)
		return NULL;
	return request;
}
