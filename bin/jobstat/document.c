/*
 * document: a job for scripts: its JSON, with what the options add to it.
 */
#include <stdlib.h>

#include "cli/events.h"
#include "cli/jobdoc.h"
#include "jobstat.h"
#include "view/why.h"

static void put_url(void *arg, const struct exec_row *x, const char *stream, char *url,
    size_t size)
{
	char *path = output_path(arg, x, stream);

	if (path)
		path_url(path, url, size);
	free(path);
}

static void put_why(void *arg, const struct why *w)
{
	struct json *j = arg;

	if (w->sooner)
		return;
	json_object(j, NULL);
	json_str(j, "reason", reason_name(w->reason));
	json_str(j, "text", w->text);
	json_time(j, "until", w->until);
	if (w->job)
		json_int(j, "job_id", w->job);
	if (w->worker)
		json_str(j, "worker_node_id", w->worker);
	json_end(j);
}

static void put_sooner(void *arg, const struct why *w)
{
	struct json *j = arg;

	if (!w->sooner)
		return;
	json_object(j, NULL);
	json_str(j, "text", w->text);
	json_str(j, "worker_node_id", w->worker);
	json_end(j);
}

static void put_event(void *arg, const struct job_event *ev)
{
	struct json *j = arg;

	json_object(j, NULL);
	json_time(j, "at", ev->at);
	json_str(j, "event", ev->name);
	if (ev->exec != NULL)
		json_int(j, "execution", ev->exec->execution);
	else
		json_null(j, "execution");
	json_str(j, "worker_node_id", ev->exec != NULL ? ev->exec->worker : NULL);
	json_str(j, "text", ev->text);
	json_end(j);
}

static void put_launch(struct json *j, const struct jobstat *s)
{
	const char *word;
	size_t iter = 0, n;
	const char *body = msg_body(s->launch, &n);

	if (s->script) {
		json_array(j, "argv");
		while ((word = msg_next(s->launch, F_ARG, &iter)) != NULL)
			json_str(j, NULL, word);
		json_end(j);
		if (body && msg_flag(s->launch, F_SCRIPT))
			json_strn(j, "script", body, n);
		else
			json_null(j, "script");
	}
	if (!s->env)
		return;
	json_array(j, "environment");
	for (iter = 0; (word = msg_next(s->launch, F_ENV, &iter)) != NULL;)
		json_str(j, NULL, word);
	json_end(j);
}

static void put_more(void *arg, struct json *j)
{
	struct jobstat *s = arg;

	if (s->launch)
		put_launch(j, s);
	if (s->events) {
		json_array(j, "events");
		events_each(s->rec.job, s->rec.execs, s->rec.nexecs, put_event, j);
		json_end(j);
	}
	if (s->prio)
		prio_document(s);
	if (!s->why)
		return;
	json_array(j, "why");
	why_ask(s->v, &s->rec, s->look.style.now, put_why, j, NULL);
	json_end(j);
	json_array(j, "sooner");
	why_ask(s->v, &s->rec, s->look.style.now, put_sooner, j, NULL);
	json_end(j);
}

void record_document(struct jobstat *s)
{
	struct jobdoc doc = { .row = s->rec.job, .has_deps = true, .deps = s->rec.deps,
	    .ndeps = s->rec.ndeps, .has_execs = true, .execs = s->rec.execs,
	    .nexecs = s->rec.nexecs, .list_execs = true, .log_url = put_url, .more = put_more,
	    .arg = s, .now = s->look.style.now };

	s->shown++;
	jobdoc_write(&s->out, &doc);
}
