/*
 * settle: from the end of a supervisor to a result that is acknowledged.
 *
 * A supervisor that ends normally leaves its result in the record.  One that was
 * killed leaves a tree of processes: another process takes its place, ends them,
 * and writes `lost` (orphan.c).  Either way it ends here, once.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "agent/impl.h"
#include "agent/orphan.h"
#include "agent/execfile.h"
#include "agent/result.h"
#include "agent/tell.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "core/types.h"

#define RESULT_MAX 65536
#define ORPHANED_MAX 8
#define FD_EXEC 3

void exec_announce(struct agent *a, const struct exec *x)
{
	struct msg *m;

	if (!a->attached)
		return;
	if (x->state == EXEC_HELD) {
		a->config.send(a->config.arg, x->result, x->result_len);
	} else if (x->state == EXEC_RUNNING) {
		m = msg_new(MSG_W_STARTED);
		msg_add_u64(m, F_JOB, x->job);
		msg_add_u64(m, F_EXECUTION, x->number);
		msg_add_i64(m, F_AT, x->at);
		if (x->limits != NULL)
			msg_add(m, F_LIMITS, x->limits);
		agent_send(a, m);
		msg_free(m);
	}
}

void exec_started(struct agent *a, struct exec *x, int64_t at, const char *limits)
{
	if (x->state != EXEC_STARTING)
		return;
	x->at = at;
	if (x->limits == NULL && limits != NULL)
		x->limits = xstrdup(limits);
	execs_move(a->execs, x, EXEC_RUNNING);
	exec_announce(a, x);
}

static void supervisor_forget(struct agent *a, struct exec *x)
{
	execs_set_pid(a->execs, x, 0);
	if (x->pidfd != -1)
		close(x->pidfd);
	x->pidfd = -1;
	x->adopted = false;
	x->told = 0;
	msg_free(x->change);
	x->change = NULL;
	x->look = false;
}

void exec_ended(struct agent *a, struct exec *x, struct msg *result)
{
	struct buf b;

	if (x->state < EXEC_ENDED) {
		x->passes = !x->waits && !x->alone;
		supervisor_forget(a, x);
		buf_init(&b, RESULT_MAX);
		msg_encode(result, &b);
		x->result_len = b.len;
		x->result = buf_steal(&b);
		x->bytes += x->result_len;
		a->journal.live += (off_t)x->result_len;
		msg_free(x->order);
		x->order = NULL;
		execs_move(a->execs, x, EXEC_ENDED);
		/* If it does not fit, all results are added again in a moment. */
		if (journal_add(&a->journal, x->result, x->result_len, true) == -1)
			a->again = true;
	}
	msg_free(result);
}

static void orphan_child(struct agent *a, const struct exec *x) __attribute__((noreturn));

static void orphan_child(struct agent *a, const struct exec *x)
{
	static const int handled[] = { SIGHUP, SIGINT, SIGTERM, SIGUSR1, SIGUSR2, SIGCHLD };
	uint64_t job = x->job, number = x->number;

	for (size_t i = 0; i < sizeof(handled) / sizeof(handled[0]); i++)
		signal(handled[i], SIG_DFL);
	if (setsid() == -1 || dup2(a->execfd, FD_EXEC) == -1 ||
	    close_range(FD_EXEC + 1, ~0u, 0) == -1)
		_exit(1);
	orphan_end(FD_EXEC, a->dir, job, number);
}

static void orphan_start(struct agent *a, struct exec *x)
{
	sigset_t all, before;
	pid_t pid;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	pid = fork();
	if (pid == 0)
		orphan_child(a, x);
	sigprocmask(SIG_SETMASK, &before, NULL);
	if (pid == -1) {
		/* The next tick looks at it as if it were found after a restart. */
		log_warn("job %llu: fork: no process to end what is left of it",
		    (unsigned long long)x->job);
		x->adopted = true;
		agent_tick(a);
		return;
	}
	execs_set_pid(a->execs, x, pid);
}

static void lose(struct agent *a, struct exec *x, const char *why)
{
	exec_ended(a, x, result_plain(x->job, x->number, END_LOST, x->at, now_read().wall, why));
}

void exec_gone(struct agent *a, struct exec *x)
{
	struct execfile r = { .result = NULL };
	struct err e = { .code = ERR_NONE };
	int fd = execfile_open(a->execfd, x->job, x->number, &e);

	supervisor_forget(a, x);
	if (fd == -1 || execfile_read(fd, &r, &e) == -1) {
		lose(a, x, e.text);
	} else if (r.result != NULL) {
		exec_ended(a, x, r.result);
		r.result = NULL;
	} else if (x->orphaned++ < ORPHANED_MAX) {
		log_warn("job %llu, execution %llu: its supervisor was killed",
		    (unsigned long long)x->job, (unsigned long long)x->number);
		orphan_start(a, x);
	} else {
		lose(a, x, "its supervisor was killed, and so were those who cleaned up after it");
	}
	execfile_release(&r);
	if (fd != -1)
		close(fd);
}

int exec_tell(struct agent *a, struct exec *x, int value)
{
	struct err e;

	x->told = 0;
	if (x->pid != 0 && tell_send(x->pid, x->pidfd, value, &e) == 0)
		return 0;
	if (x->pid != 0 && e.code == ERR_NOINPUT)
		return 0;	/* it has ended; that is noticed by other ways */
	x->told = value;
	agent_tick(a);
	return -1;
}

/* The record keeps it for a supervisor that is told later, by another daemon even. */
static int change_write(struct agent *a, struct exec *x)
{
	struct err e;
	int fd = execfile_open(a->execfd, x->job, x->number, &e), r = -1;

	if (fd != -1) {
		r = execfile_add(fd, x->change, &e);
		close(fd);
	}
	if (r == -1)
		return -1;
	msg_free(x->change);
	x->change = NULL;
	x->look = true;
	return 0;
}

void agent_exec_adjust(struct agent *a, struct exec *x)
{
	const struct tell t = { .look = true };
	struct err e;

	if (x->change != NULL && change_write(a, x) == -1)
		agent_tick(a);
	if (!x->look)
		return;
	/* One that has ended is noticed by other ways. */
	if (x->pid != 0 && (tell_send(x->pid, x->pidfd, tell_encode(&t), &e) == 0 ||
	    e.code == ERR_NOINPUT))
		x->look = false;
	else
		agent_tick(a);
}

void exec_acked(struct agent *a, struct exec *x)
{
	struct msg *m = msg_new(MSG_W_ACK);
	struct buf b;

	msg_add_u64(m, F_JOB, x->job);
	msg_add_u64(m, F_EXECUTION, x->number);
	buf_init(&b, RESULT_MAX);
	msg_encode(m, &b);
	journal_add(&a->journal, b.data, b.len, false);
	buf_release(&b);
	msg_free(m);
	a->journal.live -= (off_t)x->bytes;
	execs_settle(a->execs, x->job, x->number);
}
