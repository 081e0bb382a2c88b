/*
 * main: options, and the order in which jobd starts and stops.
 *
 * Everything that can go wrong is tried before the caller is told that jobd runs:
 * the configuration, the spool, its lock, the state, the sockets.
 */
#include <bsd/string.h>
#include <bsd/unistd.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/num.h"
#include "base/proc.h"
#include "cli/cli.h"
#include "msg/msg.h"
#include "cable.h"
#include "client.h"
#include "notices.h"
#include "process.h"
#include "schedules.h"
#include "settings.h"

#define LOCK_TRIES 200
#define LOCK_PAUSE_US 10000

enum { OPT_FOREGROUND, OPT_TEST, OPT_PRINT, OPT_CONFIG, OPT_SPOOL, OPT_CHECK, OPT_LATER_ONCE,
	OPT_LATER_STANDBY, OPT_LATER_BACKUP, OPT_VIEW, OPT_PRIVATE, OPT_TIDY, OPT_CABLE, OPT_LOG };

struct options {
	bool foreground, test, print, check, private_jobs, cable, log;
	const char *config, *spool, *view, *tidy;
};

static const struct opt opts[] = {
	{ 'f', "foreground", NULL, "stay in front, log to stderr", OPT_FOREGROUND },
	{ 't', "test", NULL, "test the configuration and end", OPT_TEST },
	{ 'T', "print", NULL, "print the effective configuration and end", OPT_PRINT },
	{ 'c', "config", "FILE", "read FILE instead of /etc/job/job.conf", OPT_CONFIG },
	{ 0, "spool", "DIR", "the spool to serve", OPT_SPOOL },
	{ 0, "check", NULL, "check the integrity of the state and the history, and end",
	    OPT_CHECK },
	{ 0, "once", NULL, NULL, OPT_LATER_ONCE },
	{ 0, "standby", NULL, NULL, OPT_LATER_STANDBY },
	{ 0, "backup", "FILE", NULL, OPT_LATER_BACKUP },
	{ 0, "view", "INODE", NULL, OPT_VIEW },
	{ 0, "private", NULL, NULL, OPT_PRIVATE },
	{ 0, "tidy", "MS", NULL, OPT_TIDY },
	{ 0, "cable", NULL, NULL, OPT_CABLE },
	{ 0, "log", NULL, NULL, OPT_LOG },
	{ 0, NULL, NULL, NULL, 0 }
};

static const char *const usage[] = {
	"[-f] [-c FILE] [--spool DIR]", "-t|-T [-c FILE]", "--check [-c FILE] [--spool DIR]", NULL
};

static const struct program program = {
	"jobd", usage, "schedule jobs: the daemon of a spool", opts, false
};

static int on_option(void *ctx, int id, const char *value, struct err *e)
{
	struct options *o = ctx;

	switch (id) {
	case OPT_FOREGROUND:
		o->foreground = true;
		break;
	case OPT_TEST:
		o->test = true;
		break;
	case OPT_PRINT:
		o->print = true;
		break;
	case OPT_CONFIG:
		o->config = value;
		break;
	case OPT_SPOOL:
		o->spool = value;
		break;
	case OPT_CHECK:
		o->check = true;
		break;
	case OPT_VIEW:
		o->view = value;
		break;
	case OPT_PRIVATE:
		o->private_jobs = true;
		break;
	case OPT_TIDY:
		o->tidy = value;
		break;
	case OPT_CABLE:
		o->cable = true;
		break;
	case OPT_LOG:
		o->log = true;
		break;
	default:
		return err_set(e, ERR_UNAVAIL, "--once, --standby and --backup are not there yet");
	}
	return 0;
}

/* ---- what ends at once */

static int print_conf(const struct conf *conf)
{
	struct buf out;

	buf_init(&out, 1u << 20);
	if (conf_print(conf, &out) == 0)
		(void)fwrite(out.data, 1, out.len, stdout);
	buf_release(&out);
	return cli_finish(&program, EXIT_OK);
}

