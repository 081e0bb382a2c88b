/*
 * exit: the one place that knows exit statuses (SPEC 1.4 of the suite's manual).
 *
 * Owns the map from what went wrong in a program of ours (core/ending.c has that of
 * jobs): a contract with scripts, a row may be added, not changed.
 */
#include "cli/cli.h"

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
