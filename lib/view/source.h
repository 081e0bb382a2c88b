/*
 * source: where one stream of one execution can be read: in the log tree through
 * the view, or in a file that the submitter named.
 */
#ifndef VIEW_SOURCE_H
#define VIEW_SOURCE_H

#include "view/view.h"

struct source {
	struct view *v;
	struct view_output from;	/* its job is borrowed: set again before each use */
	char *path;			/* the submitter's file, or NULL */
	int fd;				/* of it; -1 not open (yet) */
	uint64_t offset;		/* what comes next */
};

/* The pattern's path is worked out here, which may ask the view for the launch block. */
int source_open(struct source *s, struct view *v, const struct job_row *job,
    const struct exec_row *exec, const char *stream, struct err *e);
void source_close(struct source *s);

/*
 * Reads on from s->offset and moves it; nothing at the present end.  A file of the
 * submitter's that was cut short, or is another one now, begins anew.
 */
int source_read(struct source *s, size_t max, struct buf *out, struct err *e);

/* Sets s->offset so that at most `lines` lines follow. */
int source_tail(struct source *s, int64_t lines, struct err *e);

/* Where it lies, absolute. */
void source_path(const struct source *s, struct buf *path);

/*
 * A path pattern of the job: %j id, %A array id, %a index, %n attempt, %x name,
 * %u user, %w worker, %Y %m %d of the start (local time), %% percent; below `dir` when
 * it is relative.  -1: it does not fit.
 */
int pattern_expand(const char *pattern, const struct job_row *job, const struct exec_row *exec,
    const char *dir, struct buf *path);

#endif
