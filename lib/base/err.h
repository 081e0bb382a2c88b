/*
 * err: what went wrong, as a code to switch on and a text for a person.
 *
 * A library function that can fail returns 0 or -1 (or a pointer or NULL) and
 * fills the `struct err *` it was given, which may be NULL.  Libraries never
 * exit and never print; bin/ decides.  The codes map one to one to the exit
 * statuses of cli/exit.h.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

enum err_code {
	ERR_NONE = 0,
	ERR_USAGE,	/* 64: the caller's words are off */
	ERR_DATA,	/* 65: malformed input, key conflict, unknown dependency */
	ERR_NOINPUT,	/* 66: unknown job, missing file */
	ERR_UNAVAIL,	/* 69: daemon and spool unusable; can never fit */
	ERR_INTERNAL,	/* 70: a bug of ours */
	ERR_OS,		/* 71: the system refused: fork, memory, socket */
	ERR_CREATE,	/* 73: cannot create a file */
	ERR_IO,		/* 74: read, write or sync failed */
	ERR_AGAIN,	/* 75: busy, over a limit, disk full: try later */
	ERR_PERM,	/* 77: not permitted */
	ERR_CONFIG	/* 78: configuration */
};

struct err {
	enum err_code code;
	char text[480];
};

/* Fills e (when not NULL) with code and the formatted text; returns -1. */
int err_set(struct err *e, enum err_code code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* The same, with ": " and strerror(errno) appended; keeps errno; returns -1. */
int err_sys(struct err *e, enum err_code code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Puts "text: " in front of e's present text; keeps the code; returns -1. */
int err_prefix(struct err *e, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Makes e empty (ERR_NONE, ""). */
void err_clear(struct err *e);

#endif
