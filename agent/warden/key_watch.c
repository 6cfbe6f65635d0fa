// SPDX-License-Identifier: GPL-2.0
/* The key store in the event loop: keys are loaded, the module's events become journal entries. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "log.h"
#include "warden.h"

#include "../keys/keystore.h"

static struct keystore_paths paths_of(const struct warden *w)
{
	return (struct keystore_paths){
		.keys = w->config.keys,
		.root = { w->config.root_key, w->config.root, w->config.root_pcrs, w->config.root_trusted },
	};
}

static void say_error(struct warden *w, const char *text)
{
	if (!strcmp(w->keys_error, text))
		return;
	snprintf(w->keys_error, sizeof(w->keys_error), "%s", text);
	journal_add(w->journal, LOG_ERR, "key", "missing", NULL, "%s", text);
}

static void on_key_failure(void *context, const char *name, int code, const char *text)
{
	(void)name;
	(void)code;
	say_error(context, text);
}

/* The kernel spends a key's budget in blocks, and the next one has to be on disk before it is spent. */
static void reserve(struct warden *w, const char *name)
{
	const struct keystore_paths paths = paths_of(w);
	struct key_error error = { "" };
	int code = w->module ? keystore_change(w->module, &paths, MODULE_CHANGE_RESERVE, name, &error) : -ENOENT;

	/* The module asks again, each second that the key is wanted, and the guard must not wait meanwhile. */
	if (code == -EBUSY)
		return;
	if (code == -EDQUOT)
		journal_add(w->journal, LOG_WARNING, "key", "budget", NULL,
			    "%s: the last block of its budget is being used; make another key before it ends", name);
	else if (code)
		journal_add(w->journal, LOG_ERR, "key", "reserve", NULL, "%s: its budget could not be reserved: %s",
			    name, error.text);
}

static void on_key_event(void *context, const struct module_event *event)
{
	struct warden *w = context;
	struct json_object *detail = json_object_new_object();
	bool refused = event->kind == TACIT_EVENT_REFUSED;

	if (event->kind == TACIT_EVENT_RESERVE)
		reserve(w, event->name);
	if (!detail)
		return;
	json_object_object_add(detail, "key", json_object_new_string(event->name));
	json_object_object_add(detail, "count", json_object_new_int64((int64_t)event->count));
	if (event->comm[0]) {
		json_object_object_add(detail, "process", json_object_new_string(event->comm));
		json_object_object_add(detail, "pid", json_object_new_int64(event->pid));
		json_object_object_add(detail, "uid", json_object_new_int64(event->uid));
	}
	if (refused) {
		json_object_object_add(detail, "reason", json_object_new_string(module_refusal_name(event->reason)));
		journal_add(w->journal, LOG_WARNING, "key", "refused", detail, "%s: %s (pid %u, uid %u) was refused: %s",
			    event->name, event->comm, event->pid, event->uid, module_refusal_text(event->reason));
	} else {
		/* It may be the one that the engine has given up for want of. */
		if (w->engine)
			engine_process_hurry(w->engine);
		journal_add(w->journal, LOG_INFO, "key", module_event_kind_name(event->kind), detail, "%s: %s",
			    event->name[0] ? event->name : "root key", module_event_kind_name(event->kind));
	}
}

static void on_module_readable(evutil_socket_t fd, short what, void *arg)
{
	struct warden *w = arg;
	struct key_error error = { "" };

	(void)fd;
	(void)what;
	if (!module_events_dispatch(w->module_events, &error))
		return;
	journal_add(w->journal, LOG_WARNING, "key", "lost", NULL, "%s", error.text);
}

/*
 * A TPM, or what seals trusted keys, that refused will go on refusing until somebody does something, and takes seconds over
 * it: it is asked once a minute. Whoever mends it by `tacit key root` need not wait.
 */
#define ROOT_PAUSE_TICKS (60 / WARDEN_TICK_S)

static bool pauses(struct warden *w)
{
	struct module_status status = { 0 };
	struct key_error unused = { "" };

	if (!w->root_pause)
		return false;
	w->root_pause--;
	return module_status(w->module, &status, &unused) || status.root_origin == TACIT_ROOT_NONE;
}

static int listen_to_module(struct warden *w, struct key_error *error)
{
	int code;

	if (w->module_events)
		return 0;
	code = module_events_open(&w->module_events, on_key_event, w, error);
	if (code)
		return code;
	w->module_event = event_new(w->base, module_events_fd(w->module_events), EV_READ | EV_PERSIST,
				    on_module_readable, w);
	if (!w->module_event || event_add(w->module_event, NULL))
		return key_error_set(error, -ENOMEM, "out of memory");
	return 0;
}

void key_watch_apply(struct warden *w)
{
	const struct keystore_paths paths = paths_of(w);
	struct keystore_result result = { 0 };
	struct key_error error = { "" };

	if ((!w->module && module_open(&w->module, &error)) || listen_to_module(w, &error)) {
		say_error(w, error.text);
		return;
	}
	if (pauses(w))
		return;
	/* The root key is the CLI's to make, with the first key: a warden that made one would hide a loss. */
	if (keystore_up(w->module, &paths, false, on_key_failure, w, &result, &error)) {
		say_error(w, error.text);
		w->root_pause = result.root_from == ROOT_TPM || result.root_from == ROOT_TRUSTED ? ROOT_PAUSE_TICKS : 0;
		return;
	}
	w->root_pause = 0;
	w->root_key = true;
	if (result.failed)
		return;
	w->keys_up = true;
	w->keys_error[0] = '\0';
	log_info("keys: %zu loaded, %zu were there", result.loaded, result.present);
}

void key_watch_stop(struct warden *w)
{
	if (w->module_event)
		event_free(w->module_event);
	if (w->module_events)
		module_events_close(w->module_events);
	if (w->module)
		module_close(w->module);
}
