/*
 * worker_add: a host becomes a worker, or is none any more: a line of the workers file.
 *
 * Everything about a host is tried before its line is written: a step that fails
 * leaves all as it was.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"
#include "conf/hosts_edit.h"
#include "core/row.h"
#include "hosts.h"
#include "transport/ssh.h"
#include "view/view.h"

#define LINE_BYTES 65536
#define TAKEN_MS 30000		/* until jobd has read the file and called the host */
#define PAUSE_US 100000

char *hosts_path(const struct jobadm *a)
{
	if (a->conf.workers_file != NULL)
		return xstrdup(a->conf.workers_file);
	if (a->spool.system)
		return xstrdup(HOSTS_SITE_FILE);
	return xasprintf("%s/%s", a->spool.path, SPOOL_HOSTS);
}

/* ---- the list of workers */

struct look {
	const char *name;
	bool (*fn)(const struct worker_row *row);
	bool so;
};

static int look_row(void *arg, const void *p)
{
	struct look *l = arg;
	const struct worker_row *row = p;

	if (strcmp(row->name, l->name) == 0)
		l->so = l->fn(row);
	return 0;
}

static int look(const struct jobadm *a, struct look *l, struct err *e)
{
	struct view *v = view_open(&a->spool, e);
	int r = v != NULL ? view_workers(v, look_row, l, e) : -1;

	view_close(v);
	return r;
}

int worker_await(const struct jobadm *a, const char *name, int64_t ms,
    bool (*fn)(const struct worker_row *row), struct err *e)
{
	int64_t until = now_read().boot + ms;
	struct look l = { .name = name, .fn = fn };

	while (look(a, &l, e) == 0) {
		if (l.so || now_read().boot >= until)
			return l.so;
		(void)usleep(PAUSE_US);
	}
	return -1;
}

/* ---- add */

/* " key=value", the value as sh(1) reads it back. */
static int word_add(struct buf *line, const char *word, struct err *e)
{
	const char *equals = strchr(word, '=');
	struct buf value;
	int r;

	if (equals == NULL)
		return err_set(e, ERR_USAGE, "--label: %.64s is not KEY=VALUE", word);
	buf_init(&value, LINE_BYTES);
	r = shell_quote(&value, equals + 1);
	if (r == 0)
		r = buf_addf(line, " %.*s%s", (int)(equals + 1 - word), word, value.data);
	buf_release(&value);
	return r == 0 ? 0 : err_set(e, ERR_USAGE, "that is too long");
}

/* The caller frees. */
static char *line_make(const char *name, const struct words *words, struct err *e)
{
	struct buf b;
	int r;

	buf_init(&b, LINE_BYTES);
	r = buf_adds(&b, name);
	for (size_t i = 0; r == 0 && i < words->n; i++)
		r = word_add(&b, words->list[i], e);
	if (r == 0)
		return buf_steal(&b);
	buf_release(&b);
	return NULL;
}

/* The file has errors of its own, which are not of this call. */
static int names_free(const char *path, const struct hosts *fresh, struct err *e)
{
	struct hosts present;
	const struct host *h;
	int r = 0;

	if (hosts_load(path, &present, e) == -1)
		return -1;
	for (size_t i = 0; r == 0 && i < fresh->n; i++) {
		h = hosts_find(&present, fresh->list[i].name);
		if (h != NULL)
			r = err_set(e, ERR_DATA, "%s stands in line %zu of %s: 'jobadm worker "
			    "check %s' looks at it, 'jobadm worker rm %s' takes it out", h->name,
			    h->line, path, h->name, h->name);
		else if (strcmp(fresh->list[i].name, "local") == 0)
			r = err_set(e, ERR_DATA, "local is the worker beside jobd: choose another "
			    "name");
	}
	hosts_free(&present);
	return r;
}

bool worker_attached(const struct worker_row *row)
{
	return row->health != HEALTH_UNHEALTHY && row->status != WORKER_INACTIVE;
}

