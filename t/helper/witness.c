/*
 * witness DIR NUMBER LINES MS: the job of the campaign over hosts, which leaves evidence of itself.
 *
 * In DIR, which all hosts share, it locks lock/NUMBER for as long as one of its processes is there,
 * and writes there which execution holds it.  In the ledger of its host, ledgers/HOST, it writes
 *	B NUMBER FENCE TIME			when it begins
 *	D NUMBER FENCE TIME HOST FENCE		if then the lock is held, and by which execution
 *	E NUMBER FENCE TIME			when it ends
 * Each 20 ms it writes the time into seen/NUMBER.FENCE.  Its output is LINES lines, half of them
 * after MS milliseconds, or if that is -1 when DIR/go is there.  Every third one leaves a child
 * behind, in a session of its own, which somebody has to end.  Its exit status is 3 for every
 * seventh, else 0.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#define TICK_MS 20

static const char *dir, *number, *host, *fence;

static void die(const char *what)
{
	perror(what);
	exit(99);
}

static int open_in(const char *folder, const char *name, int flags)
{
	char path[512];
	int fd;

	snprintf(path, sizeof(path), "%s/%s/%s", dir, folder, name);
	fd = open(path, O_CREAT | flags, 0666);
	if (fd == -1)
		die(path);
	return fd;
}

static int count(const char *text)
{
	return (int)strtol(text, NULL, 10);
}

static long long ms(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

/* One write to a file opened for appending: lines of many never mix. */
static void note(int ledger, char what, const char *more)
{
	char line[256];
	int n = snprintf(line, sizeof(line), "%c %s %s %lld%s\n", what, number, fence,
	    ms(CLOCK_REALTIME), more);

	if (write(ledger, line, (size_t)n) != n)
		die("ledger");
}

static void take_lock(int ledger)
{
	int fd = open_in("lock", number, O_RDWR);
	char mine[128], other[128] = " ";
	int n = snprintf(mine, sizeof(mine), "%s %s", host, fence);
	ssize_t had;

	if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
		if (ftruncate(fd, 0) == -1 || pwrite(fd, mine, (size_t)n, 0) != n)
			die("lock");
		return;
	}
	had = pread(fd, other + 1, sizeof(other) - 2, 0);
	other[had > 0 ? had + 1 : 1] = '\0';
	note(ledger, 'D', other);
}

static void say(int from, int to)
{
	for (int i = from; i < to; i++)
		printf("job %s execution %s line %d\n", number, fence, i);
	if (fflush(stdout) == EOF)
		die("stdout");
}

static int is_over(long long until)
{
	char path[512];

	if (until >= 0)
		return ms(CLOCK_MONOTONIC) >= until;
	snprintf(path, sizeof(path), "%s/go", dir);
	return access(path, F_OK) == 0;
}

static void stay(long long length)
{
	char name[128], now[32];
	long long until = length < 0 ? -1 : ms(CLOCK_MONOTONIC) + length;
	struct timespec tick = { .tv_nsec = TICK_MS * 1000000L };
	int fd, n;

	snprintf(name, sizeof(name), "%s.%s", number, fence);
	fd = open_in("seen", name, O_WRONLY);
	do {
		n = snprintf(now, sizeof(now), "%lld\n", ms(CLOCK_REALTIME));
		if (pwrite(fd, now, (size_t)n, 0) != n)
			die(name);
		nanosleep(&tick, NULL);
	} while (!is_over(until));
}

static void leave_a_child(void)
{
	if (fork() != 0)
		return;
	setsid();
	for (;;)
		pause();
}

int main(int argc, char **argv)
{
	int ledger, lines, serial, length;

	host = getenv("JOB_WORKER");
	fence = getenv("JOB_FENCE");
	if (argc != 5 || host == NULL || fence == NULL) {
		fputs("usage, in a job: witness DIR NUMBER LINES MS\n", stderr);
		return 99;
	}
	dir = argv[1];
	number = argv[2];
	lines = count(argv[3]);
	serial = count(number);
	length = count(argv[4]);
	ledger = open_in("ledgers", host, O_WRONLY | O_APPEND);
	take_lock(ledger);
	note(ledger, 'B', "");
	if (serial % 3 == 0)
		leave_a_child();
	say(0, lines / 2);
	if (length != 0)
		stay(length);
	say(lines / 2, lines);
	note(ledger, 'E', "");
	return serial % 7 == 0 ? 3 : 0;
}
