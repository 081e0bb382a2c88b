/*
 * fires: many questions about expressions in one process, for t/cron/oracle.py.
 *
 * Each line of standard input is ZONE GAP FOLD FROM UNTIL EXPRESSION between tabs, times in
 * seconds since 1970.  Each answer is the number of fires in [FROM, UNTIL) and the SHA-256
 * of their seconds, as 64-bit numbers one behind the other, low byte first.
 */
#include <endian.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "conf/zones.h"
#include "core/cron.h"

#define FIELDS 6

struct answer {
	uint64_t *list;
	size_t n, cap;
};

static int fail(const char *what, const struct err *e)
{
	fprintf(stderr, "fires: %s: %s\n", what, e->text);
	return -1;
}

static void add(struct answer *a, int64_t seconds)
{
	if (a->n == a->cap) {
		a->cap = a->cap != 0 ? 2 * a->cap : 1024;
		a->list = xreallocarray(a->list, a->cap, sizeof(*a->list));
	}
	a->list[a->n++] = htole64((uint64_t)seconds);
}

/* As `jobcron next` has it: of a period that begins at FROM, the first fire is one later. */
static void collect(const struct cron *c, const struct zone *z, int64_t from, int64_t until,
    struct answer *a)
{
	int64_t after = c->every != 0 ? from : from - 1;
	struct cron_fire f;

	a->n = 0;
	while (cron_next(c, z, after, &f) && f.at < until) {
		add(a, f.at / 1000);
		after = f.at;
	}
}

static int line_answer(char *line, struct zone **z, struct answer *a)
{
	char *field[FIELDS], hex[SHA256_HEX];
	struct cron c;
	struct err e;
	int64_t from;

	line[strcspn(line, "\n")] = '\0';
	for (size_t i = 0; i < FIELDS; i++)
		if ((field[i] = strsep(&line, "\t")) == NULL)
			return fail("a line has too few fields", &(struct err){ .text = "" });
	if (*z == NULL || strcmp(zone_name(*z), field[0]) != 0) {
		zone_free(*z);
		*z = zone_load(field[0], &e);
	}
	if (*z == NULL || cron_parse(&c, field[5], "s1", &e) == -1)
		return fail(field[5], &e);
	from = strtoll(field[3], NULL, 10) * 1000;
	c.gap = (enum cron_gap)cron_gap_parse(field[1]);
	c.fold = (enum cron_fold)cron_fold_parse(field[2]);
	c.anchor = from;
	collect(&c, *z, from, strtoll(field[4], NULL, 10) * 1000, a);
	sha256_hex(a->list, a->n * sizeof(*a->list), hex);
	printf("%zu %s\n", a->n, hex);
	return 0;
}

int main(void)
{
	struct answer a = { .list = NULL };
	struct zone *z = NULL;
	char *line = NULL;
	size_t cap = 0;
	int r = 0;

	while (r == 0 && getline(&line, &cap, stdin) != -1)
		r = line_answer(line, &z, &a);
	free(line);
	free(a.list);
	zone_free(z);
	return r == 0 && fflush(stdout) == 0 ? 0 : 1;
}
