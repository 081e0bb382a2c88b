/*
 * waitset: the jobs that somebody waits for, when the waiting is over, and the exit
 * status it ends with (jobwait, jobsub -W, jobcancel -W).
 */
#ifndef CLI_WAITSET_H
#define CLI_WAITSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/row.h"
#include "msg/msg.h"

enum wait_until { UNTIL_ENDED, UNTIL_STARTED, UNTIL_OK };

struct wait_news {	/* where a job stands */
	int status, reason;	/* enum job_status, enum reason */
	int exit_code, signal;	/* -1: none */
};

struct wait_item {
	char *name;		/* as it was asked for: a number or a UUID */
	int64_t job;		/* 0: not known yet */
	bool done;		/* nothing more is expected of it */
	bool unknown;		/* there is no such job */
	bool good;		/* it did what was waited for */
	int exit;		/* of a done one */
};

struct waitset {
	enum wait_until until;
	bool any;		/* the first one is enough */
	bool count_failed;	/* the status is their number */
	struct wait_item *items;
	size_t n;
	size_t first;		/* the item that was done first; n: none */
	size_t hint;		/* where the next one is looked for */
	const struct program *tell;	/* who tells on stderr how each ended; NULL: nobody */
};

void waitset_init(struct waitset *w, enum wait_until until, bool any);
void waitset_release(struct waitset *w);
void waitset_add(struct waitset *w, const char *name, int64_t job);

/* The item of that name that is not done, or NULL. */
struct wait_item *waitset_find(struct waitset *w, const char *name);

/* True when this news makes the item done; others change nothing. */
bool waitset_tell(struct waitset *w, struct wait_item *it, const struct wait_news *news);

/* The same from a row of the spool; also told, when that is wanted. */
bool waitset_row(struct waitset *w, struct wait_item *it, const struct job_row *row);

/* The item will never be heard of: exit is what it counts as. */
void waitset_unknown(struct waitset *w, struct wait_item *it, int exit);

/* An ENDED message, in the form of client_wait's callback: non-zero when it is over. */
int waitset_ended(void *waitset, const struct msg *ended);

/* The names of what is not done; the caller frees the array, not the names. */
const char **waitset_targets(const struct waitset *w, size_t *n);

bool waitset_over(const struct waitset *w);
int waitset_status(const struct waitset *w);	/* of what is done so far */

#endif
