/*
 * redirect: opens the files that stand for a job's input and output.
 *
 * A job that hung in open(2) would be neither started nor failed, so nothing here
 * waits: not for the other end of a FIFO, nor for the carrier of a line.
 */
#include "agent/redirect.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int refuse(int fd, const char **why, const char *words)
{
	close(fd);
	*why = words;
	errno = 0;
	return -1;
}

static bool is_fifo(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode);
}

/* Whether a read would wait, or get something; tee(2) looks and takes nothing out. */
static bool has_writer(int fd)
{
	int ends[2];
	bool yes = true;

	if (pipe2(ends, O_CLOEXEC) == -1)
		return yes;
	yes = tee(fd, ends[1], 1, SPLICE_F_NONBLOCK) != 0;
	close(ends[0]);
	close(ends[1]);
	return yes;
}

static int open_now(const char *path, int flags, const char **why)
{
	int fd = open(path, flags | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0666);

	if (fd == -1)
		*why = strerror(errno);
	return fd;
}

/* As the job expects it. */
static int blocking(int fd, const char **why)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags == -1 || fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) == -1)
		return refuse(fd, why, "cannot be made to block");
	return fd;
}

int redirect_input(const char *path, bool fed, const char **why)
{
	int fd = open_now(path, O_RDONLY, why);

	if (fd == -1)
		return -1;
	if (!fed && is_fifo(fd) && !has_writer(fd))
		return refuse(fd, why, "nobody writes to this FIFO");
	return blocking(fd, why);
}

int redirect_output(const char *path, bool append, const char **why)
{
	/* Two streams to one file do not overwrite each other. */
	int flags = O_WRONLY | O_CREAT | O_APPEND | (append ? 0 : O_TRUNC);
	int fd = open_now(path, flags, why);

	if (fd != -1)
		return blocking(fd, why);
	if (errno == ENXIO) {
		errno = 0;
		*why = "nobody reads from this FIFO, or it is no file";
	}
	return -1;
}
