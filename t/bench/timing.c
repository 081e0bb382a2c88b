/*
 * timing: how long programs take, as whole processes.
 *
 *	timing pair N A... -- B...	A and B in turn; median of each in us, median of A/B
 *	timing start N FILE A...	from before exec of A (a jobsub that runs `timing
 *					stamp FILE`) to the job's first instruction; us,
 *					median and p99
 *	timing stamp FILE		writes the present instant into FILE
 *	timing run A...			wall seconds of one run
 *	timing loops K N A...		K loops at a time, N runs in each; runs a second
 *	timing sync N FILE		N appends of 4 KiB, each synced; appends a second
 *
 * Output of what is timed goes to /dev/null.
 */
#include <err.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int64_t run_ns(char **argv)
{
	posix_spawn_file_actions_t fa;
	int64_t start = now_ns();
	int status;
	pid_t pid;

	posix_spawn_file_actions_init(&fa);
	posix_spawn_file_actions_addopen(&fa, 1, "/dev/null", O_WRONLY, 0);
	if (posix_spawnp(&pid, argv[0], &fa, NULL, argv, environ) != 0)
		err(1, "%s", argv[0]);
	if (waitpid(pid, &status, 0) == -1)
		err(1, "wait");
	posix_spawn_file_actions_destroy(&fa);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		errx(1, "%s failed: status %d", argv[0], status);
	return now_ns() - start;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double quantile(double *v, size_t n, double q)
{
	qsort(v, n, sizeof(*v), compare);
	return v[(size_t)(q * (double)(n - 1))];
}

static int pair(size_t n, char **argv)
{
	double *a = calloc(n, sizeof(*a)), *b = calloc(n, sizeof(*b)), *r = calloc(n, sizeof(*r));
	char **other = argv;
	size_t i;

	while (*other != NULL && strcmp(*other, "--") != 0)
		other++;
	if (*other == NULL || a == NULL || b == NULL || r == NULL)
		errx(1, "pair: A... -- B...");
	*other++ = NULL;
	for (i = 0; i < n; i++) {
		a[i] = (double)run_ns(argv) / 1000;
		b[i] = (double)run_ns(other) / 1000;
		r[i] = a[i] / b[i];
	}
	printf("%.0f %.0f %.2f\n", quantile(a, n, 0.5), quantile(b, n, 0.5), quantile(r, n, 0.5));
	return 0;
}

static int stamp(const char *file)
{
	int64_t t = now_ns();
	int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd == -1 || write(fd, &t, sizeof(t)) != sizeof(t))
		err(1, "%s", file);
	return close(fd) == 0 ? 0 : 1;
}

static int64_t read_stamp(const char *file)
{
	int64_t t, deadline = now_ns() + INT64_C(10000000000);

	for (;;) {
		int fd = open(file, O_RDONLY);

		if (fd != -1 && read(fd, &t, sizeof(t)) == sizeof(t)) {
			close(fd);
			return t;
		}
		if (fd != -1)
			close(fd);
		if (now_ns() > deadline)
			errx(1, "%s: the job did not start within 10 s", file);
		usleep(200);
	}
}

static int start(size_t n, const char *file, char **argv)
{
	double *v = calloc(n, sizeof(*v));
	size_t i;

	if (v == NULL)
		err(1, "start");
	for (i = 0; i < n; i++) {
		int64_t t0;

		unlink(file);
		usleep(20000);		/* an idle system */
		t0 = now_ns();
		run_ns(argv);
		v[i] = (double)(read_stamp(file) - t0) / 1000;
	}
	printf("%.0f %.0f\n", quantile(v, n, 0.5), quantile(v, n, 0.99));
	return 0;
}

static void loop(long n, char **argv)
{
	for (long i = 0; i < n; i++)
		run_ns(argv);
	_exit(0);
}

static int loops(long k, long n, char **argv)
{
	int64_t start = now_ns();
	int status;

	for (long i = 0; i < k; i++) {
		switch (fork()) {
		case -1:
			err(1, "fork");
		case 0:
			loop(n, argv);
		}
	}
	for (long i = 0; i < k; i++) {
		if (wait(&status) == -1 || status != 0)
			errx(1, "a loop of %s failed", argv[0]);
	}
	return printf("%.0f\n", (double)(k * n) * 1e9 / (double)(now_ns() - start)) < 0;
}

static int sync_floor(long n, const char *file)
{
	static const char page[4096] = { 1 };
	int fd = open(file, O_WRONLY | O_CREAT | O_APPEND, 0600);
	int64_t start = now_ns();

	for (long i = 0; i < n; i++) {
		if (write(fd, page, sizeof(page)) != sizeof(page) || fdatasync(fd) == -1)
			err(1, "%s", file);
	}
	printf("%.0f\n", (double)n * 1e9 / (double)(now_ns() - start));
	close(fd);
	return unlink(file);
}

int main(int argc, char **argv)
{
	if (argc > 4 && strcmp(argv[1], "pair") == 0)
		return pair(strtoul(argv[2], NULL, 10), argv + 3);
	if (argc > 4 && strcmp(argv[1], "start") == 0)
		return start(strtoul(argv[2], NULL, 10), argv[3], argv + 4);
	if (argc == 3 && strcmp(argv[1], "stamp") == 0)
		return stamp(argv[2]);
	if (argc > 2 && strcmp(argv[1], "run") == 0)
		return printf("%.3f\n", (double)run_ns(argv + 2) / 1e9) < 0;
	if (argc > 4 && strcmp(argv[1], "loops") == 0)
		return loops(strtol(argv[2], NULL, 10), strtol(argv[3], NULL, 10), argv + 4);
	if (argc == 4 && strcmp(argv[1], "sync") == 0)
		return sync_floor(strtol(argv[2], NULL, 10), argv[3]);
	errx(1, "usage: timing pair N A -- B | start N FILE A | stamp FILE | run A | "
	    "loops K N A | sync N FILE");
}
