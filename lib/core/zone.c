/*
 * zone: TZif bytes to a table of changes of offset, and questions to it.
 *
 * Owns the table.  Promises that no length in the bytes is believed before it is held
 * against what there is, and that equal bytes give equal answers anywhere.  Only
 * offsets are kept: a change of the name or of the summer time flag alone is no
 * change for a clock.  Behind the table the footer's rule holds (tzrule.c).
 */
#include "core/zone.h"

#include <bsd/string.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

#define HEADER 44
#define OFFSET_MIN (-INT64_C(90000))		/* of RFC 8536, in seconds, both excluded */
#define OFFSET_MAX INT64_C(93600)

struct zone {
	char name[ZONE_NAME_MAX];
	int64_t first;		/* offset before the first change */
	struct zone_span *changes;	/* ascending; `end` is that of the next one's start */
	size_t n;
	bool ruled;		/* rule holds from the last change on, or always */
	struct tzrule rule;
};

struct block {			/* one of the two data blocks of a file */
	const uint8_t *times, *indices, *types, *end;
	size_t ntimes, ntypes, nleaps;
	int width;		/* of an instant: 4 or 8 bytes */
};

static int64_t big_endian(const uint8_t *p, int width)
{
	uint64_t v = (p[0] & 0x80) != 0 ? UINT64_MAX : 0;

	for (int i = 0; i < width; i++)
		v = v << 8 | p[i];
	return (int64_t)v;
}

static size_t count_at(const uint8_t *header, int i)
{
	return (size_t)(big_endian(header + 20 + 4 * i, 4) & 0xffffffff);
}

/* The block behind the header at p, or -1 when it is none or does not fit. */
static int block_read(struct block *b, const uint8_t *p, size_t left, int width)
{
	size_t isut, isstd, chars, need;

	if (left < HEADER || memcmp(p, "TZif", 4) != 0)
		return -1;
	isut = count_at(p, 0);
	isstd = count_at(p, 1);
	b->nleaps = count_at(p, 2);
	b->ntimes = count_at(p, 3);
	b->ntypes = count_at(p, 4);
	chars = count_at(p, 5);
	b->width = width;
	/* Each count is below 2^32, so this cannot wrap in 64 bits. */
	need = b->ntimes * (size_t)(width + 1) + b->ntypes * 6 + chars +
	    b->nleaps * (size_t)(width + 4) + isstd + isut;
	if (need > left - HEADER)
		return -1;
	b->times = p + HEADER;
	b->indices = b->times + b->ntimes * (size_t)width;
	b->types = b->indices + b->ntimes;
	b->end = p + HEADER + need;
	return 0;
}

static int type_offset(const struct block *b, size_t type, int64_t *ms)
{
	int64_t seconds;

	if (type >= b->ntypes)
		return -1;
	seconds = big_endian(b->types + 6 * type, 4);
	if (seconds <= OFFSET_MIN || seconds >= OFFSET_MAX)
		return -1;
	*ms = seconds * 1000;
	return 0;
}

/* Adds a change of offset; the last one also if nothing changes: there the rule begins. */
static void change_add(struct zone *z, int64_t seconds, int64_t offset, bool last)
{
	int64_t present = z->n > 0 ? z->changes[z->n - 1].offset : z->first;
	int64_t at;

	if (seconds >= ZONE_END / 1000 || (offset == present && !last))
		return;
	if (seconds <= ZONE_BEGIN / 1000) {
		z->first = offset;
		return;
	}
	at = seconds * 1000;
	if (z->n > 0)
		z->changes[z->n - 1].end = at;
	z->changes[z->n++] = (struct zone_span){ at, ZONE_END, offset };
}

static int table_fill(struct zone *z, const struct block *b)
{
	int64_t seconds, before = INT64_MIN, offset;

	if (type_offset(b, 0, &z->first) == -1)
		return -1;
	z->changes = xcalloc(b->ntimes + 1, sizeof(*z->changes));
	for (size_t i = 0; i < b->ntimes; i++) {
		seconds = big_endian(b->times + i * (size_t)b->width, b->width);
		if ((i > 0 && seconds <= before) ||
		    type_offset(b, b->indices[i], &offset) == -1)
			return -1;
		before = seconds;
		change_add(z, seconds, offset, i + 1 == b->ntimes);
	}
	return 0;
}

