/* next: when an expression fires. */
#include <inttypes.h>
#include <string.h>

#include "cli/when.h"
#include "conf/zones.h"
#include "jobcron.h"

#define DEFAULT_COUNT 10

static int time_read(struct jobcron *j, const char *option, const char *text, int64_t *ms,
    struct err *e)
{
	if (when_parse(text, j->look.style.now, j->zone, ms, e) == -1)
		return err_prefix(e, "--%s", option);
	return 0;
}

int zone_take(struct jobcron *j, struct err *e)
{
	struct conf conf;

	if (j->tz == NULL) {
		if (conf_load(j->look.config, &conf, e) == -1)
			return -1;
		j->zone = zone_load(conf.time_zone, e);
		conf_free(&conf);
	} else {
		j->zone = zone_load(j->tz, e);
	}
	return j->zone != NULL ? 0 : -1;
}

int expression_read(struct jobcron *j, const char *text, struct err *e)
{
	if (zone_take(j, e) == -1 || cron_parse(&j->cron, text, j->id, e) == -1)
		return -1;
	j->cron.gap = j->gap;
	j->cron.fold = j->fold;
	j->start = j->look.style.now;
	if (j->from != NULL && time_read(j, "from", j->from, &j->start, e) == -1)
		return -1;
	j->cron.anchor = j->created != 0 ? j->created : floor_div(j->start, 1000) * 1000;
	if (j->anchor != NULL && time_read(j, "anchor", j->anchor, &j->cron.anchor, e) == -1)
		return -1;
	return cron_alive(&j->cron, j->zone, j->start - 1, e);
}

void wall_text(int64_t local, char out[WALL_SIZE])
{
	static const char *const days[] = { "Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed" };
	int64_t seconds = floor_div(local, 1000), day = floor_div(seconds, 86400);
	char stamp[CLOCK_RFC3339_SIZE];

	civil_stamp(seconds, stamp);
	stamp[strlen("2026-03-08")] = ' ';
	/* Seconds are shown where there are some. */
	if (strcmp(stamp + strlen("2026-03-08 02:30"), ":00") == 0)
		stamp[strlen("2026-03-08 02:30")] = '\0';
	snprintf(out, WALL_SIZE, "%s %.20s", days[((day % 7) + 7) % 7], stamp);
}

/* How daylight saving time bears on a fire; "" when it does not. */
#define DST_SIZE 48
static void dst_text(const struct cron_fire *f, char out[DST_SIZE])
{
	char wall[WALL_SIZE];

	wall_text(f->local, wall);
	snprintf(out, DST_SIZE, "%s%s", f->kind == FIRE_MAKEUP ? "makeup for " :
	    f->kind == FIRE_FIRST ? "first of two" : f->kind == FIRE_SECOND ? "second of two" : "",
	    f->kind == FIRE_MAKEUP ? wall : "");
}

/* Why a schedule does not run then; NULL: it does. */
static const char *fire_shut(const struct jobcron *j, const struct cron_fire *f)
{
	return windows_shut(j->calendar, &j->blackout, &j->calendars,
	    f->at + zone_span(j->zone, f->at).offset);
}

static void fire_list(const struct jobcron *j, struct list *l, const struct cron_fire *f)
{
	char time[TIME_TEXT], wall[WALL_SIZE], dst[DST_SIZE];
	const char *shut = fire_shut(j, f);

	if (j->look.style.times == TIME_LOCAL)
		zone_stamp(j->zone, f->at, time);
	else
		time_text(&j->look.style, f->at, time);
	wall_text(f->at + zone_span(j->zone, f->at).offset, wall);
	dst_text(f, dst);
	if (shut != NULL)
		snprintf(dst, sizeof(dst), "not run: %.16s", shut);
	list_cell(l, time);
	list_cell(l, wall);
	list_cell(l, dst);
}

