/*
 * agent: wires the parts together.
 *
 * Owns one epoll over everything that is not a jobd: ended children, supervisors of
 * a former daemon, notices of theirs, look-ups of users, a timer.  Promises the order
 * of a round (agent_after): what is in the journal and synced happens, and nothing
 * else does; a result is durable before it is sent.
 */
#include "agent/agent.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/impl.h"
#include "agent/execfile.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/proc.h"

#define EVENTS 64
#define RETRY_MS 250
#define BLOCK_MAX (1u << 20)
#define NOTES_READ 16384
#define NOTES_MAX 131072

void agent_watch(struct agent *a, int fd)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.fd = fd };

	/* It fails when memory is gone, or when fd is not ours: a bug. */
	if (epoll_ctl(a->poll, EPOLL_CTL_ADD, fd, &ev) == -1)
		abort();
}

static void watch_user(void *arg, int fd)
{
	agent_watch(arg, fd);
}

static int loop_open(struct agent *a, struct err *e)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	a->poll = epoll_create1(EPOLL_CLOEXEC);
	a->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	a->timer = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	if (a->poll == -1 || a->signals == -1 || a->timer == -1)
		return err_sys(e, ERR_OS, "descriptors for the agent's loop");
	agent_watch(a, a->signals);
	agent_watch(a, a->timer);
	return 0;
}

struct agent *agent_open(const struct agent_config *c, struct err *e)
{
	struct agent *a = xcalloc(1, sizeof(*a));
	struct rlimit lim;

	a->config = *c;
	a->dir = xstrdup(c->dir);
	a->dirfd = a->execfd = a->lock = a->poll = a->signals = a->notice = -1;
	a->timer = a->beat = -1;
	a->journal.fd = -1;
	buf_init(&a->notes, NOTES_MAX);
	a->execs = execs_new();
	a->users = users_new(watch_user, a);
	a->peer_uid = (uid_t)-1;
	if (getrlimit(RLIMIT_NOFILE, &lim) == 0)
		a->nofile = lim.rlim_cur;
	if (dir_take(a, e) == -1 || loop_open(a, e) == -1 || proc_boot_id(a->boot, e) == -1 ||
	    beat_open(a, e) == -1)
		goto bad;
	agent_watch(a, a->notice);
	cgroup_find(&a->cgroups);
	return a;
bad:
	agent_close(a);
	return NULL;
}

static void close_if(int fd)
{
	if (fd != -1)
		close(fd);
}

void agent_close(struct agent *a)
{
	if (a == NULL)
		return;
	execs_free(a->execs);
	users_free(a->users);
	outbox_close(a->outbox);
	cgroup_host_release(&a->cgroups);
	journal_close(&a->journal);
	lease_close(&a->lease);
	buf_release(&a->notes);
	close_if(a->beat);
	close_if(a->timer);
	close_if(a->notice);
	close_if(a->signals);
	close_if(a->poll);
	close_if(a->execfd);
	close_if(a->lock);
	close_if(a->dirfd);
	free(a->dir);
	free(a->worker);
	free(a);
}

int agent_dirfd(const struct agent *a)
{
	return a->dirfd;
}

int agent_fd(const struct agent *a)
{
	return a->poll;
}

size_t agent_held(const struct agent *a)
{
	return execs_count(a->execs);
}

bool agent_busy(const struct agent *a)
{
	for (int state = 0; state < EXEC_HELD; state++) {
		if (!TAILQ_EMPTY(execs_in(a->execs, (enum exec_state)state)))
			return true;
	}
	return false;
}

void agent_send(struct agent *a, const struct msg *m)
{
	struct buf b;

	if (!a->attached)
		return;
	buf_init(&b, BLOCK_MAX);
	if (msg_encode(m, &b) == 0)
		a->config.send(a->config.arg, b.data, b.len);
	buf_release(&b);
}

/* ---- what is ready */

static void timer_set(struct agent *a, int64_t ms)
{
	struct itimerspec its = { .it_value.tv_nsec = (long)ms * 1000000 };

	a->ticking = ms > 0;
	if (timerfd_settime(a->timer, 0, &its, NULL) == -1)
		abort();
}

void agent_tick(struct agent *a)
{
	if (!a->ticking)
		timer_set(a, TICK_MS);
}

/* What could not be done at once and is tried again, execution by execution. */
static void look_again(struct agent *a, enum exec_state state)
{
	struct exec *x, *next;

	TAILQ_FOREACH_SAFE(x, execs_in(a->execs, state), link, next) {
		if (x->told != 0 && x->pid != 0)
			exec_tell(a, x, x->told);
		if (x->change != NULL || x->look)
			agent_exec_adjust(a, x);
		if (x->adopted)
			agent_exec_adopt(a, x);
	}
}

static void tick(struct agent *a)
{
	uint64_t times;

	if (read(a->timer, &times, sizeof(times)) == -1 && errno != EAGAIN)
		abort();
	a->ticking = false;
	look_again(a, EXEC_STARTING);
	look_again(a, EXEC_RUNNING);
	if (a->again)
		agent_tick(a);
}

static void reap(struct agent *a)
{
	struct signalfd_siginfo info;
	struct exec *x;
	pid_t pid;

	while (read(a->signals, &info, sizeof(info)) > 0)
		continue;
	while ((pid = waitpid(-1, NULL, WNOHANG)) > 0) {
		x = execs_by_pid(a->execs, pid);
		if (x != NULL && x->pidfd == -1)
			exec_gone(a, x);
	}
}

