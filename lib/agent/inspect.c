/*
 * inspect: an agent's folder seen from outside.
 *
 * Reads the journal and the records as they are; a record that is locked has a
 * living supervisor.  Promises to change nothing there: a supervisor is told by
 * signal, and processes that nobody owns are found by their cookie, which begins
 * with the journal's UUID, so those of another folder are let alone.
 */
#include "agent/inspect.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/execs.h"
#include "agent/journal.h"
#include "agent/execfile.h"
#include "agent/tell.h"
#include "agent/tree.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/fdio.h"
#include "core/types.h"

#define SWEEP_MS 10000
#define SWEEP_PAUSE_US 20000

struct folder {
	int dirfd, execfd;
	struct execs *execs;
	struct journal journal;
};

static void replay(void *arg, const struct msg *m, size_t size)
{
	struct folder *f = arg;
	uint64_t job, number;
	struct exec *x;

	(void)size;
	if (msg_type(m) != MSG_W_START && msg_type(m) != MSG_W_HELD &&
	    msg_type(m) != MSG_W_RESULT && msg_type(m) != MSG_W_ACK)
		return;
	job = msg_u64(m, F_JOB, 0);
	number = msg_u64(m, F_EXECUTION, 0);
	if (msg_type(m) == MSG_W_ACK) {
		execs_settle(f->execs, job, number);
		return;
	}
	x = execs_get(f->execs, job, number);
	if (x == NULL && number > execs_highest(f->execs, job))
		x = execs_add(f->execs, job, number, 0, EXEC_STARTING);
	if (x == NULL || !msg_has(m, F_CAUSE))
		return;
	x->at = msg_i64(m, F_AT, 0);
	free(x->result);
	x->result = xstrdup(msg_str(m, F_CAUSE));
	execs_move(f->execs, x, EXEC_HELD);
}

static void folder_close(struct folder *f)
{
	if (f->dirfd != -1)
		close(f->dirfd);
	if (f->execfd != -1)
		close(f->execfd);
	journal_close(&f->journal);
	execs_free(f->execs);
}

static int folder_open(struct folder *f, const char *dir, struct err *e)
{
	*f = (struct folder){ .dirfd = -1, .execfd = -1, .execs = execs_new() };
	f->journal.fd = -1;
	f->dirfd = dir_open(AT_FDCWD, dir, e);
	if (f->dirfd != -1)
		f->execfd = dir_open(f->dirfd, EXECFILE_DIR, e);
	if (f->execfd == -1 || journal_look(&f->journal, f->dirfd, replay, f, e) == -1) {
		folder_close(f);
		return -1;
	}
	return 0;
}

static void item_ended(const struct exec *x, struct inspected *i)
{
	i->state = "ended";
	i->cause = x->result;
	i->at = x->at;
}

static pid_t pid_of(const struct msg *run)
{
	return run != NULL ? (pid_t)msg_u64(run, F_PID, 0) : 0;
}

/* What the record says; the strings live as long as r. */
static void item_record(const struct folder *f, const struct exec *x, struct execfile *r,
    struct inspected *i)
{
	int fd = execfile_open(f->execfd, x->job, x->number, NULL);

	i->state = "starting";
	if (fd == -1)
		return;
	if (execfile_read(fd, r, NULL) == 0) {
		i->supervisor = pid_of(r->supervisor);
		i->pid = pid_of(r->job);
		i->limits = r->supervisor != NULL ? msg_str(r->supervisor, F_LIMITS) : NULL;
		i->at = r->job != NULL ? msg_i64(r->job, F_AT, 0) : 0;
		if (r->result != NULL) {
			i->state = "ended";
			i->cause = msg_str(r->result, F_CAUSE);
		} else if (execfile_lock(fd, NULL) == 1) {
			i->state = "orphaned";
		} else if (r->job != NULL) {
			i->state = "running";
		}
	}
	close(fd);
}

int inspect_list(const char *dir, void (*fn)(void *arg, const struct inspected *i), void *arg,
    struct err *e)
{
	struct folder f;
	struct execfile r;

	if (folder_open(&f, dir, e) == -1)
		return -1;
	for (int state = 0; state < EXEC_STATES; state++) {
		const struct exec *x;

		TAILQ_FOREACH(x, execs_in(f.execs, (enum exec_state)state), link) {
			struct inspected i = { .job = x->job, .number = x->number };

			r = (struct execfile){ .result = NULL };
			if (x->state == EXEC_HELD)
				item_ended(x, &i);
			else
				item_record(&f, x, &r, &i);
			fn(arg, &i);
			execfile_release(&r);
		}
	}
	folder_close(&f);
	return 0;
}

