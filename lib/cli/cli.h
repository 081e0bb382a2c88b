/*
 * cli: what all programs do alike at the terminal: options, errors, exit statuses.
 *
 * Exit statuses exist here and in core/ending.h only (SPEC 1.4).  Options are rows; --help and the
 * completion are made from the rows, and a test holds the manuals against them.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/err.h"
#include "core/ending.h"

enum exit_status {
	EXIT_OK = 0, EXIT_USAGE = 64, EXIT_DATA = 65, EXIT_NOINPUT = 66,
	EXIT_UNAVAIL = 69, EXIT_SOFTWARE = 70, EXIT_OSERR = 71, EXIT_CANTCREAT = 73,
	EXIT_IOERR = 74, EXIT_TEMPFAIL = 75, EXIT_NOPERM = 77, EXIT_CONFIG = 78,
	EXIT_INTERRUPTED = 130
};

int exit_of(enum err_code code);

struct opt {
	char letter;		/* 0: none */
	const char *name;	/* long name */
	const char *arg;	/* NULL: a flag; else what --help shows for its value */
	const char *help;	/* one line, lower case, no full stop; NULL: not shown */
	int id;			/* what fn gets */
};

/* fn handles one option (value NULL for a flag): 0, or -1 with e. */
typedef int (*opt_fn)(void *ctx, int id, const char *value, struct err *e);

struct program {
	const char *name;
	const char *const *usage;	/* lines behind the name, NULL-ended */
	const char *purpose;		/* one line */
	const struct opt *opts;		/* ended by name NULL */
	bool listing;			/* -h is "no header", help is --help only */
};

/*
 * POSIX parsing: stops at the first non-option; `--` ends; long names exact, with
 * "did you mean"; --name=value and --name value; letters may be joined.  --help
 * and -V/--version (and -h where it is not a listing) print and exit(0).
 * Returns the index of the first operand, or -1 with e (ERR_USAGE).  A standard
 * descriptor that is closed is taken first, so that no file of ours gets its number.
 */
int opts_parse(const struct program *p, int argc, char **argv, opt_fn fn, void *ctx,
    struct err *e);
void opts_help(const struct program *p, FILE *out);

/* "name: text" on stderr, with "try 'name --help'" behind a usage error; exit status. */
int cli_fail(const struct program *p, const struct err *e);
void cli_warn(const struct program *p, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Flushes stdout; a write that failed (full disk) is EXIT_IOERR; EPIPE is quiet. */
int cli_finish(const struct program *p, int status);

#endif
