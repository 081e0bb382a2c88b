/*
 * supervisor: the process that stays with one execution from its start to its end.
 *
 * Owns a loop over the job's output, its children, orders by signal, and time.  Its
 * only ties to the daemon are the record (a file with a lock) and signals; a FIFO
 * tells of the start sooner than anybody looks.  Promises exactly one result, after
 * nothing of the job is left (or after two minutes of trying).
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/ladder.h"
#include "agent/meta.h"
#include "agent/pump.h"
#include "agent/execfile.h"
#include "agent/result.h"
#include "agent/run.h"
#include "agent/tell.h"
#include "agent/tree.h"
#include "base/clock.h"
#include "core/types.h"

#define QUIET_MS 3		/* a job that ends sooner is not announced */
#define STUCK_RETRY_MS 250
#define STUCK_GIVE_UP_MS 10000	/* after the job's end */
#define RECORD_RETRY_US 500000
#define EXIT_LAUNCH 125
#define META_MAX 65536
#define FD_RECORD 3
#define FD_NOTICE 4
#define FD_FIRST_FREE 5

struct supervisor {
	struct order order;
	struct run run;
	struct ladder ladder;
	struct pump pump;
	struct sink log;		/* where the output goes; fns NULL: nowhere */
	struct sink trim;		/* the part of it that ends the job when it cuts */
	struct failure failure;		/* cause END_COUNT: none */
	int signals, timer;
	int64_t armed;			/* what the timer is set to; 0: off */
	int64_t began, ended;		/* CLOCK_BOOTTIME, ms */
	int64_t limit_from;		/* when the run clock began; 0: not yet */
	int64_t paused, paused_at;	/* how long it stood; since when, 0: it runs */
	int64_t quiet_until;		/* when the exec is to be looked for; 0: now */
	bool executed, gave_up, fenced;
};

static int64_t boot_now(void)
{
	return now_read().boot;
}

/* Without its record or its signals a supervisor is of no use, and can tell nobody. */
static void must(bool good)
{
	if (!good)
		_exit(EXIT_LAUNCH);
}

/* Keeps 0, 1, 2 on /dev/null, the record, the FIFO, and nothing else of the daemon's. */
static void descriptors(struct order *o)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), record, notice = -1;

	must(null != -1);
	/* Out of the way first: either may stand where another is to go. */
	record = fcntl(o->record, F_DUPFD_CLOEXEC, FD_FIRST_FREE);
	if (o->notice != -1)
		notice = fcntl(o->notice, F_DUPFD_CLOEXEC, FD_FIRST_FREE);
	must(record != -1 && dup2(null, 0) != -1 && dup2(null, 1) != -1 && dup2(null, 2) != -1);
	must(dup3(record, FD_RECORD, O_CLOEXEC) != -1);
	o->record = FD_RECORD;
	o->notice = notice != -1 ? dup3(notice, FD_NOTICE, O_CLOEXEC) : -1;
	must(close_range(o->notice != -1 ? FD_FIRST_FREE : FD_NOTICE, ~0u, 0) == 0);
}

