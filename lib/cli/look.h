/* look: the options that all programs that look at jobs share: which spool, how times look. */
#ifndef CLI_LOOK_H
#define CLI_LOOK_H

#include "cli/cli.h"
#include "cli/value.h"

struct look {
	const char *spool, *config;
	struct style style;
};

enum { LOOK_SPOOL = 1000, LOOK_CONFIG, LOOK_UTC, LOOK_EPOCH, LOOK_RELATIVE };

#define LOOK_TIME_OPTS \
	{ 0, "utc", NULL, "times in UTC", LOOK_UTC }, \
	{ 0, "epoch", NULL, "times as seconds since 1970", LOOK_EPOCH }, \
	{ 0, "relative", NULL, "times as seen from now", LOOK_RELATIVE }
#define LOOK_PLACE_OPTS \
	{ 0, "spool", "DIR", "look at the spool in DIR", LOOK_SPOOL }, \
	{ 0, "config", "FILE", "read FILE instead of job.conf", LOOK_CONFIG }

/* The clock, and JOB_TIME_FORMAT (ERR_USAGE when it names no style). */
int look_init(struct look *l, struct err *e);

/* Takes one of the options above: true when it was one. */
bool look_option(struct look *l, int id, const char *value);

/*
 * An instant in the past as people write it: 2h or -2h (ago), or anything that
 * clock_parse takes; a time of day is the last one.
 */
int past_parse(const char *s, int64_t now, int64_t *ms, struct err *e);

#endif
