/*
 * array: the part of a submission that makes many jobs of it.
 *
 * Owns how a tolerance of failures becomes a number of them.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "base/ranges.h"
#include "core/elements.h"
#include "msg/submit.h"

/* "10", or "5%" of so many: how many failures are one too many. */
static int fails_read(const char *s, int64_t size, int64_t *failures, struct err *e)
{
	size_t n = strlen(s);
	bool percent = n > 1 && s[n - 1] == '%';
	char digits[16];
	int64_t v = -1;

	if (n < sizeof(digits)) {
		memcpy(digits, s, n - percent);
		digits[n - percent] = '\0';
		if (num_i64(digits, 0, percent ? 100 : ARRAY_MAX, &v, NULL) == -1)
			v = -1;
	}
	if (v == -1)
		return err_set(e, ERR_DATA, "max_fails: \"%.40s\" is neither a number nor a part "
		    "as 5%%", s);
	*failures = (percent ? size * v / 100 : v) + 1;
	return 0;
}

static int halt_read(const struct msg *m, int64_t size, struct arena *a, struct job_row *row,
    struct err *e)
{
	const char *halt = msg_str(m, F_HALT), *fails = msg_str(m, F_MAX_FAILS);
	char text[40];
	int64_t n;
	bool now;

	if (halt != NULL && fails != NULL)
		return err_set(e, ERR_DATA, "halt: max_fails says the same in another way");
	if (halt != NULL && array_halt_parse(halt, &now, &n) == -1)
		return err_set(e, ERR_DATA, "halt: \"%.40s\" is not soon,fail=N or now,fail=N",
		    halt);
	if (fails != NULL) {
		if (fails_read(fails, size, &n, e) == -1)
			return -1;
		if (n > size)		/* all may fail */
			return 0;
		snprintf(text, sizeof(text), "soon,fail=%" PRId64, n);
		halt = text;
	}
	row->array_halt = arena_strdup(a, halt);
	return 0;
}

/* What makes no sense for many jobs, or is not there. */
static int alone_check(const struct msg *m, struct err *e)
{
	if (msg_flag(m, F_PIPE))
		return err_set(e, ERR_DATA, "array: many jobs cannot share what is attached");
	if (msg_has(m, F_CRON))
		return err_set(e, ERR_UNAVAIL, "array: arrays of schedules are not there yet");
	return 0;
}

int submit_array(const struct msg *m, struct arena *a, struct job_row *row, struct err *e)
{
	static const enum msg_field parts[] = { F_ARRAY_LIMIT, F_HALT, F_MAX_FAILS };
	const char *spec = msg_str(m, F_ARRAY);
	struct ranges r;
	int64_t size;

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]) && spec == NULL; i++) {
		if (msg_has(m, parts[i]))
			return err_set(e, ERR_DATA, "%s: it belongs to an array, and this is none",
			    msg_field_name(parts[i]));
	}
	if (spec == NULL)
		return 0;
	if (ranges_parse(&r, spec, ARRAY_MAX, e) == -1)
		return err_prefix(e, "array");
	size = r.count;
	ranges_release(&r);
	row->array_spec = arena_strdup(a, spec);
	return alone_check(m, e) == -1 ? -1 : halt_read(m, size, a, row, e);
}
