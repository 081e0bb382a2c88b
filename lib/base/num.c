/*
 * num: numbers, durations and sizes, strictly read.
 *
 * Owns the units.  Integer arithmetic only, and every product and sum is checked,
 * so that no input can wrap.  A parser takes the whole string or nothing.
 */
#include "base/num.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define MS_SECOND UINT64_C(1000)
#define MS_MINUTE (60 * MS_SECOND)
#define MS_HOUR (60 * MS_MINUTE)
#define MS_DAY (24 * MS_HOUR)
#define DUR_MAX (36525 * MS_DAY)	/* 100 years */

#define DUR_HELP \
	"write 90 (seconds), 1.5s, 500ms, 15m, 2h30m, 1d, 1w, MM:SS, HH:MM:SS or D-HH:MM:SS"
#define SIZE_HELP "write 512M, 4G, 1.5G, 100K, 2T or 64B; a plain number is MiB"

/* Enough of a word to find it again in an error text. */
#define SHOWN "'%.64s'"

struct unit {
	const char *name;
	uint64_t factor;
};

/* Longest name first where one begins another; the values fall, as people write them. */
static const struct unit dur_units[] = {
	{ "w", 7 * MS_DAY },
	{ "d", MS_DAY },
	{ "h", MS_HOUR },
	{ "ms", 1 },
	{ "m", MS_MINUTE },
	{ "s", MS_SECOND },
};

