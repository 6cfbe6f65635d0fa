// SPDX-License-Identifier: GPL-2.0
#include "control_client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define ANSWER_MAX (1024 * 1024)

static void explain(const struct cli_options *options, const char *path, int error)
{
	if (error == ENOENT || error == ECONNREFUSED)
		cli_fail(options, "tacitd does not run (nothing answers at %s); start it with: systemctl start tacitd",
			 path);
	else if (error == EACCES || error == EPERM)
		cli_fail(options, "%s: only root may ask tacitd; try: sudo tacit ...", path);
	else
		cli_fail(options, "%s: %s", path, strerror(error));
}

int control_knock(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd, code = 0;

	if (strlen(path) >= sizeof(address.sun_path))
		return ENAMETOOLONG;
	strcpy(address.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)))
		code = errno;
	if (fd >= 0)
		close(fd);
	return code;
}

FILE *control_ask(const struct cli_options *options, const char *path, const char *request)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	FILE *stream = NULL;
	char line[160];
	int fd, n;

	if (strlen(path) >= sizeof(address.sun_path)) {
		explain(options, path, ENAMETOOLONG);
		return NULL;
	}
	strcpy(address.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)))
		goto fail;
	n = snprintf(line, sizeof(line), "%s\n", request);
	/* Where tacitd hangs up first, there is no answer, which is told as such. */
	if (send(fd, line, (size_t)n, MSG_NOSIGNAL) < 0 && errno != EPIPE && errno != ECONNRESET)
		goto fail;
	stream = fdopen(fd, "r");
	if (!stream)
		goto fail;
	return stream;
fail:
	explain(options, path, errno);
	if (fd >= 0)
		close(fd);
	return NULL;
}

int control_question(const struct cli_options *options, const char *request, FILE **answers)
{
	struct config config;
	int code = cli_config(options, &config);

	if (code)
		return code;
	switch (control_knock(config.control)) {
	case ENOENT:
	case ECONNREFUSED:
		code = CLI_NOT_RUNNING;
		break;
	default:
		code = CLI_FAILED;
	}
	*answers = control_ask(options, config.control, request);
	return *answers ? CLI_OK : code;
}

FILE *control_command(int argc, char **argv, struct cli_options *options, const char *request, int *code)
{
	FILE *answers = NULL;

	*code = cli_parse(argc, argv, options, 0, NULL);
	if (!*code && !options->help)
		*code = control_question(options, request, &answers);
	return answers;
}

int control_show(int argc, char **argv, const char *request, void (*print)(struct json_object *answer))
{
	struct cli_options options = { 0 };
	struct json_object *answer;
	int code;
	FILE *answers = control_command(argc, argv, &options, request, &code);

	if (!answers)
		return code;
	answer = control_read(answers);
	fclose(answers);
	if (!answer)
		return cli_fail(&options, "tacitd gave no answer; its log says why");
	if (options.json)
		return cli_json(answer);
	print(answer);
	json_object_put(answer);
	return CLI_OK;
}

struct json_object *control_read(FILE *stream)
{
	struct json_object *answer = NULL;
	char *line = NULL;
	size_t room = 0;
	ssize_t bytes = getline(&line, &room, stream);

	if (bytes > 0 && bytes < ANSWER_MAX)
		answer = json_tokener_parse(line);
	free(line);
	if (answer && !json_object_is_type(answer, json_type_object)) {
		json_object_put(answer);
		answer = NULL;
	}
	return answer;
}

const char *control_refusal(struct json_object *event)
{
	struct json_object *error = NULL;

	return event && json_object_object_get_ex(event, "error", &error) ? json_object_get_string(error) : NULL;
}

bool control_has(struct json_object *object, const char *member)
{
	struct json_object *value = NULL;

	return object && json_object_object_get_ex(object, member, &value) && value;
}

const char *control_text(struct json_object *object, const char *member)
{
	struct json_object *value = NULL;

	if (!object || !json_object_object_get_ex(object, member, &value) || !value)
		return "-";
	return json_object_get_string(value);
}

const char *control_rule(struct json_object *event)
{
	return control_has(event, "rule") ? control_text(event, "rule") : "";
}

int64_t control_number(struct json_object *object, const char *member)
{
	struct json_object *value = NULL;

	if (!object || !json_object_object_get_ex(object, member, &value))
		return 0;
	return json_object_get_int64(value);
}

bool control_flag(struct json_object *object, const char *member)
{
	struct json_object *value = NULL;

	return object && json_object_object_get_ex(object, member, &value) && json_object_get_boolean(value);
}

struct json_object *control_list(struct json_object *object, const char *member)
{
	static struct json_object *none;
	struct json_object *value = NULL;

	if (object && json_object_object_get_ex(object, member, &value) && json_object_is_type(value, json_type_array))
		return value;
	if (!none)
		none = json_object_new_array();
	return none;
}
