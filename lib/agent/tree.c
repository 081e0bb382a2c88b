/*
 * tree: finds the processes of a job.
 *
 * A supervisor is a subreaper, so all that its job ever forked stays below it,
 * whatever daemonized; a walk over /proc finds it.  Of a job whose supervisor was
 * killed the environment cookie tells.  A process is opened as a pidfd and looked
 * at again before it gets a signal.  A walk is a moment's picture: who wants
 * nothing to remain calls again until nothing is found.
 */
#include "agent/tree.h"

#include <bsd/string.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/fdio.h"
#include "base/num.h"

#define STAT_SIZE 1024
#define PATH_SIZE 40
#define ENVIRON_MAX (8u << 20)
#define ENVIRON_TRIES 4
#define ENVIRON_PAUSE_US 500
#define KERNEL_THREAD 0x00200000u	/* PF_KTHREAD */

struct process {
	pid_t pid, parent, group;
	unsigned long long start;
	bool below;		/* is a descendant of the one in question */
	bool dead;		/* a zombie */
	bool stopped;
	bool kernel;		/* a thread of the kernel's */
};

struct processes {
	struct process *list;
	size_t n, cap;
};

static int process_read(pid_t pid, struct process *p)
{
	char path[PATH_SIZE], text[STAT_SIZE], state;
	unsigned flags;
	const char *s;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return -1;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return -1;
	text[n] = '\0';
	/* The name in parentheses may hold anything, so the last one counts. */
	s = strrchr(text, ')');
	if (s == NULL || sscanf(s + 1, " %c %d %d %*d %*d %*d %u %*u %*u %*u %*u %*u %*u "
	    "%*d %*d %*d %*d %*d %*d %llu", &state, &p->parent, &p->group, &flags,
	    &p->start) != 5)
		return -1;
	p->pid = pid;
	p->below = false;
	p->dead = state == 'Z' || state == 'X';
	p->stopped = state == 'T' || state == 't';
	p->kernel = (flags & KERNEL_THREAD) != 0;
	return 0;
}

static pid_t pid_of(const char *name)
{
	uint64_t pid;

	return num_u64(name, 1, 0x7fffffff, &pid, NULL) == 0 ? (pid_t)pid : 0;
}

static int processes_read(struct processes *all)
{
	DIR *proc = opendir("/proc");
	const struct dirent *d;
	struct process p;
	pid_t pid;

	*all = (struct processes){ .list = NULL };
	if (proc == NULL)
		return -1;
	while ((d = readdir(proc)) != NULL) {
		if ((pid = pid_of(d->d_name)) == 0 || process_read(pid, &p) == -1)
			continue;
		if (all->n == all->cap) {
			all->cap = all->cap == 0 ? 256 : all->cap * 2;
			all->list = xreallocarray(all->list, all->cap, sizeof(p));
		}
		all->list[all->n++] = p;
	}
	closedir(proc);
	return 0;
}

static int process_compare(const void *a, const void *b)
{
	const struct process *p = a, *q = b;

	return p->pid < q->pid ? -1 : p->pid > q->pid;
}

static bool is_below(const struct processes *all, pid_t root, pid_t parent)
{
	const struct process key = { .pid = parent }, *p;

	if (parent == root)
		return true;
	p = bsearch(&key, all->list, all->n, sizeof(key), process_compare);
	return p != NULL && p->below;
}

/* Marks what is below root; children may stand in front of their parents. */
static void mark(struct processes *all, pid_t root)
{
	bool found = all->n > 0;

	if (found)
		qsort(all->list, all->n, sizeof(all->list[0]), process_compare);
	while (found) {
		found = false;
		for (size_t i = 0; i < all->n; i++) {
			struct process *p = &all->list[i];

			if (p->below || !is_below(all, root, p->parent))
				continue;
			p->below = true;
			found = true;
		}
	}
}

int process_self(struct proc_id *id, const char *boot)
{
	struct process self;

	if (process_read(getpid(), &self) == -1)
		return -1;
	id->pid = self.pid;
	id->start = self.start;
	strlcpy(id->boot, boot, sizeof(id->boot));
	return 0;
}

