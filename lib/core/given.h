/*
 * given: what a job was told, from a row and back; inside lib/core only.
 *
 * Whatever shape_get, rule_get or job_take_given take from a row, their counterparts
 * here put into one, so that a job can be given something else.
 */
#ifndef CORE_GIVEN_H
#define CORE_GIVEN_H

#include "core/job.h"

struct core;

/* Texts are borrowed from the shape or the rule. */
void shape_row(const struct shape *s, struct job_row *row);
void rule_row(const struct rule *r, struct job_row *row);
void job_given(const struct job *j, struct job_row *row);	/* all of it */

/* What a job keeps by itself. */
void job_take_given(struct job *j, const struct job_row *row);

/* It is told otherwise from now on (change.c); whoever calls settles it. */
void job_regive(struct core *c, struct job *j, const struct job_row *row);

#endif
