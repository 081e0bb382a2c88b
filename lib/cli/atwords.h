/*
 * atwords: times in the words of at(1).
 *
 * A time of day, a date and what is added to them, each of which may be missing:
 *
 *	now noon midnight teatime 17:30 5pm 1730
 *	today tomorrow friday "next friday" "dec 24" "24 dec 2026" 12/24/26 24.12.2026
 *	2026-12-24
 *	"+ 2 hours" "next week" (minutes hours days weeks months years)
 *
 * Pure: the present is handed in, as local time.
 */
#ifndef CLI_ATWORDS_H
#define CLI_ATWORDS_H

#include <stdint.h>

#include "base/err.h"

struct at_time {
	int64_t local;		/* ms, as if it were UTC */
	int64_t after;		/* ms of real time behind that: hours and minutes added */
};

/*
 * A time of day without a date is the next one; a day of the week is to come; a date
 * without a year is the next one.  A month or a year later a day that does not exist is
 * the month's last.  -1: ERR_USAGE, with the word that is wrong.
 */
int at_words(const char *s, int64_t local_now, struct at_time *t, struct err *e);

#endif
