/*
 * plot: how many jobs waited and how much of the machine was in use, over time, as a
 * picture in SVG.
 */
#ifndef SIM_PLOT_H
#define SIM_PLOT_H

#include "base/buf.h"
#include "sim/simulate.h"

#define PLOT_SERIES_MAX 8

struct plot_series {			/* all borrowed */
	const char *label;
	const struct sim_result *result;
};

/*
 * Appends the picture; each point is the mean over its piece of time.  At most
 * PLOT_SERIES_MAX series, of one workload on one machine.  -1: ERR_DATA, out is full.
 */
int plot_svg(struct buf *out, const struct work *w, const struct machine *m,
    const struct plot_series *series, size_t n, struct err *e);

#endif
