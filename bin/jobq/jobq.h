/* jobq: what the parts of the program share. */
#ifndef JOBQ_JOBQ_H
#define JOBQ_JOBQ_H

#include "cli/field.h"
#include "cli/json.h"
#include "cli/look.h"
#include "cli/states.h"
#include "view/forecast.h"
#include "view/walk.h"

enum output { AS_LIST, AS_JSON, AS_JSONL, AS_JOBLOG };

struct jobq {
	struct look look;
	struct walk walk;
	struct states states;
	struct selection *words;
	struct buf named;		/* the same as they were written, as far as there is room */
	char tag[1100];			/* NAME=VALUE, cut in two */
	bool by_state;			/* -t was given */
	bool all_states, all_users, some_users, count, need_match, tree, start;
	const char *order, *fields;
	int64_t limit;
	int64_t watch;			/* ms between two looks; 0: one is enough */
	enum output output;
	struct list_options list;
	/* at work */
	FILE *out;
	struct chosen chosen;
	struct list *rows;
	struct json json;
	int64_t counts[JOB_CANCELLED + 1];
	struct arena *kept_in;		/* of this look */
	const void **kept;
	size_t nkept, cap;
	size_t shown;
};

extern const struct program program;

/* show.c: one look: everything that was asked for, to q->out. */
int jobq_show(struct jobq *q, struct view *v, struct err *e);

/* The jobs that were asked for, kept in q->kept in the order in which they are shown. */
int jobq_keep(struct jobq *q, struct view *v, struct err *e);

/* tree.c: the same with what depends on them, drawn. */
int tree_show(struct jobq *q, struct view *v, struct err *e);

/* joblog.c: the columns of GNU parallel's log of jobs. */
extern const struct list_column joblog_columns[];
#define JOBLOG_COLUMNS 9
void joblog_row(struct list *l, const struct job_row *row);

/* watch.c: one look after the other, until a signal: the exit status. */
int jobq_watch(struct jobq *q, const struct spool *s);

#endif
