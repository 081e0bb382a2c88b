/*
 * recur: schedules as others see them: their words, rows, and what is asked of them.
 *
 * Instants and durations are ms.  The strings stand in the database and in scripts:
 * they never change.
 */
#ifndef CORE_RECUR_H
#define CORE_RECUR_H

#include "core/request.h"

enum schedule_op {
	SCHEDULE_ADD, SCHEDULE_EDIT, SCHEDULE_PAUSE, SCHEDULE_RESUME, SCHEDULE_SKIP, SCHEDULE_RUN,
	SCHEDULE_REPLAY, SCHEDULE_REMOVE
};
enum schedule_state { SCHEDULE_ACTIVE, SCHEDULE_PAUSED, SCHEDULE_ENDED, SCHEDULE_REMOVED };
enum catch_up { CATCH_UP_ONE, CATCH_UP_NONE, CATCH_UP_ALL };	/* missed ones that still run */
enum overlap { OVERLAP_SKIP, OVERLAP_ALLOW, OVERLAP_QUEUE, OVERLAP_QUEUE_ALL, OVERLAP_REPLACE };
enum decision { DECISION_RUN, DECISION_WAITING, DECISION_MISSED, DECISION_SKIPPED };

/* The stable string of each; _parse returns -1 for what is none. */
const char *schedule_op_name(enum schedule_op op);
int schedule_op_parse(const char *s);
const char *schedule_state_name(enum schedule_state s);
int schedule_state_parse(const char *s);
const char *catch_up_name(enum catch_up c);
int catch_up_parse(const char *s);
const char *overlap_name(enum overlap o);		/* "skip", "allow", "queue"... */
int overlap_parse(const char *s);
const char *decision_name(enum decision d);
int decision_parse(const char *s);

/* Texts that are words are those above; NULL: none. */
struct schedule_row {
	int64_t id;
	struct uuid uuid;
	/* as its owner wants it; an edit changes these */
	const char *user, *name, *queue, *command, *expression, *zone, *dst_gap, *dst_fold;
	int64_t uid, anchor_at;
	const char *catch_up, *overlap;
	int64_t catch_up_window, catch_up_max, overlap_max, splay, jitter, until_at, max_runs;
	const char *calendar, *blackout;	/* calendar.h; only on its days, never then */
	int64_t expect_by, max_silence;		/* watch.c; 0: not watched */
	const char *key, *spec_hash;
	const void *request;			/* an encoded SUBMIT block: what a run is */
	int64_t request_size;
	int64_t created_at;
	/* changes while it lives */
	const char *state, *detail;		/* words for a person */
	int64_t cursor_at, next_at, runs, caught;	/* caught: catch-up runs in a row */
	int64_t by_hand_at;			/* nominal time of the last run by hand */
	int64_t watched_at, satisfied_at;	/* since; no run is owed up to there */
	int64_t success_at;			/* when a run last ended well */
	const char *alert;			/* a word of watch.c; NULL: nothing is amiss */
	int64_t alert_at;
	int64_t failing;			/* its last run failed */
	int64_t usual, usual_runs;		/* how long good runs take; of how many */
	const char *changed_by;
};

struct occurrence_row {				/* what became of an instant that was due */
	int64_t schedule_id, nominal_at, due_at, decided_at;
	const char *outcome, *reason;
	int64_t job_id, blocked_by, catch_up;	/* jobs, or 0 */
};

extern const struct table table_schedules, table_occurrences;

struct ev_schedule {		/* what is done to schedules, or a new one */
	enum schedule_op op;
	const char *const *names;	/* each target as the caller wrote it; not ADD */
	const int64_t *ids;
	size_t n;
	struct schedule_row row;	/* ADD, EDIT: the part "as its owner wants it"... */
	struct job_request request;	/* ...and its request, decoded */
	int64_t from, until;		/* REPLAY: nominal times, both included... */
	const int64_t *ran;		/* ...but those that had a run, ascending */
	size_t nran;
	int64_t count;			/* SKIP: so many */
	bool force;			/* RUN: whatever runs already */
};

struct ev_zone {		/* the rules of a time zone, as a file has them */
	const char *name;
	const void *tzif;
	size_t size;
};

#endif
