/* deps: who waits for whom, by an edge or by a name; inside lib/core only. */
#ifndef CORE_DEPS_H
#define CORE_DEPS_H

#include "core/job.h"
#include "core/request.h"

struct core;

struct namesakes {	/* live jobs of one owner and name */
	uint64_t hash;
	int64_t uid;
	char *name;
	size_t users;
	RB_HEAD(namesake_tree, job) jobs;	/* by number */
};

struct dep {		/* an edge that may still change, on a list of each end */
	struct job *child;
	struct job *parent;	/* NULL: it has done its part, or is in the core no more */
	int64_t parent_id;
	int64_t delay, due_at, due;	/* DEP_START: wall clock, boot clock; 0: not yet known */
	enum dep_type type;
	enum dep_state state;	/* open; or impossible, of a child that is held for it */
	LIST_ENTRY(dep) of_child, of_parent;
};

/* deps.c: edges, and what a start or an end does to those behind them */
void dep_add(struct core *c, struct job *child, const struct dep_request *d, struct job *parent);
void dep_restore(struct core *c, struct job *child, const struct dep_row *row);
void dep_settle(struct core *c, struct job *child, int64_t parent);	/* after judging */
void deps_due(struct core *c, struct job *child);	/* the delays that are over */
void deps_reopen(struct core *c, struct job *parent);	/* it runs again: who is held for it */
bool dep_impossible(const struct job *j);
bool dep_blocks(const struct job *j);		/* it has to wait for a parent */
void deps_waive(struct job *j);			/* it waits for no parent any more */
void deps_drop(struct job *j);
void cascade_push(struct core *c, struct job *parent);	/* it has started or ended */
void cascade_run(struct core *c);

/* namesake.c: who of one name is first */
void namesakes_add(struct core *c, struct job *j, const char *name);
void namesakes_drop(struct core *c, struct job *j);
void namesakes_rename(struct core *c, struct job *j, const char *name);	/* it lives */
void namesake_enter(struct core *c, struct job *j);	/* it lives */
void namesake_leave(struct core *c, struct job *j);
bool singleton_waits(const struct job *j);
void namesakes_free(struct core *c);

#endif
