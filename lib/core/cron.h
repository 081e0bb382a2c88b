/*
 * cron: cron expressions, and the instants at which they fire in a time zone.
 *
 * job-cron(7) says what an expression means.  Pure: the zone's rules are data.
 */
#ifndef CORE_CRON_H
#define CORE_CRON_H

#include "core/zone.h"

/* What becomes of local times that a change of offset skips... */
enum cron_gap { GAP_AUTO, GAP_MAKEUP, GAP_SKIP };
/* ...or repeats.  AUTO: as the expression's hours ask for. */
enum cron_fold { FOLD_AUTO, FOLD_FIRST, FOLD_SECOND, FOLD_BOTH };

struct cron {
	uint64_t minutes;	/* bit n: minute n fires */
	uint32_t hours, days, months;
	uint8_t weekdays;	/* bit 0: Sunday */
	uint64_t nth;		/* bit 7 * (k - 1) + w: the kth weekday w of a month */
	bool last_day;		/* L */
	bool either;		/* no day field begins with *: one that matches will do */
	int64_t every;		/* ms: @every, and nothing above counts; else 0 */
	int64_t anchor;		/* from which @every counts, for the caller to set */
	enum cron_gap gap;
	enum cron_fold fold;
};

#define CRON_TEXT_MAX 256

/*
 * Reads an expression of at most CRON_TEXT_MAX bytes.  id is the schedule's name,
 * from which H is computed.  -1: ERR_DATA, which names the field and what it may be.
 */
int cron_parse(struct cron *c, const char *text, const char *id, struct err *e);

/* The first 8 bytes of SHA-256: what spreads schedules, the same each time. */
uint64_t cron_hash(const char *text);

/* 0 for "sun" in upper or lower case, up to 6; -1: no weekday. */
int cron_weekday(const char *word, size_t n);

/* "auto", "makeup", "skip"; "auto", "first", "second", "both"; -1: no such word. */
int cron_gap_parse(const char *word);
int cron_fold_parse(const char *word);

enum fire_kind {
	FIRE_PLAIN,
	FIRE_MAKEUP,		/* for local times that were skipped */
	FIRE_FIRST, FIRE_SECOND	/* at a local time that comes twice: which of them */
};

struct cron_fire {
	int64_t at;		/* ms UTC */
	int64_t local;		/* what the expression named, as local time; see zone.h */
	enum fire_kind kind;
};

/*
 * The first fire after `after`; false when there is none within 41 years, which is
 * longer than the calendar needs to show each day on each weekday.  A gap in the
 * expression is jumped over: the cost is that of the months between.
 */
bool cron_next(const struct cron *c, const struct zone *z, int64_t after, struct cron_fire *f);

/* The last fire before `before`, at most 41 years back, in some 30 calls of cron_next. */
bool cron_prev(const struct cron *c, const struct zone *z, int64_t before, struct cron_fire *f);

/* ERR_DATA when it does not fire within 8 years and a day. */
int cron_alive(const struct cron *c, const struct zone *z, int64_t now, struct err *e);

/* All hours: such an expression follows real time, others the clock on the wall. */
bool cron_hourly(const struct cron *c);

#endif
