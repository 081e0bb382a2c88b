/*
 * value: a value of job.conf from text into struct conf, and back.
 *
 * Owns what each type accepts.  Promises that what conf_format writes is read back
 * as the same value.
 */
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/amounts.h"
#include "base/codes.h"
#include "base/num.h"
#include "base/text.h"
#include "conf/impl.h"
#include "core/calendar.h"
#include "core/labels.h"

#define NAME_BYTES 64
#define MIB (UINT64_C(1) << 20)

static char **text_at(const void *c, const struct conf_key *k)
{
	return (char **)((char *)(uintptr_t)c + k->offset);
}

static int64_t *number_at(const void *c, const struct conf_key *k)
{
	return (int64_t *)((char *)(uintptr_t)c + k->offset);
}

/* ---- text to value */

static int search_valid(const char *s, struct err *e)
{
	for (const char *part = s;; part++) {
		if (*part != '/')
			return err_set(e, ERR_CONFIG, "each directory of it begins with /");
		part += strcspn(part, ":");
		if (*part == '\0')
			return 0;
	}
}

static int windows_check(const char *s, struct err *e)
{
	struct windows w;

	if (windows_parse(s, &w, e) == -1)
		return -1;
	windows_release(&w);
	return 0;
}

static int text_valid(const struct conf_key *k, const char *s, struct err *e)
{
	switch (k->type) {
	case CONF_PATH:
		return s[0] == '/' ? 0 : err_set(e, ERR_CONFIG, "\"%.64s\" does not begin with /",
		    s);
	case CONF_SEARCH:
		return search_valid(s, e);
	case CONF_NAME:
		if (name_valid(s, NAME_BYTES))
			return 0;
		return err_set(e, ERR_CONFIG, "\"%.64s\" is no name: at most %d letters, digits "
		    "and ._-:/@+", s, NAME_BYTES);
	case CONF_TEXT:
		return 0;
	case CONF_AMOUNTS:
		return amounts_valid(s, CONF_AMOUNTS_MAX, e);
	case CONF_WINDOWS:
		return windows_check(s, e);
	case CONF_EXPR:
		return label_expr_valid(s, e);
	default:
		assert(k->type == CONF_CODES);
		return codes_valid(s, e);
	}
}

static int bool_read(const char *s, int64_t *v, struct err *e)
{
	static const char *const words[] = { "no", "yes", "off", "on", "false", "true" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(s, words[i]) == 0) {
			*v = i % 2;
			return 0;
		}
	}
	return err_set(e, ERR_CONFIG, "\"%.64s\" is neither yes nor no", s);
}

static int choice_read(const struct conf_key *k, const char *s, int64_t *v, struct err *e)
{
	struct buf b;
	size_t n;

	for (n = 0; k->words[n] != NULL; n++) {
		if (strcmp(s, k->words[n]) == 0) {
			*v = (int64_t)n;
			return 0;
		}
	}
	buf_init(&b, CONF_LINE_MAX);
	for (size_t i = 0; i < n; i++)
		buf_addf(&b, "%s%s", i == 0 ? "" : i + 1 == n ? " or " : ", ", k->words[i]);
	err_set(e, ERR_CONFIG, "\"%.64s\" is none of %s", s, b.data);
	buf_release(&b);
	return -1;
}

static int duration_read(const struct conf_key *k, const char *s, int64_t *v, struct err *e)
{
	char low[32], high[32];
	uint64_t ms = 0;

	if (strcmp(s, "none") != 0 && dur_parse(s, &ms, e) == -1)
		return -1;
	if ((int64_t)ms < k->min || (int64_t)ms > k->max) {
		dur_format((uint64_t)k->min, low, sizeof(low));
		dur_format((uint64_t)k->max, high, sizeof(high));
		return err_set(e, ERR_CONFIG, "\"%.64s\" is out of range: %s to %s is accepted", s,
		    low, high);
	}
	*v = (int64_t)ms;
	return 0;
}

static int size_read(const struct conf_key *k, const char *s, int64_t *v, struct err *e)
{
	uint64_t bytes, mib;

	if (size_parse(s, &bytes, e) == -1)
		return -1;
	mib = bytes / MIB + (bytes % MIB != 0);
	if (mib < (uint64_t)k->min || mib > (uint64_t)k->max)
		return err_set(e, ERR_CONFIG, "\"%.64s\" is out of range: %" PRId64 "M to %" PRId64
		    "M is accepted", s, k->min, k->max);
	*v = (int64_t)mib;
	return 0;
}

