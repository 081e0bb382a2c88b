/*
 * setting: limits of a process, the warning before the time limit, amounts by name.
 *
 * Owns the names of the limits and their units.  Pure; what a host makes of a limit
 * is its worker's business.
 */
#include "msg/setting.h"

#include <string.h>
#include <sys/resource.h>

#include "base/amounts.h"
#include "base/buf.h"
#include "base/codes.h"
#include "base/num.h"
#include "base/text.h"

#define NUMBER_BYTES 32
#define WARN_DEFAULT_MS 60000

enum unit { UNIT_COUNT, UNIT_BYTES, UNIT_SECONDS };

static const struct limit_name {
	const char *name;
	int resource;
	enum unit unit;
} limit_names[] = {
	{ "as", RLIMIT_AS, UNIT_BYTES }, { "core", RLIMIT_CORE, UNIT_BYTES },
	{ "cpu", RLIMIT_CPU, UNIT_SECONDS }, { "data", RLIMIT_DATA, UNIT_BYTES },
	{ "fsize", RLIMIT_FSIZE, UNIT_BYTES }, { "memlock", RLIMIT_MEMLOCK, UNIT_BYTES },
	{ "msgqueue", RLIMIT_MSGQUEUE, UNIT_BYTES }, { "nofile", RLIMIT_NOFILE, UNIT_COUNT },
	{ "nproc", RLIMIT_NPROC, UNIT_COUNT }, { "rtprio", RLIMIT_RTPRIO, UNIT_COUNT },
	{ "sigpending", RLIMIT_SIGPENDING, UNIT_COUNT }, { "stack", RLIMIT_STACK, UNIT_BYTES },
};

#define LIMIT_NAMES (sizeof(limit_names) / sizeof(limit_names[0]))

static const struct limit_name *limit_find(const char *s, size_t n)
{
	for (size_t i = 0; i < LIMIT_NAMES; i++) {
		if (strlen(limit_names[i].name) == n && memcmp(limit_names[i].name, s, n) == 0)
			return &limit_names[i];
	}
	return NULL;
}

static int limit_unknown(const char *s, size_t n, struct err *e)
{
	struct buf all;

	buf_init(&all, 256);
	for (size_t i = 0; i < LIMIT_NAMES; i++)
		buf_addf(&all, "%s%s", i == 0 ? "" : i + 1 < LIMIT_NAMES ? ", " : " and ",
		    limit_names[i].name);
	err_set(e, ERR_DATA, "\"%.*s\" is no limit; there are %s", n < 32 ? (int)n : 32, s,
	    all.data);
	buf_release(&all);
	return -1;
}

static int limit_value(const char *s, size_t n, enum unit unit, uint64_t *out, struct err *e)
{
	char text[NUMBER_BYTES];
	uint64_t ms;
	int r;

	if (n >= sizeof(text))
		return err_set(e, ERR_DATA, "\"%.32s\" is no value", s);
	memcpy(text, s, n);
	text[n] = '\0';
	if (strcmp(text, "unlimited") == 0) {
		*out = SETTING_UNLIMITED;
		return 0;
	}
	if (unit == UNIT_BYTES)
		r = size_parse(text, out, e);
	else if (unit == UNIT_COUNT)
		r = num_u64(text, 0, INT64_MAX, out, e);
	else if ((r = dur_parse(text, &ms, e)) == 0)
		*out = (ms + 999) / 1000;
	if (r == -1 && e != NULL)
		e->code = ERR_DATA;
	return r;
}

int rlimit_setting_parse(const char *s, struct rlimit_setting *out, struct err *e)
{
	size_t n = strcspn(s, "="), soft;
	const struct limit_name *name = limit_find(s, n);
	const char *value = s + n + 1;

	if (s[n] == '\0')
		return err_set(e, ERR_DATA, "\"%.64s\" is not NAME=SOFT or NAME=SOFT:HARD", s);
	if (name == NULL)
		return limit_unknown(s, n, e);
	*out = (struct rlimit_setting){ .name = name->name, .resource = name->resource };
	/* In MM:SS the colon would be ambiguous: here it divides soft from hard. */
	soft = strcspn(value, ":");
	out->has_hard = value[soft] != '\0';
	if (limit_value(value, soft, name->unit, &out->soft, e) == -1)
		return err_prefix(e, "%s", name->name);
	if (out->has_hard && limit_value(value + soft + 1, strlen(value + soft + 1), name->unit,
	    &out->hard, e) == -1)
		return err_prefix(e, "%s", name->name);
	if (out->has_hard && out->soft > out->hard)
		return err_set(e, ERR_DATA, "%s: the soft limit is above the hard one",
		    name->name);
	return 0;
}

int warn_setting_parse(const char *s, struct warn_setting *out, struct err *e)
{
	const char *at = strchr(s, '@');
	char name[NUMBER_BYTES];
	size_t n;

	*out = (struct warn_setting){ .before = WARN_DEFAULT_MS };
	out->main_only = strncmp(s, "B:", 2) == 0;
	if (out->main_only)
		s += 2;
	n = at != NULL ? (size_t)(at - s) : strlen(s);
	if (n >= sizeof(name))
		return err_set(e, ERR_DATA, "\"%.64s\" is not [B:]SIG[@TIME]", s);
	memcpy(name, s, n);
	name[n] = '\0';
	out->signal = codes_signal(name);
	if (out->signal == -1)
		return err_set(e, ERR_DATA, "\"%s\" is no signal: write USR1@60, or B:USR1@60 for "
		    "the main process alone", name);
	if (at == NULL)
		return 0;
	if (dur_parse(at + 1, &out->before, e) == -1) {
		if (e != NULL)
			e->code = ERR_DATA;
		return -1;
	}
	return out->before > 0 ? 0 : err_set(e, ERR_DATA, "a warning 0 s before the limit is none");
}

int amount_setting_parse(const char *s, size_t *name_len, int64_t *n, struct err *e)
{
	char name[AMOUNT_NAME_MAX + 1];

	*name_len = strcspn(s, "=");
	if (s[*name_len] == '\0' || *name_len > AMOUNT_NAME_MAX)
		return err_set(e, ERR_DATA, "\"%.100s\" is not NAME=N with a name of at most %d "
		    "bytes", s, AMOUNT_NAME_MAX);
	memcpy(name, s, *name_len);
	name[*name_len] = '\0';
	if (!name_valid(name, AMOUNT_NAME_MAX))
		return err_set(e, ERR_DATA, "\"%s\" is no name: letters, digits and ._-:/@+, no - "
		    "in front", name);
	if (num_i64(s + *name_len + 1, 1, AMOUNT_MAX, n, e) == 0)
		return 0;
	if (e != NULL)
		e->code = ERR_DATA;
	return err_prefix(e, "%s", name);
}
