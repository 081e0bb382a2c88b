/*
 * request: a message made of the command line, and of the script it names.
 *
 * Owns what stands in a request beside the options: the words, the script's text,
 * a name taken from it, and what surrounds the caller.  Promises
 * that arguments arrive byte for byte.
 */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/fdio.h"
#include "conf/zones.h"
#include "core/cron.h"
#include "msg/plan.h"
#include "jobsub.h"

#define SCRIPT_MAX (16u << 20)
#define SHELL "/bin/sh"

static int command_add(struct msg *m, char *const *words, struct err *e)
{
	for (; *words != NULL; words++) {
		if (msg_add(m, F_ARG, *words) == -1)
			return err_set(e, ERR_DATA, "the command is too long");
	}
	return 0;
}

static int script_read(const char *path, struct buf *text, struct err *e)
{
	bool in = strcmp(path, "-") == 0;
	int r;

	if (path[0] == '\0')
		return err_set(e, ERR_USAGE, "--file: the name of the script is empty");
	buf_init(text, SCRIPT_MAX);
	r = in ? fd_read_all(STDIN_FILENO, text, e) : file_read(AT_FDCWD, path, text, e);
	if (r == -1 && in)
		err_prefix(e, "standard input");
	if (r == 0 && text->len == 0)
		r = err_set(e, ERR_DATA, "%s: the script is empty", in ? "standard input" : path);
	if (r == -1)
		buf_release(text);
	return r;
}

/* The options that stand in the script, below those of the command line. */
static int directives_take(struct jobsub *j, const char *path, const struct buf *text,
    struct err *e)
{
	struct directives *lines = &j->lines[FROM_SCRIPT];
	int r = directives_read(text->data, text->len, lines, e);

	if (r == 0)
		r = lines_take(j, FROM_SCRIPT, e);
	if (r == -1) {
		/* The command line was right; what stands in a file is data. */
		e->code = e->code == ERR_USAGE ? ERR_DATA : e->code;
		return err_prefix(e, "%s", path);
	}
	if (lines->late != 0 && submit_tool(j->options, TOOL_QUIET) == NULL)
		cli_warn(j->program, "%s: line %zu: #JOB behind the first command does not count",
		    path, lines->late);
	return 0;
}

/* The script's file is the job's name, unless another was given. */
static void name_add(struct msg *m, const char *path)
{
	const char *slash = strrchr(path, '/'), *name = slash != NULL ? slash + 1 : path;

	for (const char *p = name; *p != '\0'; p++) {
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			return;
	}
	if (!msg_has(m, F_NAME) && *name != '\0' && strcmp(path, "-") != 0)
		(void)msg_add(m, F_NAME, name);
}

int zone_take(struct jobsub *j, struct err *e)
{
	const char *name = submit_tz(j->options);

	zone_free(j->zone);
	j->zone = name != NULL ? zone_load(name, e) : NULL;
	j->context.zone = j->zone;
	return name == NULL || j->zone != NULL ? 0 : err_prefix(e, "--tz");
}

static int script_make(struct jobsub *j, const char *path, struct msg *m, struct err *e)
{
	struct buf text;
	int r;

	if (script_read(path, &text, e) == -1)
		return -1;
	r = directives_take(j, path, &text, e);
	if (r == 0)
		r = zone_take(j, e);
	if (r == 0)
		r = submit_message(j->options, &j->context, m, e);
	if (r == 0 && (msg_add_u64(m, F_SCRIPT, 1) == -1 ||
	    msg_set_body(m, text.data, text.len) == -1))
		r = err_set(e, ERR_DATA, "%s: the script is too long", path);
	if (r == 0)
		r = command_add(m, j->operands, e);
	if (r == 0)
		name_add(m, path);
	buf_release(&text);
	return r;
}

