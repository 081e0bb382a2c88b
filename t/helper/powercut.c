/*
 * powercut DIR [PID]: the ext4 file system that DIR is on stops as if the power had gone: what
 * was not synced is lost, every further access fails until it is unmounted.
 *
 * With the power a machine's processes stop, too.  The kernel knows nothing of that: while it
 * shuts a file system down, and after, fdatasync(2) says 0 now and then for what never reached
 * the disk, and whoever is told so would tell others.  So the machine of PID, the pid namespace
 * that its children are in, is ended first, in the same breath: what is in the middle of a sync
 * never hears the end of it.  Its init, which only waits, is the caller's to end.
 */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define EXT4_IOC_SHUTDOWN _IOR('X', 125, uint32_t)
#define WITHOUT_FLUSHING_THE_LOG 2u

static int enter(const char *pid)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%.20s/ns/pid_for_children", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd == -1 ? -1 : setns(fd, CLONE_NEWPID);
}

/* In the machine's namespace: the machine itself is spared, as is the one who calls. */
static int cut(int fd, int machine)
{
	uint32_t how = WITHOUT_FLUSHING_THE_LOG;

	if (machine && kill(-1, SIGKILL) == -1)
		return -1;
	return ioctl(fd, EXT4_IOC_SHUTDOWN, &how);
}

int main(int argc, char **argv)
{
	int fd = argc > 1 ? open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1, status;
	pid_t pid;

	if (fd == -1 || (argc > 2 && enter(argv[2]) == -1)) {
		perror(argc > 1 ? argv[argc - 1] : "usage: powercut DIR [PID]");
		return 1;
	}
	pid = fork();	/* it is the child that is in the namespace */
	if (pid == 0) {
		if (cut(fd, argc > 2) == 0)
			_exit(0);
		perror(argv[1]);
		_exit(1);
	}
	return pid == -1 || waitpid(pid, &status, 0) == -1 || status != 0;
}
