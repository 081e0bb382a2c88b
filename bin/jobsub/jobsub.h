/*
 * jobsub: what the files of this program offer each other.
 *
 * main reads the options, sources those from elsewhere; request makes messages;
 * single, many and dry send or show them; answer prints; waiting waits, attach does so
 * as if the job ran here.
 */
#ifndef JOBSUB_JOBSUB_H
#define JOBSUB_JOBSUB_H

#include <limits.h>

#include "cli/cli.h"
#include "cli/directives.h"
#include "cli/json.h"
#include "cli/submit.h"
#include "cli/waitset.h"
#include "client/client.h"
#include "client/graph.h"
#include "client/lines.h"
#include "conf/conf.h"
#include "conf/zones.h"
#include "msg/request.h"

struct attach {		/* --pipe */
	char *dir, *fifo;	/* the job's standard input; NULL: not made */
	int reader, writer;	/* of the FIFO, or -1 */
	pid_t feeder, follower;	/* 0: none */
};

struct jobsub {
	const struct program *program;
	struct submit_options *options;
	struct submit_context context;
	struct directives lines[FROM_ENVIRONMENT];	/* by source; values point into them */
	char **operands;		/* NULL-ended */
	char cwd[PATH_MAX], host[HOST_NAME_MAX + 1];
	unsigned umask_;
	struct zone *zone;		/* --tz, or NULL */
	struct conf conf;
	struct spool spool;
	struct client *client;
	struct json json;
	struct waitset waits;		/* -W: the jobs that were accepted or left */
	struct attach attach;
	int64_t timeout;		/* ms that -W waits; -1: without end */
	size_t left;			/* requests that were left in the spool */
	struct buf accepted;		/* names of jobs, for when stdout fails */
	bool more;			/* there were more of them */
	int unwritten;			/* the errno with which stdout failed, or 0 */
	bool dry;			/* --dry-run */
};

/* main.c: reads the configuration and opens the spool, once what is asked for is right. */
int place_ready(struct jobsub *j, struct err *e);

/* sources.c: the options that do not stand on the command line or in a script. */
int sources_take(struct jobsub *j, struct err *e);

/* Takes j->lines of this source as options; -1 with the line's number. */
int lines_take(struct jobsub *j, enum submit_source source, struct err *e);

/* request.c: local times in options are those of --tz, if it is there. */
int zone_take(struct jobsub *j, struct err *e);

/* A SUBMIT message of the command line; the caller frees it. */
struct msg *request_make(struct jobsub *j, struct err *e);

/* Adds uuid, folder, umask and host to a message that has its own fields. */
int request_complete(struct jobsub *j, struct msg *m, struct err *e);

/* Checks it as jobd would, with the defaults of the configuration; memory comes from a. */
int request_check(const struct jobsub *j, const struct msg *m, struct arena *a,
    struct job_request *req, struct err *e);

/* single.c, many.c: exit statuses */
int single_run(struct jobsub *j);
int bulk_run(struct jobsub *j);
struct msg *spec_make(struct jobsub *j, struct err *e);

/* A document with the options over it; graph: see client/json.h.  NULL with e. */
struct msg *document_make(struct jobsub *j, const char *text, size_t n, struct graph *g,
    struct err *e);
bool line_blank(const char *p, size_t n);

/* batch.c: all lines or none, sent or shown. */
int batch_run(struct jobsub *j, struct lines *lines, struct err *e);

/* dry.c: shows a request instead of sending it. */
int dry_show(struct jobsub *j, struct msg *m, struct err *e);

/* trial.c: --test-only; exit status, -1 with e. */
int trial_run(struct jobsub *j, struct msg *m, struct err *e);

/* answer.c: what is printed of each result, and at the end. */
void answer_begin(struct jobsub *j);
void answer_result(struct jobsub *j, const struct client_result *r);
void answer_name(const struct client_result *r, char name[UUID_TEXT]);
void answer_left(struct jobsub *j, const struct client_result *r, const char *uuid);
void answer_refused(struct jobsub *j, size_t line, const struct err *e);	/* line 0: none */
void answer_flush(struct jobsub *j);
int answer_end(struct jobsub *j);	/* EXIT_IOERR: stdout failed, and that was told */

/* waiting.c: waits for j->waits if that was asked for; exit status. */
int waiting_run(struct jobsub *j);

/* The same, for ms (-1: without end) and until the flag is set; as client_wait. */
int waiting_wait(struct jobsub *j, int64_t ms, volatile sig_atomic_t *flag, struct err *e);

/* Why the waiting ended before the job, in words; exit status. */
int waiting_stopped(struct jobsub *j, volatile sig_atomic_t *flag, const struct err *e);

/* attach.c: --pipe.  Makes the job's input, and adds it to the request. */
int attach_begin(struct jobsub *j, struct msg *m, struct err *e);
int attach_run(struct jobsub *j);	/* of what j->waits has; exit status */
void attach_end(struct jobsub *j);	/* removes what attach_begin has made, if anything */

#endif
