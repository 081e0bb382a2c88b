/* plot: the curves are where they must be, and the picture is whole. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/plot.h"
#include "tap.h"

/* Two jobs on two cpus: one uses half for the whole time, one waits for half of it. */
static struct fate fates[] = { { 0, 720000 }, { 360000, 720000 } };

static void draw(struct buf *out, size_t max, const char *label, int r)
{
	struct machine m = { .cpus = 2000 };
	struct sim_result result = { .fates = fates };
	const struct plot_series series = { label, &result };
	struct work w;
	struct err e;
	int i;

	work_init(&w);
	for (i = 0; i < 2; i++)
		work_add(&w)->cpus = 1000;
	buf_init(out, max);
	is_int(plot_svg(out, &w, &m, &series, 1, &e), r, "drawn, or not");
	work_release(&w);
}

/* The y of the curve's nth point, from its path. */
static double point(const char *svg, int curve, int n)
{
	double x, y = -1;
	const char *p = svg;

	while (curve-- >= 0)
		p = strstr(p, "d='M70.5 ") + 3;
	for (; n >= 0; n--) {
		sscanf(p + 1, "%lf %lf", &x, &y);
		p = strchr(p + 1, 'L');
	}
	return y;
}

static void test_curves(void)
{
	struct buf out;

	draw(&out, 1 << 20, "easy", 0);
	is_int(point(out.data, 0, 100), 44, "one job waits: the top of the queue");
	is_int(point(out.data, 0, 600), 44 + 220, "and none does later");
	is_int(point(out.data, 1, 100), 300 + 110, "half of the machine");
	is_int(point(out.data, 1, 600), 300, "then all of it");
	ok(strstr(out.data, ">easy<") != NULL && strstr(out.data, "minutes since") != NULL,
	    "labels");
	ok(strncmp(out.data, "<svg ", 5) == 0 && strstr(out.data, "</svg>\n") != NULL, "is whole");
	buf_release(&out);
}

static void test_edges(void)
{
	struct buf out;

	draw(&out, 1000, "easy", -1);
	buf_release(&out);
	draw(&out, 1 << 20, "a\033<b>", 0);
	ok(strchr(out.data, '\033') == NULL && strstr(out.data, "<b>") == NULL, "a harmless label");
	buf_release(&out);
}

int main(void)
{
	test_curves();
	test_edges();
	return tap_done();
}
