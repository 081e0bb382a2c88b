/* jobcron: what the parts of the program share. */
#ifndef JOBCRON_JOBCRON_H
#define JOBCRON_JOBCRON_H

#include "cli/json.h"
#include "cli/list.h"
#include "cli/look.h"
#include "core/cron.h"
#include "view/place.h"
#include "view/view.h"

struct jobcron {
	struct look look;
	struct list_options list;
	bool json, jsonl, all, force, quiet, dry, system;
	const char *verb;
	const char *check;	/* -T */
	bool export;		/* -l */
	/* of the expression, as far as the command line says */
	const char *tz, *from, *until, *anchor, *id;
	enum cron_gap gap;
	enum cron_fold fold;
	int64_t count;		/* 0: not said */
	/* settled by expression_read */
	struct zone *zone;
	struct cron cron;
	int64_t start;		/* --from, or now */
	int64_t created;	/* of a schedule: from which @every counts; else 0 */
	/* the schedules there are */
	struct spool spool;
	struct view *view;
	struct arena *arena;	/* of the rows */
	struct schedule_row **rows;
	size_t nrows, cap;
};

/* What the key of a schedule that was imported begins with. */
#define CRONTAB_KEY "crontab-"

extern const struct program program;

/* The zone of --tz, else that of job.conf, into j->zone. */
int zone_take(struct jobcron *j, struct err *e);

/* Reads an expression with all the options that say what it means. */
int expression_read(struct jobcron *j, const char *text, struct err *e);

/* The verbs: an exit status, or -1 with e.  words: what stands behind the verb, NULL-ended. */
int next_run(struct jobcron *j, char **words, struct err *e);
int test_run(struct jobcron *j, char **words, struct err *e);
int list_run(struct jobcron *j, char **words, struct err *e);
int show_run(struct jobcron *j, char **words, struct err *e);
int order_run(struct jobcron *j, char **words, struct err *e);
int import_run(struct jobcron *j, char **words, struct err *e);
int export_run(struct jobcron *j, char **words, struct err *e);

/* Opens the spool and its view; then reads all schedules; then finds one by its word. */
int place_take(struct jobcron *j, struct err *e);
int rows_read(struct jobcron *j, struct err *e);
bool schedule_mine(struct jobcron *j, const struct schedule_row *row);
const struct schedule_row *row_find(struct jobcron *j, const char *word, struct err *e);

/* A local time in the zone as a person reads it: "Sun 2026-03-08 02:30". */
#define WALL_SIZE 32
void wall_text(int64_t local, char out[WALL_SIZE]);

#endif