static void on_finding(void *arg, const char *finding)
{
	size_t *n = arg;

	(*n)++;
	(void)printf("%s\n", finding);
}

static int check(const struct options *o, const struct conf *conf, struct err *e)
{
	struct reader *r = NULL;
	struct spool s;
	char *path;
	size_t findings = 0;
	int result = -1;

	if (spool_locate(o->spool, conf->spool, &path, e) == -1)
		return -1;
	if (spool_open(&s, path, e) == 0) {
		r = reader_open(&s, e);
		if (r != NULL)
			result = reader_check(r, on_finding, &findings, e);
		reader_close(r);
		spool_close(&s);
	}
	free(path);
	if (result == -1)
		return -1;
	if (findings == 0)
		(void)printf("no finding\n");
	return cli_finish(&program, findings == 0 ? EXIT_OK : EXIT_DATA);
}

/* ---- the daemon */

/* A jobd that was killed just now may not have let go of the lock yet. */
static int lock_spool(struct jobd *d, struct err *e)
{
	struct proc_id id;
	pid_t holder = 0;
	int i;

	for (i = 0; i < LOCK_TRIES; i++) {
		d->lock = spool_lock(&d->spool, &holder, e);
		if (d->lock != -1)
			return 0;
		if (e->code != ERR_AGAIN || holder <= 0 ||
		    (proc_of(holder, &id, NULL) == 0 && proc_alive(&id)))
			return -1;
		(void)usleep(LOCK_PAUSE_US);
	}
	return -1;
}

static int open_spool(struct jobd *d, struct err *e)
{
	char *path;
	int r;

	if (spool_locate(d->spool_option, d->conf.spool, &path, e) == -1)
		return -1;
	r = spool_make(&d->spool, path, d->conf.user, e);
	free(path);
	return r;
}

/* As root for another user: what only root can do, then root is given up. */
static int settle_user(struct jobd *d, struct err *e)
{
	char **argv;
	int r;

	if (geteuid() != 0 || d->spool.owner == 0)
		return 0;
	if (d->conf.local_worker) {
		argv = worker_command(d, e);
		r = argv != NULL ? keeper_start(d, argv, e) : -1;
		command_free(argv);
		if (r == -1)
			return -1;
	}
	return drop_privileges(d, e);
}

static int open_state(struct jobd *d, struct err *e)
{
	const struct writer_conf wc = { .history_after = d->conf.history_after,
		.uuid_keep = d->conf.uuid_keep };

	d->writer = writer_open(&d->spool, &wc, loop_notify_fd(d), &d->start, e);
	if (d->writer == NULL)
		return -1;
	d->reader = reader_open(&d->spool, e);
	if (d->reader == NULL)
		return -1;
	if (settings_start(d, e) == -1)
		return -1;
	loop_configure(d);
	return recover(d, e);
}

static int start(struct jobd *d, struct err *e)
{
	if (limits_raise(d, e) == -1)
		return -1;
	if (!d->foreground && background(d, e) == -1)
		return -1;
	if (open_spool(d, e) == -1)
		return -1;
	if (settle_user(d, e) == -1 || lock_spool(d, e) == -1 || chdir("/") == -1)
		return -1;
	if (loop_init(d, e) == -1 || asks_init(d) == -1 || waiters_init(d) == -1 ||
	    open_state(d, e) == -1)
		return -1;
	signals_start(d);
	zones_start(d);
	if (listen_start(d, e) == -1 || viewd_start(d, e) == -1 || inbox_start(d, e) == -1 ||
	    workers_start(d, e) == -1)
		return -1;
	guard_start(d);
	tidyd_start(d);
	notices_start(d);
	d->since = now_read().wall;
	if (d->start.restored)
		log_warn("restored from a backup: nothing is started until 'jobadm restore "
		    "--accept'");
	return ready(d, e);
}