/* What is written is not taken back: jobd goes on calling it. */
static void tell_taken(struct visit *v, const struct hosts *fresh)
{
	struct err e = { .text = "" };
	int r;

	for (size_t i = 0; i < fresh->n; i++) {
		v->steps.host = fresh->list[i].name;
		r = worker_await(v->a, v->steps.host, TAKEN_MS, worker_attached, &e);
		if (r == 1)
			steps_say(&v->steps, RESULT_OK, "jobd", "has attached it");
		else
			steps_fail(&v->steps, ERR_AGAIN, "jobd", "has not attached it yet%s%s: see "
			    "the reason in 'jobadm worker list'", r == -1 ? ": " : "", e.text);
	}
}

static int add(struct visit *v, const struct hosts *fresh, const char *path, const char *line,
    struct err *e)
{
	const char *accept = v->a->accept_new ? SSH_ACCEPT_ANY : NULL;
	struct reached reached;

	for (size_t i = 0; i < fresh->n; i++) {
		if (visit_host(v, &fresh->list[i], accept, &reached) == -1)
			continue;
		survey_tell(&v->steps, &fresh->list[i], v->a->spool.system, &reached);
		msg_free(reached.probed);
	}
	if (v->steps.failed)
		return 0;
	if (hosts_add(path, line, e) == -1)
		return -1;
	for (size_t i = 0; i < fresh->n; i++) {
		v->steps.host = fresh->list[i].name;
		steps_say(&v->steps, RESULT_OK, "file", "stands in %s", path);
	}
	tell_taken(v, fresh);
	return 0;
}

static int add_line(const struct jobadm *a, const char *line, struct err *e)
{
	char *path = hosts_path(a);
	struct hosts fresh;
	struct visit v;
	int r = -1;

	if (hosts_parse("worker add", line, strlen(line), &fresh, e) == -1) {
		e->code = ERR_USAGE;
		free(path);
		return -1;
	}
	if (names_free(path, &fresh, e) == 0 && visit_begin(&v, a, e) == 0) {
		r = add(&v, &fresh, path, line, e);
		visit_end(&v);
		if (r == 0)
			r = v.steps.failed ? exit_of(v.steps.code) : EXIT_OK;
	}
	hosts_free(&fresh);
	free(path);
	return r;
}

int worker_add(struct jobadm *a, char *const *words, struct err *e)
{
	char *line;
	int r;

	if (words[0] == NULL || words[1] != NULL)
		return err_set(e, ERR_USAGE, "worker add takes one name (or a range, web[01-40])");
	line = line_make(words[0], &a->host, e);
	if (line == NULL)
		return -1;
	r = add_line(a, line, e);
	free(line);
	return r;
}

/* ---- rm */

static bool has_jobs(const struct worker_row *row)
{
	return row->running > 0;
}

static bool is_away(const struct worker_row *row)
{
	return row->status == WORKER_INACTIVE;
}

static int rm(const struct jobadm *a, const char *path, const char *name, struct err *e)
{
	struct look l = { .name = name, .fn = has_jobs };

	if (look(a, &l, e) == -1)
		return -1;
	if (l.so && !a->force)
		return err_set(e, ERR_DATA, "%s: jobs run there: 'jobadm worker drain --reason "
		    "TEXT %s' lets them end, --force gives them to others when its lease is over",
		    name, name);
	if (hosts_remove(path, name, e) == -1)
		return -1;
	if (spool_holder(&a->spool) > 0 && worker_await(a, name, TAKEN_MS, is_away, e) == 0)
		return err_set(e, ERR_AGAIN, "%s: is out of the file, but jobd has not read it yet",
		    name);
	return 0;
}

int worker_rm(struct jobadm *a, char *const *words, struct err *e)
{
	char *path = hosts_path(a);
	int r = words[0] != NULL ? 0 : err_set(e, ERR_USAGE, "no worker is named");

	for (; r == 0 && *words != NULL; words++)
		r = rm(a, path, *words, e);
	free(path);
	return r == 0 ? EXIT_OK : -1;
}
