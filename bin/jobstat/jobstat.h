/* jobstat: what the parts of the program share. */
#ifndef JOBSTAT_JOBSTAT_H
#define JOBSTAT_JOBSTAT_H

#include "cli/json.h"
#include "cli/look.h"
#include "conf/conf.h"
#include "view/record.h"
#include "view/select.h"

#define LAUNCH_BYTES ((size_t)MSG_BODY_MAX)

struct jobstat {
	struct look look;
	bool why, prio, attempts, events, script, env, usage, json, judge;
	struct spool spool;
	struct core_conf rules;	/* what the order of the queue goes by */
	struct view *v;
	struct json out;
	/* the job at hand */
	struct record rec;
	struct msg *launch;	/* NULL: not looked up, or not ours to see */
	struct buf block;
	size_t shown;
	int judgement;		/* for -e: the worst so far */
	bool unknown;
};

extern const struct program program;

/* The job at hand, for people and for scripts. */
int record_print(struct jobstat *s, struct err *e);
void record_document(struct jobstat *s);

/* What its place in the queue is made of. */
int prio_print(struct jobstat *s, struct err *e);
void prio_document(struct jobstat *s);

/* Where an execution's output lies, or NULL; the caller frees it. */
char *output_path(struct jobstat *s, const struct exec_row *x, const char *stream);

/* All jobs of a selection; and a word that is no job, perhaps a request in the spool. */
int jobs_show(struct jobstat *s, const struct selection *words, struct err *e);
void unknown_show(struct jobstat *s, const char *word);
bool request_known(const struct jobstat *s, const char *word);

int summary_show(struct jobstat *s, struct err *e);

#endif
