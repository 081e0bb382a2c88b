/*
 * recover: what a former daemon left: its journal, records, and jobs that run on.
 *
 * For each order without a result: its record is locked -> the supervisor is alive
 * and is adopted; the record has a result -> it ended meanwhile; else the supervisor
 * was killed.  An order without a record never began, as the record is made before
 * anything else; but only if this is still the same boot, since records are not
 * synced: after a power cut such an order is lost, and so is one that had begun.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/impl.h"
#include "agent/launch.h"
#include "agent/execfile.h"
#include "agent/result.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/fdio.h"
#include "base/log.h"
#include "base/rmtree.h"
#include "core/types.h"

#define RESULT_MAX 65536
#define LOCK_MAX 256

/* ---- the journal */

static struct exec *exec_of(struct agent *a, const struct msg *m, size_t size)
{
	uint64_t job = msg_u64(m, F_JOB, 0), number = msg_u64(m, F_EXECUTION, 0);
	struct exec *x = execs_get(a->execs, job, number);

	if (x == NULL && number <= execs_highest(a->execs, job))
		return NULL;	/* settled long ago */
	if (x == NULL)
		x = execs_add(a->execs, job, number, msg_type(m) == MSG_W_RESULT ?
		    a->journal.epoch : msg_u64(m, F_EPOCH, 0), EXEC_STARTING);
	if (msg_type(m) != MSG_W_RESULT)
		inherit_note(x, m);
	x->bytes += size;
	a->journal.live += (off_t)size;
	return x;
}

static void take_result(struct agent *a, struct exec *x, const struct msg *m)
{
	struct msg *result;
	struct buf b;

	if (x == NULL || x->state >= EXEC_ENDED)
		return;
	result = msg_new(MSG_W_RESULT);
	msg_copy_fields(result, m);
	buf_init(&b, RESULT_MAX);
	msg_encode(result, &b);
	x->result_len = b.len;
	x->result = buf_steal(&b);
	execs_move(a->execs, x, EXEC_HELD);
	msg_free(result);
}

static void replay(void *arg, const struct msg *m, size_t size)
{
	struct agent *a = arg;
	struct exec *x;

	switch (msg_type(m)) {
	case MSG_W_START:
		exec_of(a, m, size);
		break;
	case MSG_W_HELD:
		x = exec_of(a, m, size);
		if (strcmp(msg_str(m, F_STATUS), "ended") == 0)
			take_result(a, x, m);
		break;
	case MSG_W_RESULT:
		take_result(a, exec_of(a, m, size), m);
		break;
	case MSG_W_ACK:
		x = execs_get(a->execs, msg_u64(m, F_JOB, 0), msg_u64(m, F_EXECUTION, 0));
		a->journal.live -= x != NULL ? (off_t)x->bytes : 0;
		execs_settle(a->execs, msg_u64(m, F_JOB, 0), msg_u64(m, F_EXECUTION, 0));
		break;
	default:
		break;
	}
}

/* ---- the records */

static void record_found(struct agent *a, const char *name)
{
	uint64_t job, number;
	struct exec *x;

	if (execfile_name_parse(name, &job, &number) == -1)
		return;
	x = execs_get(a->execs, job, number);
	if (x == NULL && number > execs_highest(a->execs, job)) {
		/* The end of the journal was cut off: what runs is there all the same. */
		log_warn("execution %s is not in the journal", name);
		x = execs_add(a->execs, job, number, a->journal.epoch, EXEC_STARTING);
	}
	if (x == NULL || x->state >= EXEC_ENDED)
		execfile_remove(a->execfd, job, number, NULL);
}

/* Whether the execution of this name may still use what stands there. */
static bool in_use(const struct agent *a, const char *name)
{
	uint64_t job, number;
	const struct exec *x = NULL;

	if (execfile_name_parse(name, &job, &number) == 0)
		x = execs_get(a->execs, job, number);
	return x != NULL && x->state < EXEC_ENDED;
}

static void scratch_found(struct agent *a, const char *name)
{
	char *path;

	if (in_use(a, name))
		return;
	path = xasprintf(LAUNCH_SCRATCH "/%s", name);
	(void)dir_remove(a->dirfd, path, NULL);
	free(path);
}

static void script_found(struct agent *a, const char *name)
{
	char *path;

	if (in_use(a, name))
		return;
	path = xasprintf(LAUNCH_SCRIPTS "/%s", name);
	unlinkat(a->dirfd, path, 0);
	free(path);
}

static int each_in(struct agent *a, const char *folder,
    void (*fn)(struct agent *a, const char *name), struct err *e)
{
	int fd = dir_open(a->dirfd, folder, e);
	const struct dirent *d;
	DIR *dir;

	if (fd == -1)
		return -1;
	dir = fdopendir(fd);
	if (dir == NULL) {
		close(fd);
		return err_sys(e, ERR_IO, "%s/%s", a->dir, folder);
	}
	while ((d = readdir(dir)) != NULL) {
		if (d->d_name[0] != '.')
			fn(a, d->d_name);
	}
	closedir(dir);
	return 0;
}

/* ---- one execution */