static int tell_supervisor(const struct execfile *r, bool now, struct err *e)
{
	struct tell t = { .cause = END_KILLED, .now = now, .grace = -1 };
	struct proc_id id;
	int fd, ret;

	if (r->result != NULL || r->supervisor == NULL)
		return err_set(e, ERR_NOINPUT, r->result != NULL ? "it has ended" :
		    "it has no supervisor yet");
	execfile_proc(r->supervisor, &id);
	fd = proc_pidfd(&id, e);
	if (fd == -1)
		return err_prefix(e, "its supervisor");
	ret = tell_send(id.pid, fd, tell_encode(&t), e);
	close(fd);
	return ret;
}

int inspect_kill(const char *dir, uint64_t job, uint64_t number, bool now, struct err *e)
{
	struct execfile r = { .result = NULL };
	struct folder f;
	int fd, ret = -1;

	if (folder_open(&f, dir, e) == -1)
		return -1;
	fd = execfile_open(f.execfd, job, number, e);
	if (fd != -1) {
		if (execfile_read(fd, &r, e) == 0)
			ret = tell_supervisor(&r, now, e);
		execfile_release(&r);
		close(fd);
	}
	folder_close(&f);
	return ret;
}

/* ---- sweep */

struct tokens {
	char prefix[UUID_TEXT + 1];	/* of this folder's tokens */
	char **list;
	size_t n;
};

static bool has_token(const struct tokens *t, const char *token)
{
	for (size_t i = 0; i < t->n; i++) {
		if (strcmp(t->list[i], token) == 0)
			return true;
	}
	return false;
}

static void tokens_free(struct tokens *t)
{
	for (size_t i = 0; i < t->n; i++)
		free(t->list[i]);
	free(t->list);
}

/* Takes down a token of ours that a process has; matches nothing. */
static bool collect(void *arg, const char *token)
{
	struct tokens *t = arg;

	if (strncmp(token, t->prefix, strlen(t->prefix)) == 0 && !has_token(t, token)) {
		t->list = xreallocarray(t->list, t->n + 1, sizeof(t->list[0]));
		t->list[t->n++] = xstrdup(token);
	}
	return false;
}

static bool is_listed(void *arg, const char *token)
{
	return has_token(arg, token);
}

static void strike(struct tokens *t, const char *token)
{
	for (size_t i = 0; i < t->n; i++) {
		if (strcmp(t->list[i], token) == 0) {
			free(t->list[i]);
			t->list[i] = t->list[--t->n];
			return;
		}
	}
}

/* Strikes the token of an execution that has a supervisor. */
static void strike_owned(struct tokens *t, int execfd, const char *name)
{
	struct execfile r = { .result = NULL };
	uint64_t job, number;
	int fd;

	if (execfile_name_parse(name, &job, &number) == -1 ||
	    (fd = execfile_open(execfd, job, number, NULL)) == -1)
		return;
	if (execfile_lock(fd, NULL) == 0 && execfile_read(fd, &r, NULL) == 0 &&
	    r.supervisor != NULL && msg_has(r.supervisor, F_TOKEN))
		strike(t, msg_str(r.supervisor, F_TOKEN));
	execfile_release(&r);
	close(fd);
}

static int strike_all_owned(struct tokens *t, const struct folder *f, struct err *e)
{
	int fd = dir_open(f->dirfd, EXECFILE_DIR, e);
	DIR *dir = fd == -1 ? NULL : fdopendir(fd);
	const struct dirent *d;

	if (dir == NULL) {
		if (fd != -1)
			close(fd);
		return -1;
	}
	while ((d = readdir(dir)) != NULL)
		strike_owned(t, f->execfd, d->d_name);
	closedir(dir);
	return 0;
}

/*
 * Processes first, then records: a process has its record before it has its token,
 * so one whose record is not locked afterwards has nobody.
 */
static int sweep(const struct folder *f, struct err *e)
{
	int64_t until = now_read().boot + SWEEP_MS;
	struct tokens t = { .n = 0 };
	int found = 0, left = 0;
	char id[UUID_TEXT];

	uuid_format(&f->journal.id, id);
	snprintf(t.prefix, sizeof(t.prefix), "%s.", id);
	if (cookie_signal(collect, &t, 0) == -1)
		return err_set(e, ERR_OS, "/proc cannot be read");
	if (strike_all_owned(&t, f, e) == -1) {
		tokens_free(&t);
		return -1;
	}
	while (t.n > 0 && (left = cookie_signal(is_listed, &t, SIGKILL)) > 0 &&
	    now_read().boot < until) {
		found = left > found ? left : found;
		usleep(SWEEP_PAUSE_US);
	}
	tokens_free(&t);
	return left > 0 ? err_set(e, ERR_OS, "%d processes do not end", left) : found;
}

int inspect_sweep(const char *dir, struct err *e)
{
	struct folder f;
	int r;

	if (folder_open(&f, dir, e) == -1)
		return -1;
	r = f.journal.begun ? sweep(&f, e) : 0;
	folder_close(&f);
	return r;
}
