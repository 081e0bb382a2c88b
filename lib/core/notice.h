/*
 * notice: notices that are to be sent; inside lib/core only.
 *
 * Each receiver has a line: one of its notices is under way at a time, and what a
 * receiver that does not answer holds up is its own.
 */
#ifndef CORE_NOTICE_H
#define CORE_NOTICE_H

#include <bsd/sys/queue.h>

#include "core/notify.h"

struct core;
struct event;
struct job;
struct now;
struct schedule;

struct notices {
	struct map *receivers;
	TAILQ_HEAD(, receiver) waiting, busy;	/* with notices to send; with one under way */
	size_t nbusy;
	int64_t next_id;
};

#define NOTICE_BIT(ev) (1u << NOTICE_##ev)

void notices_init(struct notices *n);
void notices_free(struct notices *n);

/* It has ended, and not as it was meant to: failed, or cancelled without anybody's word. */
bool job_went_wrong(const struct job *j);

/* Twice as long as usual, or half, and not by a mere second. */
bool notice_is_unusual(int64_t took, int64_t usual);

/* A job's end; of_run: what it means for its schedule. */
void notice_ended(struct core *c, const struct job *j, unsigned of_run);

/* Tells of a job, or of a schedule, what has happened, as bits, to whoever asked for it. */
void notice_job(struct core *c, const struct job *j, unsigned events);
void notice_schedule(struct core *c, const struct schedule *s, unsigned events,
    const char *detail);

void notices_fire(struct core *c);		/* hands out those whose time has come */
int64_t notices_due(const struct core *c, struct now now);	/* as core_due */
void on_noticed(struct core *c, const struct event *ev);
void notice_restore(struct core *c, const struct notice_row *row);
void notices_restored(struct core *c, int64_t next_id);

#endif