static const struct unit size_units[] = {
	{ "T", UINT64_C(1) << 40 },
	{ "G", UINT64_C(1) << 30 },
	{ "M", UINT64_C(1) << 20 },
	{ "K", UINT64_C(1) << 10 },
	{ "B", 1 },
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Reads digits; 1 and *s behind them, 0 when there are none, -1 when too large. */
static int digits_read(const char **s, uint64_t *out)
{
	const char *p = *s;
	uint64_t v = 0;
	bool wrapped = false;

	for (; *p >= '0' && *p <= '9'; p++) {
		if (__builtin_mul_overflow(v, UINT64_C(10), &v) ||
		    __builtin_add_overflow(v, (uint64_t)(*p - '0'), &v))
			wrapped = true;
	}
	if (p == *s)
		return 0;
	*s = p;
	*out = wrapped ? 0 : v;
	return wrapped ? -1 : 1;
}

/* A whole number and thousandths, kept apart so that only the result can be too large. */
struct decimal {
	uint64_t whole;
	uint64_t milli;
};

/* Digits with up to three places behind a point; as digits_read. */
static int decimal_read(const char **s, struct decimal *out)
{
	const char *p = *s;
	uint64_t scale = 100;
	int r = digits_read(&p, &out->whole);

	out->milli = 0;
	if (r == 0)
		return 0;
	if (p[0] == '.' && p[1] >= '0' && p[1] <= '9') {
		for (p++; *p >= '0' && *p <= '9' && scale > 0; p++, scale /= 10)
			out->milli += scale * (uint64_t)(*p - '0');
	}
	*s = p;
	return r;
}

/* d times factor, rounded down, or false when it passes 64 bits. */
static bool decimal_scale(struct decimal d, uint64_t factor, uint64_t *out)
{
	uint64_t whole;

	if (__builtin_mul_overflow(d.whole, factor, &whole))
		return false;
	return !__builtin_add_overflow(whole, d.milli * factor / 1000, out);
}

int num_u64(const char *s, uint64_t min, uint64_t max, uint64_t *out, struct err *e)
{
	const char *p = s;
	uint64_t v;
	int r = digits_read(&p, &v);

	if (r == 0 || *p != '\0')
		return err_set(e, ERR_USAGE, SHOWN " is not a whole number from %" PRIu64 " to %"
		    PRIu64, s, min, max);
	if (r == -1 || v < min || v > max)
		return err_set(e, ERR_USAGE, SHOWN " is out of range: %" PRIu64 " to %" PRIu64
		    " is accepted", s, min, max);
	*out = v;
	return 0;
}

int num_i64(const char *s, int64_t min, int64_t max, int64_t *out, struct err *e)
{
	const char *p = s;
	uint64_t v, limit = INT64_MAX;
	bool negative = *p == '-';
	int64_t n;
	int r;

	if (negative) {
		p++;
		limit++;
	}
	r = digits_read(&p, &v);
	if (r == 0 || *p != '\0')
		return err_set(e, ERR_USAGE, SHOWN " is not a whole number from %" PRId64 " to %"
		    PRId64, s, min, max);
	if (r == -1 || v > limit)
		goto range;
	/* Through ~, since -INT64_MIN does not exist. */
	n = negative && v > 0 ? ~(int64_t)(v - 1) : (int64_t)v;
	if (n < min || n > max)
		goto range;
	*out = n;
	return 0;
range:
	return err_set(e, ERR_USAGE, SHOWN " is out of range: %" PRId64 " to %" PRId64
	    " is accepted", s, min, max);
}

int num_milli(const char *s, uint64_t min, uint64_t max, uint64_t *out, struct err *e)
{
	const char *p = s;
	struct decimal d;
	uint64_t v = 0;
	int r = decimal_read(&p, &d);

	if (r == 0 || *p != '\0')
		return err_set(e, ERR_USAGE, SHOWN " is not a number with at most three decimals",
		    s);
	if (r == -1 || !decimal_scale(d, 1000, &v) || v < min || v > max)
		return err_set(e, ERR_USAGE,
		    SHOWN " is out of range: %" PRIu64 ".%03" PRIu64 " to %"
		    PRIu64 ".%03" PRIu64 " is accepted", s, min / 1000, min % 1000, max / 1000,
		    max % 1000);
	*out = v;
	return 0;
}

/* The unit that s begins with; *s goes behind it.  Case counts for nothing if fold. */
static const struct unit *unit_read(const char **s, const struct unit *units, size_t n,
    bool fold)
{
	size_t i, len;

	for (i = 0; i < n; i++) {
		len = strlen(units[i].name);
		if ((fold ? strncasecmp : strncmp)(*s, units[i].name, len) == 0) {
			*s += len;
			return &units[i];
		}
	}
	return NULL;
}

static int dur_bad(const char *s, struct err *e)
{
	return err_set(e, ERR_USAGE, SHOWN " is not a duration: " DUR_HELP, s);
}

static int dur_long(const char *s, struct err *e)
{
	return err_set(e, ERR_USAGE, SHOWN " is too long: at most 100 years are accepted", s);
}

/* Exactly two digits below 60, as behind a colon. */
static bool sixty_read(const char **s, uint64_t *out)
{
	const char *p = *s;

	if (p[0] < '0' || p[0] > '5' || p[1] < '0' || p[1] > '9')
		return false;
	*out = (uint64_t)(p[0] - '0') * 10 + (uint64_t)(p[1] - '0');
	*s = p + 2;
	return true;
}

/* D-HH:MM:SS, HH:MM:SS, MM:SS: 1 read, 0 malformed, -1 too long. */
static int dur_clock(const char *s, uint64_t *ms)
{
	uint64_t part[4] = { 0 }, first;	/* days, hours, minutes, seconds */
	const char *p = s;
	bool days = strchr(s, '-') != NULL;
	int r = digits_read(&p, &first);

	if (r != 1)
		return r;
	if (days) {
		part[0] = first;
		if (*p++ != '-' || (r = digits_read(&p, &first)) == 0)
			return 0;
		if (r == -1 || first > 23)
			return 0;
	}
	if (*p++ != ':' || !sixty_read(&p, &part[3]))
		return 0;
	part[2] = first;
	if (*p == ':') {
		p++;
		part[1] = first;
		part[2] = part[3];
		if (!sixty_read(&p, &part[3]))
			return 0;
	} else if (days) {
		return 0;
	}
	if (*p != '\0')
		return 0;
	if (part[0] > DUR_MAX / MS_DAY || part[1] > DUR_MAX / MS_HOUR ||
	    part[2] > DUR_MAX / MS_MINUTE)
		return -1;
	*ms = part[0] * MS_DAY + part[1] * MS_HOUR + part[2] * MS_MINUTE + part[3] * MS_SECOND;
	return *ms > DUR_MAX ? -1 : 1;
}

/* 2h30m and its like, and a plain number: as dur_clock. */
static int dur_units_read(const char *s, uint64_t *ms)
{
	const struct unit *u;
	const char *p = s;
	struct decimal d;
	uint64_t part, total = 0, last = UINT64_MAX;
	bool many = false, far = false;
	int r;

	do {
		r = decimal_read(&p, &d);
		if (r == 0)
			return 0;
		u = unit_read(&p, dur_units, COUNT(dur_units), false);
		/* "2h30" could mean minutes or seconds: a plain number stands alone. */
		if (u == NULL && (*p != '\0' || many))
			return 0;
		if (u == NULL)
			u = &dur_units[COUNT(dur_units) - 1];
		if (u->factor >= last || (d.milli != 0 && (u->factor == 1 || *p != '\0')))
			return 0;
		last = u->factor;
		many = true;
		if (r == -1 || !decimal_scale(d, u->factor, &part) ||
		    __builtin_add_overflow(total, part, &total))
			far = true;
	} while (*p != '\0');
	*ms = total;
	return far || total > DUR_MAX ? -1 : 1;
}

int dur_parse(const char *s, uint64_t *ms, struct err *e)
{
	uint64_t v = 0;
	int r = strchr(s, ':') != NULL ? dur_clock(s, &v) : dur_units_read(s, &v);

	if (r != 1)
		return r == 0 ? dur_bad(s, e) : dur_long(s, e);
	*ms = v;
	return 0;
}

void dur_format(uint64_t ms, char *out, size_t size)
{
	unsigned int h = (unsigned int)(ms / MS_HOUR % 24), m = (unsigned int)(ms / MS_MINUTE % 60),
	    s = (unsigned int)(ms / MS_SECOND % 60);

	if (ms >= MS_DAY)
		snprintf(out, size, "%" PRIu64 "-%02u:%02u:%02u", ms / MS_DAY, h, m, s);
	else if (ms >= MS_HOUR)
		snprintf(out, size, "%02u:%02u:%02u", h, m, s);
	else
		snprintf(out, size, "%02u:%02u", m, s);
}

int size_parse(const char *s, uint64_t *bytes, struct err *e)
{
	const struct unit *u;
	const char *p = s;
	struct decimal d;
	uint64_t v, factor = UINT64_C(1) << 20;
	int r = decimal_read(&p, &d);

	if (r != 0 && *p != '\0') {
		u = unit_read(&p, size_units, COUNT(size_units), true);
		factor = u != NULL ? u->factor : 0;
	}
	if (r == 0 || *p != '\0' || factor == 0 || (factor == 1 && d.milli != 0))
		return err_set(e, ERR_USAGE, SHOWN " is not a size: " SIZE_HELP, s);
	if (r == -1 || !decimal_scale(d, factor, &v) || v > INT64_MAX)
		return err_set(e, ERR_USAGE, SHOWN " is too large: below 8388608T is accepted", s);
	*bytes = v;
	return 0;
}

void size_format(uint64_t bytes, char *out, size_t size)
{
	size_t i;
	uint64_t f, tenths;

	if (bytes == 0) {
		snprintf(out, size, "-");
		return;
	}
	for (i = 0; i < COUNT(size_units) - 1 && bytes < size_units[i].factor; i++)
		;
	f = size_units[i].factor;
	/* 1537M says more than 1.5G and is no wider than a column has room for. */
	if (f > 1 && bytes % f != 0 && (bytes % f * 10) % f != 0 && bytes % (f >> 10) == 0 &&
	    bytes / (f >> 10) < 10000) {
		i++;
		f = size_units[i].factor;
	}
	tenths = bytes % f * 10 / f;
	if (tenths == 0)
		snprintf(out, size, "%" PRIu64 "%s", bytes / f, size_units[i].name);
	else
		snprintf(out, size, "%" PRIu64 ".%" PRIu64 "%s", bytes / f, tenths,
		    size_units[i].name);
}
