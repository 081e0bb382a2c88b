/*
 * plot: two panels over one axis of time.
 *
 * Owns the look of the picture.  A job that waits or runs from a to b adds its weight
 * to each piece of time it touches; pieces that it fills whole are added as a
 * difference, so that a long wait costs no more than a short one.
 */
#include "sim/plot.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define PIECES 720
#define LEFT 70
#define RIGHT 20
#define TOP 44
#define HEIGHT 220		/* of a panel */
#define GAP 36
#define WIDTH (LEFT + PIECES + RIGHT)
#define TOTAL (TOP + 2 * HEIGHT + GAP + 50)

static const char *const colours[PLOT_SERIES_MAX] = {
	"#1b6ca8", "#d1495b", "#3a7d44", "#8f5fa8", "#c97b12", "#4a4a4a", "#00838f", "#a8327a"
};

struct curve {
	double whole[PIECES + 1];	/* differences: what fills a piece from here on */
	double part[PIECES];
	double y[PIECES];
};

struct picture {
	struct buf *out;
	int64_t first, last;	/* ms */
	double piece;		/* ms */
	int r;			/* -1: out is full */
};

struct panel {
	const char *title;
	int top;
	double max;		/* of the axis */
	double step;
};

/* ---- curves */

static void curve_add(const struct picture *p, struct curve *c, int64_t from, int64_t to,
    double weight)
{
	double a = (double)(from - p->first) / p->piece, b = (double)(to - p->first) / p->piece;
	size_t i = (size_t)a, k = (size_t)b;

	if (i >= PIECES || b <= a)
		return;
	if (k >= PIECES)
		k = PIECES - 1;
	if (i == k) {
		c->part[i] += weight * (b - a);
		return;
	}
	c->part[i] += weight * ((double)(i + 1) - a);
	c->part[k] += weight * (b - (double)k);
	c->whole[i + 1] += weight;
	c->whole[k] -= weight;
}

static double curve_sum(struct curve *c)
{
	double level = 0, most = 0;
	size_t i;

	for (i = 0; i < PIECES; i++) {
		level += c->whole[i];
		c->y[i] = level + c->part[i];
		if (c->y[i] > most)
			most = c->y[i];
	}
	return most;
}

/* ---- axes */

/* 1, 2 or 5 times a power of ten, so that about `ticks` of them make `range`. */
static double nice_step(double range, int ticks)
{
	static const double factors[] = { 2, 2.5, 2 };
	double step = 1;
	int i;

	while (step * ticks > range * 10)
		step /= 10;
	for (i = 0; step * ticks < range; i++)
		step *= factors[i % 3];
	return step;
}

