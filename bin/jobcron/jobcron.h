/* jobcron: what the parts of the program share. */
#ifndef JOBCRON_JOBCRON_H
#define JOBCRON_JOBCRON_H

#include "cli/json.h"
#include "cli/list.h"
#include "cli/look.h"
#include "core/cron.h"
#include "msg/msg.h"
#include "view/place.h"
#include "view/view.h"

struct jobcron {
	struct look look;
	struct list_options list;
	bool json, jsonl, all, at_once, force, quiet, dry, system;
	const char *verb;
	const char *check;	/* -T */
	bool print, edit;	/* -l, -e */
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
	const char *calendar;	/* and when it may not run */
	struct windows blackout;
	struct calendars calendars;	/* of job.conf */
	/* the schedules there are */
	struct spool spool;
	struct view *view;
	struct arena *arena;	/* of the rows */
	struct schedule_row **rows;
	size_t nrows, cap;
};

/* What the key of a schedule that was imported begins with. */
#define CRONTAB_KEY "crontab-"

/* What MAILTO becomes: a notice of each run that fails. */
#define CRONTAB_NOTICE "failed:mail:"

/* How the shell gets what stands behind a bare %: around the command and the input. */
#define CRONTAB_INPUT_MIDDLE "\n} <<'JOBCRON_INPUT'\n"
#define CRONTAB_INPUT_END "\nJOBCRON_INPUT"

struct import {			/* a crontab that is being read */
	struct jobcron *j;
	const char *file;	/* as messages name it */
	struct entry {
		struct msg *msg;
		int64_t schedule;	/* the one its comment names, or 0 */
	} *list;
	size_t n, wrong;
	bool told_mail;
};

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
int add_run(struct jobcron *j, char **words, struct err *e);
int set_run(struct jobcron *j, char **words, struct err *e);
int edit_run(struct jobcron *j, char **words, struct err *e);

/* -e and -l: the schedules that came from crontabs, as one. */
int tab_edit(struct jobcron *j, struct err *e);
int tab_print(struct jobcron *j, struct err *e);

/* Whether it came from a crontab; writes all of these, or all of the caller's. */
bool from_crontab(const struct schedule_row *row);
void tab_write(struct jobcron *j, FILE *out, bool tab);

/* Reads a crontab's entries into im->list.  -1: ERR_DATA, and each wrong line was told. */
int import_read(struct import *im, const char *text, size_t n, struct err *e);
void import_release(struct import *im);

/* The request a schedule was made of, which the caller frees; NULL: it is not shown to us. */
struct msg *row_request(const struct schedule_row *row);

/* Whether jobd could take this request as a schedule: -1 with ERR_DATA. */
int request_check(const struct jobcron *j, const struct msg *m, struct err *e);

/* Sends it: as a change of row, or (NULL) as a new one; prints what was done. */
struct client;
int request_send(struct client *client, struct msg *m, const struct schedule_row *row,
    struct err *e);

/* Opens the spool and its view; then reads all schedules; then finds one by its word. */
int place_take(struct jobcron *j, struct err *e);
int rows_read(struct jobcron *j, struct err *e);
bool schedule_mine(struct jobcron *j, const struct schedule_row *row);
const struct schedule_row *row_find(struct jobcron *j, const char *word, struct err *e);

/* A local time in the zone as a person reads it: "Sun 2026-03-08 02:30". */
#define WALL_SIZE 32
void wall_text(int64_t local, char out[WALL_SIZE]);

#endif
