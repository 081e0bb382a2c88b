/*
 * value: one value of a row as text, and the order of values.
 *
 * Owns how listings write instants, durations, sizes and enums.  Promises text
 * that does not depend on the locale; asks nothing of the system but the zone.
 */
#include "cli/value.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/num.h"

int time_style_parse(const char *word)
{
	static const char *const words[] = {
		[TIME_LOCAL] = "iso", [TIME_UTC] = "utc", [TIME_EPOCH] = "epoch",
		[TIME_RELATIVE] = "relative",
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(words[i], word) == 0)
			return (int)i;
	}
	return -1;
}

/* The two largest units that are not zero: "2h13m", "45s". */
static void span_text(int64_t s, char *out, size_t size)
{
	static const struct { int64_t seconds; char letter; } units[] = {
		{ 86400, 'd' }, { 3600, 'h' }, { 60, 'm' }, { 1, 's' }
	};
	size_t i = 0;

	while (i < 3 && s < units[i].seconds)
		i++;

	int64_t rest = i < 3 ? s % units[i].seconds / units[i + 1].seconds : 0;

	if (rest)
		snprintf(out, size, "%" PRId64 "%c%" PRId64 "%c", s / units[i].seconds,
		    units[i].letter, rest, units[i + 1].letter);
	else
		snprintf(out, size, "%" PRId64 "%c", s / units[i].seconds, units[i].letter);
}

static void relative_text(int64_t delta, char out[TIME_TEXT])
{
	int64_t s = delta / 1000;
	char span[48];

	span_text(s < 0 ? -s : s, span, sizeof(span));
	if (s == 0)
		snprintf(out, TIME_TEXT, "now");
	else if (s < 0)
		snprintf(out, TIME_TEXT, "%s ago", span);
	else
		snprintf(out, TIME_TEXT, "in %s", span);
}

void time_text(const struct style *st, int64_t ms, char out[TIME_TEXT])
{
	char full[CLOCK_RFC3339_SIZE];

	out[0] = '\0';
	if (ms == 0)
		return;
	switch (st->times) {
	case TIME_LOCAL:
		clock_local(ms, full);
		snprintf(out, TIME_TEXT, "%s", full);
		break;
	case TIME_UTC:
		clock_rfc3339(ms, full);
		full[strcspn(full, ".")] = '\0';
		snprintf(out, TIME_TEXT, "%sZ", full);
		break;
	case TIME_EPOCH:
		snprintf(out, TIME_TEXT, "%" PRId64, ms / 1000);
		break;
	case TIME_RELATIVE:
		relative_text(ms - st->now, out);
		break;
	}
}

static const char *column_str(const struct column *c, const void *row)
{
	return *(const char *const *)((const char *)row + c->offset);
}

int64_t column_int(const struct column *c, const void *row)
{
	if (c->kind == COL_TEXT || c->kind == COL_UUID || c->kind == COL_BLOB)
		return 0;
	return *(const int64_t *)((const char *)row + c->offset);
}

static const struct uuid *column_uuid(const struct column *c, const void *row)
{
	return (const struct uuid *)((const char *)row + c->offset);
}

bool column_absent(const struct column *c, const void *row)
{
	switch (c->kind) {
	case COL_TEXT:
		return column_str(c, row) == NULL;
	case COL_UUID:
		return uuid_is_nil(column_uuid(c, row));
	case COL_BLOB:
		return true;
	case COL_OPT:
		return column_int(c, row) < 0;
	case COL_TIME:
	case COL_SECONDS:
	case COL_GB:
		return column_int(c, row) == 0;
	case COL_INT:
	case COL_MILLI:
	case COL_BOOL:
		return false;
	default: {
		const char *word = col_word(c->kind, column_int(c, row));

		return word == NULL || *word == '\0';
	}
	}
}

