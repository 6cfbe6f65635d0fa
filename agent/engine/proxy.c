// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "client.h"
#include "proxy.h"

struct proxy {
	struct event_base *base;
	struct proxy_options options;
	struct client_callbacks client_callbacks;
	TAILQ_HEAD(, client) clients;
	struct event *room;	/* spool or session have room again: let apps go on */
	size_t client_count;
	uint64_t last_serial;
	struct spool spool;
	struct routes routes;
	struct session session;
	bool full_noted;
	bool will_noted;
	uint64_t messages;
	uint64_t received;
	void (*freed)(void *arg);
	void *freed_arg;
};

static struct client *find_client(struct proxy *p, uint64_t serial)
{
	struct client *c;

	TAILQ_FOREACH(c, &p->clients, next) {
		if (c->serial == serial)
			return c;
	}
	return NULL;
}

/* ---- what apps ask for ---- */

static bool on_room(enum mqtt_type type, void *arg)
{
	struct proxy *p = arg;

	if (type == MQTT_SUBSCRIBE || type == MQTT_UNSUBSCRIBE)
		return session_takes_controls(&p->session);
	if (type != MQTT_PUBLISH || spool_has_room(&p->spool))
		return true;
	if (!p->full_noted)
		link_note(p->options.link, p->options.channel, LOG_WARNING,
			  "%s: the spool is full (%zu messages); apps wait until upstream has taken some",
			  p->options.config->name, p->spool.count);
	p->full_noted = true;
	return false;
}

/* It may be two bytes longer upstream than it was here: the identifier. */
static bool message_fits(struct proxy *p, const struct mqtt_publish *up)
{
	size_t bytes = mqtt_publish_bytes(up);
	size_t most = p->options.publish_max ? session_publish_max(&p->session, up->qos) : MQTT_PACKET_MAX;

	if (p->options.publish_max && bytes > most) {
		link_note(p->options.link, p->options.channel, LOG_WARNING,
			  "%s: a message of %zu bytes was refused: with dummy it must fit one slot (%zu left); raise cell",
			  p->options.config->name, bytes, most);
		return false;
	}
	if (bytes > MQTT_PACKET_MAX)
		link_note(p->options.link, p->options.channel, LOG_WARNING,
			  "%s: a message of %zu bytes was refused, and the app cut off: %u is the most; make it shorter",
			  p->options.config->name, bytes, MQTT_PACKET_MAX);
	return bytes <= MQTT_PACKET_MAX;
}

static int on_publish(struct client *c, const struct mqtt_publish *publish, void *arg)
{
	struct proxy *p = arg;
	bool dummy = p->options.publish_max;
	uint8_t qos = dummy ? publish->qos && p->options.config->qos : publish->qos == 2 ? 2 : 1;
	struct mqtt_publish up = *publish;

	up.qos = qos;
	if (!message_fits(p, &up))
		return -EFBIG;
	/* Only a will comes without having been asked whether there is room. */
	if (!spool_has_room(&p->spool)) {
		if (!p->will_noted)
			link_note(p->options.link, p->options.channel, LOG_WARNING,
				  "%s: an app's will is lost, as the spool is full; raise spool",
				  p->options.config->name);
		p->will_noted = true;
		return -ENOBUFS;
	}
	/* The same QoS 2 message again: it is on its way. */
	if (publish->qos == 2 && publish->id && spool_find_client(&p->spool, c->serial, publish->id))
		return 0;
	if (!spool_add(&p->spool, publish, qos, c->serial))
		return -ENOMEM;
	p->options.ready(p->options.arg);
	return 0;
}

static void on_connected(struct client *c, void *arg)
{
	struct proxy *p = arg;
	struct client *other, *after;

	/* 3.1.4: the younger one wins. */
	for (other = TAILQ_FIRST(&p->clients); other && c->id[0]; other = after) {
		after = TAILQ_NEXT(other, next);
		if (other != c && other->connected && !strcmp(other->id, c->id))
			client_close(other);
	}
}

static void unroute(struct proxy *p, struct route *route)
{
	uint8_t *copy = malloc(route->filter.bytes);
	struct mqtt_view filter = { copy, route->filter.bytes };

	if (copy)
		memcpy(copy, route->filter.data, filter.bytes);
	routes_remove(&p->routes, route);
	if (copy && !routes_find(&p->routes, 0, filter))
		session_unsubscribe(&p->session, filter);
	free(copy);
}

/* A SUBSCRIBE must fit a slot beside the one PUBLISH. */
static bool filter_fits(struct proxy *p, struct mqtt_view filter)
{
	return !p->options.publish_max ||
	       mqtt_filter_bytes(MQTT_SUBSCRIBE, filter) + 64 + strlen(p->options.config->dummy) <=
		       p->options.publish_max;
}

