/*
 * orphan: takes the place of a supervisor that was killed.
 *
 * Nobody is the job's ancestor any more, so its processes are found by what the
 * record says: its control groups, its process group as long as its leader is the
 * very process of the record, and the cookie in its processes' environment.  The
 * job's exit status is gone with the supervisor: the result is `lost`.
 */
#include "agent/orphan.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "agent/cgroup.h"
#include "agent/launch.h"
#include "agent/result.h"
#include "agent/tree.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/rmtree.h"
#include "core/types.h"

#define PAUSE_FIRST_MS 5
#define CLEAN_PASSES 3		/* a pass may miss what forks while it looks */
#define PAUSE_MAX_MS 500
#define GIVE_UP_MS 120000

/* The job's own process, and its group while nobody else can have that number. */
static int group_kill(const struct msg *run)
{
	struct proc_id id;
	int fd;

	execfile_proc(run, &id);
	fd = proc_pidfd(&id, NULL);
	if (fd == -1)
		return 0;
	if (proc_alive(&id))
		kill(-id.pid, SIGKILL);
	process_signal(fd, SIGKILL);
	close(fd);
	return proc_alive(&id) ? 1 : 0;
}

int orphan_kill(const struct execfile *r)
{
	const char *token, *path;
	int found = 0, n;
	size_t iter = 0;

	if (r->supervisor == NULL)
		return 0;
	if (r->job != NULL)
		found += group_kill(r->job);
	while ((path = msg_next(r->supervisor, F_CGROUP, &iter)) != NULL)
		found += cgroup_kill(path);
	token = msg_str(r->supervisor, F_TOKEN);
	if (token != NULL) {
		char *copy = xstrdup(token);

		n = cookie_signal(cookie_is, copy, SIGKILL);
		found += n > 0 ? n : 0;
		free(copy);
	}
	return found;
}

static void remains_remove(const struct execfile *r, const char *dir, const char *name)
{
	char *script, *scratch;
	const char *path;
	size_t iter = 0;

	while (r->supervisor != NULL && (path = msg_next(r->supervisor, F_CGROUP, &iter)) != NULL)
		cgroup_remove(path);
	script = xasprintf("%s/" LAUNCH_SCRIPTS "/%s", dir, name);
	unlink(script);
	free(script);
	scratch = xasprintf("%s/" LAUNCH_SCRATCH "/%s", dir, name);
	(void)dir_remove(AT_FDCWD, scratch, NULL);
	free(scratch);
}

/* `sure`: nothing of it is left that could still become a job. */
static struct msg *judged(const struct execfile *r, uint64_t job, uint64_t number, bool sure)
{
	int64_t now = now_read().wall, at = r->job != NULL ? msg_i64(r->job, F_AT, 0) : 0;

	if (r->job == NULL && sure)
		return result_plain(job, number, END_NEVER, 0, now,
		    "its supervisor was killed before there was a process");
	return result_plain(job, number, END_LOST, at, now, sure ?
	    "its supervisor was killed; the job's processes were ended" :
	    "its supervisor was killed, and processes are left after SIGKILL");
}

void orphan_end(int execfd, const char *dir, uint64_t job, uint64_t number)
{
	int64_t until = now_read().boot + GIVE_UP_MS;
	useconds_t pause = PAUSE_FIRST_MS * 1000;
	char name[EXECFILE_NAME_MAX];
	struct execfile r = { .result = NULL };
	struct msg *m;
	int fd, locked = 0, left = 0, clean = 0;

	execfile_name(job, number, name);
	prctl(PR_SET_NAME, "job orphan");
	fd = execfile_open(execfd, job, number, NULL);
	if (fd == -1)
		_exit(1);
	for (;;) {
		/* A process that has not exec'ed yet holds the lock, too. */
		locked = locked == 1 ? 1 : execfile_lock(fd, NULL);
		execfile_release(&r);
		execfile_read(fd, &r, NULL);
		/* Another one, of a daemon before or after ours, was faster. */
		if (locked == 1 && r.result != NULL)
			break;
		left = orphan_kill(&r);
		clean = locked == 1 && left == 0 ? clean + 1 : 0;
		/* Without a process of its own there is nothing that could fork. */
		if (clean == CLEAN_PASSES || (clean > 0 && r.job == NULL) ||
		    now_read().boot >= until)
			break;
		usleep(pause);
		pause = pause * 2 < PAUSE_MAX_MS * 1000 ? pause * 2 : PAUSE_MAX_MS * 1000;
	}
	remains_remove(&r, dir, name);
	/* What the killed one was about to write would hide what we add. */
	if (locked == 1 && ftruncate(fd, r.sound) == -1)
		_exit(1);
	if (r.result == NULL) {
		m = judged(&r, job, number, clean > 0);
		while (execfile_add(fd, m, NULL) == -1)
			usleep(PAUSE_MAX_MS * 1000);
		msg_free(m);
	}
	execfile_release(&r);
	_exit(0);
}