static void note_take(struct agent *a, struct msg *m)
{
	struct exec *x = NULL;

	if (msg_type(m) == MSG_W_STARTED || msg_type(m) == MSG_W_RESULT)
		x = execs_get(a->execs, msg_u64(m, F_JOB, 0), msg_u64(m, F_EXECUTION, 0));
	if (x != NULL && msg_type(m) == MSG_W_RESULT) {
		exec_ended(a, x, m);
		return;
	}
	if (x != NULL)
		exec_started(a, x, msg_i64(m, F_AT, 0), msg_str(m, F_LIMITS));
	msg_free(m);
}

/* After a daemon that had read half a block: goes on at the next one. */
static size_t note_skip(const struct buf *b, size_t at)
{
	const char *next = memmem(b->data + at + 1, b->len - at - 1, "\njob", 4);

	return next != NULL ? (size_t)(next - b->data) + 1 : b->len;
}

static void notices(struct agent *a)
{
	char data[NOTES_READ];
	size_t at = 0, used;
	struct msg *m;
	int got = 0;
	ssize_t n = read(a->notice, data, sizeof(data));

	if (n <= 0)
		return;
	if (buf_add(&a->notes, data, (size_t)n) == -1)
		buf_reset(&a->notes);
	while (at < a->notes.len) {
		got = msg_decode(a->notes.data + at, a->notes.len - at, &m, &used, NULL);
		if (got == 0)
			break;
		if (got == 1)
			note_take(a, m);
		at = got == 1 ? at + used : note_skip(&a->notes, at);
	}
	buf_consume(&a->notes, at);
}

static struct exec *exec_of_pidfd(struct agent *a, int fd)
{
	for (int state = EXEC_STARTING; state <= EXEC_RUNNING; state++) {
		struct exec *x;

		TAILQ_FOREACH(x, execs_in(a->execs, (enum exec_state)state), link) {
			if (x->pidfd == fd)
				return x;
		}
	}
	return NULL;
}

static void other_ready(struct agent *a, int fd)
{
	struct exec *x = exec_of_pidfd(a, fd);

	if (x != NULL)
		exec_gone(a, x);
	else
		users_ready(a->users, fd, now_read().boot);
}

void agent_ready(struct agent *a)
{
	struct epoll_event events[EVENTS];
	int n = epoll_wait(a->poll, events, EVENTS, 0);

	for (int i = 0; i < n; i++) {
		int fd = events[i].data.fd;

		if (fd == a->signals)
			reap(a);
		else if (fd == a->notice)
			notices(a);
		else if (fd == a->timer)
			tick(a);
		else if (fd == a->beat)
			beat_due(a);
		else if (fd == outbox_fd(a->outbox))
			outbox_ready(a->outbox);
		else
			other_ready(a, fd);
	}
}

/* ---- the end of a round */

static void results_add(struct agent *a)
{
	struct exec *x;

	TAILQ_FOREACH(x, execs_in(a->execs, EXEC_ENDED), link)
		journal_add(&a->journal, x->result, x->result_len, true);
	a->again = false;
}

/* No room: what was ordered is refused, what has ended is kept for later. */
static void no_room(struct agent *a, const struct err *why)
{
	struct exec *x;

	log_warn("%s", why->text);
	journal_drop(&a->journal, 0);
	while ((x = TAILQ_FIRST(execs_in(a->execs, EXEC_ORDERED))) != NULL) {
		order_refuse(a, x->job, x->number, ERR_AGAIN, why->text);
		a->journal.live -= (off_t)x->bytes;
		execs_forget(a->execs, x);
	}
	a->again = true;
	a->again_at = now_read().boot + RETRY_MS;
	agent_tick(a);
}

void agent_durable(struct agent *a)
{
	struct exec *x;

	while ((x = TAILQ_FIRST(execs_in(a->execs, EXEC_ENDED))) != NULL) {
		execs_move(a->execs, x, EXEC_HELD);
		exec_announce(a, x);
		outbox_ended(a->outbox, x->job, x->number);
		/* The journal has all that is in it now. */
		execfile_remove(a->execfd, x->job, x->number, NULL);
	}
}

static void orders_begin(struct agent *a)
{
	struct exec *x, *next;

	TAILQ_FOREACH_SAFE(x, execs_in(a->execs, EXEC_READY), link, next) {
		if (!x->waits || inherit_place(a, x))
			agent_exec_start(a, x);
	}
}

/* 0: all that was added is on disk, and what that allows is done; 1: there is no room. */
static int flush(struct agent *a, struct err *e)
{
	struct err why;
	struct exec *x;

	if (journal_flush(&a->journal, &why) == -1) {
		if (why.code != ERR_AGAIN)
			return err_set(e, why.code, "%s", why.text);
		no_room(a, &why);
		return 1;
	}
	if (!a->again)
		agent_durable(a);
	while ((x = TAILQ_FIRST(execs_in(a->execs, EXEC_ORDERED))) != NULL)
		execs_move(a->execs, x, EXEC_READY);
	return 0;
}

int agent_after(struct agent *a, struct err *e)
{
	int r;

	if (a->again && now_read().boot >= a->again_at)
		results_add(a);
	/* A place that has come free is taken first: the next order is durable already. */
	orders_begin(a);
	while (a->journal.pending.len > 0) {
		r = flush(a, e);
		if (r != 0)
			return r == 1 ? 0 : -1;
		/* What cannot be started has a result at once. */
		orders_begin(a);
	}
	if (journal_is_garbage(&a->journal))
		return agent_compact(a, e);
	return 0;
}

int agent_order(struct agent *a, struct msg *m, const void *block, size_t n, struct err *e)
{
	return order_take(a, m, block, n, e);
}

void agent_detach(struct agent *a)
{
	inherit_give_back_all(a);
	a->attached = false;
}
