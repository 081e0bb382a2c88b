/*
 * request: who asks, why, and what a submission consists of.
 *
 * msg/request.h makes these from messages; the events carry them.
 */
#ifndef CORE_REQUEST_H
#define CORE_REQUEST_H

#include "core/row.h"

enum actor_method { BY_SYSTEM, BY_SOCKET, BY_SPOOL_FILE, BY_WORKER };

struct actor {			/* who */
	char name[64];
	enum actor_method method;
	int64_t uid;		/* -1: none */
	bool admin;		/* root or the spool's owner */
};

struct cause {			/* why: stands in every event and every mutation */
	struct actor actor;
	char via[16];		/* "jobsub", "incoming", "timer", "worker"... */
	uint64_t request;	/* the request's number, unique within an epoch; 0: none */
};

struct parent {			/* what an edge asks of a parent */
	enum job_status status;
	int64_t started_at;	/* of its last execution; 0: not yet */
	bool retried;
};

struct dep_request {
	enum dep_type type;
	int64_t delay;		/* DEP_START: ms after the start */
	int64_t parent;		/* id; 0 when named by uuid and not found */
	struct uuid uuid;	/* nil when named by id */
	bool on_disk;		/* found outside the core, with this end: */
	struct parent end;
};

struct job_request {
	struct job_row row;	/* the part "given at submission", id 0 */
	struct dep_request *deps;
	size_t ndeps;
	/* looked up before the turn */
	int64_t known_id;	/* this uuid, or this key in force, is that job; 0: new */
	int64_t known_uid;	/* whose */
	const char *known_hash;	/* its spec_hash */
	bool known_by_key;
	bool test;		/* it is only asked whether and when it would start */
};

#endif
