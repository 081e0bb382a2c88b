/*
 * worker: how many jobs a second go through a jobworker, from order to acknowledged
 * result.  worker [JOBS [AT_ONCE [ARGV...]]]; prints jobs/s.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "../unit/play.h"
#include "../unit/tap.h"

static double seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
	static const char *const truth[] = { "/bin/true", NULL };
	long jobs = argc > 1 ? strtol(argv[1], NULL, 10) : 3000;
	long at_once = argc > 2 ? strtol(argv[2], NULL, 10) : 2;
	const char *const *command = argc > 3 ? (const char *const *)argv + 3 : truth;
	const char *dir = tap_tmpdir();
	long started = 0, ended = 0, bad = 0;
	struct play p;
	pid_t daemon = play_daemon(dir, NULL);
	double t;

	play_init(&p);
	if (daemon == 0 || play_connect(&p, dir) == -1 || play_attach(&p, NULL, NULL) == -1)
		return 1;
	t = seconds();
	while (ended < jobs) {
		struct msg *m;

		while (started < jobs && started - ended < at_once)
			play_run(&p, (uint64_t)++started, 1, command);
		if (play_send(&p) == -1 || (m = play_next(&p, PLAY_MS)) == NULL)
			break;
		if (msg_type(m) == MSG_W_RESULT) {
			bad += msg_u64(m, F_EXIT_CODE, 255) != 0;
			play_ack(&p, msg_u64(m, F_JOB, 0), msg_u64(m, F_EXECUTION, 0));
			ended++;
		}
		msg_free(m);
	}
	t = seconds() - t;
	printf("%ld jobs, %ld at once: %.0f jobs/s%s\n", ended, at_once, (double)ended / t,
	    bad > 0 ? ", some failed" : "");
	play_release(&p);
	play_stop(daemon);
	return ended < jobs || bad > 0;
}
