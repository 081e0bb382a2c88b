/*
 * client: talking to jobd, and what to do when it does not answer.
 *
 * One connection, one request after the other for the caller; many in flight for
 * client_submit_many.  Requests get their `seq` here.  What this expects of jobd:
 *
 *	SUBMIT	OK (job, uuid, status, duplicate when so) or ERROR, same seq, in any order
 *	BATCH	its SUBMITs follow: one OK with a `result` "ID 0 text" for each in order
 *		(text "duplicate" when so), or one ERROR; with BATCH's seq
 *	WAIT	an ENDED for each job (target as it was written, job, status...), now if
 *		it has ended and else when it does, and an OK behind the last; an ERROR
 *		ends the request, as when there is no such job
 *	others	OK or ERROR
 *
 * An ERROR without seq is about the connection.
 */
#ifndef CLIENT_CLIENT_H
#define CLIENT_CLIENT_H

#include <signal.h>

#include "msg/msg.h"
#include "spool/spool.h"

#define CLIENT_SILENCE 10000		/* ms without a byte: jobd does not answer */
#define CLIENT_BATCH_MAX 10000
struct client;

/* Borrows s; connects when it is first needed. */
struct client *client_new(const struct spool *s);
void client_free(struct client *c);
void client_silence(struct client *c, int64_t ms);	/* instead of CLIENT_SILENCE */

/* A flag that a signal handler sets: calls then return -1, ERR_AGAIN "interrupted". */
void client_interrupt(struct client *c, const volatile sig_atomic_t *flag);

/*
 * One request (not SUBMIT, BATCH, WAIT) and its OK, which the caller frees.  -1:
 * what the ERROR said, or ERR_UNAVAIL: jobd is away or silent (then it is not
 * known whether the request was done).
 */
int client_call(struct client *c, struct msg *request, struct msg **reply, struct err *e);

/* A `result` line: "ID CODE text"; text is borrowed from s.  -1: it is none. */
struct client_item {
	const char *name;	/* the ID part, name_len bytes */
	size_t name_len;
	int code;		/* enum err_code */
	const char *text;
};
int client_item(const char *s, struct client_item *item);

enum client_outcome {
	CLIENT_ACCEPTED,	/* job */
	CLIENT_DUPLICATE,	/* job: it had been accepted before */
	CLIENT_LEFT,		/* jobd did not answer (why in err): uuid waits in incoming/ */
	CLIENT_REFUSED		/* err; job when another one stands in the way */
};

struct client_result {
	enum client_outcome outcome;
	int64_t job;
	int64_t schedule;	/* instead of a job: it recurs; else 0 */
	struct uuid uuid;
	char status[16], reason[64];	/* of an accepted job; "" when not said */
	struct err err;
};

/*
 * Submits, and leaves the request in the spool when nobody listens (at once) or
 * nothing comes for CLIENT_SILENCE.  A broken connection is made again and the
 * request sent again: its UUID makes that safe.  -1: CLIENT_REFUSED, with e.
 */
int client_submit(struct client *c, struct msg *submit, struct client_result *r, struct err *e);

/*
 * Many, pipelined, each as by itself.  next gives one more (freed here) and
 * returns 1, 0 at the end, -1 with e to stop; done gets every result, in order.
 * -1: what next said, or "interrupted"; what was sent before has its results.
 */
struct client_many {
	int (*next)(void *arg, struct msg **submit, struct err *e);
	void (*done)(void *arg, size_t index, const struct client_result *r);
	void *arg;
};
int client_submit_many(struct client *c, const struct client_many *many, struct err *e);

/*
 * Whether the job could run, and when it would start: nothing is submitted or left in
 * the spool.  -1: it could not, or jobd does not answer.
 */
struct client_trial {
	int64_t start;		/* ms since the epoch; 0: nobody knows */
	int64_t job;		/* it is this one already, by its key; 0: new */
	char reason[64];	/* what it would wait for; "" */
};
int client_try(struct client *c, struct msg *submit, struct client_trial *t, struct err *e);

/* All or none; never left in the spool (ERR_UNAVAIL then).  n results to fill. */
int client_submit_batch(struct client *c, struct msg *const *submits, size_t n,
    struct client_result *results, struct err *e);

/*
 * Waits for jobs, through restarts of jobd, and for requests that still wait in
 * incoming/.  0: all have ended, or `ended` returned non-zero.  -1: ERR_AGAIN
 * timed out or interrupted, ERR_NOINPUT unknown job, ERR_DATA a request that was
 * left in the spool has been refused; others as jobd says.
 */
struct client_wait {
	const char *const *targets;	/* ids, ranges, UUIDs */
	size_t n;
	const char *until;		/* "ended" (or NULL), "started", "ok" */
	int64_t timeout;		/* ms; -1: none */
	int (*ended)(void *arg, const struct msg *ended);	/* once a job */
	void (*away)(void *arg, bool away);	/* jobd is away, is back; may be NULL */
	void *arg;
};
int client_wait(struct client *c, const struct client_wait *w, struct err *e);

#endif