static int number_read(const struct conf_key *k, const char *s, int64_t *v, struct err *e)
{
	uint64_t milli;

	if (k->may_auto && strcmp(s, "auto") == 0) {
		*v = CONF_AUTO;
		return 0;
	}
	if (k->may_all && strcmp(s, "all") == 0) {
		*v = CONF_ALL;
		return 0;
	}
	if (k->may_none && strcmp(s, "none") == 0) {
		*v = 0;
		return 0;
	}
	switch (k->type) {
	case CONF_BOOL:
		return bool_read(s, v, e);
	case CONF_CHOICE:
		return choice_read(k, s, v, e);
	case CONF_DURATION:
		return duration_read(k, s, v, e);
	case CONF_MIB:
		return size_read(k, s, v, e);
	case CONF_MILLI:
		if (num_milli(s, (uint64_t)k->min, (uint64_t)k->max, &milli, e) == -1)
			return -1;
		*v = (int64_t)milli;
		return 0;
	default:
		return num_i64(s, k->min, k->max, v, e);
	}
}

int conf_set(void *c, const struct conf_key *k, const char *value, struct err *e)
{
	char **text;
	int r;

	if (!conf_is_text(k->type)) {
		r = number_read(k, value, number_at(c, k), e);
	} else {
		r = text_valid(k, value, e);
		if (r == 0) {
			text = text_at(c, k);
			free(*text);
			*text = xstrdup(value);
		}
	}
	/* The readers of words and numbers speak of usage: here it is configuration. */
	if (r == -1 && e != NULL)
		e->code = ERR_CONFIG;
	return r;
}

/* ---- value to text */

static int duration_format(int64_t ms, struct buf *out)
{
	static const struct {
		int64_t ms;
		const char *unit;
	} units[] = {
		{ 86400000, "d" }, { 3600000, "h" }, { 60000, "m" }, { 1000, "s" }, { 1, "ms" },
	};
	size_t i = 0;

	if (ms == 0)
		return buf_adds(out, "0s");
	while (ms % units[i].ms != 0)
		i++;
	return buf_addf(out, "%" PRId64 "%s", ms / units[i].ms, units[i].unit);
}

static int milli_format(int64_t v, struct buf *out)
{
	int places = 3;
	int64_t part = v % 1000;

	if (part == 0)
		return buf_addf(out, "%" PRId64, v / 1000);
	for (; part % 10 == 0; part /= 10)
		places--;
	return buf_addf(out, "%" PRId64 ".%0*" PRId64, v / 1000, places, part);
}

static int number_format(const struct conf_key *k, int64_t v, struct buf *out)
{
	if (k->may_auto && v == CONF_AUTO)
		return buf_adds(out, "auto");
	if (k->may_all && v == CONF_ALL)
		return buf_adds(out, "all");
	if (k->may_none && v == 0)
		return buf_adds(out, "none");
	switch (k->type) {
	case CONF_BOOL:
		return buf_adds(out, v ? "yes" : "no");
	case CONF_CHOICE:
		return buf_adds(out, k->words[v]);
	case CONF_DURATION:
		return v == 0 && strcmp(k->fallback, "none") == 0 ? buf_adds(out, "none") :
		    duration_format(v, out);
	case CONF_MIB:
		if (v == 0)
			return buf_addc(out, '0');
		return v % 1024 == 0 ? buf_addf(out, "%" PRId64 "G", v / 1024) :
		    buf_addf(out, "%" PRId64 "M", v);
	case CONF_MILLI:
		return milli_format(v, out);
	default:
		return buf_addf(out, "%" PRId64, v);
	}
}

int conf_value_format(const void *c, const struct conf_key *k, struct buf *out)
{
	const char *s;

	if (!conf_is_text(k->type))
		return number_format(k, *number_at(c, k), out);
	s = *text_at(c, k);
	return buf_adds(out, s != NULL ? s : "");
}

int conf_format(const struct conf *c, size_t key, struct buf *out)
{
	assert(conf_key(key) != NULL);
	return conf_value_format(c, conf_key(key), out);
}
