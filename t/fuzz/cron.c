/*
 * cron: whatever is written as an expression, and whatever bytes a time zone's file holds, is
 * taken or refused; and what fires does so in order, within its span, and again the same.
 *
 * An expression, a line end, then a file; without a line end the file is a rule's.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/cron.h"

#define FIRES 40

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void need(bool holds)
{
	if (!holds)
		abort();
}

static void spans(const struct zone *z)
{
	struct zone_span s = zone_span(z, ZONE_BEGIN), next;

	need(s.start == ZONE_BEGIN);
	for (int i = 0; i < 200 && s.end < ZONE_END; i++, s = next) {
		next = zone_span(z, s.end);
		need(next.start == s.end && next.end > next.start);
		need(next.offset <= ZONE_OFFSET_MAX && next.offset >= -ZONE_OFFSET_MAX);
	}
}

static void fires(struct cron *c, const struct zone *z, int64_t from)
{
	struct cron_fire f, back;
	int64_t at = from;

	for (int i = 0; i < FIRES && cron_next(c, z, at, &f); i++, at = f.at) {
		need(f.at > at);
		if (i == FIRES / 2)
			need(cron_prev(c, z, f.at + 1, &back) && back.at == f.at);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *line = memchr(data, '\n', size);
	size_t n = line != NULL ? (size_t)(line - data) : size;
	char text[CRON_TEXT_MAX + 2];
	struct zone *z = NULL;
	struct cron c;

	if (n >= sizeof(text) || memchr(data, '\0', n) != NULL)
		return 0;
	memcpy(text, data, n);
	text[n] = '\0';
	if (line != NULL)
		z = zone_decode("Fuzz/Zone", line + 1, size - n - 1, NULL);
	if (z == NULL)
		z = zone_new_utc();
	else
		spans(z);
	if (cron_parse(&c, text, "s1", NULL) == 0) {
		c.gap = (enum cron_gap)(size % 3);
		c.fold = (enum cron_fold)(size / 3 % 4);
		fires(&c, z, INT64_C(1760000000000));
		fires(&c, z, ZONE_BEGIN);
	}
	zone_free(z);
	return 0;
}