static int wrap_make(struct jobsub *j, const char *text, struct msg *m, struct err *e)
{
	if (submit_message(j->options, &j->context, m, e) == -1)
		return -1;
	if (msg_add(m, F_ARG, SHELL) == -1 || msg_add(m, F_ARG, "-c") == -1 ||
	    msg_add(m, F_ARG, text) == -1)
		return err_set(e, ERR_DATA, "the command is too long");
	if (!msg_has(m, F_NAME))
		(void)msg_add(m, F_NAME, "wrap");
	return 0;
}

int request_complete(struct jobsub *j, struct msg *m, struct err *e)
{
	struct uuid u;

	if (!msg_has(m, F_UUID)) {
		uuid_new(&u);
		if (msg_add_uuid(m, F_UUID, &u) == -1)
			return err_set(e, ERR_INTERNAL, "a UUID that does not fit");
	}
	return submit_surroundings(&j->context, j->host, j->umask_, m, e);
}

/* A job has no zone: that was of the times given with it.  Frees m. */
static struct msg *zone_drop(struct msg *m)
{
	struct msg *without = msg_new(MSG_SUBMIT);
	enum msg_field f;
	const char *value;
	size_t iter = 0, n;
	const void *body = msg_body(m, &n);

	while (msg_each(m, &iter, &f, &value)) {
		if (f != F_TZ)
			(void)msg_add(without, f, value);
	}
	if (body != NULL)
		(void)msg_set_body(without, body, n);
	msg_free(m);
	return without;
}

static bool has_times(const struct msg *m)
{
	return msg_has(m, F_BEGIN) || msg_has(m, F_DEADLINE);
}

struct msg *request_make(struct jobsub *j, struct err *e)
{
	struct msg *m = msg_new(MSG_SUBMIT);
	const char *script = submit_tool(j->options, TOOL_SCRIPT);
	const char *wrap = submit_tool(j->options, TOOL_WRAP);
	int r;

	if (script != NULL)
		r = script_make(j, script, m, e);
	else if (wrap != NULL)
		r = wrap_make(j, wrap, m, e);
	else if ((r = submit_message(j->options, &j->context, m, e)) == 0)
		r = command_add(m, j->operands, e);
	if (r == 0)
		r = request_complete(j, m, e);
	if (r == 0)
		return msg_has(m, F_TZ) && !request_recurs(m) && has_times(m) ? zone_drop(m) : m;
	msg_free(m);
	return NULL;
}

/* A schedule that would never run is refused here; jobd looks at it again. */
static int schedule_check(const struct jobsub *j, const struct msg *m, struct arena *a,
    struct job_request *req, struct err *e)
{
	struct schedule_row row;
	struct cron cron;
	struct zone *zone;
	int r;

	if (submit_tool(j->options, TOOL_WAIT) != NULL)
		return err_set(e, ERR_USAGE, "--wait: a schedule has no end to wait for");
	if (request_schedule(m, a, req, j->conf.time_zone, &row, e) == -1 ||
	    cron_parse(&cron, row.expression, "s0", e) == -1)
		return -1;
	zone = zone_load(row.zone, e);
	if (zone == NULL)
		return err_prefix(e, "--tz");
	r = cron_alive(&cron, zone, j->context.now, e);
	zone_free(zone);
	return r;
}

int request_check(const struct jobsub *j, const struct msg *m, struct arena *a,
    struct job_request *req, struct err *e)
{
	const struct request_defaults d = {
		.cpus = j->conf.default_cpus, .mem = j->conf.default_memory,
		.priority = j->conf.default_priority, .time_limit = j->conf.default_time_limit,
		.max_retries = j->conf.default_retries, .kill_grace = j->conf.kill_grace,
		.queue = j->conf.default_queue, .prefer = j->conf.prefer
	};

	if (request_submit(m, &d, a, req, e) == 0)
		return request_recurs(m) ? schedule_check(j, m, a, req, e) : 0;
	if (submit_tool(j->options, TOOL_SPEC) == NULL &&
	    submit_tool(j->options, TOOL_BULK) == NULL)
		submit_blame(j->options, e);
	return -1;
}