/* The daemon's handlers must not run here, nor in the job before its exec. */
static int signals_open(void)
{
	static const int handled[] = {
		SIGHUP, SIGINT, SIGTERM, SIGCHLD, SIGUSR1, SIGUSR2, SIGQUIT, SIGALRM
	};
	sigset_t set;

	for (size_t i = 0; i < sizeof(handled) / sizeof(handled[0]); i++)
		must(signal(handled[i], SIG_DFL) != SIG_ERR);
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, TELL_SIGNAL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void begin(struct supervisor *s)
{
	char name[16];
	sigset_t all;

	sigfillset(&all);
	must(sigprocmask(SIG_SETMASK, &all, NULL) == 0);
	descriptors(&s->order);
	s->signals = signals_open();
	s->timer = -1;
	s->run.order = &s->order;
	s->run.report = s->run.pipes[0] = s->run.pipes[1] = -1;
	s->failure.cause = END_COUNT;
	must(s->signals != -1 && setsid() != -1 && prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
	snprintf(name, sizeof(name), "job %llu",
	    (unsigned long long)msg_u64(s->order.start, F_JOB, 0));
	prctl(PR_SET_NAME, name);
	must(process_self(&s->run.self, s->order.boot) == 0);
}

static int record_self(struct supervisor *s, struct failure *f)
{
	struct run *r = &s->run;
	struct err e;
	struct msg *m = execfile_run(&r->self, r->at, r->limits, r->cgroup.paths, r->cgroup.npaths,
	    s->order.token);
	int ret = execfile_add(s->order.record, m, &e);

	msg_free(m);
	if (ret == -1)
		failure_set(f, END_RESOURCE, EXIT_LAUNCH, "%s", e.text);
	return ret;
}

static int start(struct supervisor *s, struct failure *f)
{
	struct order *o = &s->order;
	struct err e;

	s->run.at = now_read().wall;
	s->run.host = (struct launch_host){
		.worker = o->worker, .dir = o->dir, .token = o->token, .lang = o->lang,
		.tz = o->tz, .user = o->user, .now = s->run.at,
	};
	s->run.engine = engine_find(msg_str(o->start, F_ENV_TYPE));
	if (launch_make(&s->run.launch, o->start, &s->run.host, &e) == -1) {
		failure_set(f, END_LAUNCH, EXIT_LAUNCH, "%s", e.text);
		return -1;
	}
	if (s->run.engine->prepare(&s->run, f) == -1 || record_self(s, f) == -1)
		return -1;
	ladder_init(&s->ladder, (int64_t)s->run.launch.grace);
	if (s->run.launch.warn.signal != 0)
		ladder_warn(&s->ladder, (int64_t)s->run.launch.warn.before);
	return s->run.engine->start(&s->run, f);
}

/*
 * Tells the daemon, if it listens, sooner than it would look by itself; what it does
 * not hear it finds in the record.
 */
static void notice(struct supervisor *s, const struct msg *m)
{
	struct buf b;

	buf_init(&b, PIPE_BUF);
	/* All of it at once or nothing: others write there, too. */
	if (s->order.notice != -1 && msg_encode(m, &b) == 0 &&
	    write(s->order.notice, b.data, b.len) == -1)
		s->order.notice = -1;
	buf_release(&b);
}

static void notice_start(struct supervisor *s)
{
	struct msg *m = msg_new(MSG_W_STARTED);

	msg_add_u64(m, F_JOB, s->run.launch.job);
	msg_add_u64(m, F_EXECUTION, s->run.launch.number);
	msg_add_i64(m, F_AT, s->run.at);
	msg_add(m, F_LIMITS, s->run.limits);
	notice(s, m);
	msg_free(m);
}

/* The run clock stands while the job is suspended. */
static void limit_set(struct supervisor *s)
{
	int64_t time = (int64_t)s->run.launch.time;

	if (s->limit_from != 0)
		ladder_limit(&s->ladder, time > 0 && s->paused_at == 0 ?
		    s->limit_from + s->paused + time : -1);
}

/* How long the job was suspended until then. */
static int64_t paused(const struct supervisor *s, int64_t at)
{
	return s->paused + (s->paused_at != 0 && at > s->paused_at ? at - s->paused_at : 0);
}

static void pause_set(struct supervisor *s, bool on)
{
	if (on == (s->paused_at != 0))
		return;
	s->run.engine->pause(&s->run, on);
	if (on) {
		s->paused_at = boot_now();
	} else {
		s->paused += boot_now() - s->paused_at;
		s->paused_at = 0;
	}
}

/* What jobd has changed since the start; a job that is being ended is not suspended. */
static void adjust(struct supervisor *s)
{
	struct execfile r;

	if (execfile_read(s->order.record, &r, NULL) == 0 && r.set != NULL) {
		s->run.launch.time = msg_u64(r.set, F_TIME, 0);
		if (s->ladder.stage == LADDER_RUNS)
			pause_set(s, msg_flag(r.set, F_SUSPEND));
		limit_set(s);
	}
	execfile_release(&r);
}

static void report_read(struct supervisor *s)
{
	struct failure f;
	ssize_t n = read(s->run.report, &f, sizeof(f));

	if (n == -1 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n == (ssize_t)sizeof(f)) {
		s->failure = f;
		s->failure.text[sizeof(f.text) - 1] = '\0';
	} else if (n == 0) {
		s->executed = true;
	}
	close(s->run.report);
	s->run.report = -1;
	if (!s->executed || s->run.main_ended)
		return;
	notice_start(s);
	s->limit_from = boot_now();
	limit_set(s);
}

static void told(struct supervisor *s, int value)
{
	struct tell t;

	if (tell_decode(value, &t) == -1)
		return;
	if (t.look)
		adjust(s);
	else if (t.signal != 0)
		(t.main ? s->run.engine->signal : s->run.engine->kill)(&s->run, t.signal);
	else
		ladder_begin(&s->ladder, t.cause, t.now ? 0 : t.grace >= 0 ? t.grace :
		    s->ladder.grace, boot_now());
}

static void signals_read(struct supervisor *s)
{
	struct signalfd_siginfo info;
	bool child = false;

	while (read(s->signals, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		if (info.ssi_signo == (uint32_t)TELL_SIGNAL)
			told(s, info.ssi_int);
		else
			child = true;
	}
	if (!child)
		return;
	s->run.engine->wait(&s->run);
	if (s->run.main_ended && !s->ladder.main_ended) {
		s->ended = boot_now();
		ladder_main_ended(&s->ladder, s->ended);
	}
}

/*
 * Without a lease jobd may give the job to another worker, and waits no longer than
 * the grace for it.  A host that slept through all of that ends it at once.
 */
static void fence(struct supervisor *s)
{
	int64_t until = s->order.lease != NULL ? lease_until(s->order.lease) : LEASE_NONE;
	int64_t now = boot_now(), grace;

	if (s->fenced || now < until)
		return;
	s->fenced = true;
	grace = until + s->ladder.grace - now;
	ladder_begin(&s->ladder, END_FENCED, grace > 0 ? grace : 0, now);
}

static void climb(struct supervisor *s)
{
	const struct engine *engine = s->run.engine;

	fence(s);
	switch (ladder_step(&s->ladder, boot_now())) {
	case LADDER_WAIT:
		break;
	case LADDER_WARN:
		(s->run.launch.warn.main_only ? engine->signal : engine->kill)(&s->run,
		    s->run.launch.warn.signal);
		break;
	case LADDER_SOFT:
		engine->kill(&s->run, s->run.launch.kill_signal);
		engine->kill(&s->run, SIGCONT);
		pause_set(s, false);
		break;
	case LADDER_HARD:
		engine->kill(&s->run, SIGKILL);
		pause_set(s, false);
		break;
	case LADDER_GIVE_UP:
		s->gave_up = true;
		break;
	}
}

/* The end of the lease is looked at again then: it may be a later one. */
static int64_t due_next(const struct supervisor *s)
{
	int64_t due = ladder_due(&s->ladder);
	int64_t look = s->order.lease != NULL && !s->fenced ?
	    lease_look(s->order.lease, boot_now()) : LEASE_NONE;

	return look != LEASE_NONE && (due == -1 || look < due) ? look : due;
}

/* A timerfd, since poll(2) does not count the time of a suspended machine. */
static void arm(struct supervisor *s)
{
	int64_t due = due_next(s);
	struct itimerspec its = { .it_value.tv_sec = 0 };

	if (due == -1 || due == s->armed)
		return;
	if (s->timer == -1)
		s->timer = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	must(s->timer != -1);
	/* A time that has passed fires at once; zero would switch it off. */
	its.it_value.tv_sec = due / 1000;
	its.it_value.tv_nsec = due % 1000 * 1000000 + 1;
	must(timerfd_settime(s->timer, TFD_TIMER_ABSTIME, &its, NULL) == 0);
	s->armed = due;
}

static int poll_timeout(struct supervisor *s)
{
	int64_t left;

	if (s->quiet_until != 0) {
		left = s->quiet_until - boot_now();
		if (left > 0)
			return (int)left;
		s->quiet_until = 0;
	}
	return s->pump.stuck ? STUCK_RETRY_MS : -1;
}

/* It has written more than it may, and that is to be its end. */
static bool overflowed(const struct supervisor *s)
{
	return s->trim.fns != NULL && sink_trim_cuts(&s->trim);
}

static void round_once(struct supervisor *s)
{
	enum { SIGNALS, REPORT, OUT, ERR, TIMER, N };
	int timeout = poll_timeout(s);
	struct pollfd p[N] = {
		[SIGNALS] = { .fd = s->signals, .events = POLLIN },
		[REPORT] = { .fd = s->quiet_until != 0 ? -1 : s->run.report, .events = POLLIN },
		[OUT] = { .fd = s->pump.stuck ? -1 : s->pump.fds[0], .events = POLLIN },
		[ERR] = { .fd = s->pump.stuck ? -1 : s->pump.fds[1], .events = POLLIN },
		[TIMER] = { .fd = s->timer, .events = POLLIN },
	};
	uint64_t times;

	if (poll(p, N, timeout) == -1)
		must(errno == EINTR || errno == EAGAIN || errno == ENOMEM);
	if (p[REPORT].revents != 0)
		report_read(s);
	for (int i = 0; i < 2; i++) {
		if (p[OUT + i].revents != 0)
			pump_move(&s->pump, i);
	}
	if (overflowed(s))
		ladder_begin(&s->ladder, END_LOG_OVERFLOW, s->ladder.grace, boot_now());
	pump_retry(&s->pump);
	/* Ends before limits: what has ended in time has ended in time. */
	if (p[SIGNALS].revents != 0)
		signals_read(s);
	if (p[TIMER].revents != 0) {
		s->armed = 0;
		if (read(s->timer, &times, sizeof(times)) == -1)
			must(errno == EAGAIN || errno == EINTR);
	}
}

static void watch(struct supervisor *s)
{
	while (!s->run.empty && !s->gave_up) {
		arm(s);
		round_once(s);
		if (!s->run.empty)
			climb(s);
	}
	/* What nobody looked at before the end; all who could write to it are gone. */
	if (s->run.report != -1 && s->run.empty)
		report_read(s);
}

/* What the job wrote last; on a full disk for a while, then without it. */
static void output_end(struct supervisor *s)
{
	int64_t until = boot_now() + STUCK_GIVE_UP_MS;

	while (!pump_drain(&s->pump)) {
		if (boot_now() >= until) {
			pump_give_up(&s->pump);
			break;
		}
		poll(NULL, 0, STUCK_RETRY_MS);
	}
	pump_close(&s->pump);
}

static struct msg *judged(struct supervisor *s, const struct usage *usage)
{
	struct run *r = &s->run;
	int64_t now = boot_now(), end = s->ended != 0 ? s->ended : now;
	struct outcome o = {
		.job = msg_u64(s->order.start, F_JOB, 0),
		.number = msg_u64(s->order.start, F_EXECUTION, 0),
		.failure = s->failure.cause != END_COUNT ? &s->failure : NULL,
		/* That it was quick to end by itself makes no difference. */
		.ladder_cause = s->ladder.cause == -1 && overflowed(s) ? END_LOG_OVERFLOW :
		    s->ladder.cause,
		.gave_up = s->gave_up, .executed = s->executed,
		.status = r->status, .has_status = r->main_ended, .usage = usage, .at = r->at,
		.ended = now_read().wall - (now - end), .duration = end - s->began - paused(s, end),
		.limits = r->limits, .out_bytes = s->pump.bytes[0], .err_bytes = s->pump.bytes[1],
		.lost = s->pump.lost, .lost_why = s->pump.why.text,
	};

	return result_make(&o);
}

static int sink_end(struct supervisor *s, const struct msg *result, struct err *e)
{
	struct buf meta;
	int r;

	if (s->log.fns == NULL)
		return 0;
	buf_init(&meta, META_MAX);
	if (s->pump.bytes[0] + s->pump.bytes[1] > 0)
		meta_make(&meta, s->order.start, result, s->order.worker);
	r = s->log.fns->finish(s->log.at, meta.data, meta.len, e);
	buf_release(&meta);
	return r;
}

static void finish(struct supervisor *s)
{
	struct run *r = &s->run;
	struct usage usage = { .oom = false };
	struct msg *result;
	struct err e;

	if (r->main != 0)
		r->engine->usage(r, &usage);
	result = judged(s, &usage);
	if (sink_end(s, result, &e) == -1) {
		s->pump.lost = s->pump.bytes[0] + s->pump.bytes[1];
		s->pump.why = e;
		msg_free(result);
		result = judged(s, &usage);
	}
	if (r->engine != NULL)
		r->engine->clean(r);
	/* On a full disk this waits: a result is never dropped. */
	while (execfile_add(s->order.record, result, NULL) == -1)
		usleep(RECORD_RETRY_US);
	notice(s, result);
	msg_free(result);
}

/* The log tree, and over it what the job asks for. */
static void log_open(struct supervisor *s)
{
	const struct launch *l = &s->run.launch;

	if (l->log_dir == NULL || s->order.sink == NULL)
		return;
	s->log.at = s->order.sink->open(l->log_dir, l->log_sent ? (uid_t)-1 : s->order.log_uid,
	    l->log_sent ? (gid_t)-1 : s->order.log_gid);
	s->log.fns = s->order.sink;
	if (l->log_max > 0)
		s->log = sink_trim(s->log, l->log_max, !l->log_kill);
	if (l->log_kill)
		s->trim = s->log;
	if (l->timestamps)
		s->log = sink_stamp(s->log);
}

void supervise(const struct order *o)
{
	static struct supervisor s;	/* large, and there is one in a process */
	struct failure f;

	s.order = *o;
	begin(&s);
	ladder_init(&s.ladder, 0);
	s.began = boot_now();
	if (start(&s, &f) == -1)
		s.failure = f;
	log_open(&s);
	pump_init(&s.pump, s.run.pipes, s.log);
	s.quiet_until = boot_now() + QUIET_MS;
	if (s.run.main != 0)
		watch(&s);
	output_end(&s);
	finish(&s);
	launch_release(&s.run.launch);
	_exit(0);
}
