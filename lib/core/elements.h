/*
 * elements: the numbers of an array and of its elements, and elements without a row.
 *
 * An array is a job with array_id = its own number A.  It takes n + 1 numbers: the
 * element at place k (from 0) of array_spec has A + 1 + k, and says the same array_id.
 * An element gets a row when it differs from the others; before that its array's
 * array_left has its place, and when it will not run any more array_never has.
 */
#ifndef CORE_ELEMENTS_H
#define CORE_ELEMENTS_H

#include "base/err.h"
#include "base/ranges.h"
#include "core/row.h"

#define ARRAY_MAX INT64_C(1000000)	/* elements */

bool row_is_array(const struct job_row *row);
bool row_is_element(const struct job_row *row);

/* Of an array: how many elements; its last element's number.  0 and its own of other jobs. */
int64_t array_size(const struct job_row *row);
int64_t array_last(const struct job_row *row);

int64_t array_first_index(const struct job_row *row);	/* -1: it is no array */

/*
 * Fills the row of an element that has none, as its array says; texts are borrowed from
 * there.  0, or -1: it is no element of this array.
 */
int array_element_row(const struct job_row *array, int64_t id, struct job_row *row);

/* The same for many of them, by their places. */
struct array_places {
	const struct job_row *array;
	struct ranges spec, never;
};

void array_places_init(struct array_places *p, const struct job_row *array);
int array_places_row(const struct array_places *p, int64_t place, struct job_row *row);
void array_places_release(struct array_places *p);

/* "soon,fail=3": -1 when it is no such text. */
int array_halt_parse(const char *text, bool *now, int64_t *failures);

#endif
