/*
 * usage: the rows of what is remembered of users: how much they used, how long their
 * jobs ran, how much they may have; and of what an administrator has said.
 */
#ifndef CORE_USAGE_H
#define CORE_USAGE_H

#include "core/quota.h"
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

struct quota_row {	/* of whom there are bounds, or were */
	const char *kind, *name;	/* site, user, team or queue; "" of the site */
	int64_t max[QUOTA_COUNT];	/* 0: none */
	int64_t used[QUOTA_RATE];
};

struct setting_row {	/* a key of a section, as job.conf has them */
	const char *kind, *name, *key;	/* queue, user, team or site; "" of the site */
	const char *value;		/* NULL: it is taken back */
	const char *changed_by;
	int64_t changed_at;
};

extern const struct table table_runtimes, table_accounts, table_quotas, table_settings;

#endif
