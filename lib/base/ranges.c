/*
 * ranges: reads, writes and changes lists of numbers.
 *
 * Owns their syntax.  A list costs memory by its ranges, however many numbers they
 * stand for.
 */
#include "base/ranges.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/num.h"

static int64_t range_count(const struct range *x)
{
	return (x->last - x->first) / x->step + 1;
}

/* Makes room for one at i. */
static struct range *insert(struct ranges *r, size_t i)
{
	if (r->n == r->cap) {
		r->cap = r->cap != 0 ? r->cap * 2 : 4;
		r->list = xreallocarray(r->list, r->cap, sizeof(*r->list));
	}
	memmove(&r->list[i + 1], &r->list[i], (r->n++ - i) * sizeof(*r->list));
	return &r->list[i];
}

static void drop(struct ranges *r, size_t i)
{
	memmove(&r->list[i], &r->list[i + 1], (--r->n - i) * sizeof(*r->list));
}

/* ---- text */

/* Digits up to one of `ends`; *s is behind them. */
static int read_number(const char **s, const char *ends, int64_t least, int64_t *out)
{
	char digits[16];
	size_t n = strspn(*s, "0123456789");

	if (n == 0 || n >= sizeof(digits) || ((*s)[n] != '\0' && strchr(ends, (*s)[n]) == NULL))
		return -1;
	memcpy(digits, *s, n);
	digits[n] = '\0';
	*s += n;
	return num_i64(digits, least, RANGES_NUMBER_MAX, out, NULL);
}

static int read_range(const char **s, struct range *x)
{
	if (read_number(s, "-,", 0, &x->first) == -1)
		return -1;
	x->last = x->first;
	x->step = 1;
	if (**s != '-')
		return 0;
	++*s;
	if (read_number(s, ":,", 0, &x->last) == -1)
		return -1;
	if (**s == ':') {
		++*s;
		if (read_number(s, ",", 1, &x->step) == -1)
			return -1;
	}
	if (x->last < x->first)
		return -1;
	x->last -= (x->last - x->first) % x->step;
	return 0;
}

static int parse_all(struct ranges *r, const char *text, int64_t most, struct err *e)
{
	const char *s = text;
	struct range x;

	for (;; s++) {
		if (read_range(&s, &x) == -1)
			return err_set(e, ERR_DATA, "\"%.40s\" is no list of numbers as 1-9:2,12",
			    text);
		if (r->n > 0 && x.first <= r->list[r->n - 1].last)
			return err_set(e, ERR_DATA, "\"%.40s\" is not in ascending order", text);
		r->count += range_count(&x);
		if (r->count > most)
			return err_set(e, ERR_DATA, "\"%.40s\" has more than %" PRId64 " numbers",
			    text, most);
		*insert(r, r->n) = x;
		if (*s == '\0')
			return 0;
	}
}

int ranges_parse(struct ranges *r, const char *text, int64_t most, struct err *e)
{
	*r = (struct ranges){ .n = 0 };
	if (parse_all(r, text, most, e) == 0)
		return 0;
	ranges_release(r);
	return -1;
}

void ranges_release(struct ranges *r)
{
	free(r->list);
	*r = (struct ranges){ .n = 0 };
}

int ranges_format(const struct ranges *r, struct buf *out)
{
	int rc = 0;

	for (size_t i = 0; i < r->n && rc == 0; i++) {
		const struct range *x = &r->list[i];

		rc = buf_addf(out, "%s%" PRId64, i > 0 ? "," : "", x->first);
		if (rc == 0 && x->last > x->first)
			rc = buf_addf(out, "-%" PRId64, x->last);
		if (rc == 0 && x->step > 1 && x->last > x->first)
			rc = buf_addf(out, ":%" PRId64, x->step);
	}
	return rc;
}

/* ---- places */

int64_t ranges_at(const struct ranges *r, int64_t place)
{
	for (size_t i = 0; i < r->n && place >= 0; i++) {
		int64_t n = range_count(&r->list[i]);

		if (place < n)
			return r->list[i].first + place * r->list[i].step;
		place -= n;
	}
	return -1;
}

/* The first range that does not end before the number. */
static size_t find(const struct ranges *r, int64_t number)
{
	size_t low = 0, high = r->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (r->list[mid].last < number)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static bool holds(const struct ranges *r, size_t i, int64_t number)
{
	return i < r->n && number >= r->list[i].first &&
	    (number - r->list[i].first) % r->list[i].step == 0;
}

int64_t ranges_place(const struct ranges *r, int64_t number)
{
	size_t at = find(r, number);
	int64_t before = 0;

	if (!holds(r, at, number))
		return -1;
	for (size_t i = 0; i < at; i++)
		before += range_count(&r->list[i]);
	return before + (number - r->list[at].first) / r->list[at].step;
}

/* ---- changes */

void ranges_add(struct ranges *r, int64_t number)
{
	size_t i = find(r, number);
	bool left = i > 0 && r->list[i - 1].last == number - 1;
	bool right = i < r->n && r->list[i].first == number + 1;

	if (holds(r, i, number))
		return;
	r->count++;
	if (left && right) {
		r->list[i - 1].last = r->list[i].last;
		drop(r, i);
	} else if (left)
		r->list[i - 1].last = number;
	else if (right)
		r->list[i].first = number;
	else
		*insert(r, i) = (struct range){ number, number, 1 };
}

void ranges_remove(struct ranges *r, int64_t number)
{
	size_t i = find(r, number);
	struct range *x;

	if (!holds(r, i, number))
		return;
	r->count--;
	x = &r->list[i];
	if (x->first == x->last)
		drop(r, i);
	else if (x->first == number)
		x->first++;
	else if (x->last == number)
		x->last--;
	else {
		x = insert(r, i);
		*x = (struct range){ r->list[i + 1].first, number - 1, 1 };
		r->list[i + 1].first = number + 1;
	}
}