int process_open(pid_t pid, unsigned long long start)
{
	struct process now;
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);

	if (fd == -1)
		return -1;
	if (process_read(pid, &now) == -1 || now.start != start) {
		close(fd);
		return -1;
	}
	return fd;
}

int process_signal(int pidfd, int sig)
{
	return (int)syscall(SYS_pidfd_send_signal, pidfd, sig, NULL, 0);
}

static void tell(const struct process *p, int sig)
{
	int fd;

	if (sig == 0 || (fd = process_open(p->pid, p->start)) == -1)
		return;
	process_signal(fd, sig);
	close(fd);
}

/*
 * By groups: the kernel lets no fork slip through between the members of a group,
 * as it would between one process of a walk and its child.  All members of such a
 * group are below root, too: the first of the session was.
 */
static void group_tell(const struct process *p, int sig)
{
	struct process now;
	int fd;

	if (sig == 0 || (fd = process_open(p->pid, p->start)) == -1)
		return;
	if (process_read(p->pid, &now) == 0 && now.group == p->group)
		kill(-p->group, sig);
	else
		process_signal(fd, sig);
	close(fd);
}

static bool is_first_of_group(const struct processes *all, size_t i)
{
	for (size_t k = 0; k < i; k++) {
		if (all->list[k].below && !all->list[k].dead &&
		    all->list[k].group == all->list[i].group)
			return false;
	}
	return true;
}

int tree_signal(pid_t root, int sig, pid_t but)
{
	struct processes all;
	pid_t own = getpgid(root);
	int found = 0;

	if (processes_read(&all) == -1)
		return -1;
	mark(&all, root);
	for (size_t i = 0; i < all.n; i++) {
		const struct process *p = &all.list[i];

		if (!p->below || p->dead || (but != 0 && p->group == but))
			continue;
		found++;
		/* In root's own group there is root, which is to get none. */
		if (p->group == own)
			tell(p, sig);
		else if (is_first_of_group(&all, i))
			group_tell(p, sig);
	}
	free(all.list);
	return found;
}

int tree_awake(pid_t root)
{
	struct processes all;
	int awake = 0;

	if (processes_read(&all) == -1)
		return -1;
	mark(&all, root);
	for (size_t i = 0; i < all.n; i++)
		awake += all.list[i].below && !all.list[i].dead && !all.list[i].stopped;
	free(all.list);
	return awake;
}

/* The value of the cookie in an environment, or NULL. */
static const char *cookie_of(const struct buf *env)
{
	static const char name[] = COOKIE_NAME "=";
	const char *s = env->data;
	const char *end = env->data + env->len;

	for (; s != NULL && s < end; s += strlen(s) + 1) {
		if (strncmp(s, name, sizeof(name) - 1) == 0)
			return s + sizeof(name) - 1;
	}
	return NULL;
}

/* A process has none for a moment while it execs: then it is looked at again. */
static void environ_read(pid_t pid, struct buf *env)
{
	char path[PATH_SIZE];

	snprintf(path, sizeof(path), "/proc/%d/environ", (int)pid);
	for (int i = 0; i < ENVIRON_TRIES && env->len == 0; i++) {
		if (i > 0)
			usleep(ENVIRON_PAUSE_US);
		/* What may not be read is another user's, and then not one of ours. */
		if (file_read(AT_FDCWD, path, env, NULL) == -1)
			return;
	}
}

static bool has_cookie(pid_t pid, bool (*match)(void *arg, const char *token), void *arg)
{
	const char *token;
	struct buf env;
	bool r;

	buf_init(&env, ENVIRON_MAX);
	environ_read(pid, &env);
	token = cookie_of(&env);
	r = token != NULL && match(arg, token);
	buf_release(&env);
	return r;
}

int cookie_signal(bool (*match)(void *arg, const char *token), void *arg, int sig)
{
	struct processes all;
	pid_t self = getpid();
	int found = 0;

	if (processes_read(&all) == -1)
		return -1;
	for (size_t i = 0; i < all.n; i++) {
		const struct process *p = &all.list[i];

		if (p->dead || p->kernel || p->pid == self || !has_cookie(p->pid, match, arg))
			continue;
		tell(p, sig);
		found++;
	}
	free(all.list);
	return found;
}

bool cookie_is(void *token, const char *found)
{
	return strcmp(token, found) == 0;
}
