/*
 * ending: the map from how a job ended to an exit status.
 *
 * A contract with scripts: a row may be added, not changed.
 */
#include "core/ending.h"

#include "core/types.h"

/*
 * How a program that failed ended, as a shell tells it.  A 0 that the job does not
 * count as success (success_codes) must not look like one.
 */
static int own_end(int exit_code, int signal)
{
	if (signal > 0)
		return EXIT_SIGNAL + signal;
	if (exit_code == 0)
		return EXIT_SOME_FAILED;
	return exit_code > 0 ? exit_code : EXIT_SCHEDULER;
}

int exit_of_job(int status, int reason, int exit_code, int signal)
{
	switch (status) {
	case JOB_COMPLETED:
		return 0;
	case JOB_CANCELLED:
		return EXIT_SCHEDULER;
	case JOB_FAILED:
		break;
	default:
		return -1;
	}
	switch (reason) {
	case REASON_TIMEOUT:
		return EXIT_TIMED_OUT;
	case REASON_NOT_EXECUTABLE:
		return EXIT_NOT_EXECUTABLE;
	case REASON_NOT_FOUND:
		return EXIT_NOT_FOUND;
	case REASON_NONZERO_EXIT:
	case REASON_SIGNAL:
	case REASON_OUT_OF_MEMORY:
		return own_end(exit_code, signal);
	default:	/* it never ran, or the scheduler ended it, or nobody knows */
		return EXIT_SCHEDULER;
	}
}
