/*
 * execfile: the record of an execution.
 *
 * Owns its name, its lock and its blocks.  Nothing here is synced: the journal of
 * the daemon makes results durable, and after a power cut an execution without a
 * result in the journal is lost, whatever stands here.
 */
#include "agent/execfile.h"

#include <bsd/string.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fdio.h"
#include "base/num.h"

#define FILE_MAX (1u << 20)

void execfile_name(uint64_t job, uint64_t number, char out[EXECFILE_NAME_MAX])
{
	snprintf(out, EXECFILE_NAME_MAX, "%" PRIu64 ".%" PRIu64, job, number);
}

int execfile_name_parse(const char *name, uint64_t *job, uint64_t *number)
{
	char copy[EXECFILE_NAME_MAX], again[EXECFILE_NAME_MAX], *dot;

	if (strlcpy(copy, name, sizeof(copy)) >= sizeof(copy) ||
	    (dot = strchr(copy, '.')) == NULL)
		return -1;
	*dot = '\0';
	if (num_u64(copy, 1, INT64_MAX, job, NULL) == -1 ||
	    num_u64(dot + 1, 1, UINT32_MAX, number, NULL) == -1)
		return -1;
	/* One spelling only: no leading zeros. */
	execfile_name(*job, *number, again);
	return strcmp(name, again) == 0 ? 0 : -1;
}

int execfile_make(int execfd, uint64_t job, uint64_t number, struct err *e)
{
	char name[EXECFILE_NAME_MAX];
	int fd, saved;

	execfile_name(job, number, name);
	fd = openat(execfd, name, O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
	if (fd == -1)
		return err_sys(e, errno == ENOSPC || errno == EDQUOT ? ERR_AGAIN : ERR_CREATE,
		    EXECFILE_DIR "/%s: create", name);
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return fd;
	saved = errno;
	unlinkat(execfd, name, 0);
	close(fd);
	errno = saved;
	return err_sys(e, ERR_OS, EXECFILE_DIR "/%s: lock", name);
}

int execfile_open(int execfd, uint64_t job, uint64_t number, struct err *e)
{
	char name[EXECFILE_NAME_MAX];
	int fd;

	execfile_name(job, number, name);
	fd = openat(execfd, name, O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW);
	if (fd == -1)
		return err_sys(e, errno == ENOENT ? ERR_NOINPUT : ERR_IO, EXECFILE_DIR "/%s: open",
		    name);
	return fd;
}

int execfile_lock(int fd, struct err *e)
{
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return 1;
	if (errno == EWOULDBLOCK || errno == EINTR)
		return 0;
	return err_sys(e, ERR_OS, "record: lock");
}

static void take(struct execfile *r, struct msg *m)
{
	struct msg **to = NULL;

	if (msg_type(m) == MSG_X_RUN)
		to = r->supervisor == NULL ? &r->supervisor : &r->job;
	else if (msg_type(m) == MSG_W_RESULT)
		to = &r->result;
	else if (msg_type(m) == MSG_W_SET) {
		to = &r->set;
		msg_free(r->set);
		r->set = NULL;
	}
	/* The first result is the one that counts. */
	if (to == NULL || *to != NULL)
		msg_free(m);
	else
		*to = m;
}

int execfile_read(int fd, struct execfile *r, struct err *e)
{
	struct buf b;
	struct msg *m;
	size_t at = 0, used;
	int ret;

	*r = (struct execfile){ .result = NULL };
	buf_init(&b, FILE_MAX);
	if (lseek(fd, 0, SEEK_SET) == -1)
		ret = err_sys(e, ERR_IO, "record: seek");
	else
		ret = fd_read_all(fd, &b, e);
	while (ret == 0 && msg_decode(b.data + at, b.len - at, &m, &used, NULL) == 1) {
		take(r, m);
		at += used;
	}
	r->sound = (off_t)at;
	buf_release(&b);
	return ret;
}

void execfile_release(struct execfile *r)
{
	msg_free(r->supervisor);
	msg_free(r->job);
	msg_free(r->set);
	msg_free(r->result);
	*r = (struct execfile){ .result = NULL };
}

int execfile_add(int fd, const struct msg *m, struct err *e)
{
	struct stat st;
	struct buf b;
	int r = -1;

	buf_init(&b, FILE_MAX);
	if (fstat(fd, &st) == -1)
		err_sys(e, ERR_IO, "record: stat");
	else if (msg_encode(m, &b) == -1)
		err_set(e, ERR_INTERNAL, "record: a block that is too long");
	else
		r = fd_write_all(fd, b.data, b.len, e);
	/* Half a block would hide the next one. */
	if (r == -1 && b.len > 0 && ftruncate(fd, st.st_size) == -1)
		err_sys(e, ERR_IO, "record: take back a half-written block");
	buf_release(&b);
	return r;
}

int execfile_remove(int execfd, uint64_t job, uint64_t number, struct err *e)
{
	char name[EXECFILE_NAME_MAX];

	execfile_name(job, number, name);
	if (unlinkat(execfd, name, 0) == -1 && errno != ENOENT)
		return err_sys(e, ERR_IO, EXECFILE_DIR "/%s: remove", name);
	return 0;
}

struct msg *execfile_run(const struct proc_id *id, int64_t at, const char *limits,
    char *const *cgroups, int ncgroups, const char *token)
{
	struct msg *m = msg_new(MSG_X_RUN);

	msg_add_u64(m, F_PID, (uint64_t)id->pid);
	msg_add_u64(m, F_START_TIME, id->start);
	msg_add(m, F_BOOT, id->boot);
	msg_add_i64(m, F_AT, at);
	if (limits != NULL)
		msg_add(m, F_LIMITS, limits);
	for (int i = 0; i < ncgroups; i++)
		msg_add(m, F_CGROUP, cgroups[i]);
	if (token != NULL)
		msg_add(m, F_TOKEN, token);
	return m;
}

void execfile_proc(const struct msg *run, struct proc_id *id)
{
	*id = (struct proc_id){ .pid = (pid_t)msg_u64(run, F_PID, 0) };
	id->start = msg_u64(run, F_START_TIME, 0);
	strlcpy(id->boot, msg_str(run, F_BOOT), sizeof(id->boot));
}
