/*
 * proc: reads who a process is from /proc.
 *
 * Owns the reading of /proc/PID/stat: the command name in it may hold blanks and
 * parentheses, so fields are counted from the last ')'.  Promises that a pid that
 * was given to another process is never taken for the old one.  Requires /proc of
 * our own pid namespace.
 */
#include "base/proc.h"

#include <bsd/string.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/num.h"

#define STAT_SIZE 2048
#define PROC_PATH_SIZE 40
#define START_AFTER_STATE 19	/* field 22, counted from the state in field 3 */

/* A short file of /proc in one read, NUL-terminated; -1 with errno. */
static int proc_read(const char *path, char *out, size_t size)
{
	ssize_t r;
	int fd, saved;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return -1;
	do {
		r = read(fd, out, size - 1);
	} while (r == -1 && errno == EINTR);
	saved = errno;
	close(fd);
	errno = saved;
	if (r == -1)
		return -1;
	out[r] = '\0';
	return 0;
}

int proc_boot_id(char out[UUID_TEXT], struct err *e)
{
	static const char path[] = "/proc/sys/kernel/random/boot_id";
	char text[64];
	struct uuid u;

	if (proc_read(path, text, sizeof(text)) == -1)
		return err_sys(e, ERR_OS, "%s", path);
	text[strcspn(text, "\n")] = '\0';
	if (uuid_parse(text, &u) == -1)
		return err_set(e, ERR_OS, "%s: not a UUID", path);
	strlcpy(out, text, UUID_TEXT);
	return 0;
}

/* Field 3 and field 22 of a stat line. */
static int stat_parse(char *line, char *state, uint64_t *start)
{
	char *s = strrchr(line, ')'), *field, *rest;
	int i;

	if (s == NULL || s[1] != ' ' || s[2] == '\0' || s[2] == ' ')
		return -1;
	*state = s[2];
	rest = s + 2;
	for (i = 0; i < START_AFTER_STATE; i++) {
		if (strsep(&rest, " ") == NULL)
			return -1;
	}
	field = strsep(&rest, " ");
	if (field == NULL || rest == NULL)
		return -1;
	return num_u64(field, 0, UINT64_MAX, start, NULL);
}

static int stat_read(pid_t pid, char *state, uint64_t *start, struct err *e)
{
	char path[PROC_PATH_SIZE], line[STAT_SIZE];

	if (pid <= 0)
		return err_set(e, ERR_NOINPUT, "process %d: no such process", (int)pid);
	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	if (proc_read(path, line, sizeof(line)) == -1) {
		/* ESRCH: it went between open and read. */
		if (errno == ENOENT || errno == ESRCH)
			return err_set(e, ERR_NOINPUT, "process %d: no such process", (int)pid);
		return err_sys(e, ERR_OS, "%s", path);
	}
	if (stat_parse(line, state, start) == -1)
		return err_set(e, ERR_OS, "%s: unknown form", path);
	return 0;
}

int proc_self(struct proc_id *id, struct err *e)
{
	return proc_of(getpid(), id, e);
}

int proc_of(pid_t pid, struct proc_id *id, struct err *e)
{
	struct proc_id found = { .pid = pid };
	char state;

	if (stat_read(pid, &state, &found.start, e) == -1 || proc_boot_id(found.boot, e) == -1)
		return -1;
	*id = found;
	return 0;
}

/* Whether id names what is there now; *state is its state letter. */
static int proc_same(const struct proc_id *id, char *state, struct err *e)
{
	char boot[UUID_TEXT];
	uint64_t start;

	if (stat_read(id->pid, state, &start, e) == -1 || proc_boot_id(boot, e) == -1)
		return -1;
	if (start != id->start || strcmp(boot, id->boot) != 0)
		return err_set(e, ERR_NOINPUT, "process %d: gone, the number is another's now",
		    (int)id->pid);
	return 0;
}

bool proc_alive(const struct proc_id *id)
{
	struct err e = { 0 };
	char state;

	/* To hold a live one for dead may start a job twice; the other mistake only waits. */
	if (proc_same(id, &state, &e) == -1)
		return e.code != ERR_NOINPUT;
	return state != 'Z' && state != 'X' && state != 'x';
}

int proc_pidfd(const struct proc_id *id, struct err *e)
{
	char state;
	int fd, saved;

	if (id->pid <= 0)
		return err_set(e, ERR_NOINPUT, "process %d: no such process", (int)id->pid);
	fd = (int)syscall(SYS_pidfd_open, id->pid, 0);
	if (fd == -1) {
		/* EINVAL and ENOENT: the number is a thread's, so no process's. */
		if (errno == ESRCH || errno == EINVAL || errno == ENOENT)
			return err_set(e, ERR_NOINPUT, "process %d: no such process", (int)id->pid);
		return err_sys(e, ERR_OS, "process %d: pidfd_open", (int)id->pid);
	}
	/* Open first: the descriptor pins whoever the check then finds. */
	if (proc_same(id, &state, e) == -1) {
		saved = errno;
		close(fd);
		errno = saved;
		return -1;
	}
	return fd;
}
