/*
 * swf: workload traces in the Standard Workload Format, version 2.
 *
 * `; Key: value` lines, of which MaxProcs and, where that is missing, MaxNodes are
 * read; then a job a line, of 18 numbers, -1 where one is not known.
 */
#ifndef SIM_SWF_H
#define SIM_SWF_H

#include "base/err.h"
#include "sim/work.h"

/*
 * Adds the jobs of a text to w.  -1: ERR_DATA, "name:line: what is wrong"; nothing
 * but a number of 18 fields, a comment or an empty line is accepted.
 */
int swf_read(struct work *w, const char *name, const char *text, size_t n, struct err *e);

#endif
