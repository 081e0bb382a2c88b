/*
 * amounts: lists of numbers by name, as "fpga=2,nic=1".
 */
#ifndef BASE_AMOUNTS_H
#define BASE_AMOUNTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define AMOUNT_MAX INT64_C(1000000000)
#define AMOUNT_NAME_MAX 64

struct amount {
	const char *name;	/* in the list, not ended by a NUL */
	size_t len;
	int64_t n;
};

/*
 * The next one of a list that is valid (NULL: an empty one), and *at behind it;
 * false at the end.
 */
bool amounts_next(const char **at, struct amount *a);

/* The amount of that name; 0: it is not in the list. */
int64_t amounts_of(const char *list, const char *name, size_t len);

/*
 * A list from a file: names by name_valid, none twice, numbers from 1 to AMOUNT_MAX, at
 * most `most` of them.  -1: ERR_DATA.
 */
int amounts_valid(const char *list, size_t most, struct err *e);

#endif