/* One more filter of `request`. Return: true if upstream is asked, and will answer. */
static bool subscribe(struct proxy *p, struct client *c, struct route_request *request, struct mqtt_view filter,
		      uint8_t qos)
{
	struct route *route = NULL;

	if (mqtt_share_valid(filter) && filter_fits(p, filter))
		route = routes_add(&p->routes, c->serial, filter, qos);
	if (!route) {
		request->codes[request->count] = MQTT_SUBACK_FAILURE;
		return false;
	}
	route->request = request;
	route->index = request->count;
	request->left++;
	session_subscribe(&p->session, route);
	return true;
}

static int on_subscribe(struct proxy *p, struct client *c, struct mqtt_filters *filters)
{
	struct route_request *request = calloc(1, sizeof(*request));
	struct mqtt_view filter;
	uint8_t qos;
	int ret;

	if (!request)
		return -ENOMEM;
	request->client_id = filters->id;
	/* Held by us as well, until all filters are in. */
	request->left = 1;
	while ((ret = mqtt_filters_next(filters, &filter, &qos)) > 0) {
		if (request->count == ROUTES_FILTERS_MAX) {
			ret = -EBADMSG;
			break;
		}
		subscribe(p, c, request, filter, qos);
		request->count++;
	}
	if (--request->left == 0) {
		if (!ret)
			client_suback(c, request->client_id, request->codes, request->count);
		free(request);
	}
	return ret;
}

static int on_filters(struct client *c, enum mqtt_type type, struct mqtt_filters *filters, void *arg)
{
	struct proxy *p = arg;
	struct mqtt_view filter;
	uint8_t qos;
	int ret;

	if (type == MQTT_SUBSCRIBE)
		return on_subscribe(p, c, filters);
	while ((ret = mqtt_filters_next(filters, &filter, &qos)) > 0) {
		struct route *route;

		while ((route = routes_find(&p->routes, c->serial, filter)))
			unroute(p, route);
	}
	if (!ret)
		client_unsuback(c, filters->id);
	return ret;
}

static void on_note(struct client *c, const char *text, void *arg)
{
	struct proxy *p = arg;

	(void)c;
	link_note(p->options.link, p->options.channel, LOG_WARNING, "%s: %s", p->options.config->name, text);
}

static void on_gone(struct client *c, void *arg)
{
	struct proxy *p = arg;
	struct route *r, *after;

	for (r = LIST_FIRST(&p->routes.list); r; r = after) {
		after = LIST_NEXT(r, next);
		if (r->client == c->serial)
			unroute(p, r);
	}
	TAILQ_REMOVE(&p->clients, c, next);
	p->client_count--;
	if (p->freed)
		p->freed(p->freed_arg);
}

/* ---- what upstream says ---- */

static void on_up_publish(const struct mqtt_publish *publish, void *arg)
{
	struct proxy *p = arg;
	struct client *c, *after;

	p->received++;
	for (c = TAILQ_FIRST(&p->clients); c; c = after) {
		int qos = routes_match(&p->routes, c->serial, publish->topic);

		after = TAILQ_NEXT(c, next);
		if (qos < 0 || c->closing)
			continue;
		if (client_deliver(c, publish, qos < publish->qos ? (uint8_t)qos : publish->qos)) {
			on_note(c, "an app does not read what it subscribed to, and was cut off", p);
			client_close(c);
		}
	}
}

/*
 * One app after another; who finds the spool full again waits again. From the
 * loop only: an app may be closed here, and who calls session or client may hold it.
 */
static void resume(evutil_socket_t fd, short what, void *arg)
{
	struct proxy *p = arg;
	struct client *c, *after;

	(void)fd;
	(void)what;
	for (c = TAILQ_FIRST(&p->clients); c; c = after) {
		after = TAILQ_NEXT(c, next);
		client_resume(c);
	}
}

static void on_done(const struct spool_message *m, void *arg)
{
	struct proxy *p = arg;
	struct client *c = find_client(p, m->client);

	p->messages++;
	if (c && m->client_id)
		client_accepted(c, m->client_qos, m->client_id);
}

static void on_dropped(const struct spool_message *m, const char *why, void *arg)
{
	struct proxy *p = arg;
	struct client *c = find_client(p, m->client);

	link_note(p->options.link, p->options.channel, LOG_ERR,
		  "%s: a message to %.*s (%zu bytes) is dropped: %s",
		  p->options.config->name, (int)(m->publish.topic.bytes < 60 ? m->publish.topic.bytes : 60),
		  (const char *)m->publish.topic.data, m->publish.payload.bytes, why);
	/* It waits for an acknowledgement that will not come. */
	if (c && m->client_id)
		client_close(c);
}

