/*
 * cron: reads expressions.
 *
 * Owns the grammar: five fields of lists of items, nicknames, @every.  The fields are
 * rows; an item is a row of numbers (low, high, step) before it becomes bits.  An error
 * names the field, the item as it was written, and what would be right.  Read fire.c
 * next.
 */
#include "core/cron.h"

#include <bsd/string.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/num.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const char *const month_names[] = {
	"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec", NULL
};
static const char *const weekday_names[] = {
	"sun", "mon", "tue", "wed", "thu", "fri", "sat", NULL
};

enum { MINUTE, HOUR, DAY, MONTH, WEEKDAY, FIELDS };

static const struct field {
	const char *name;
	int low, high;
	int hash_high;			/* H alone: each month has a day 28 */
	const char *const *words;	/* for low, low + 1, ... */
	const char *range;		/* what it may be, in words */
} fields[FIELDS] = {
	[MINUTE] = { "minute", 0, 59, 59, NULL, "0-59" },
	[HOUR] = { "hour", 0, 23, 23, NULL, "0-23" },
	[DAY] = { "day", 1, 31, 28, NULL, "1-31 or L" },
	[MONTH] = { "month", 1, 12, 12, month_names, "1-12 or jan-dec" },
	[WEEKDAY] = { "weekday", 0, 7, 6, weekday_names, "0-7 or sun-sat" },
};

struct parser {
	struct cron *c;
	const char *id;
	const struct field *field;
	char item[CRON_TEXT_MAX + 1];	/* the present one, as written */
	struct err *e;
};

struct range {
	int low, high, step;
};

static int bad(const struct parser *p, const char *why)
{
	return err_set(p->e, ERR_DATA, "%s field: '%s': %s", p->field->name, p->item, why);
}

uint64_t cron_hash(const char *text)
{
	char hex[SHA256_HEX];
	uint64_t v = 0;

	sha256_hex(text, strlen(text), hex);
	for (int i = 0; i < 16; i++)
		v = v << 4 | (uint64_t)(hex[i] <= '9' ? hex[i] - '0' : hex[i] - 'a' + 10);
	return v;
}

/* The same schedule, the same time. */
static uint64_t hashed(const struct parser *p)
{
	char text[128];

	strlcpy(text, p->id, sizeof(text));
	strlcat(text, p->field->name, sizeof(text));
	return cron_hash(text);
}

static bool letter(char ch)
{
	return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z');
}

static bool digit(char ch)
{
	return ch >= '0' && ch <= '9';
}

/* Digits as a number, far above any field's when there are too many; -1: none. */
static int digits(const char **s)
{
	int v = digit(**s) ? 0 : -1;

	for (; digit(**s); (*s)++)
		v = v < 100000 ? v * 10 + (**s - '0') : v;
	return v;
}

/* The place of a name of three letters among words; -1: it is none of them. */
static int name_place(const char *const *words, const char *word, size_t n)
{
	char three[4] = "";

	if (n != 3)
		return -1;
	strlcpy(three, word, sizeof(three));
	for (int i = 0; words[i] != NULL; i++) {
		if (strcasecmp(words[i], three) == 0)
			return i;
	}
	return -1;
}

int cron_weekday(const char *word, size_t n)
{
	return name_place(weekday_names, word, n);
}

static int word_value(const struct parser *p, const char *word, size_t n)
{
	int place = p->field->words != NULL ? name_place(p->field->words, word, n) : -1;

	return place != -1 ? p->field->low + place : -1;
}

/* A number or a name. */
static int value(struct parser *p, const char **s, int *out)
{
	const char *first = *s;

	if (letter(**s)) {
		while (letter(**s))
			(*s)++;
		*out = word_value(p, first, (size_t)(*s - first));
		if (*out != -1)
			return 0;
		return bad(p, p->field->words == NULL ? "there are no names in this field" :
		    p->field == &fields[MONTH] ? "a name is one of jan feb mar apr may jun jul "
		    "aug sep oct nov dec" : "a name is one of sun mon tue wed thu fri sat");
	}
	*out = digits(s);
	if (*out == -1)
		return bad(p, **s == '?' ? "'?' is of another dialect; write *" :
		    "a number is missing");
	if (*out < p->field->low || *out > p->field->high)
		return err_set(p->e, ERR_DATA, "%s field: '%s': %d is out of range: %s",
		    p->field->name, p->item, *out, p->field->range);
	return 0;
}

