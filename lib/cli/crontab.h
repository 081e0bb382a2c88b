/*
 * crontab: cron's own files, read entry by entry.
 *
 * Both forms: a user's, and the system's with a user in each line; and what ours has beside
 * them, in comments that mean nothing to cron.  Pure: the text is handed in.
 */
#ifndef CLI_CRONTAB_H
#define CLI_CRONTAB_H

#include <stdbool.h>
#include <stddef.h>

struct crontab_entry {			/* good for the call */
	size_t line;			/* from 1 */
	const char *expression;		/* five fields, a word with @, or "@every D" */
	const char *user;		/* NULL: not the system's form */
	const char *command;		/* what stands in front of the first bare % */
	const char *input;		/* what stands behind it, for standard input; or NULL */
	const char *schedule;		/* that a comment above names, "s12"; or NULL */
	const char *comment;		/* the others right above, without #; or NULL */
	const char *const *env;		/* NAME=VALUE as set above it; the last of a name counts */
	size_t nenv;
};

struct crontab_reader {
	bool system;			/* there is a user behind the expression */
	void (*entry)(void *arg, const struct crontab_entry *e);
	void (*wrong)(void *arg, size_t line, const char *why);
	void *arg;
};

/* How many lines are wrong; the others are given. */
size_t crontab_read(const char *text, size_t n, const struct crontab_reader *r);

/* The value of a variable in force, or NULL. */
const char *crontab_env(const struct crontab_entry *e, const char *name);

/*
 * Appends a line that is read as this entry: its expression and command, and its input
 * behind a bare %.  -1: the command has several lines, so no line can hold it.
 */
struct buf;
int crontab_write(struct buf *b, const char *expression, const char *command,
    const char *input);

/* The comment that takes a variable out of force: what stands between # and its name. */
#define CRONTAB_UNSET "unset "

#endif
