/*
 * values: whatever people write as a duration, size, instant, number, list of codes or
 * vis(3) text is taken or refused, within bounds, and never harms.
 *
 * The first byte chooses the parser, the rest is the text.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/codes.h"
#include "base/num.h"
#include "base/text.h"
#include "base/uuid.h"
#include "cli/when.h"

static void need(bool holds)
{
	if (!holds)
		abort();
}

static void on_duration(const char *s)
{
	char text[64];
	uint64_t ms;

	if (dur_parse(s, &ms, NULL) == -1)
		return;
	need(ms <= UINT64_C(101) * 366 * 86400 * 1000);
	dur_format(ms, text, sizeof(text));
	need(strlen(text) < sizeof(text));
}

static void on_size(const char *s)
{
	char text[64];
	uint64_t bytes;

	if (size_parse(s, &bytes, NULL) == -1)
		return;
	size_format(bytes, text, sizeof(text));
	need(bytes <= INT64_MAX);
}

static void on_instant(const char *s)
{
	char text[CLOCK_RFC3339_SIZE];
	int64_t ms, again;

	if (when_parse(s, INT64_C(1763900000000), NULL, &ms, NULL) == 0)
		need(ms > 0);
	if (clock_parse(s, INT64_C(1763900000000), &ms, NULL) == -1)
		return;
	need(ms > 0);
	clock_rfc3339(ms, text);
	need(clock_parse(text, 0, &again, NULL) == -1 || again == ms);
}

static void on_number(const char *s)
{
	uint64_t u;
	int64_t i;

	if (num_u64(s, 3, 1000, &u, NULL) == 0)
		need(u >= 3 && u <= 1000);
	if (num_i64(s, -5, 5, &i, NULL) == 0)
		need(i >= -5 && i <= 5);
	if (num_milli(s, 1, 1000000, &u, NULL) == 0)
		need(u >= 1 && u <= 1000000);
}

static void on_codes(const char *s)
{
	int code;

	for (code = 0; code < 256; code += 5)
		if (codes_match(s, code, -1, "error"))
			need(*s != '\0');
}

static void on_unvis(const char *s)
{
	struct buf plain, coded;

	buf_init(&plain, 1 << 20);
	buf_init(&coded, 1 << 22);
	if (unvis_add(&plain, s, strlen(s)) == 0) {
		need(vis_add(&coded, plain.data != NULL ? plain.data : "", plain.len) == 0);
		need(coded.len == strlen(s));
		need(coded.len == 0 || memcmp(coded.data, s, coded.len) == 0);
	}
	buf_release(&plain);
	buf_release(&coded);
}

static void on_safe(const char *s)
{
	struct buf b;
	size_t i;

	buf_init(&b, 1 << 22);
	need(safe_add(&b, s, strlen(s)) == 0);
	for (i = 0; i < b.len; i++)
		need((unsigned char)b.data[i] >= 0x20 && b.data[i] != 0x7f);
	buf_release(&b);
}

static void on_uuid(const char *s)
{
	char text[UUID_TEXT];
	struct uuid u;

	if (uuid_parse(s, &u) == -1)
		return;
	uuid_format(&u, text);
	need(strcmp(text, s) == 0);
}

static void (*const parsers[])(const char *) = {
	on_duration, on_size, on_instant, on_number, on_codes, on_unvis, on_safe, on_uuid
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *s;

	if (size == 0)
		return 0;
	s = xstrndup((const char *)data + 1, size - 1);
	parsers[data[0] % (sizeof(parsers) / sizeof(parsers[0]))](s);
	free(s);
	return 0;
}