static int step(struct parser *p, const char **s, int *out)
{
	int most = p->field->high - p->field->low + (p->field != &fields[WEEKDAY]);

	*out = 1;
	if (**s != '/')
		return 0;
	(*s)++;
	*out = digits(s);
	if (*out == -1)
		return bad(p, "a number is missing behind '/'");
	if (*out == 0)
		return bad(p, "a step of 0 goes nowhere");
	if (*out > most)
		return err_set(p->e, ERR_DATA, "%s field: '%s': a step above %d never fires again "
		    "before the field starts over; @every takes any period", p->field->name,
		    p->item, most);
	return 0;
}

/* H, H/n, H(a-b), H(a-b)/n: one of the values, always the same for this schedule. */
static int hash_item(struct parser *p, const char *s, struct range *r)
{
	bool given = s[1] == '(';

	s++;
	r->low = p->field->low;
	r->high = p->field->hash_high;
	if (given) {
		s++;
		if (value(p, &s, &r->low) == -1)
			return -1;
		if (*s++ != '-')
			return bad(p, "write H(a-b)");
		if (value(p, &s, &r->high) == -1)
			return -1;
		if (*s++ != ')')
			return bad(p, "write H(a-b)");
		if (r->high < r->low)
			return bad(p, "a range goes up");
	}
	if (*s == '/') {
		if (!given)
			r->high = p->field->high - (p->field == &fields[WEEKDAY]);
		if (step(p, &s, &r->step) == -1)
			return -1;
		if (r->step > r->high - r->low + 1)
			return bad(p, "the step is longer than the range");
		r->low += (int)(hashed(p) % (uint64_t)r->step);
	} else {
		r->low += (int)(hashed(p) % (uint64_t)(r->high - r->low + 1));
		r->high = r->low;
		r->step = 1;
	}
	return *s == '\0' ? 0 : bad(p, "write H, H/n, H(a-b) or H(a-b)/n");
}

/* *, a, a-b, and /step behind the first and the last. */
static int range_item(struct parser *p, const char *s, struct range *r)
{
	bool wide = *s == '*' || *s == '-';

	if (*s == '*') {
		s++;
		r->low = p->field->low;
		r->high = p->field->high;
	} else {
		if (value(p, &s, &r->low) == -1)
			return -1;
		r->high = r->low;
		if (*s == '-') {
			s++;
			wide = true;
			if (value(p, &s, &r->high) == -1)
				return -1;
			if (r->high < r->low)
				return bad(p, "a range goes up; cut it in two with a comma");
		}
	}
	if (*s == '/' && !wide)
		return bad(p, "a step goes behind * or a range only: cron dialects differ here");
	if (step(p, &s, &r->step) == -1)
		return -1;
	return *s == '\0' ? 0 : bad(p, "this is not *, a number, a range a-b, or one with /step");
}

/* n#k: the kth weekday of the month. */
static int nth_item(struct parser *p, const char *s)
{
	int day, k;

	if (value(p, &s, &day) == -1)
		return -1;
	if (*s++ != '#')
		return bad(p, "write n#k, the kth weekday n of the month");
	k = digits(&s);
	if (k < 1 || k > 5 || *s != '\0')
		return bad(p, "behind '#' goes a number from 1 to 5");
	p->c->nth |= UINT64_C(1) << (7 * (k - 1) + day % 7);
	return 0;
}

static void bits_set(struct cron *c, const struct field *f, const struct range *r)
{
	for (int v = r->low; v <= r->high; v += r->step) {
		if (f == &fields[MINUTE])
			c->minutes |= UINT64_C(1) << v;
		else if (f == &fields[HOUR])
			c->hours |= UINT32_C(1) << v;
		else if (f == &fields[DAY])
			c->days |= UINT32_C(1) << v;
		else if (f == &fields[MONTH])
			c->months |= UINT32_C(1) << v;
		else
			c->weekdays |= (uint8_t)(1u << v % 7);
	}
}

static int item(struct parser *p)
{
	struct range r;
	const char *s = p->item;

	if (*s == '\0')
		return bad(p, "there is nothing between two commas");
	if (p->field == &fields[DAY] && strcasecmp(s, "L") == 0) {
		p->c->last_day = true;
		return 0;
	}
	if (strchr(s, '#') != NULL) {
		if (p->field == &fields[WEEKDAY])
			return nth_item(p, s);
		return bad(p, "'#' belongs into the weekday field");
	}
	if ((*s == 'H' || *s == 'h') && !letter(s[1])) {
		if (hash_item(p, s, &r) == -1)
			return -1;
	} else if (range_item(p, s, &r) == -1) {
		return -1;
	}
	bits_set(p->c, p->field, &r);
	return 0;
}

