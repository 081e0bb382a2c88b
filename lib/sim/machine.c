/*
 * machine: reads and holds a list of workers.
 *
 * Owns what stands in a workers list of the simulator.  Promises a bounded number of
 * workers, each with a name of its own.
 */
#include "sim/machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/num.h"
#include "base/text.h"

#define WORKERS_MAX 100000
#define CPUS_MAX INT64_C(100000000000)	/* a hundred million, in thousandths */
#define PLENTY INT64_C(1000000000000)	/* MiB: of what nobody counts */
#define MIB (1u << 20)
#define LINE_MAX_BYTES 1000
#define BLANKS " \t\r"

void machine_release(struct machine *m)
{
	size_t i;

	for (i = 0; i < m->n; i++)
		free(m->workers[i].name);
	free(m->workers);
	memset(m, 0, sizeof(*m));
}

struct machine_worker *machine_add(struct machine *m, const char *name, int64_t cpus)
{
	struct machine_worker *w;

	if (m->n == m->cap) {
		m->cap = m->cap != 0 ? m->cap * 2 : 16;
		m->workers = xreallocarray(m->workers, m->cap, sizeof(*m->workers));
	}
	w = &m->workers[m->n++];
	*w = (struct machine_worker){ .name = xstrdup(name), .cpus = cpus, .mem = PLENTY,
	    .disk = PLENTY };
	m->cpus += cpus;
	return w;
}

static int read_cpus(const char *s, int64_t *out, struct err *e)
{
	uint64_t v;

	if (num_milli(s, 1, CPUS_MAX, &v, e) == -1)
		return -1;
	*out = (int64_t)v;
	return 0;
}

static int read_size(const char *s, int64_t *out, struct err *e)
{
	uint64_t bytes;

	if (strcmp(s, "-") == 0)
		return 0;
	if (size_parse(s, &bytes, e) == -1)
		return -1;
	*out = (int64_t)(bytes / MIB);
	return 0;
}

int machine_shorthand(struct machine *m, const char *words, struct err *e)
{
	char *copy = xstrdup(words), *count = copy, *cpus, *mem, name[32];
	int64_t c = 0, mib = PLENTY;
	uint64_t n = 0, i;
	int r = -1;

	cpus = strchr(copy, 'x');
	mem = strchr(copy, ':');
	if (cpus != NULL)
		*cpus++ = '\0';
	if (mem != NULL)
		*mem++ = '\0';
	if (cpus == NULL || (mem != NULL && mem < cpus))
		err_set(e, ERR_USAGE, "%.100s: write NxC or NxC:MEM, as in 100x32:128G", words);
	else if (num_u64(count, 1, WORKERS_MAX, &n, e) == 0 && read_cpus(cpus, &c, e) == 0)
		r = mem != NULL ? read_size(mem, &mib, e) : 0;
	free(copy);
	if (r == -1 && e != NULL)
		e->code = ERR_USAGE;
	for (i = 0; r == 0 && i < n; i++) {
		snprintf(name, sizeof(name), "w%u", (unsigned)i + 1);
		machine_add(m, name, c)->mem = mib;
	}
	return r;
}

static int known(const struct machine *m, const char *name)
{
	size_t i;

	for (i = 0; i < m->n; i++)
		if (strcmp(m->workers[i].name, name) == 0)
			return 1;
	return 0;
}

static int read_rest(struct machine_worker *w, char **rest, struct err *e)
{
	int64_t *const sizes[] = { &w->mem, &w->disk };
	uint64_t gpus;
	char *word;
	int i;

	for (i = 0; i < 2; i++) {
		if ((word = strtok_r(NULL, BLANKS, rest)) == NULL)
			return 0;
		if (read_size(word, sizes[i], e) == -1)
			return -1;
	}
	if ((word = strtok_r(NULL, BLANKS, rest)) == NULL)
		return 0;
	if (num_u64(word, 0, 1024, &gpus, e) == -1)
		return -1;
	w->gpus = (int64_t)gpus;
	if (strtok_r(NULL, BLANKS, rest) != NULL)
		return err_set(e, ERR_DATA, "more than name, cpus, memory, disk, gpus");
	return 0;
}

static int read_worker(struct machine *m, char *line, struct err *e)
{
	char *rest, *name = strtok_r(line, BLANKS, &rest), *word;
	int64_t cpus = 0;

	if (name == NULL || name[0] == '#')
		return 0;
	word = strtok_r(NULL, BLANKS, &rest);
	if (!name_valid(name, 63))
		return err_set(e, ERR_DATA, "\"%.63s\" is no name", name);
	if (known(m, name))
		return err_set(e, ERR_DATA, "worker %s stands there twice", name);
	if (word == NULL)
		return err_set(e, ERR_DATA, "worker %s has no cpus", name);
	if (m->n == WORKERS_MAX)
		return err_set(e, ERR_DATA, "more than %d workers", WORKERS_MAX);
	if (read_cpus(word, &cpus, e) == -1)
		return -1;
	return read_rest(machine_add(m, name, cpus), &rest, e);
}

int machine_read(struct machine *m, const char *name, const char *text, size_t n,
    struct err *e)
{
	const char *p = text, *end = text + n, *nl;
	char line[LINE_MAX_BYTES + 1];
	size_t number, len;

	for (number = 1; p < end; number++, p = nl + 1) {
		nl = memchr(p, '\n', (size_t)(end - p));
		if (nl == NULL)
			nl = end;
		len = (size_t)(nl - p);
		if (len > LINE_MAX_BYTES || memchr(p, '\0', len) != NULL)
			return err_set(e, ERR_DATA, "%s:%zu: no line of text", name, number);
		memcpy(line, p, len);
		line[len] = '\0';
		if (read_worker(m, line, e) == 0)
			continue;
		if (e != NULL)
			e->code = ERR_DATA;
		return err_prefix(e, "%s:%zu", name, number);
	}
	return m->n > 0 ? 0 : err_set(e, ERR_DATA, "%s: no worker stands there", name);
}
