/*
 * coresim: a small world around the core, moved by a seed.
 *
 * Clients that submit and give orders, workers that run, lose connections and
 * journals, a disk that lags behind, crashes of the core between any two steps, and
 * clocks that jump.  The same seed is the same history.
 */
#ifndef T_UNIT_CORESIM_H
#define T_UNIT_CORESIM_H

#include "corelib.h"

struct simexec {			/* an execution that a worker holds */
	int64_t job, number, cpus, mem;
	uint64_t came;			/* the order of the orders */
	bool waits, passes, alone;	/* as in the agent's struct exec */
	unsigned gpus;			/* a bit for each that it has */
	enum { SIM_ACCEPTED, SIM_RUNNING, SIM_ENDED } state;
	struct exec_end end;
};

struct simnews {			/* on its way to the core */
	enum event_type type;
	struct held held;
};

struct simorder {
	struct effect effect;		/* without its texts, which the turn takes along */
	unsigned gpus;
};

struct simworker {
	char name[8];
	int64_t cpus, mem;
	uint8_t journal;
	bool attached;
	uint64_t attachment;
	struct simexec *ex;
	size_t n, cap;
	struct simnews *news;
	size_t nnews, cap_news;
	struct simorder *orders;	/* on their way to it; a stream, so in order */
	size_t norders, cap_orders;
};

#define SIM_WORKERS 4

struct simclient {			/* one request, sent until it is answered */
	struct event ev;
	bool answered, sent;
	int64_t id;			/* of its first job */
};

struct sim_conf {
	uint64_t seed;
	size_t steps;
	bool faults;			/* cuts, losses, repetitions */
	bool lag;			/* turns become durable later */
	bool crashes;
	bool jumps;			/* of the wall clock */
	int64_t cascade, ahead;
	/* at this step all workers are cut off (0: never), and the core... */
	size_t cut_at;
	bool restart;			/* ...is started anew from the disk, or not */
	bool twice;			/* apply each turn twice and compare */
	const bool *skip;		/* steps that are left out, or NULL */
	size_t broken;			/* this step is an error by itself; 0: none */
	bool tell;			/* every turn, on stderr */
};

struct sim {
	struct sim_conf conf;
	struct core_conf core_conf;
	struct share shares[2];		/* in there: what users may have */
	struct core *core;
	struct disk *disk;
	struct now now;
	uint64_t rnd, number, attachment, serial, hash;
	struct arena *arena;
	struct turn **turns;		/* not durable yet */
	size_t nturns;
	struct map *ran;		/* executions that really started */
	struct event *inbox;
	size_t ninbox, cap_inbox;
	struct simworker workers[SIM_WORKERS];
	struct simclient *clients;
	size_t nclients, cap_clients;
	char error[300];		/* the first thing that is not as it must be */
	size_t starts, ahead, crashes, ended, stepped, events;
};

/* A whole history, then a calm in which everything comes to its end. */
struct sim *sim_run(const struct sim_conf *conf);
void sim_free(struct sim *s);

struct sim_shrunk {
	struct sim_conf conf;
	bool *skip;
	size_t left, runs;		/* steps, and how many histories that took */
	char error[300];
};

/* The smallest part of a history that fails; false: it does not.  Release it in any case. */
bool sim_shrink(struct sim_shrunk *h, const struct sim_conf *conf);
void sim_shrunk_release(struct sim_shrunk *h);

#endif
