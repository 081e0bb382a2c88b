/*
 * holder: who has bounds, and how much of them is used; inside lib/core only.
 */
#ifndef CORE_HOLDER_H
#define CORE_HOLDER_H

#include <bsd/sys/queue.h>
#include <stddef.h>

#include "base/err.h"
#include "core/quota.h"

enum holder_kind { HOLDER_SITE, HOLDER_USER, HOLDER_TEAM, HOLDER_QUEUE, HOLDER_KINDS };

struct core;
struct event;
struct job_row;
struct quota_row;
struct shape;

struct holder {		/* one of whom something can be said */
	enum holder_kind kind;
	char *label;			/* "user ann" */
	const char *name;		/* in there; "" of the site */
	struct quota max;		/* in force */
	int64_t used[QUOTA_TIME];
	int64_t since;			/* boot clock: submissions are counted from here */
	bool bounded;			/* by any of max */
	bool dirty;			/* its row is written at the turn's end */
	LIST_ENTRY(holder) link;
	TAILQ_ENTRY(holder) stale;
};

struct holders {
	struct map *map;
	LIST_HEAD(, holder) list;
	TAILQ_HEAD(, holder) stale;
};

const char *holder_kind_name(enum holder_kind kind);

void holders_init(struct holders *h);
void holders_free(struct holders *h);

/* Of whom the bounds hold for jobs of a shape. */
void quota_holders(struct core *c, struct shape *s, const struct job_row *row);

/* A job of it has begun to hold what it asks for, or to wait (1); or it is over (-1). */
void quota_book(struct core *c, const struct shape *s, int sign);
void quota_wait(struct core *c, const struct shape *s, int sign);

/* Who has no room for one job more of it, "user ann", and the reason; NULL: all have. */
const char *quota_short(const struct shape *s, enum reason *why);

/* Somebody has bounds that hold for it. */
bool quota_bounded(const struct shape *s);

/* One more may start, as far as tokens, its array's limit and bounds go. */
bool shape_allowed(const struct shape *s);

/* -1: it would exceed a bound by itself (ERR_UNAVAIL, ERR_DATA). */
int quota_never(const struct core *c, const struct job_row *row, struct err *e);

/* -1: too many wait, or have come within a minute (ERR_AGAIN), with `more` before it. */
int quota_admits(const struct core *c, const struct job_row *row, size_t more, struct err *e);
void quota_came(struct core *c, const struct shape *s);		/* one has been taken */

/* A row of it stands on disk, and may tell of bounds that are no more. */
void quota_restore(struct core *c, const struct quota_row *row);

void on_setting(struct core *c, const struct event *ev);
void quotas_configure(struct core *c);		/* other bounds */
void quotas_flush(struct core *c);
int quotas_check(const struct core *c, struct err *e);	/* an invariant of core_check */

#endif
