/*
 * setting: what a request says in a small language of its own, and its worker reads.
 *
 * The text travels as it was written; here is what it may be, for whoever checks a
 * request and for whoever carries it out.
 */
#ifndef MSG_SETTING_H
#define MSG_SETTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define SETTING_UNLIMITED UINT64_MAX

struct rlimit_setting {
	const char *name;	/* static */
	int resource;		/* of setrlimit(2) */
	uint64_t soft, hard;	/* in its unit; SETTING_UNLIMITED */
	bool has_hard;		/* else the hard limit stays as it is */
};

struct warn_setting {
	int signal;		/* 0: none */
	uint64_t before;	/* ms before the limit of the attempt */
	bool main_only;		/* to the main process, not to all of the job */
};

/*
 * "NAME=SOFT[:HARD]": memory and files as sizes, cpu as a duration, the rest as
 * numbers, each also as `unlimited`.  -1: ERR_DATA.
 */
int rlimit_setting_parse(const char *s, struct rlimit_setting *out, struct err *e);

/* "[B:]SIG[@D]"; without D a minute before.  -1: ERR_DATA. */
int warn_setting_parse(const char *s, struct warn_setting *out, struct err *e);

/*
 * "NAME=N" of a named resource or a token, with N from 1; `name_len` is that of the
 * name.  -1: ERR_DATA.
 */
int amount_setting_parse(const char *s, size_t *name_len, int64_t *n, struct err *e);

#endif