static void lose(struct agent *a, struct exec *x, int cause, const char *text)
{
	exec_ended(a, x, result_plain(x->job, x->number, cause, x->at, now_read().wall, text));
}

/* Somebody holds its lock: the supervisor, unless its successor or its child does. */
static void follow(struct agent *a, struct exec *x, const struct execfile *r)
{
	struct proc_id id;
	int fd;

	if (r->supervisor == NULL) {
		agent_tick(a);		/* it has not come so far yet */
		return;
	}
	execfile_proc(r->supervisor, &id);
	fd = proc_pidfd(&id, NULL);
	if (fd == -1) {
		agent_tick(a);
		return;
	}
	x->adopted = false;
	x->pidfd = fd;
	execs_set_pid(a->execs, x, id.pid);
	agent_watch(a, fd);
	if (r->job != NULL)
		exec_started(a, x, msg_i64(r->job, F_AT, 0), msg_str(r->job, F_LIMITS));
	if (x->told != 0)
		exec_tell(a, x, x->told);
	/* A former daemon may have died before it told. */
	x->look = x->look || r->set != NULL;
	agent_exec_adjust(a, x);
}

static void look(struct agent *a, struct exec *x, int fd, const struct execfile *r)
{
	const struct msg *any = r->job != NULL ? r->job : r->supervisor;
	int lock = execfile_lock(fd, NULL);

	x->waits = false;		/* it has begun: there is a record */
	if (r->job != NULL && x->at == 0)
		x->at = msg_i64(r->job, F_AT, 0);
	if (r->result == NULL && any != NULL && strcmp(msg_str(any, F_BOOT), a->boot) != 0)
		lose(a, x, END_LOST, "the machine was started anew while it ran");
	else if (lock == 0)
		follow(a, x, r);
	else
		exec_gone(a, x);
}

void agent_exec_adopt(struct agent *a, struct exec *x)
{
	struct execfile r = { .result = NULL };
	struct err e = { .code = ERR_NONE };
	int fd = execfile_open(a->execfd, x->job, x->number, &e);

	if (fd == -1 && e.code == ERR_NOINPUT)
		lose(a, x, x->waits ? END_RECALLED : END_NEVER,
		    "the order came, but nothing was done about it");
	else if (fd == -1 || execfile_read(fd, &r, &e) == -1)
		lose(a, x, END_LOST, e.text);
	else
		look(a, x, fd, &r);
	execfile_release(&r);
	if (fd != -1)
		close(fd);
}

/* ---- all of it */

/* Whether the former daemon ran in this boot: it left its mark in the lock file. */
static bool same_boot(const struct agent *a)
{
	struct buf b;
	bool same;

	buf_init(&b, LOCK_MAX);
	same = fd_read_all(a->lock, &b, NULL) == 0 && b.len > 0 && strstr(b.data, a->boot) != NULL;
	buf_release(&b);
	return same;
}

static int boot_mark(const struct agent *a, struct err *e)
{
	char *text = xasprintf("%d %s\n", (int)getpid(), a->boot);
	size_t n = strlen(text);
	int r = 0;

	if (ftruncate(a->lock, 0) == -1 || pwrite(a->lock, text, n, 0) != (ssize_t)n)
		r = err_sys(e, ERR_IO, "%s/" LOCK_NAME ": write", a->dir);
	free(text);
	return r;
}

static void settle_all(struct agent *a, bool same)
{
	struct exec *x, *next;

	TAILQ_FOREACH_SAFE(x, execs_in(a->execs, EXEC_STARTING), link, next) {
		if (!same) {
			lose(a, x, END_LOST, "the machine was started anew; whether it ran is not "
			    "known");
			continue;
		}
		x->adopted = true;
		agent_exec_adopt(a, x);
	}
}

/* Whoever has its result has also synced its output. */
static bool output_is_final(void *arg, uint64_t job, uint64_t number)
{
	const struct agent *a = arg;
	const struct exec *x = execs_get(a->execs, job, number);

	return x == NULL || x->state >= EXEC_ENDED;
}

int agent_start(struct agent *a, struct err *e)
{
	bool same = same_boot(a);
	size_t cut;

	if (journal_open(&a->journal, a->dirfd, replay, a, &cut, e) == -1)
		return -1;
	if (cut > 0)
		log_warn("%s/" JOURNAL_NAME ": %zu bytes at its end were not whole", a->dir, cut);
	if (each_in(a, EXECFILE_DIR, record_found, e) == -1 ||
	    each_in(a, LAUNCH_SCRIPTS, script_found, e) == -1 ||
	    each_in(a, LAUNCH_SCRATCH, scratch_found, e) == -1)
		return -1;
	settle_all(a, same);
	a->outbox = outbox_open(a->dirfd, output_is_final, a, e);
	if (a->outbox == NULL)
		return -1;
	agent_watch(a, outbox_fd(a->outbox));
	/* Nothing is said of it before all of it is on disk. */
	a->journal.must_sync = true;
	if (journal_flush(&a->journal, e) == -1)
		return -1;
	agent_durable(a);
	/* Only now: with this mark, what has no record is taken for never begun. */
	return boot_mark(a, e);
}
