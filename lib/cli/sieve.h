/*
 * sieve: of a stream of output those lines that somebody wants to see.
 *
 * A line may begin with the time at which it was written, as `jobsub --timestamps`
 * makes the worker write it; then it is known for the line, else not.
 */
#ifndef CLI_SIEVE_H
#define CLI_SIEVE_H

#include <regex.h>

#include "cli/value.h"

struct sieve_want {
	const regex_t *pattern;		/* lines that match; NULL: all */
	int64_t since;			/* ms: lines written since then; 0: all */
	int64_t last;			/* only so many last ones of what was there; -1: all */
	bool times;			/* with the time in front, as style has it */
	const struct style *style;
	/* Takes what passed; non-zero: nobody reads any more. */
	int (*put)(void *arg, const void *p, size_t n);
	void *arg;
};

struct sieve;

struct sieve *sieve_new(const struct sieve_want *want);	/* want is copied */
void sieve_free(struct sieve *s);

/*
 * More of the stream; seen: when it came, for lines that do not say so themselves (0: it
 * was there before).  What put returned.
 */
int sieve_add(struct sieve *s, const void *p, size_t n, int64_t seen);

/* All that was there is in: the last lines go out, what comes now passes at once. */
int sieve_caught_up(struct sieve *s);

/* The stream is over, also in the midst of a line.  A new one may begin. */
int sieve_end(struct sieve *s);

/* Some line told its own time. */
bool sieve_has_times(const struct sieve *s);

#endif
