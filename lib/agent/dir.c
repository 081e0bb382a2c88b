/*
 * dir: the agent's folder, taken by one process at a time.
 *
 *	lock		held by the daemon, says its pid and in which boot it ran
 *	sock		its door (made by whoever runs the agent)
 *	journal		orders and results
 *	exec/JOB.K	a record for each execution
 *	scripts/JOB.K	a job's script while it runs
 *	scratch/JOB.K	a private folder of a job while it runs
 *	out/JOB.K	what it has written, until jobd's host has it (outbox.c)
 *	notice		a FIFO on which supervisors tell of starts and results
 *
 * Promises that what stands there is ours and that nobody else can write to it.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "agent/impl.h"
#include "agent/launch.h"
#include "agent/execfile.h"
#include "agent/outbox.h"
#include "base/fdio.h"

/*
 * Jobs of other users have to reach their scripts, so root's folder can be walked
 * through; what stands in it has modes of its own.
 */
static mode_t dir_mode(void)
{
	return geteuid() == 0 ? 0711 : 0700;
}

static int own(int fd, const char *name, mode_t mode, struct err *e)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		return err_sys(e, ERR_IO, "%s: stat", name);
	if (st.st_uid != geteuid()) {
		/* A system spool's folder was made by jobd's user, whose orders we take. */
		if (geteuid() != 0)
			return err_set(e, ERR_PERM, "%s: belongs to user %u, not to us", name,
			    st.st_uid);
		if (fchown(fd, 0, 0) == -1)
			return err_sys(e, ERR_PERM, "%s: chown", name);
	}
	if ((st.st_mode & 07777) != mode && fchmod(fd, mode) == -1)
		return err_sys(e, ERR_PERM, "%s: chmod", name);
	return 0;
}

static int sub_open(struct agent *a, const char *name, mode_t mode, struct err *e)
{
	int fd;

	if (mkdirat(a->dirfd, name, mode) == -1 && errno != EEXIST)
		return err_sys(e, ERR_CREATE, "%s/%s: mkdir", a->dir, name);
	fd = openat(a->dirfd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (fd == -1)
		return err_sys(e, ERR_IO, "%s/%s: open", a->dir, name);
	if (own(fd, name, mode, e) == 0)
		return fd;
	close(fd);
	return -1;
}

/* Of the process, not of the open file: a supervisor does not inherit it. */
static int lock_take(struct agent *a, struct err *e)
{
	struct flock fl = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	a->lock = openat(a->dirfd, LOCK_NAME, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (a->lock == -1)
		return err_sys(e, ERR_CREATE, "%s/" LOCK_NAME, a->dir);
	if (fcntl(a->lock, F_SETLK, &fl) == -1) {
		if (errno != EAGAIN && errno != EACCES)
			return err_sys(e, ERR_OS, "%s/" LOCK_NAME, a->dir);
		if (fcntl(a->lock, F_GETLK, &fl) == -1 || fl.l_type == F_UNLCK)
			fl.l_pid = 0;
		return err_set(e, ERR_AGAIN, "%s: held by jobworker, process %d", a->dir,
		    (int)fl.l_pid);
	}
	return 0;
}

/* Who holds it, 0: nobody. */
static pid_t lock_holder(int fd)
{
	struct flock fl = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	return fcntl(fd, F_GETLK, &fl) == 0 && fl.l_type != F_UNLCK ? fl.l_pid : 0;
}

/* One that holds the lock once we have its pidfd is the process of that pidfd. */
static int holder_end(int lock, int ms, struct err *e)
{
	pid_t pid = lock_holder(lock);
	struct pollfd p = { .events = POLLIN };
	int r = 0;

	if (pid == 0)
		return 0;
	p.fd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (p.fd == -1 && errno == ESRCH)
		return 0;
	if (p.fd == -1)
		return err_sys(e, ERR_OS, "process %d: pidfd_open", (int)pid);
	if (lock_holder(lock) == pid) {
		if (syscall(SYS_pidfd_send_signal, p.fd, SIGTERM, NULL, 0) == -1 && errno != ESRCH)
			r = err_sys(e, ERR_PERM, "the former jobworker, process %d", (int)pid);
		else if (poll(&p, 1, ms) != 1)
			r = err_set(e, ERR_AGAIN, "the former jobworker, process %d, does not end",
			    (int)pid);
	}
	close(p.fd);
	return r;
}

int agent_dismiss(const char *dir, int ms, struct err *e)
{
	int fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC), lock, r;

	lock = fd != -1 ? openat(fd, LOCK_NAME, O_RDWR | O_CLOEXEC | O_NOFOLLOW) : -1;
	if (lock == -1)
		r = errno == ENOENT ? 0 : err_sys(e, ERR_PERM, "%s/" LOCK_NAME, dir);
	else
		r = holder_end(lock, ms, e);
	if (lock != -1)
		close(lock);
	if (fd != -1)
		close(fd);
	return r;
}

static int notice_open(struct agent *a, struct err *e)
{
	struct stat st;

	if (mkfifoat(a->dirfd, NOTICE_NAME, 0600) == -1 && errno != EEXIST)
		return err_sys(e, ERR_CREATE, "%s/" NOTICE_NAME ": mkfifo", a->dir);
	/* Both ends: supervisors write to it while there is no daemon, too. */
	a->notice = openat(a->dirfd, NOTICE_NAME, O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);
	if (a->notice == -1 || fstat(a->notice, &st) == -1)
		return err_sys(e, ERR_IO, "%s/" NOTICE_NAME ": open", a->dir);
	if (!S_ISFIFO(st.st_mode))
		return err_set(e, ERR_CREATE, "%s/" NOTICE_NAME ": not a FIFO", a->dir);
	return 0;
}

int dir_take(struct agent *a, struct err *e)
{
	static const struct {
		const char *name;
		bool walked;		/* by jobs, through it */
	} subs[] = {
		{ LAUNCH_SCRIPTS, true }, { LAUNCH_SCRATCH, true }, { OUTBOX_DIR, false },
	};

	if (dir_make(AT_FDCWD, a->dir, dir_mode(), e) == -1)
		return -1;
	a->dirfd = dir_open(AT_FDCWD, a->dir, e);
	if (a->dirfd == -1 || own(a->dirfd, a->dir, dir_mode(), e) == -1 || lock_take(a, e) == -1)
		return -1;
	a->execfd = sub_open(a, EXECFILE_DIR, 0700, e);
	if (a->execfd == -1)
		return -1;
	for (size_t i = 0; i < sizeof(subs) / sizeof(subs[0]); i++) {
		int fd = sub_open(a, subs[i].name, subs[i].walked ? dir_mode() : 0700, e);

		if (fd == -1)
			return -1;
		close(fd);
	}
	return notice_open(a, e);
}