/* The rule between two line ends behind the last block; an empty one says nothing. */
static int footer_read(struct zone *z, const uint8_t *p, size_t left)
{
	const uint8_t *end;

	if (left < 2 || p[0] != '\n')
		return -1;
	end = memchr(p + 1, '\n', left - 1);
	if (end == NULL || end - (p + 1) > 255)
		return -1;
	if (end == p + 1)
		return 0;
	z->ruled = true;
	return tzrule_parse(&z->rule, (const char *)p + 1, (int)(end - (p + 1)));
}

/* What is wrong with the file, or NULL. */
static const char *decode(struct zone *z, const uint8_t *p, size_t n)
{
	struct block b;
	bool wide;

	if (block_read(&b, p, n, 4) == -1)
		return "it is no time zone file (TZif), or cut short";
	wide = p[4] >= '2';
	if (wide && block_read(&b, b.end, n - (size_t)(b.end - p), 8) == -1)
		return "its second part is missing or cut short";
	if (b.nleaps > 0)
		return "it counts leap seconds; take the zone without right/ in front";
	if (table_fill(z, &b) == -1)
		return "its table of changes is damaged";
	if (wide && footer_read(z, b.end, n - (size_t)(b.end - p)) == -1)
		return "its rule for the years to come is damaged";
	return NULL;
}

struct zone *zone_new_utc(void)
{
	struct zone *z = xcalloc(1, sizeof(*z));

	strlcpy(z->name, "UTC", sizeof(z->name));
	return z;
}

struct zone *zone_decode(const char *name, const void *tzif, size_t n, struct err *e)
{
	struct zone *z = xcalloc(1, sizeof(*z));
	const char *why = NULL;

	if (strlcpy(z->name, name, sizeof(z->name)) >= sizeof(z->name))
		why = "its name is too long";
	if (why == NULL)
		why = decode(z, tzif, n);
	if (why == NULL)
		return z;
	err_set(e, ERR_DATA, "the time zone %.80s cannot be used: %s", name, why);
	zone_free(z);
	return NULL;
}

void zone_free(struct zone *z)
{
	if (z == NULL)
		return;
	free(z->changes);
	free(z);
}

const char *zone_name(const struct zone *z)
{
	return z->name;
}

/* How many changes of the table are not after `at`. */
static size_t changes_until(const struct zone *z, int64_t at)
{
	size_t low = 0, high = z->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (z->changes[middle].start <= at)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct zone_span zone_span(const struct zone *z, int64_t at)
{
	struct zone_span s;
	size_t i;

	if (at < ZONE_BEGIN)
		at = ZONE_BEGIN;
	if (at >= ZONE_END)
		at = ZONE_END - 1;
	i = changes_until(z, at);
	if (i < z->n || !z->ruled) {
		if (i > 0)
			return z->changes[i - 1];
		return (struct zone_span){
			ZONE_BEGIN, z->n > 0 ? z->changes[0].start : ZONE_END, z->first
		};
	}
	s = tzrule_span(&z->rule, at);
	if (z->n > 0 && s.start < z->changes[z->n - 1].start)
		s.start = z->changes[z->n - 1].start;
	return s;
}

int64_t zone_to_utc(const struct zone *z, int64_t local)
{
	struct zone_span s = zone_span(z, local - ZONE_OFFSET_MAX), next;

	while (s.end < ZONE_END && local >= s.end + s.offset) {
		next = zone_span(z, s.end);
		if (local < next.start + next.offset)
			break;		/* skipped */
		s = next;
	}
	return local - s.offset;
}

void zone_stamp(const struct zone *z, int64_t at, char out[CLOCK_RFC3339_SIZE])
{
	int64_t offset = zone_span(z, at).offset;
	size_t n = civil_stamp(floor_div(at + offset, 1000), out);

	civil_offset((int)(offset / 60000), out + n);
}