static void fire_json(const struct jobcron *j, struct json *out, const struct cron_fire *f)
{
	static const char *const kinds[] = {
		[FIRE_PLAIN] = NULL, [FIRE_MAKEUP] = "makeup", [FIRE_FIRST] = "first",
		[FIRE_SECOND] = "second"
	};
	char stamp[CLOCK_RFC3339_SIZE];

	json_object(out, NULL);
	json_time(out, "time", f->at);
	zone_stamp(j->zone, f->at, stamp);
	json_str(out, "local", stamp);
	civil_stamp(floor_div(f->local, 1000), stamp);
	json_str(out, "nominal", stamp);
	json_str(out, "dst", kinds[f->kind]);
	json_str(out, "shut", fire_shut(j, f));
	json_end(out);
}

static bool fire_next(const struct jobcron *j, int64_t *after, int64_t until,
    struct cron_fire *f)
{
	if (!cron_next(&j->cron, j->zone, *after, f) || f->at >= until)
		return false;
	*after = f->at;
	return true;
}

static void fires_show(struct jobcron *j, int64_t until)
{
	static const struct list_column columns[] = {
		{ .title = "TIME" }, { .title = "LOCAL" }, { .title = "DST" }
	};
	bool as_json = j->json || j->jsonl;
	struct list *l = as_json ? NULL : list_new(columns, 3, &j->list, stdout);
	/* An anchor that nobody gave is the moment of creation: no fire is due then. */
	bool fresh = j->cron.every != 0 && j->anchor == NULL && j->created == 0;
	int64_t after = fresh ? j->start : j->start - 1;
	struct cron_fire f;
	struct json out;

	json_init(&out, stdout);
	out.lines = j->json;
	if (j->json)
		json_open_list(&out, "fires");
	for (int64_t i = 0; (i < j->count || j->count == 0) && !ferror(stdout); i++) {
		if (!fire_next(j, &after, until, &f))
			break;
		if (as_json)
			fire_json(j, &out, &f);
		else
			fire_list(j, l, &f);
		if (j->jsonl) {
			json_newline(&out);
			json_init(&out, stdout);
		}
	}
	if (j->json)
		json_close_list(&out);
	else if (l != NULL)
		list_end(l);
	list_free(l);
}

/* When it may not run, as the configuration has its calendars. */
static int shut_read(struct jobcron *j, const struct schedule_row *row, struct err *e)
{
	struct conf conf;

	j->calendar = row->calendar;
	if (windows_parse(row->blackout, &j->blackout, e) == -1 ||
	    conf_load(j->look.config, &conf, e) == -1)
		return -1;
	j->calendars = calendars_copy(&conf.calendars);
	conf_free(&conf);
	return 0;
}

/* One word without blanks that is no nickname is a schedule, whose meaning is on disk. */
static const char *schedule_read(struct jobcron *j, const char *word, struct err *e)
{
	static char id[24];
	const struct schedule_row *row;

	if (*word == '@' || strpbrk(word, " \t") != NULL)
		return word;
	if (place_take(j, e) == -1 || rows_read(j, e) == -1 ||
	    (row = row_find(j, word, e)) == NULL || shut_read(j, row, e) == -1)
		return NULL;
	snprintf(id, sizeof(id), "s%" PRId64, row->id);
	j->id = id;
	j->tz = j->tz != NULL ? j->tz : row->zone;
	j->gap = (enum cron_gap)cron_gap_parse(row->dst_gap);
	j->fold = (enum cron_fold)cron_fold_parse(row->dst_fold);
	j->created = row->anchor_at;
	return row->expression;
}

int next_run(struct jobcron *j, char **words, struct err *e)
{
	int64_t until = ZONE_END;
	const char *text;

	if (words[0] == NULL || words[1] != NULL)
		return err_set(e, ERR_USAGE, "next: one expression in quotes, or one schedule, "
		    "is needed");
	text = schedule_read(j, words[0], e);
	if (text == NULL || expression_read(j, text, e) == -1 ||
	    (j->until != NULL && time_read(j, "until", j->until, &until, e) == -1))
		return -1;
	if (j->count == 0 && j->until == NULL)
		j->count = DEFAULT_COUNT;
	fires_show(j, until);
	return EXIT_OK;
}