static void finish(struct jobd *d)
{
	listen_free(d);
	viewd_stop(d);
	tidyd_stop(d);
	notices_stop(d);
	inbox_free(d);
	guard_free(d);
	workers_free(d);
	waiters_free(d);
	asks_free(d);
	signals_free(d);
	ev_timer_free(d->zones);
	reader_close(d->reader);
	writer_close(d->writer);
	core_free(d->core);
	loop_free(d);
	settings_free(d);
	ev_free(d->ev);
	keeper_free(d);
	names_forget(d);
	if (d->lock != -1) {
		if (!d->lost)
			(void)unlinkat(d->spool.fd, SPOOL_PIDFILE, 0);
		close(d->lock);
	}
	if (d->spool.path != NULL)
		spool_close(&d->spool);
}

static int serve(struct jobd *d)
{
	struct err e;
	int status;

	err_clear(&e);
	if (start(d, &e) == -1) {
		status = cli_fail(&program, &e);
		not_ready(d, status);
	} else {
		log_info("ready: %s, epoch %lld, %zu rows recovered", d->spool.path,
		    (long long)d->start.epoch, d->recovered);
		ev_run(d->ev);
		log_info("stopped");
		status = d->status;
	}
	finish(d);
	return status;
}

/* Paths from the command line must survive chdir("/"). */
static char *absolute(const char *path)
{
	char full[PATH_MAX];

	if (path == NULL)
		return NULL;
	return xstrdup(realpath(path, full) != NULL ? full : path);
}

static char *absolute_dir(const char *path)
{
	char cwd[PATH_MAX];

	if (path == NULL || path[0] == '/' || path[0] == '\0' || getcwd(cwd, sizeof(cwd)) == NULL)
		return path != NULL ? xstrdup(path) : NULL;
	return xasprintf("%s/%s", cwd, path);
}

static int prepare(struct jobd *d, const struct options *o, struct err *e)
{
	if (conf_load(o->config, &d->conf, e) == -1)
		return -1;
	d->config = absolute(o->config != NULL ? o->config : getenv("JOB_CONFIG"));
	d->spool_option = absolute_dir(o->spool);
	d->foreground = o->foreground;
	d->lock = d->ready = -1;
	log_init("jobd", d->conf.syslog);
	log_level((enum log_level)d->conf.log_level);
	(void)umask(077);
	(void)signal(SIGPIPE, SIG_IGN);
	return 0;
}

/* What the options ask for, with a configuration that is good. */
static int run(struct jobd *d, const struct options *o)
{
	struct err e;
	int status;

	if (o->print)
		return print_conf(&d->conf);
	if (o->test)
		return EXIT_OK;
	if (!o->check)
		return serve(d);
	status = check(o, &d->conf, &e);
	return status == -1 ? cli_fail(&program, &e) : status;
}

int main(int argc, char **argv, char **envp)
{
	struct options o = { 0 };
	struct jobd d = { 0 };
	struct err e;
	uint64_t inode;
	int64_t after;
	int n;

	setproctitle_init(argc, argv, envp);
	n = opts_parse(&program, argc, argv, on_option, &o, &e);
	if (n != -1 && n < argc)
		n = err_set(&e, ERR_USAGE, "%s: no operand is expected", argv[n]);
	if (n != -1 && o.view != NULL)
		n = num_u64(o.view, 0, UINT64_MAX, &inode, &e);
	if (n != -1 && o.tidy != NULL)
		n = num_i64(o.tidy, 0, INT64_MAX, &after, &e);
	if (n == -1)
		return cli_fail(&program, &e);
	if (o.tidy != NULL && o.spool != NULL)
		return tidy_main(o.spool, after);
	if (o.cable)
		return cable_main();
	if (o.log && o.spool != NULL)
		return log_main(o.spool);
	if (o.view != NULL && o.spool != NULL)
		return view_main(o.spool, inode, o.private_jobs);
	if (prepare(&d, &o, &e) == -1)
		return cli_fail(&program, &e);
	n = run(&d, &o);
	conf_free(&d.conf);
	free(d.config);
	free(d.spool_option);
	return n;
}
