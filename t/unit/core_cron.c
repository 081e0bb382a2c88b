/* cron: what an expression may be, what it means, and what is said of a wrong one. */
#include <stdio.h>
#include <string.h>

#include "core/cron.h"
#include "tap.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define ALL(n) ((UINT64_C(1) << (n)) - 1)
#define BIT(n) (UINT64_C(1) << (n))
#define DAYS (ALL(32) - 1)
#define MONTHS (ALL(13) - 1)

static void meanings(void)
{
	static const struct {
		const char *text;
		uint64_t minutes, hours, days, months, weekdays, nth;
		bool last, either;
	} rows[] = {
		{ "* * * * *", ALL(60), ALL(24), DAYS, MONTHS, 127, 0, false, false },
		{ "0 0 1 1 0", 1, 1, 2, 2, 1, 0, false, true },
		{ "59 23 31 12 7", BIT(59), BIT(23), BIT(31), BIT(12), 1, 0, false, true },
		{ "00 05 01 02 *", 1, BIT(5), 2, 4, 127, 0, false, false },
		{ "\t1,2,59  3-5\t* * * ", 6 | BIT(59), 0x38, DAYS, MONTHS, 127, 0, false, false },
		{ "*/15 */6 * * *", 1 | BIT(15) | BIT(30) | BIT(45), 1 | BIT(6) | BIT(12) | BIT(18),
		    DAYS, MONTHS, 127, 0, false, false },
		{ "10-20/5 0 * * *", BIT(10) | BIT(15) | BIT(20), 1, DAYS, MONTHS, 127, 0, false,
		    false },
		{ "10-19/5,1 0 * * *", BIT(10) | BIT(15) | 2, 1, DAYS, MONTHS, 127, 0, false,
		    false },
		{ "*/60 */24 */31 */12 */7", 1, 1, 2, 2, 1, 0, false, false },
		{ "0 0 * JAN-mar,Dec Mon-FRI", 1, 1, DAYS, 0x100e, 0x3e, 0, false, false },
		{ "0 0 1,15 * 5", 1, 1, 0x8002, MONTHS, 0x20, 0, false, true },
		{ "0 0 */2 * 1", 1, 1, 0xaaaaaaaa, MONTHS, 2, 0, false, false },
		{ "0 0 1 * */2", 1, 1, 2, MONTHS, 0x55, 0, false, false },
		{ "0 0 *,5 * 1", 1, 1, DAYS, MONTHS, 2, 0, false, false },
		{ "0 0 5,* * 1", 1, 1, DAYS, MONTHS, 2, 0, false, true },
		{ "0 0 1-31 * 1", 1, 1, DAYS, MONTHS, 2, 0, false, true },
		{ "0 0 * * 5-7", 1, 1, DAYS, MONTHS, 0x61, 0, false, false },
		{ "0 0 * * 0-7", 1, 1, DAYS, MONTHS, 127, 0, false, false },
		{ "0 0 L * *", 1, 1, 0, MONTHS, 127, 0, true, false },
		{ "0 0 15,l * *", 1, 1, 0x8000, MONTHS, 127, 0, true, false },
		{ "0 0 * * 1#1,fri#5,7#2", 1, 1, DAYS, MONTHS, 0, BIT(1) | BIT(33) | BIT(7), false,
		    false },
		{ "@yearly", 1, 1, 2, 2, 127, 0, false, false },
		{ "@annually", 1, 1, 2, 2, 127, 0, false, false },
		{ "@monthly", 1, 1, 2, MONTHS, 127, 0, false, false },
		{ "@weekly", 1, 1, DAYS, MONTHS, 1, 0, false, false },
		{ "@daily", 1, 1, DAYS, MONTHS, 127, 0, false, false },
		{ "@midnight", 1, 1, DAYS, MONTHS, 127, 0, false, false },
		{ " @hourly ", 1, ALL(24), DAYS, MONTHS, 127, 0, false, false },
	};
	struct cron c;
	struct err e;

	for (size_t i = 0; i < COUNT(rows); i++) {
		e.text[0] = '\0';
		ok(cron_parse(&c, rows[i].text, "s1", &e) == 0 && c.minutes == rows[i].minutes &&
		    c.hours == rows[i].hours && c.days == rows[i].days &&
		    c.months == rows[i].months && c.weekdays == rows[i].weekdays &&
		    c.nth == rows[i].nth && c.last_day == rows[i].last &&
		    c.either == rows[i].either && c.every == 0, "'%s' %s", rows[i].text, e.text);
	}
}

static void periods(void)
{
	static const struct { const char *text; int64_t ms; } rows[] = {
		{ "@every 1s", 1000 }, { "@every  90m ", 5400000 },
		{ "@every 1-00:00:00", 86400000 }, { "@every 30", 30000 },
	};
	struct cron c;

	for (size_t i = 0; i < COUNT(rows); i++)
		ok(cron_parse(&c, rows[i].text, "s1", NULL) == 0 && c.every == rows[i].ms, "'%s'",
		    rows[i].text);
}

