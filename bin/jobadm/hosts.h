/*
 * hosts: what the files about worker hosts share: adding, checking, probing one.
 *
 * The way to a host is `jobd --cable`, the same program, keys and rules by which jobd
 * itself will go; what is learned on it becomes a line for each step.
 */
#ifndef JOBADM_HOSTS_H
#define JOBADM_HOSTS_H

#include "conf/hosts.h"
#include "jobadm.h"
#include "reach.h"
#include "transport/cable.h"

/* steps.c: a line, or an object, for each step. */
struct steps {
	const struct jobadm *a;
	struct json json;
	const char *host;	/* the present one */
	bool failed;		/* one of its steps, or of one before it */
	enum err_code code;	/* why, of the first that failed */
};

void steps_begin(struct steps *s, const struct jobadm *a);
void steps_end(struct steps *s);
void steps_say(struct steps *s, enum result r, const char *step, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
void steps_fail(struct steps *s, enum err_code code, const char *step, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* call.c */
struct reached {		/* what a host has said */
	struct msg *probed;
	int64_t round_trip, offset;	/* ms; of its clock, with an error of half the former */
};

/*
 * Goes to the host, starts its jobworker, and asks it; the caller frees probed.  Each
 * step on the way is told.  -1: the last step failed, and e says why.
 */
int reach_host(struct reach *r, struct cable_target *t,
    void (*step)(void *arg, enum cable_news news, const char *text), void *arg,
    struct reached *out, struct err *e);

/* survey.c: what a host has said, as steps. */
void survey_tell(struct steps *s, const struct host *h, bool system, const struct reached *r);

/* visit.c: all steps at one host.  accept: of its key, as in transport/ssh.h; may be NULL. */
struct visit {
	const struct jobadm *a;
	bool brief;		/* only what the host says, not the way to it */
	struct reach reach;
	struct steps steps;
	char instance[UUID_TEXT];	/* of the spool */
};

int visit_begin(struct visit *v, const struct jobadm *a, struct err *e);
void visit_end(struct visit *v);

/* 0: every step is as it should be, and *out is filled; -1: one failed, which was told. */
int visit_host(struct visit *v, const struct host *h, const char *accept, struct reached *out);

/* worker_add.c, worker_check.c: verbs; as worker_run. */
int worker_add(struct jobadm *a, char *const *words, struct err *e);
int worker_rm(struct jobadm *a, char *const *words, struct err *e);
int worker_check(struct jobadm *a, char *const *words, struct err *e);
int worker_probe(struct jobadm *a, char *const *words, struct err *e);

/* worker_drain.c; worker_set: one of the orders of WORKER_SET, with the reason */
int worker_drain(struct jobadm *a, char *const *words, struct err *e);
int worker_undrain(struct jobadm *a, char *const *words, struct err *e);
int worker_set(struct jobadm *a, const char *op, const char *name, struct err *e);

/* The workers file that is in use; the caller frees. */
char *hosts_path(const struct jobadm *a);

bool worker_attached(const struct worker_row *row);

/* Whether `fn` says so of its row in the list, at the latest in so many ms; -1 with e. */
int worker_await(const struct jobadm *a, const char *name, int64_t ms,
    bool (*fn)(const struct worker_row *row), struct err *e);

#endif
