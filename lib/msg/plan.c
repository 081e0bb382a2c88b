/*
 * plan: reads the fields of a schedule.
 *
 * Owns their defaults and bounds, and what a schedule may not have: a begin, a hold or
 * dependencies, since its runs begin when they are due.
 */
#include "msg/plan.h"

#include <inttypes.h>
#include <string.h>

#include "base/buf.h"
#include "base/hash.h"
#include "base/num.h"
#include "base/text.h"
#include "core/calendar.h"
#include "core/cron.h"

#define HOUR INT64_C(3600000)
#define WINDOW_DEFAULT (24 * HOUR)
#define WINDOW_MAX (366 * 24 * HOUR)
#define DELAY_MAX (24 * HOUR)
#define MANY_DEFAULT 100
#define MANY_MAX 10000
#define RUNS_MAX 1000000000
#define HASHED_BYTES 8192

bool request_recurs(const struct msg *m)
{
	return msg_has(m, F_CRON);
}

static int number(const struct msg *m, enum msg_field f, int64_t fallback, int64_t max,
    int64_t *out, struct err *e)
{
	uint64_t v = msg_u64(m, f, (uint64_t)fallback);

	if (v > (uint64_t)max)
		return err_set(e, ERR_DATA, "%s: %" PRIu64 " is too large: at most %" PRId64
		    " is accepted", msg_field_name(f), v, max);
	*out = (int64_t)v;
	return 0;
}

static int word(const struct msg *m, enum msg_field f, const char *fallback,
    int (*parse)(const char *), const char *words, const char **out, struct err *e)
{
	const char *s = msg_str(m, f);

	if (s != NULL && parse(s) == -1)
		return err_set(e, ERR_DATA, "%s: \"%s\" is none of %s", msg_field_name(f), s,
		    words);
	*out = s != NULL ? s : fallback;
	return 0;
}

static int words_read(const struct msg *m, struct schedule_row *row, struct err *e)
{
	if (word(m, F_DST_GAP, "auto", cron_gap_parse, "auto, makeup, skip", &row->dst_gap,
	    e) == -1 ||
	    word(m, F_DST_FOLD, "auto", cron_fold_parse, "auto, first, second, both",
	    &row->dst_fold, e) == -1 ||
	    word(m, F_CATCH_UP, "one", catch_up_parse, "one, none, all", &row->catch_up, e) == -1)
		return -1;
	return word(m, F_OVERLAP, "skip", overlap_parse, "skip, allow, queue, queue-all, replace",
	    &row->overlap, e);
}

static int numbers_read(const struct msg *m, struct schedule_row *row, struct err *e)
{
	row->anchor_at = msg_i64(m, F_ANCHOR, 0);
	row->until_at = msg_i64(m, F_UNTIL_TIME, 0);
	if (row->anchor_at < 0 || row->anchor_at >= ZONE_END || row->until_at < 0)
		return err_set(e, ERR_DATA, "%s: no instant from 1970 to 9999 in ms",
		    msg_field_name(row->until_at < 0 ? F_UNTIL_TIME : F_ANCHOR));
	if (number(m, F_CATCH_UP_WINDOW, WINDOW_DEFAULT, WINDOW_MAX, &row->catch_up_window,
	    e) == -1 ||
	    number(m, F_CATCH_UP_MAX, MANY_DEFAULT, MANY_MAX, &row->catch_up_max, e) == -1 ||
	    number(m, F_OVERLAP_MAX, MANY_DEFAULT, MANY_MAX, &row->overlap_max, e) == -1 ||
	    number(m, F_SPLAY, 0, DELAY_MAX, &row->splay, e) == -1 ||
	    number(m, F_JITTER, 0, DELAY_MAX, &row->jitter, e) == -1 ||
	    number(m, F_EXPECT_BY, 0, WINDOW_MAX, &row->expect_by, e) == -1 ||
	    number(m, F_MAX_SILENCE, 0, WINDOW_MAX, &row->max_silence, e) == -1)
		return -1;
	return number(m, F_RUNS, 0, RUNS_MAX, &row->max_runs, e);
}