int milli_text(int64_t milli, struct buf *b)
{
	int64_t rest = milli % 1000;
	char frac[8] = "";

	if (rest) {
		snprintf(frac, sizeof(frac), ".%03d", (int)rest);
		for (size_t n = strlen(frac); frac[n - 1] == '0'; n--)
			frac[n - 1] = '\0';
	}
	return buf_addf(b, "%" PRId64 "%s", milli / 1000, frac);
}

static int uuid_text(const struct uuid *u, struct buf *b)
{
	char text[UUID_TEXT];

	uuid_format(u, text);
	return buf_adds(b, text);
}

int column_text(const struct style *st, const struct column *c, const void *row,
    struct buf *b)
{
	int64_t v = column_int(c, row);
	char text[64];

	if (column_absent(c, row))
		return 0;
	switch (c->kind) {
	case COL_TEXT:
		return buf_adds(b, column_str(c, row));
	case COL_UUID:
		return uuid_text(column_uuid(c, row), b);
	case COL_BLOB:
		return 0;
	case COL_INT:
	case COL_OPT:
		return buf_addf(b, "%" PRId64, v);
	case COL_MILLI:
		return milli_text(v, b);
	case COL_BOOL:
		return buf_adds(b, v ? "yes" : "no");
	case COL_TIME:
		time_text(st, v, text);
		return buf_adds(b, text);
	case COL_SECONDS:
		dur_format((uint64_t)v, text, sizeof(text));
		return buf_adds(b, text);
	case COL_GB:
		size_format((uint64_t)v << 20, text, sizeof(text));
		return buf_adds(b, text);
	default:
		return buf_adds(b, col_word(c->kind, v));
	}
}

int column_compare(const struct column *c, const void *a, const void *b)
{
	int r;

	if (c->kind == COL_TEXT) {
		const char *sa = column_str(c, a), *sb = column_str(c, b);

		r = strcmp(sa ? sa : "", sb ? sb : "");
	} else if (c->kind == COL_UUID) {
		r = memcmp(column_uuid(c, a), column_uuid(c, b), sizeof(struct uuid));
	} else {
		int64_t ia = column_int(c, a), ib = column_int(c, b);

		r = (ia > ib) - (ia < ib);
	}
	return (r > 0) - (r < 0);
}

int64_t job_expected(const struct style *st, const struct job_row *row)
{
	if (!st->start_of || row->status != JOB_QUEUED)
		return 0;
	return st->start_of(st->start_arg, row->id);
}

bool job_has_run(const struct job_row *row)
{
	return row->started_at != 0 && row->status != JOB_QUEUED && row->status != JOB_SCHEDULED;
}

int64_t job_elapsed(const struct job_row *row, int64_t now)
{
	int64_t end = row->completed_at ? row->completed_at : now;

	if (!job_has_run(row))
		return 0;
	return end > row->started_at ? end - row->started_at : 0;
}

int job_reason(const struct job_row *row, struct buf *b)
{
	const char *reason = col_word(COL_REASON, row->reason);

	if (reason == NULL)
		return 0;
	if (row->reason == REASON_LIMIT && row->waits_for != NULL)
		return buf_addf(b, "%s:%s", reason, row->waits_for);
	return buf_adds(b, reason);
}

const char *job_code(const struct job_row *row)
{
	static const char *const plain[] = {
		[JOB_QUEUED] = "PD", [JOB_SCHEDULED] = "SC", [JOB_RUNNING] = "R",
		[JOB_COMPLETED] = "CD", [JOB_FAILED] = "F", [JOB_CANCELLED] = "CA",
	};
	int64_t reason = row->reason;

	if (row->status == JOB_RUNNING && row->stopping > 0)
		reason = REASON_STOPPING;
	if (row->status != JOB_QUEUED && row->status != JOB_SCHEDULED && reason > REASON_NONE &&
	    reason < REASON_COUNT)
		return reason_code((enum reason)reason);
	if (row->status < 0 || row->status > JOB_CANCELLED)
		return "??";
	return plain[row->status];
}
