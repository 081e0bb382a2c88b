/*
 * exit: the one place that knows exit statuses (SPEC 1.4 of the suite's manual).
 *
 * Owns the two maps: from what went wrong in a program of ours, and from how a
 * job ended.  Both are a contract with scripts: a row may be added, not changed.
 */
#include "cli/cli.h"

#include "core/types.h"

int exit_of(enum err_code code)
{
	switch (code) {
	case ERR_NONE:
		return EXIT_OK;
	case ERR_USAGE:
		return EXIT_USAGE;
	case ERR_DATA:
		return EXIT_DATA;
	case ERR_NOINPUT:
		return EXIT_NOINPUT;
	case ERR_UNAVAIL:
		return EXIT_UNAVAIL;
	case ERR_OS:
		return EXIT_OSERR;
	case ERR_CREATE:
		return EXIT_CANTCREAT;
	case ERR_IO:
		return EXIT_IOERR;
	case ERR_AGAIN:
		return EXIT_TEMPFAIL;
	case ERR_PERM:
		return EXIT_NOPERM;
	case ERR_CONFIG:
		return EXIT_CONFIG;
	case ERR_INTERNAL:
		break;
	}
	return EXIT_SOFTWARE;
}

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
		return EXIT_OK;
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
