/*
 * usage: the rows of what is remembered of users: how much they used, and how long
 * their jobs ran.
 */
#ifndef CORE_USAGE_H
#define CORE_USAGE_H

#include "core/row.h"

struct runtime_row {	/* of the last runs of a user's jobs of one name */
	int64_t uid;
	const char *name;
	int64_t last, before;		/* last 0: nothing is known any more */
	int64_t learned_at;
};

struct account_row {	/* a user, in a team or by itself, or a team */
	const char *team, *user;	/* "": none */
	int64_t shares, shares_set;	/* in force; by an administrator, 0: not */
	int64_t usage, used_at;		/* thousandths of a cpu x ms, decayed until then */
	int64_t boost;			/* added to the priority of its jobs */
};

extern const struct table table_runtimes, table_accounts;

#endif