/* That the calendars are there is for the core to see. */
static int windows_read(const struct msg *m, struct arena *a, struct schedule_row *row,
    struct err *e)
{
	struct windows w;

	row->calendar = arena_strdup(a, msg_str(m, F_CALENDAR));
	row->blackout = arena_strdup(a, msg_str(m, F_BLACKOUT));
	if (row->calendar != NULL && !name_valid(row->calendar, CALENDAR_NAME_MAX))
		return err_set(e, ERR_DATA, "calendar: \"%.64s\" is no name", row->calendar);
	if (windows_parse(row->blackout, &w, e) == -1)
		return err_prefix(e, "blackout");
	windows_release(&w);
	return 0;
}

static int contradiction(const struct msg *m, struct err *e)
{
	static const enum msg_field fields[] = { F_BEGIN, F_HOLD, F_DEP };

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (msg_has(m, fields[i]))
			return err_set(e, ERR_DATA, "%s: a schedule has none: its runs begin when "
			    "they are due", msg_field_name(fields[i]));
	}
	return 0;
}

/*
 * Of what a run is, and of when.  A time that was said as so long from now is another one
 * each time: that is for whoever says it to see.
 */
static void hash_set(struct arena *a, const struct job_request *req, struct schedule_row *row)
{
	char hash[SHA256_HEX];
	struct buf b;

	buf_init(&b, HASHED_BYTES);
	buf_addf(&b, "%s\n%s\n%s\n%s %s %s %s %" PRId64 " %" PRId64, req->row.spec_hash,
	    row->expression, row->zone, row->dst_gap, row->dst_fold, row->catch_up, row->overlap,
	    row->splay, row->jitter);
	buf_addf(&b, "\n%" PRId64 " %" PRId64 " %" PRId64 "\n%" PRId64 " %" PRId64 " %" PRId64,
	    row->anchor_at, row->until_at, row->max_runs, row->catch_up_window,
	    row->catch_up_max, row->overlap_max);
	buf_addf(&b, "\n%s\n%s", row->calendar != NULL ? row->calendar : "",
	    row->blackout != NULL ? row->blackout : "");
	sha256_hex(b.data, b.len, hash);
	buf_release(&b);
	row->spec_hash = arena_strdup(a, hash);
}

int request_schedule(const struct msg *m, struct arena *a, struct job_request *req,
    const char *zone, struct schedule_row *row, struct err *e)
{
	struct cron cron;

	memset(row, 0, sizeof(*row));
	row->expression = arena_strdup(a, msg_str(m, F_CRON));
	row->zone = arena_strdup(a, msg_has(m, F_TZ) ? msg_str(m, F_TZ) : zone);
	/* H is another value for each schedule, but right or wrong for all of them. */
	if (contradiction(m, e) == -1 || cron_parse(&cron, row->expression, "s0", e) == -1 ||
	    words_read(m, row, e) == -1 || numbers_read(m, row, e) == -1 ||
	    windows_read(m, a, row, e) == -1)
		return -1;
	row->dst_gap = arena_strdup(a, row->dst_gap);
	row->dst_fold = arena_strdup(a, row->dst_fold);
	row->catch_up = arena_strdup(a, row->catch_up);
	row->overlap = arena_strdup(a, row->overlap);
	row->uuid = req->row.uuid;
	row->user = req->row.user;
	row->uid = req->row.uid;
	row->name = req->row.name;
	row->queue = req->row.queue;
	row->command = req->row.command;
	row->key = req->row.key;
	hash_set(a, req, row);
	req->row.key = NULL;		/* or its second run would be the first one again */
	req->row.key_scope = NULL;
	return 0;
}

int schedule_target(const char *s, int64_t *id, struct err *e)
{
	if (num_i64(s + (*s == 's'), 1, INT64_MAX, id, NULL) == 0)
		return 0;
	return err_set(e, ERR_USAGE, "\"%.64s\" is no schedule: write s12", s);
}
