/*
 * machine: the workers that a workload is given to.
 *
 * As words: NxC[:MEM] is N workers of C cpus (and MEM of memory each); a list has a
 * worker a line: name cpus [memory [disk [gpus]]], where a `-` or nothing leaves out.
 */
#ifndef SIM_MACHINE_H
#define SIM_MACHINE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct machine_worker {
	char *name;
	int64_t cpus, mem, disk, gpus;	/* thousandths, MiB, MiB, count */
};

struct machine {
	struct machine_worker *workers;
	size_t n, cap;
	int64_t cpus;			/* of all together */
};

/* Zeroed storage is an empty machine. */
void machine_release(struct machine *m);

/* Copies name.  What it has not said of memory and disk it has without end. */
struct machine_worker *machine_add(struct machine *m, const char *name, int64_t cpus);

/* -1: ERR_USAGE */
int machine_shorthand(struct machine *m, const char *words, struct err *e);

/* -1: ERR_DATA, "name:line: what is wrong". */
int machine_read(struct machine *m, const char *name, const char *text, size_t n,
    struct err *e);

#endif
