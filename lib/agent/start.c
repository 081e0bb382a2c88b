/*
 * start: from a durable order to a supervisor.
 *
 * Decides as whom the job runs, makes the record and its lock, and forks.  An order
 * whose user is being looked up waits; one that cannot be carried out has a result
 * at once.
 */
#include <bsd/stdlib.h>
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/impl.h"
#include "agent/execfile.h"
#include "agent/result.h"
#include "agent/run.h"
#include "agent/tree.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "core/types.h"

#define EXIT_LAUNCH 125

static void fail(struct agent *a, struct exec *x, int cause, const char *text)
{
	struct usage none = { .oom = false };
	struct failure f;
	struct outcome o = {
		.job = x->job, .number = x->number, .failure = &f, .ladder_cause = -1,
		.ended = now_read().wall, .usage = &none,
	};

	failure_set(&f, cause, EXIT_LAUNCH, "%s", text);
	exec_ended(a, x, result_make(&o));
}

/* Our own account; a host that does not know us is no reason not to run our jobs. */
static int find_self(struct agent *a, const struct user **found, struct err *e)
{
	static struct user self;	/* made once */
	char number[16];
	int r;

	snprintf(number, sizeof(number), "%u", geteuid());
	r = users_find(a->users, number, now_read().boot, found, e);
	if (r != -1)
		return r;
	if (self.name == NULL)
		user_self(&self);
	*found = &self;
	return 1;
}

/* As whom: by name, and if it is the submitter then only the very one of jobd's host. */
static int find_user(struct agent *a, const struct msg *order, const struct user **found,
    struct err *e)
{
	const char *run_as = msg_str(order, F_RUN_AS), *name = msg_str(order, F_USER);
	uint64_t uid = msg_u64(order, F_UID, UINT64_MAX);
	int r;

	if (geteuid() != 0 || (run_as == NULL && uid == 0)) {
		r = find_self(a, found, e);
		if (r == 1 && run_as != NULL && strcmp(run_as, (*found)->name) != 0)
			return err_set(e, ERR_PERM, "this worker runs as %s and cannot become %s",
			    (*found)->name, run_as);
		return r;
	}
	r = users_find(a->users, run_as != NULL ? run_as : name, now_read().boot, found, e);
	if (r == 1 && run_as == NULL && (*found)->uid != uid)
		return err_set(e, ERR_PERM, "user %s is number %u on this host and %" PRIu64
		    " where the job comes from", name, (*found)->uid, uid);
	return r;
}

/* Random, and marked as ours, so that another agent's jobs on this host are not taken for ours. */
static void token_make(const struct agent *a, char out[64])
{
	char journal[UUID_TEXT];
	unsigned char random[8];
	size_t n;

	arc4random_buf(random, sizeof(random));
	uuid_format(&a->journal.id, journal);
	n = (size_t)snprintf(out, 64, "%s.", journal);
	for (size_t i = 0; i < sizeof(random); i++)
		n += (size_t)snprintf(out + n, 64 - n, "%02x", random[i]);
}

static void fill(struct agent *a, const struct exec *x, const struct user *user, int record,
    struct order *o)
{
	const char *worker = msg_str(x->order, F_WORKER);

	*o = (struct order){
		.start = x->order, .user = user, .dir = a->dir, .token = x->token, .boot = a->boot,
		.lang = getenv("LANG"), .tz = getenv("TZ"), .cgroups = &a->cgroups,
		.sink = a->config.sink, .log_uid = a->peer_uid, .log_gid = a->peer_gid,
		.record = record, .notice = a->notice, .nofile = a->nofile,
		.lease = a->lease.page,
	};
	o->worker = worker != NULL ? worker : a->worker;
}

/* In between, no handler of ours may run in the new process. */
static pid_t fork_supervisor(const struct order *o)
{
	sigset_t all, before;
	pid_t pid;
	int saved;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	pid = fork();
	if (pid == 0)
		supervise(o);
	saved = errno;
	sigprocmask(SIG_SETMASK, &before, NULL);
	errno = saved;
	return pid;
}

static void start_as(struct agent *a, struct exec *x, const struct user *user)
{
	struct order o;
	struct err e;
	int record = execfile_make(a->execfd, x->job, x->number, &e);
	pid_t pid;

	if (record == -1) {
		fail(a, x, END_RESOURCE, e.text);
		return;
	}
	token_make(a, x->token);
	fill(a, x, user, record, &o);
	pid = fork_supervisor(&o);
	if (pid == -1) {
		err_sys(&e, ERR_OS, "fork");
		close(record);
		fail(a, x, END_RESOURCE, e.text);
		return;
	}
	/* The lock is the supervisor's alone now. */
	close(record);
	msg_free(x->order);
	x->order = NULL;
	execs_set_pid(a->execs, x, pid);
	execs_move(a->execs, x, EXEC_STARTING);
}

void agent_exec_start(struct agent *a, struct exec *x)
{
	const struct user *user;
	struct err e;

	/* An order that was stuck on its way may be somebody else's by now. */
	if (!lease_valid(&a->lease, now_read().boot)) {
		exec_ended(a, x, result_plain(x->job, x->number, END_NEVER, 0, now_read().wall,
		    "the lease of this worker was over"));
		return;
	}
	switch (find_user(a, x->order, &user, &e)) {
	case 1:
		start_as(a, x, user);
		break;
	case -1:
		fail(a, x, e.code == ERR_OS ? END_RESOURCE : END_USER, e.text);
		break;
	}
}
