/*
 * users: looks accounts up without waiting.
 *
 * Owns a list of names with what is known of them and the pipes to the processes
 * that ask.  A list is enough: it holds the users of one host who had jobs in the
 * last minute.  A failure is remembered for a moment only.
 */
#include "agent/users.h"

#include <bsd/sys/queue.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fdio.h"

#define FAILED_KEEP_MS 2000
#define ASK_MS 10000
#define ANSWER_MAX (4u << 20)
#define FD_OUT 3

struct entry {
	LIST_ENTRY(entry) link;
	char *name;
	bool known, failed;	/* neither: is being looked up */
	struct user user;
	struct err why;
	int64_t until;
	int fd;			/* from who asks; -1: nobody does */
	struct buf answer;
};

struct users {
	LIST_HEAD(, entry) list;
	void (*watch)(void *arg, int fd);
	void *arg;
};

struct users *users_new(void (*watch)(void *arg, int fd), void *arg)
{
	struct users *u = xcalloc(1, sizeof(*u));

	LIST_INIT(&u->list);
	u->watch = watch;
	u->arg = arg;
	return u;
}

static void entry_free(struct entry *n)
{
	LIST_REMOVE(n, link);
	if (n->fd != -1)
		close(n->fd);
	buf_release(&n->answer);
	user_release(&n->user);
	free(n->name);
	free(n);
}

void users_free(struct users *u)
{
	if (u == NULL)
		return;
	while (!LIST_EMPTY(&u->list))
		entry_free(LIST_FIRST(&u->list));
	free(u);
}

/* What the process that asks writes: two lines as getent and id would, or one with '!'. */
static void answer_make(const char *name, struct buf *b)
{
	struct user user;
	struct err e;

	if (user_find(name, ASK_MS, &user, &e) == -1) {
		buf_addf(b, "!%d %s", (int)e.code, e.text);
		return;
	}
	buf_addf(b, "%s:x:%u:%u::%s:%s\n", user.name, user.uid, user.gid, user.home, user.shell);
	for (size_t i = 0; i < user.ngroups; i++)
		buf_addf(b, "%s%u", i > 0 ? " " : "", user.groups[i]);
	user_release(&user);
}

static void ask(const char *name, int out) __attribute__((noreturn));

static void ask(const char *name, int out)
{
	static const int handled[] = { SIGHUP, SIGINT, SIGTERM, SIGUSR1, SIGUSR2, SIGCHLD };
	struct buf b;
	sigset_t none;

	/* The daemon's handlers would write into its own descriptors. */
	for (size_t i = 0; i < sizeof(handled) / sizeof(handled[0]); i++)
		signal(handled[i], SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	/* Nor shall a connection stay open because of us. */
	if (dup2(out, FD_OUT) == -1 || close_range(FD_OUT + 1, ~0u, 0) == -1)
		_exit(1);
	buf_init(&b, ANSWER_MAX);
	answer_make(name, &b);
	_exit(fd_write_all(FD_OUT, b.data, b.len, NULL) == 0 ? 0 : 1);
}

static int entry_ask(struct entry *n, struct err *e)
{
	sigset_t all, before;
	int fds[2];
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) == -1)
		return err_sys(e, ERR_OS, "pipe");
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	pid = fork();
	if (pid == 0)
		ask(n->name, fds[1]);
	sigprocmask(SIG_SETMASK, &before, NULL);
	close(fds[1]);
	if (pid == -1) {
		close(fds[0]);
		return err_sys(e, ERR_OS, "fork");
	}
	n->fd = fds[0];
	return 0;
}

static struct entry *entry_find(struct users *u, const char *name)
{
	struct entry *n;

	LIST_FOREACH(n, &u->list, link) {
		if (strcmp(n->name, name) == 0)
			return n;
	}
	return NULL;
}

static void forget_old(struct users *u, int64_t now)
{
	struct entry *n, *next;

	LIST_FOREACH_SAFE(n, &u->list, link, next) {
		if ((n->known || n->failed) && now >= n->until)
			entry_free(n);
	}
}

static struct entry *entry_new(struct users *u, const char *name, struct err *e)
{
	struct entry *n = xcalloc(1, sizeof(*n));

	n->name = xstrdup(name);
	n->fd = -1;
	buf_init(&n->answer, ANSWER_MAX);
	LIST_INSERT_HEAD(&u->list, n, link);
	if (entry_ask(n, e) == -1) {
		entry_free(n);
		return NULL;
	}
	u->watch(u->arg, n->fd);
	return n;
}

int users_find(struct users *u, const char *name, int64_t now, const struct user **found,
    struct err *e)
{
	struct entry *n;

	forget_old(u, now);
	n = entry_find(u, name);
	if (n == NULL)
		n = entry_new(u, name, e);
	if (n == NULL)
		return -1;
	if (n->failed) {
		if (e != NULL)
			*e = n->why;
		return -1;
	}
	*found = &n->user;
	return n->known ? 1 : 0;
}

static int answer_parse(struct entry *n)
{
	char *line = n->answer.data, *second;
	struct user *user = &n->user;

	if (n->answer.len == 0 || strlen(line) != n->answer.len)
		return err_set(&n->why, ERR_OS, "user %s: the look-up was cut off", n->name);
	if (line[0] == '!') {
		int code = (int)strtol(line + 1, &second, 10);

		return err_set(&n->why, code == ERR_NOINPUT ? ERR_NOINPUT : ERR_OS, "%s",
		    second + (*second == ' '));
	}
	second = strchr(line, '\n');
	if (second == NULL)
		return err_set(&n->why, ERR_OS, "user %s: the look-up was cut off", n->name);
	*second++ = '\0';
	if (user_parse_passwd(user, line, &n->why) == 0 &&
	    user_parse_groups(user, second, &n->why) == 0)
		return 0;
	user_release(user);
	return -1;
}

static void entry_done(struct entry *n, int64_t now)
{
	close(n->fd);
	n->fd = -1;
	n->known = answer_parse(n) == 0;
	n->failed = !n->known;
	n->until = now + (n->known ? USERS_KEEP_MS : FAILED_KEEP_MS);
	buf_release(&n->answer);
}

bool users_ready(struct users *u, int fd, int64_t now)
{
	struct entry *n;
	char text[4096];
	ssize_t r;

	LIST_FOREACH(n, &u->list, link) {
		if (n->fd == fd)
			break;
	}
	if (n == NULL)
		return false;
	r = read(fd, text, sizeof(text));
	if (r > 0 && buf_add(&n->answer, text, (size_t)r) == 0)
		return false;
	if (r == -1 && (errno == EINTR || errno == EAGAIN))
		return false;
	entry_done(n, now);
	return true;
}

void user_self(struct user *u)
{
	const char *name = getenv("USER"), *home = getenv("HOME");

	*u = (struct user){ .uid = geteuid(), .gid = getegid() };
	u->name = name != NULL && name[0] != '\0' ? xstrdup(name) : xasprintf("%u", u->uid);
	u->home = xstrdup(home != NULL && home[0] == '/' ? home : "/");
	u->shell = xstrdup("/bin/sh");
}
