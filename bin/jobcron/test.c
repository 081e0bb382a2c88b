/* test: what an expression means, in words, and what the next change of the clocks does to it. */
#include <inttypes.h>
#include <string.h>

#include "base/num.h"
#include "cli/list.h"
#include "cli/sheet.h"
#include "jobcron.h"

#define TEXT_BYTES 512

/* The bits from low to high as "0-30/10,45"; "every" when all are set. */
static void bits_text(struct buf *b, uint64_t bits, int low, int high)
{
	int first, last, n = 0;

	for (int v = low; v <= high; v++)
		n += (int)(bits >> v & 1);
	if (n == high - low + 1) {
		buf_adds(b, "every");
		return;
	}
	for (int v = low; v <= high; v++) {
		if ((bits >> v & 1) == 0)
			continue;
		for (first = last = v; last < high && (bits >> (last + 1) & 1) != 0; last++)
			;
		buf_addf(b, last > first + 1 ? "%s%d-%d" : "%s%d", b->len > 0 ? "," : "", first,
		    last);
		if (last > first + 1)
			v = last;
	}
}

static void days_text(struct buf *b, const struct cron *c)
{
	if (c->days != 0 || !c->last_day)
		bits_text(b, c->days, 1, 31);
	if (c->last_day)
		buf_addf(b, "%sthe last", b->len > 0 ? "," : "");
}

static void weekdays_text(struct buf *b, const struct cron *c)
{
	static const char *const names[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
	static const char *const places[] = { "1st", "2nd", "3rd", "4th", "5th" };

	if (c->weekdays == 0x7f) {
		buf_adds(b, "every");
		return;
	}
	for (int d = 0; d < 7; d++) {
		if ((c->weekdays >> d & 1) != 0)
			buf_addf(b, "%s%s", b->len > 0 ? "," : "", names[d]);
	}
	for (int n = 0; n < 35; n++) {
		if ((c->nth >> n & 1) != 0)
			buf_addf(b, "%sthe %s %s", b->len > 0 ? "," : "", places[n / 7],
			    names[n % 7]);
	}
}

static void fields_show(const struct cron *c)
{
	static const char *const labels[] = { "minute", "hour", "day", "month", "weekday" };
	struct buf b;

	buf_init(&b, TEXT_BYTES);
	for (int i = 0; i < 5; i++) {
		buf_reset(&b);
		if (i == 2)
			days_text(&b, c);
		else if (i == 4)
			weekdays_text(&b, c);
		else
			bits_text(&b, i == 0 ? c->minutes : i == 1 ? c->hours : c->months,
			    i == 3 ? 1 : 0, i == 0 ? 59 : i == 1 ? 23 : 12);
		sheet_line(stdout, labels[i], b.data);
	}
	buf_release(&b);
	sheet_line(stdout, "days", c->either ? "those that match day or weekday" :
	    "those that match day and weekday");
}

/* The ways that are in force, chosen or by the expression's hours. */
static void ways_show(const struct cron *c)
{
	bool hourly = cron_hourly(c);

	sheet_line(stdout, "kind", hourly ? "hourly: all hours, so it follows real time" :
	    "by the clock on the wall");
	sheet_line(stdout, "skipped times", c->gap == GAP_MAKEUP ||
	    (c->gap == GAP_AUTO && !hourly) ? "made up for once, when the clocks have moved" :
	    "left out");
	sheet_line(stdout, "repeated ones", c->fold == FOLD_FIRST ||
	    (c->fold == FOLD_AUTO && !hourly) ? "the first time only" :
	    c->fold == FOLD_SECOND ? "the second time only" : "both times");
}

static void fire_show(const struct jobcron *j, const char *label, const struct cron_fire *f)
{
	char stamp[CLOCK_RFC3339_SIZE], line[2 * WALL_SIZE + CLOCK_RFC3339_SIZE], wall[WALL_SIZE];

	zone_stamp(j->zone, f->at, stamp);
	wall_text(f->local, wall);
	snprintf(line, sizeof(line), "%s%s%s", stamp, f->kind == FIRE_MAKEUP ? ", makeup for " : "",
	    f->kind == FIRE_MAKEUP ? wall : "");
	sheet_line(stdout, label, line);
}

/* The next change of the clocks, and the first fire at or after it. */
static void change_show(const struct jobcron *j)
{
	struct zone_span now = zone_span(j->zone, j->start), next;
	char line[128], stamp[CLOCK_RFC3339_SIZE], by[32];
	struct cron_fire f;

	if (now.end >= ZONE_END)
		return;
	next = zone_span(j->zone, now.end);
	zone_stamp(j->zone, now.end, stamp);
	dur_format((uint64_t)(next.offset > now.offset ? next.offset - now.offset :
	    now.offset - next.offset), by, sizeof(by));
	snprintf(line, sizeof(line), "%s, %s by %s", stamp,
	    next.offset >= now.offset ? "forward" : "back", by);
	sheet_line(stdout, "clocks change", line);
	if (cron_next(&j->cron, j->zone, now.end - 1, &f))
		fire_show(j, "then", &f);
}

int test_run(struct jobcron *j, char **words, struct err *e)
{
	struct cron_fire f;
	char every[32];

	if (words[0] == NULL || words[1] != NULL)
		return err_set(e, ERR_USAGE, "test: one expression is needed, in quotes");
	if (expression_read(j, words[0], e) == -1)
		return -1;
	text_line(stdout, words[0]);
	putchar('\n');
	sheet_line(stdout, "zone", zone_name(j->zone));
	if (j->cron.every != 0) {
		dur_format((uint64_t)j->cron.every, every, sizeof(every));
		sheet_line(stdout, "period", every);
	} else {
		fields_show(&j->cron);
		ways_show(&j->cron);
	}
	if (cron_prev(&j->cron, j->zone, j->start, &f) && j->cron.every == 0)
		fire_show(j, "last", &f);
	if (cron_next(&j->cron, j->zone, j->start - (j->cron.every == 0), &f))
		fire_show(j, "next", &f);
	change_show(j);
	return EXIT_OK;
}