static void mistakes(void)
{
	static const struct { const char *text, *says; } rows[] = {
		{ "", "it has 0 fields, not 5" },
		{ "*", "it has 1 field, not 5" },
		{ "* * * * * *", "it has 6 fields" },
		{ "60 * * * *", "minute field: '60': 60 is out of range: 0-59" },
		{ "* 24 * * *", "hour field: '24': 24 is out of range: 0-23" },
		{ "* * 0 * *", "day field: '0': 0 is out of range: 1-31" },
		{ "* * 32 * *", "day field: '32'" },
		{ "* * * 13 *", "month field: '13'" },
		{ "* * * 0 *", "month field: '0'" },
		{ "* * * * 8", "weekday field: '8': 8 is out of range: 0-7" },
		{ "99999999999999999999 * * * *", "out of range" },
		{ "5/10 * * * *", "minute field: '5/10': a step goes behind * or a range" },
		{ "*/0 * * * *", "minute field: '*/0': a step of 0" },
		{ "*/61 * * * *", "a step above 60" },
		{ "* */25 * * *", "a step above 24" },
		{ "* * * * */8", "a step above 7" },
		{ "*/ * * * *", "a number is missing behind '/'" },
		{ "30-10 * * * *", "'30-10': a range goes up" },
		{ "* * * * fri-sun", "weekday field: 'fri-sun': a range goes up" },
		{ "1- * * * *", "'1-': a number is missing" },
		{ "-5 * * * *", "'-5': a number is missing" },
		{ "*-5 * * * *", "this is not *" },
		{ "1,,2 * * * *", "nothing between two commas" },
		{ "1, * * * *", "nothing between two commas" },
		{ "a * * * *", "minute field: 'a': there are no names" },
		{ "* * * janu *", "month field: 'janu': a name is one of jan" },
		{ "* * * * monday", "weekday field: 'monday': a name is one of sun" },
		{ "? * * * *", "another dialect" },
		{ "* * L-3 * *", "day field: 'L-3'" },
		{ "L * * * *", "minute field" },
		{ "* * * * 5L", "weekday field: '5L'" },
		{ "* * * * 5#6", "from 1 to 5" },
		{ "* * * * 5#", "from 1 to 5" },
		{ "* * * * 1-5#2", "write n#k" },
		{ "* * 5#2 * *", "'#' belongs into the weekday field" },
		{ "H(5) * * * *", "write H(a-b)" },
		{ "H(9-5) * * * *", "a range goes up" },
		{ "H(0-60) * * * *", "60 is out of range" },
		{ "H(0-5)/7 * * * *", "longer than the range" },
		{ "Hx * * * *", "no names" },
		{ "H5 * * * *", "write H, H/n" },
		{ "% * * * *", "a number is missing" },
		{ "@reboot", "@reboot names no time" },
		{ "@daily 5", "is none of @yearly" },
		{ "@fortnightly", "is none of @yearly" },
		{ "@every", "not a duration" },
		{ "@every 0", "from 1 on" },
		{ "@every 500ms", "from 1 on" },
		{ "@every 1.5s", "whole seconds" },
		{ "@every soon", "'soon' is not a duration" },
	};
	struct cron c;
	struct err e;
	char text[CRON_TEXT_MAX + 2];

	for (size_t i = 0; i < COUNT(rows); i++) {
		err_clear(&e);
		ok(cron_parse(&c, rows[i].text, "s1", &e) == -1 && e.code == ERR_DATA &&
		    strstr(e.text, rows[i].says) != NULL, "'%s': %s", rows[i].text, e.text);
	}
	memset(text, '1', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	ok(cron_parse(&c, text, "s1", &e) == -1 && strstr(e.text, "at most 256 bytes"), "too long");
	ok(cron_parse(&c, "x", "s1", NULL) == -1, "nobody has to listen");
}

/* Computed with sha256sum(1): that of "s7minute" begins with f751bb44ea3caeda. */
static void hashes(void)
{
	static const struct { const char *id, *text; uint64_t minutes, hours; } rows[] = {
		{ "s7", "H 0 * * *", BIT(54), 1 },
		{ "s7", "H(10-19) 0 * * *", BIT(14), 1 },
		{ "s7", "H/20 H * * *", BIT(14) | BIT(34) | BIT(54), BIT(19) },
		{ "s7", "H(30-59)/15 0 * * *", BIT(39) | BIT(54), 1 },
		{ "s13", "H 0 * * *", BIT(3), 1 },
	};
	struct cron c;

	for (size_t i = 0; i < COUNT(rows); i++)
		ok(cron_parse(&c, rows[i].text, rows[i].id, NULL) == 0 &&
		    c.minutes == rows[i].minutes && c.hours == rows[i].hours, "%s: %s", rows[i].id,
		    rows[i].text);
	for (int i = 0; i < 200; i++) {
		char id[16];

		snprintf(id, sizeof(id), "s%d", i);
		if (cron_parse(&c, "H H H H H", id, NULL) == -1 || (c.days & ~(BIT(29) - 2)) != 0 ||
		    __builtin_popcount(c.days) != 1 || __builtin_popcount(c.weekdays) != 1)
			ok(false, "H of %s", id);
	}
	ok(cron_parse(&c, "0 0 H * H", "s1", NULL) == 0 && c.either, "H is no star");
}

static void words(void)
{
	is_int(cron_gap_parse("skip"), GAP_SKIP, "a way");
	is_int(cron_gap_parse("both"), -1, "none for gaps");
	is_int(cron_fold_parse("both"), FOLD_BOTH, "a way");
	is_int(cron_fold_parse(""), -1, "none");
}

int main(void)
{
	meanings();
	periods();
	mistakes();
	hashes();
	words();
	return tap_done();
}
