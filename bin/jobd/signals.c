/*
 * signals: stop, reload, tell.
 *
 * TERM and INT stop taking requests; what was taken is written and answered, jobs
 * run on.  HUP reads the configuration again and opens the log file anew: a bad
 * file changes nothing.  USR1 writes what there is into the log.
 */
#include <signal.h>
#include <stdlib.h>

#include "base/log.h"
#include "client.h"
#include "process.h"
#include "schedules.h"
#include "settings.h"

#define SIGNALS 4

struct signals {
	struct ev_signal *list[SIGNALS];
};

static void stop(struct jobd *d)
{
	if (d->stopping)
		return;
	log_info("stopping; jobs run on");
	notify("STOPPING=1");
	listen_quiet(d);
	inbox_stop(d);
	workers_quiet(d);
	viewd_stop(d);
	tidyd_stop(d);
	loop_stop(d);
}

static void name_restart(struct jobd *d, const struct conf *next)
{
	struct buf names;

	buf_init(&names, 4096);
	if (conf_restart_needed(&d->conf, next, &names) > 0)
		log_warn("these need a restart: %s", names.data != NULL ? names.data : "");
	buf_release(&names);
}

/* Keys that only a restart can change keep the value with which we started. */
static void take(struct jobd *d, struct conf *next)
{
	const struct conf_key *k;
	struct conf old = d->conf;
	size_t i;

	for (i = 0; (k = conf_key(i)) != NULL; i++) {
		void *to = (char *)next + k->offset, *from = (char *)&old + k->offset;

		if (k->reload)
			continue;
		if (conf_is_text(k->type)) {
			char *text = *(char **)to;

			*(char **)to = *(char **)from;
			*(char **)from = text;
		} else {
			*(int64_t *)to = *(const int64_t *)from;
		}
	}
	d->conf = *next;
	conf_free(&old);
}

static void reload(struct jobd *d)
{
	struct conf next;
	struct err e;

	if (log_reopen(d, &e) == -1)
		log_warn("%s", e.text);
	if (conf_load(d->config, &next, &e) == -1) {
		log_error("the configuration stays as it was: %s", e.text);
		return;
	}
	name_restart(d, &next);
	take(d, &next);
	log_level((enum log_level)d->conf.log_level);
	names_forget(d);
	settings_reload(d);
	loop_configure(d);
	zones_reread(d);
	workers_look(d);
	log_info("configuration read again");
}

static void dump(const struct jobd *d)
{
	struct writer_stats w;
	struct loop_stats l;

	loop_stats(d, &l);
	writer_stats(d->writer, &w);
	log_info("queued %zu, scheduled %zu, running %zu; %zu connections, worker %s",
	    core_count(d->core, JOB_QUEUED), core_count(d->core, JOB_SCHEDULED),
	    core_count(d->core, JOB_RUNNING), listen_count(d),
	    workers_attachment(d, "local") != 0 ? "attached" : "not attached");
	log_info("turns %llu (%zu not durable), last %lld us, longest %lld us; commits %llu, "
	    "last %lld us, longest %lld us", (unsigned long long)l.turns, l.outstanding,
	    (long long)l.last_us, (long long)l.max_us, (unsigned long long)w.commits,
	    (long long)w.last_commit_us, (long long)w.max_commit_us);
}

static void on_signal(void *arg, int signo)
{
	struct jobd *d = arg;

	if (signo == SIGHUP && !d->stopping)
		reload(d);
	else if (signo == SIGUSR1)
		dump(d);
	else if (signo == SIGTERM || signo == SIGINT)
		stop(d);
}

void signals_start(struct jobd *d)
{
	static const int which[SIGNALS] = { SIGTERM, SIGINT, SIGHUP, SIGUSR1 };
	size_t i;

	d->signals = xcalloc(1, sizeof(*d->signals));
	for (i = 0; i < SIGNALS; i++)
		d->signals->list[i] = ev_signal_new(d->ev, which[i], on_signal, d);
}

void signals_free(struct jobd *d)
{
	size_t i;

	if (d->signals == NULL)
		return;
	for (i = 0; i < SIGNALS; i++)
		ev_signal_free(d->signals->list[i]);
	free(d->signals);
	d->signals = NULL;
}
