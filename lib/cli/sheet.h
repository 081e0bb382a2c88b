/* sheet: all that is known of one job, for a person to read. */
#ifndef CLI_SHEET_H
#define CLI_SHEET_H

#include <stdio.h>

#include "cli/value.h"

struct sheet {
	const struct style *style;
	const struct job_row *job;
	const struct exec_row *last;	/* its last execution, or NULL */
	const char *out_path, *err_path;	/* of that; or NULL */
	const struct dep_row *deps;
	const int64_t *parents;		/* status of each dependency's parent; -1: not known */
	size_t ndeps;
	const struct dep_row *dependents;
	size_t ndependents;
};

void sheet_print(FILE *out, const struct sheet *s);

/* One line "  label        text", harmless; nothing when text is NULL or "". */
void sheet_line(FILE *out, const char *label, const char *text);

/* "failed (NonZeroExit), exit status 3" */
int sheet_state(const struct job_row *job, struct buf *b);

#endif