static void on_up_room(void *arg)
{
	struct proxy *p = arg;

	event_active(p->room, 0, 0);
}

static void on_up_note(const char *text, void *arg)
{
	on_note(NULL, text, arg);
}

static void on_unroutable(struct route *route, void *arg)
{
	struct proxy *p = arg;
	struct client *c = find_client(p, route->client);
	bool granted = !route->request;
	struct route_request *request;

	link_note(p->options.link, p->options.channel, LOG_ERR,
		  "%s: a subscription to %.*s is given up: the broker hangs up on it; see the broker's log",
		  p->options.config->name, (int)(route->filter.bytes < 60 ? route->filter.bytes : 60),
		  (const char *)route->filter.data);
	request = routes_answer(&p->routes, route, MQTT_SUBACK_FAILURE);
	if (c && request)
		client_suback(c, request->client_id, request->codes, request->count);
	free(request);
	/* An app that was told that it has it must not go on in that belief. */
	if (c && granted)
		client_close(c);
}

static void on_up_ready(void *arg)
{
	struct proxy *p = arg;

	if (spool_has_room(&p->spool)) {
		p->full_noted = false;
		p->will_noted = false;
		event_active(p->room, 0, 0);
	}
	p->options.ready(p->options.arg);
}

static void on_subscribed(uint64_t client, const struct route_request *request, void *arg)
{
	struct proxy *p = arg;
	struct client *c = find_client(p, client);

	if (c)
		client_suback(c, request->client_id, request->codes, request->count);
}

/* ---- the proxy itself ---- */

struct proxy *proxy_new(struct event_base *base, const struct proxy_options *options)
{
	struct proxy *p = calloc(1, sizeof(*p));
	struct session_options upstream = {
		.client_id = options->config->client_id,
		.dummy = options->publish_max ? options->config->dummy : "",
		.publish_max = options->publish_max,
		.keepalive = options->keepalive,
	};
	struct session_callbacks callbacks = {
		.publish = on_up_publish,
		.done = on_done,
		.subscribed = on_subscribed,
		.dropped = on_dropped,
		.unroutable = on_unroutable,
		.note = on_up_note,
		.room = on_up_room,
		.ready = on_up_ready,
		.arg = p,
	};

	if (!p)
		return NULL;
	p->base = base;
	p->options = *options;
	p->client_callbacks = (struct client_callbacks){
		.room = on_room,
		.publish = on_publish,
		.connected = on_connected,
		.filters = on_filters,
		.note = on_note,
		.gone = on_gone,
		.arg = p,
	};
	TAILQ_INIT(&p->clients);
	spool_init(&p->spool, options->config->spool);
	routes_init(&p->routes);
	p->room = event_new(base, -1, 0, resume, p);
	if (!p->room)
		goto out_free;
	if (session_init(&p->session, &upstream, &callbacks, &p->spool, &p->routes))
		goto out_event;
	return p;

out_event:
	event_free(p->room);
out_free:
	free(p);
	return NULL;
}

void proxy_free(struct proxy *p)
{
	if (!p)
		return;
	p->freed = NULL;
	while (!TAILQ_EMPTY(&p->clients))
		client_close(TAILQ_FIRST(&p->clients));
	if (p->spool.count)
		link_note(p->options.link, p->options.channel, LOG_WARNING,
			  "%s: %zu messages that upstream has not acknowledged are lost with the engine",
			  p->options.config->name, p->spool.count);
	event_free(p->room);
	session_free(&p->session);
	routes_clear(&p->routes);
	spool_clear(&p->spool);
	free(p);
}

bool proxy_accept(struct proxy *p, int fd)
{
	struct client *c = client_new(p->base, fd, ++p->last_serial, &p->client_callbacks);

	if (c) {
		TAILQ_INSERT_TAIL(&p->clients, c, next);
		p->client_count++;
	}
	return p->client_count < PROXY_CLIENTS_MAX;
}

void proxy_set_freed(struct proxy *p, void (*freed)(void *arg), void *arg)
{
	p->freed = freed;
	p->freed_arg = arg;
}

struct session *proxy_session(struct proxy *p)
{
	return &p->session;
}

void proxy_status(const struct proxy *p, struct message_channel *status)
{
	status->clients = (uint32_t)p->client_count;
	status->spooled = (uint32_t)p->spool.count;
	status->messages = p->messages;
	status->received = p->received;
}
