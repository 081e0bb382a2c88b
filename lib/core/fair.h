/*
 * fair: who has used how much, and what that does to the order; inside lib/core only.
 *
 * An account is a user within a team, or by itself when it names no team.
 */
#ifndef CORE_FAIR_H
#define CORE_FAIR_H

#include <bsd/sys/queue.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct core;
struct demand;
struct job_row;
struct account_row;
struct event;

struct account {
	uint64_t hash;
	char *name;			/* of the user or the team */
	struct account *team;		/* of a user: NULL when it stands by itself */
	bool is_team;
	int64_t shares, shares_set;	/* in force; by an administrator, 0: not */
	int64_t usage, at;		/* thousandths of a cpu x ms, decayed until `at` (boot) */
	int64_t rate;			/* thousandths of a cpu that are charged at present */
	size_t live;			/* shapes of its jobs */
	int64_t boost;			/* added to the priority of its jobs, since the last tick */
	int64_t sum_usage, sum_shares;	/* a team's, of its users, within a tick */
	LIST_ENTRY(account) link;
	bool dirty;			/* its row is written at the turn's end */
	TAILQ_ENTRY(account) stale;
};

struct fair {
	struct map *accounts;
	LIST_HEAD(, account) list;
	TAILQ_HEAD(, account) stale;	/* to be written */
	int64_t at;		/* boot clock: the next tick */
};

struct account *account_get(struct core *c, const struct job_row *row);
void accounts_free(struct core *c);

void account_restore(struct core *c, const struct account_row *row);
void accounts_flush(struct core *c);
void on_account_set(struct core *c, const struct event *ev);

/* An execution of a job that asks for this begins (1) or is over (-1). */
void account_charge(struct core *c, struct account *a, const struct demand *d, int sign);

/* Once a minute: usage decays, boosts follow.  True when a boost has changed. */
bool fair_tick(struct core *c);
bool fair_counts(const struct core *c);		/* the policy looks at boosts */
int64_t fair_due(const struct core *c);		/* boot clock, or INT64_MAX */
void fair_configure(struct core *c);		/* other shares or another policy */

/* 2^-x: x with 32 bits behind the point, the result with 63. */
uint64_t pow2_neg(uint64_t x);

/* round(weight * (2F - 1)), F = 2^-(U/S); U and S with 32 bits behind the point. */
int64_t fair_boost(int64_t weight, uint64_t usage, uint64_t shares);

#endif