/* A list of n bytes. */
static int field(struct parser *p, const char *s, size_t n)
{
	const char *end = s + n;

	for (;;) {
		const char *comma = memchr(s, ',', (size_t)(end - s));
		size_t len = (size_t)((comma != NULL ? comma : end) - s);

		memcpy(p->item, s, len);
		p->item[len] = '\0';
		if (item(p) == -1)
			return -1;
		if (comma == NULL)
			return 0;
		s = comma + 1;
	}
}

static bool blank(char ch)
{
	return ch == ' ' || ch == '\t';
}

static const char *skip(const char *s, bool blanks)
{
	while (*s != '\0' && blank(*s) == blanks)
		s++;
	return s;
}

static int five_fields(struct parser *p, const char *text)
{
	const char *begin[FIELDS], *end[FIELDS], *s = skip(text, true);
	int n = 0;

	for (; *s != '\0'; s = skip(s, true)) {
		const char *first = s;

		s = skip(s, false);
		if (n < FIELDS) {
			begin[n] = first;
			end[n] = s;
		}
		n++;
	}
	if (n != FIELDS)
		return err_set(p->e, ERR_DATA, "it has %d field%s, not 5: "
		    "minute hour day month weekday", n, n == 1 ? "" : "s");
	for (int i = 0; i < FIELDS; i++) {
		p->field = &fields[i];
		if (field(p, begin[i], (size_t)(end[i] - begin[i])) == -1)
			return -1;
	}
	p->c->either = *begin[DAY] != '*' && *begin[WEEKDAY] != '*';
	return 0;
}

static int every(struct cron *c, const char *s, struct err *e)
{
	uint64_t ms;

	if (dur_parse(s, &ms, e) == -1) {
		if (e != NULL)
			e->code = ERR_DATA;
		return err_prefix(e, "@every");
	}
	if (ms < 1000 || ms % 1000 != 0)
		return err_set(e, ERR_DATA, "@every: '%.64s': whole seconds are accepted, "
		    "from 1 on", s);
	c->every = (int64_t)ms;
	return 0;
}

static int nickname(struct parser *p, const char *text)
{
	static const struct {
		const char *name, *means;
	} rows[] = {
		{ "@yearly", "0 0 1 1 *" }, { "@annually", "0 0 1 1 *" },
		{ "@monthly", "0 0 1 * *" }, { "@weekly", "0 0 * * 0" },
		{ "@daily", "0 0 * * *" }, { "@midnight", "0 0 * * *" },
		{ "@hourly", "0 * * * *" },
	};
	const char *end = skip(text, false), *rest = skip(end, true);
	char word[16] = "";

	strlcpy(word, text, (size_t)(end - text) < sizeof(word) ?
	    (size_t)(end - text) + 1 : sizeof(word));
	if (strcmp(word, "@every") == 0) {
		/* Blanks at the end mean no more than elsewhere. */
		char period[CRON_TEXT_MAX + 1];

		strlcpy(period, rest, sizeof(period));
		for (size_t n = strlen(period); n > 0 && blank(period[n - 1]); n--)
			period[n - 1] = '\0';
		return every(p->c, period, p->e);
	}
	for (size_t i = 0; *rest == '\0' && i < COUNT(rows); i++) {
		if (strcmp(rows[i].name, word) == 0)
			return five_fields(p, rows[i].means);
	}
	if (strcmp(word, "@reboot") == 0)
		return err_set(p->e, ERR_DATA, "@reboot names no time; submit the job from a "
		    "service that starts with the machine");
	return err_set(p->e, ERR_DATA, "'%s' is none of @yearly @annually @monthly @weekly @daily "
	    "@midnight @hourly and '@every D'", text);
}

int cron_parse(struct cron *c, const char *text, const char *id, struct err *e)
{
	struct parser p = { .c = c, .id = id, .e = e };
	int r;

	memset(c, 0, sizeof(*c));
	if (strnlen(text, CRON_TEXT_MAX + 1) > CRON_TEXT_MAX)
		return err_set(e, ERR_DATA, "a cron expression has at most %d bytes",
		    CRON_TEXT_MAX);
	text = skip(text, true);
	r = *text == '@' ? nickname(&p, text) : five_fields(&p, text);
	return r == 0 ? 0 : err_prefix(e, "cron expression '%.120s'", text);
}

static int word_find(const char *const *words, size_t n, const char *word)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(words[i], word) == 0)
			return (int)i;
	}
	return -1;
}

int cron_gap_parse(const char *word)
{
	static const char *const words[] = { "auto", "makeup", "skip" };

	return word_find(words, COUNT(words), word);
}

int cron_fold_parse(const char *word)
{
	static const char *const words[] = { "auto", "first", "second", "both" };

	return word_find(words, COUNT(words), word);
}