static void say(struct picture *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void say(struct picture *p, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (buf_addv(p->out, fmt, ap) == -1)
		p->r = -1;
	va_end(ap);
}

static void draw_panel(struct picture *p, const struct panel *a)
{
	double v;

	say(p, "<text x='%d' y='%d' class='h'>%s</text>\n", LEFT, a->top - 8, a->title);
	for (v = 0; v <= a->max * 1.0001; v += a->step) {
		double y = a->top + HEIGHT * (1 - v / a->max);

		say(p, "<path d='M%d %.1fh%d' class='g'/>"
		    "<text x='%d' y='%.1f' text-anchor='end'>%g</text>\n", LEFT, y, PIECES,
		    LEFT - 6, y + 4, v);
	}
}

/* The time since the first submission, in the unit that gives few digits. */
static void draw_time(struct picture *p)
{
	static const struct { double ms; const char *name; } units[] = {
		{ 86400000, "days" }, { 3600000, "hours" }, { 60000, "minutes" },
		{ 1000, "seconds" }
	};
	double range = (double)(p->last - p->first), step, v;
	size_t u = 0;

	while (u < 3 && range < 3 * units[u].ms)
		u++;
	range /= units[u].ms;
	step = nice_step(range, 10);
	for (v = 0; v <= range; v += step)
		say(p, "<text x='%.1f' y='%d' text-anchor='middle'>%g</text>\n",
		    LEFT + PIECES * v / range, TOTAL - 32, v);
	say(p, "<text x='%d' y='%d' text-anchor='middle'>%s since the first submission</text>\n",
	    LEFT + PIECES / 2, TOTAL - 12, units[u].name);
}

static void draw_curve(struct picture *p, const struct panel *a, const struct curve *c,
    const char *colour)
{
	size_t i;

	say(p, "<path class='c' stroke='%s' d='", colour);
	for (i = 0; i < PIECES; i++)
		say(p, "%c%.1f %.1f", i == 0 ? 'M' : 'L', LEFT + (double)i + 0.5,
		    a->top + HEIGHT * (1 - c->y[i] / a->max));
	say(p, "'/>\n");
}

static void draw_legend(struct picture *p, const struct plot_series *series, size_t n)
{
	struct buf safe;
	size_t i;

	for (i = 0; i < n; i++) {
		int x = LEFT + PIECES - 110 * (int)(n - i);
		const char *label = series[i].label;

		buf_init(&safe, 1000);
		(void)safe_add(&safe, label, strcspn(label, "<>&'\""));
		say(p, "<path class='c' stroke='%s' d='M%d 16h22'/>"
		    "<text x='%d' y='20'>%.40s</text>\n", colours[i], x, x + 28,
		    safe.data != NULL ? safe.data : "");
		buf_release(&safe);
	}
}

/* ---- the picture */

static void find_ends(struct picture *p, const struct work *w, const struct plot_series *series,
    size_t n)
{
	size_t i, k;

	p->first = w->n > 0 ? w->jobs[0].submit : 0;
	p->last = p->first + 1000;
	for (i = 0; i < n; i++)
		for (k = 0; k < w->n; k++)
			if (series[i].result->fates[k].end > p->last)
				p->last = series[i].result->fates[k].end;
	p->piece = (double)(p->last - p->first) / PIECES;
}

/* Fills a queue and a use curve; gives the top of the queue. */
static double measure(const struct picture *p, const struct work *w, const struct machine *m,
    const struct sim_result *r, struct curve *pair)
{
	size_t i;

	for (i = 0; i < w->n; i++) {
		const struct work_job *j = &w->jobs[i];
		const struct fate *f = &r->fates[i];

		if (f->start == -1)
			continue;
		curve_add(p, &pair[0], j->submit, f->start, 1);
		curve_add(p, &pair[1], f->start, f->end, 100.0 * (double)j->cpus / (double)m->cpus);
	}
	(void)curve_sum(&pair[1]);
	return curve_sum(&pair[0]);
}

static void draw_head(struct picture *p)
{
	say(p, "<svg xmlns='http://www.w3.org/2000/svg' width='%d' height='%d' "
	    "viewBox='0 0 %d %d'>\n<style>text{font:12px sans-serif;fill:#333}"
	    ".h{font-weight:bold}.g{stroke:#ddd}.c{fill:none;stroke-width:1.5}</style>\n"
	    "<rect width='100%%' height='100%%' fill='#fff'/>\n", WIDTH, TOTAL, WIDTH, TOTAL);
}

int plot_svg(struct buf *out, const struct work *w, const struct machine *m,
    const struct plot_series *series, size_t n, struct err *e)
{
	struct picture p = { .out = out };
	struct curve *curves = xcalloc(2 * n, sizeof(*curves));
	struct panel queue = { "jobs that wait", TOP, 1, 1 };
	const struct panel use = { "cpus in use, per cent", TOP + HEIGHT + GAP, 100, 25 };
	double most = 1, top;
	size_t i;

	find_ends(&p, w, series, n);
	for (i = 0; i < n; i++)
		if ((top = measure(&p, w, m, series[i].result, &curves[2 * i])) > most)
			most = top;
	queue.step = nice_step(most, 5);
	for (queue.max = queue.step; queue.max < most;)
		queue.max += queue.step;
	draw_head(&p);
	draw_panel(&p, &queue);
	draw_panel(&p, &use);
	draw_time(&p);
	for (i = 0; i < n; i++) {
		draw_curve(&p, &queue, &curves[2 * i], colours[i]);
		draw_curve(&p, &use, &curves[2 * i + 1], colours[i]);
	}
	draw_legend(&p, series, n);
	say(&p, "</svg>\n");
	free(curves);
	return p.r == 0 ? 0 : err_set(e, ERR_DATA, "the picture is too large");
}
