/*
 * swf: the lines of a trace.
 *
 * Owns the meaning of the fields.  Promises to refuse what it does not understand
 * and never to read behind the text.
 */
#include "sim/swf.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/hash.h"

#define FIELDS 18
#define DIGITS_MAX 12		/* 30,000 years of seconds */
#define SECOND 1000		/* ms */
#define CPU 1000		/* thousandths */

enum {	/* those that count, from 0 */
	NUMBER, SUBMIT, RUN = 3, ALLOCATED, REQUESTED = 7, TIME, USER = 11, GROUP, PROGRAM, QUEUE
};

struct reader {
	struct work *work;
	const char *name;
	size_t line;
	int64_t procs, nodes;		/* of the header; 0: not said */
	struct map *names;		/* "u12" and the like, by kind and number */
	struct err *e;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static const char *skip_blanks(const char *p, const char *end)
{
	while (p < end && is_blank(*p))
		p++;
	return p;
}

static const char *skip_digits(const char *p, const char *end)
{
	while (p < end && *p >= '0' && *p <= '9')
		p++;
	return p;
}

/* Behind the number, or NULL.  Places behind the point are cut off. */
static const char *read_number(const char *p, const char *end, int64_t *out)
{
	bool negative = p < end && *p == '-';
	const char *first = negative ? p + 1 : p, *q = skip_digits(first, end);
	int64_t v = 0;

	if (q == first || q - first > DIGITS_MAX)
		return NULL;
	for (p = first; p < q; p++)
		v = v * 10 + (*p - '0');
	*out = negative ? -v : v;
	if (q < end && *q == '.')
		q = skip_digits(q + 1, end);
	return q == end || is_blank(*q) ? q : NULL;
}

static int refuse(const struct reader *r, const char *what)
{
	return err_set(r->e, ERR_DATA, "%s:%zu: %s", r->name, r->line, what);
}

static int refuse_field(const struct reader *r, int field, const char *p, const char *end)
{
	const char *q = p;

	while (q < end && !is_blank(*q) && q - p < 24)
		q++;
	return err_set(r->e, ERR_DATA, "%s:%zu: field %d is no number: \"%.*s\"", r->name, r->line,
	    field + 1, (int)(q - p), p);
}

static int read_fields(const struct reader *r, const char *p, const char *end, int64_t *f)
{
	const char *q;
	int i;

	for (i = 0; i < FIELDS; i++, p = q) {
		p = skip_blanks(p, end);
		if (p == end)
			return err_set(r->e, ERR_DATA, "%s:%zu: %d fields, a job has %d", r->name,
			    r->line, i, FIELDS);
		q = read_number(p, end, &f[i]);
		if (q == NULL)
			return refuse_field(r, i, p, end);
	}
	return skip_blanks(p, end) == end ? 0 : refuse(r, "more than 18 fields");
}

/* A name for the number of a user, a program...; NULL where it is not known. */
static const char *name_of(struct reader *r, char kind, int64_t number)
{
	uint64_t key = (uint64_t)number << 8 | (unsigned char)kind;
	char text[32];
	char *name;

	if (number < 0)
		return NULL;
	name = map_get(r->names, key);
	if (name == NULL) {
		snprintf(text, sizeof(text), "%c%" PRId64, kind, number);
		name = arena_strdup(r->work->arena, text);
		map_put(r->names, key, name);
	}
	return name;
}

static int read_job(struct reader *r, const char *p, const char *end)
{
	int64_t f[FIELDS];
	struct work_job *j;

	if (read_fields(r, p, end, f) == -1)
		return -1;
	j = work_add(r->work);
	j->number = f[NUMBER];
	j->submit = f[SUBMIT] * SECOND;
	j->run = f[RUN] * SECOND;
	j->limit = (f[TIME] > 0 ? f[TIME] : f[RUN]) * SECOND;
	j->cpus = (f[REQUESTED] > 0 ? f[REQUESTED] : f[ALLOCATED]) * CPU;
	j->uid = f[USER];
	j->user = name_of(r, 'u', f[USER]);
	j->account = name_of(r, 'g', f[GROUP]);
	j->name = name_of(r, 'p', f[PROGRAM]);
	j->queue = name_of(r, 'q', f[QUEUE]);
	return 0;
}

/* "; Key: value" */
static void read_header(struct reader *r, const char *p, const char *end)
{
	static const char *const keys[] = { "MaxProcs:", "MaxNodes:" };
	int64_t *const to[] = { &r->procs, &r->nodes };
	size_t i, n;

	p = skip_blanks(p + 1, end);
	for (i = 0; i < 2; i++) {
		n = strlen(keys[i]);
		if ((size_t)(end - p) > n && memcmp(p, keys[i], n) == 0)
			(void)read_number(skip_blanks(p + n, end), end, to[i]);
	}
}

static int read_line(struct reader *r, const char *p, const char *end)
{
	p = skip_blanks(p, end);
	if (p == end)
		return 0;
	if (*p != ';')
		return read_job(r, p, end);
	read_header(r, p, end);
	return 0;
}

int swf_read(struct work *w, const char *name, const char *text, size_t n, struct err *e)
{
	struct reader r = { .work = w, .name = name, .names = map_new(), .e = e };
	const char *p = text, *end = text + n, *nl;
	int result = 0;

	for (r.line = 1; result == 0 && p < end; r.line++, p = nl + 1) {
		nl = memchr(p, '\n', (size_t)(end - p));
		if (nl == NULL)
			nl = end;
		result = read_line(&r, p, nl);
	}
	map_free(r.names);
	w->cpus = (r.procs > 0 ? r.procs : r.nodes > 0 ? r.nodes : 0) * CPU;
	return result;
}
