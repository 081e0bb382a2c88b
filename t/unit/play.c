/*
 * play: the other end of a jobworker's socket.
 *
 * Promises that nothing waits without end: whatever does not come within PLAY_MS
 * is an answer, too.
 */
#include "play.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/fdio.h"

#define MESSAGE_MAX (128u << 20)
#define CHUNK 65536
#define ARGS_MAX 16

const char *play_program(void)
{
	static char path[PATH_MAX];
	const char *build = getenv("JOB_BUILD");
	char self[PATH_MAX - 32], *slash;
	ssize_t n;

	if (path[0] != '\0')
		return path;
	if (build == NULL || build[0] == '\0') {
		n = readlink("/proc/self/exe", self, sizeof(self) - 1);
		self[n > 0 ? n : 0] = '\0';
		for (int i = 0; i < 3 && (slash = strrchr(self, '/')) != NULL; i++)
			*slash = '\0';
		build = self;
	}
	snprintf(path, sizeof(path), "%s/bin/jobworker", build);
	return path;
}

static pid_t lock_pid(const char *dir)
{
	char path[PATH_MAX];
	struct flock fl = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd;

	snprintf(path, sizeof(path), "%s/lock", dir);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd == -1 || fcntl(fd, F_GETLK, &fl) == -1 || fl.l_type == F_UNLCK)
		fl.l_pid = 0;
	if (fd != -1)
		close(fd);
	return fl.l_pid;
}

pid_t play_daemon(const char *dir, const char *const *options)
{
	const char *argv[ARGS_MAX] = { play_program(), "run", "--dir", dir };
	int n = 4, status;
	pid_t pid;

	for (; options != NULL && *options != NULL && n < ARGS_MAX - 1; options++)
		argv[n++] = *options;
	pid = fork();
	if (pid == 0) {
		execv(argv[0], (char *const *)argv);
		perror(argv[0]);
		_exit(127);
	}
	if (pid == -1 || waitpid(pid, &status, 0) != pid || status != 0)
		return 0;
	return lock_pid(dir);
}

bool process_gone(pid_t pid)
{
	char path[40], text[256];
	int fd;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return true;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return true;
	text[n] = '\0';
	return strstr(text, ") Z ") != NULL;
}

static bool gone(void *arg)
{
	return process_gone(*(pid_t *)arg);
}

void play_stop(pid_t daemon)
{
	if (daemon <= 0)
		return;
	kill(daemon, SIGTERM);
	play_until(gone, &daemon);
}

void play_init(struct play *p)
{
	signal(SIGPIPE, SIG_IGN);
	memset(p, 0, sizeof(*p));
	p->fd = -1;
	buf_init(&p->in, MESSAGE_MAX);
	buf_init(&p->out, MESSAGE_MAX);
	uuid_new(&p->instance);
	p->epoch = 1;
}

void play_close(struct play *p)
{
	if (p->fd != -1)
		close(p->fd);
	p->fd = -1;
	buf_reset(&p->in);
	buf_reset(&p->out);
}

void play_release(struct play *p)
{
	play_close(p);
	buf_release(&p->in);
	buf_release(&p->out);
}

int play_connect(struct play *p, const char *dir)
{
	int fd = dir_open(AT_FDCWD, dir, NULL);

	play_close(p);
	if (fd == -1)
		return -1;
	p->fd = sock_connect(fd, "sock", NULL);
	close(fd);
	return p->fd == -1 ? -1 : 0;
}

void play_put(struct play *p, const struct msg *m)
{
	if (msg_encode(m, &p->out) == -1)
		abort();
}

int play_send(struct play *p)
{
	size_t done = 0;

	while (done < p->out.len) {
		ssize_t n = write(p->fd, p->out.data + done, p->out.len - done);

		if (n == -1 && errno != EINTR)
			break;
		done += n > 0 ? (size_t)n : 0;
	}
	buf_consume(&p->out, done);
	return p->out.len == 0 ? 0 : -1;
}

struct msg *play_next(struct play *p, int timeout_ms)
{
	int64_t until = now_read().boot + timeout_ms;
	struct pollfd pfd = { .fd = p->fd, .events = POLLIN };
	struct msg *m;
	struct err e;
	size_t used;
	ssize_t n;
	char *to;

	for (;;) {
		int r = msg_decode(p->in.data, p->in.len, &m, &used, &e);
		int64_t left = until - now_read().boot;

		if (r == 1) {
			buf_consume(&p->in, used);
			return m;
		}
		if (r == -1) {
			fprintf(stderr, "# the worker says nonsense: %s\n", e.text);
			return NULL;
		}
		if (p->fd == -1 || left < 0 || poll(&pfd, 1, (int)left) == 0)
			return NULL;
		to = buf_reserve(&p->in, CHUNK);
		n = read(p->fd, to, CHUNK);
		if (n == 0 || (n == -1 && errno != EINTR))
			return NULL;
		buf_commit(&p->in, n > 0 ? (size_t)n : 0);
	}
}

struct msg *play_await(struct play *p, enum msg_type type, uint64_t job, int timeout_ms)
{
	int64_t until = now_read().boot + timeout_ms;
	struct msg *m;

	while ((m = play_next(p, (int)(until - now_read().boot))) != NULL) {
		if (msg_type(m) == type && (job == 0 || msg_u64(m, F_JOB, 0) == job))
			return m;
		msg_free(m);
	}
	return NULL;
}

int play_attach(struct play *p, void (*fn)(void *arg, const struct msg *m), void *arg)
{
	struct msg *m = msg_new(MSG_W_ATTACH);
	bool greeted = false;
	int r = 1;

	msg_add_uuid(m, F_INSTANCE, &p->instance);
	msg_add_u64(m, F_EPOCH, p->epoch);
	msg_add(m, F_VERSION, JOB_VERSION);
	msg_add(m, F_WORKER, "local");
	play_put(p, m);
	msg_free(m);
	play_send(p);
	while (r == 1) {
		m = play_next(p, PLAY_MS);
		if (m == NULL)
			return -1;
		if (msg_type(m) == MSG_W_HELLO)
			greeted = msg_uuid(m, F_JOURNAL, &p->journal) == 0;
		else if (msg_type(m) == MSG_W_HELD && fn != NULL)
			fn(arg, m);
		else if (msg_type(m) == MSG_W_REFUSE)
			r = -1;
		else if (msg_type(m) == MSG_W_HELD_END)
			r = greeted ? 0 : -1;
		msg_free(m);
	}
	return r;
}

void play_kill(struct play *p, uint64_t job, uint64_t number, const char *cause, int sig,
    bool now)
{
	struct msg *m = msg_new(MSG_W_KILL);

	msg_add_u64(m, F_JOB, job);
	msg_add_u64(m, F_EXECUTION, number);
	msg_add(m, F_CAUSE, cause);
	if (sig != 0)
		msg_add_u64(m, F_SIGNAL, (uint64_t)sig);
	if (now)
		msg_add_u64(m, F_NOW, 1);
	play_put(p, m);
	msg_free(m);
}

void play_ack(struct play *p, uint64_t job, uint64_t number)
{
	struct msg *m = msg_new(MSG_W_ACK);

	msg_add_u64(m, F_JOB, job);
	msg_add_u64(m, F_EXECUTION, number);
	play_put(p, m);
	msg_free(m);
}

struct msg *play_launch(const char *const *argv, const char *script)
{
	struct msg *m = msg_new(MSG_LAUNCH);

	for (; argv != NULL && *argv != NULL; argv++)
		msg_add(m, F_ARG, *argv);
	if (script != NULL) {
		msg_add_u64(m, F_SCRIPT, 1);
		msg_set_body(m, script, strlen(script));
	}
	return m;
}

struct msg *play_start(const struct play *p, uint64_t job, uint64_t number)
{
	const struct passwd *pw = getpwuid(geteuid());
	struct msg *m = msg_new(MSG_W_START);
	struct uuid u;

	uuid_new(&u);
	msg_add_u64(m, F_JOB, job);
	msg_add_u64(m, F_EXECUTION, number);
	msg_add_u64(m, F_EPOCH, p->epoch);
	msg_add_uuid(m, F_INSTANCE, &p->instance);
	msg_add_uuid(m, F_UUID, &u);
	msg_add(m, F_USER, pw != NULL ? pw->pw_name : "nobody");
	msg_add_u64(m, F_UID, geteuid());
	msg_add_u64(m, F_ATTEMPT, number);
	msg_add(m, F_WORKER, "local");
	return m;
}

void play_order(struct play *p, struct msg *start, struct msg *launch)
{
	struct buf b;

	buf_init(&b, MESSAGE_MAX);
	if (msg_encode(launch, &b) == -1 || msg_set_body(start, b.data, b.len) == -1)
		abort();
	buf_release(&b);
	play_put(p, start);
	msg_free(start);
	msg_free(launch);
}

void play_run(struct play *p, uint64_t job, uint64_t number, const char *const *argv)
{
	struct msg *launch = play_launch(argv, NULL);

	msg_add(launch, F_CHDIR, "/");
	play_order(p, play_start(p, job, number), launch);
}

bool play_until(bool (*fn)(void *arg), void *arg)
{
	int64_t until = now_read().boot + PLAY_MS;

	while (!fn(arg)) {
		if (now_read().boot >= until)
			return false;
		poll(NULL, 0, 5);
	}
	return true;
}

struct wanted {
	const char *path, *text;
};

static bool file_is(void *arg)
{
	const struct wanted *w = arg;
	struct buf b;
	bool r;

	buf_init(&b, MESSAGE_MAX);
	r = file_read(AT_FDCWD, w->path, &b, NULL) == 0 &&
	    strcmp(b.data != NULL ? b.data : "", w->text) == 0;
	buf_release(&b);
	return r;
}

bool play_file_is(const char *path, const char *text)
{
	struct wanted w = { path, text };

	return play_until(file_is, &w);
}
