/* crontab: entries, variables, comments, % and what is wrong. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "cli/crontab.h"
#include "tap.h"

static struct buf out;

static void on_entry(void *arg, const struct crontab_entry *e)
{
	const char *tz = crontab_env(e, "CRON_TZ");

	(void)arg;
	buf_addf(&out, "%zu [%s]", e->line, e->expression);
	if (e->user != NULL)
		buf_addf(&out, " as %s", e->user);
	buf_addf(&out, " <%s>", e->command);
	if (e->input != NULL)
		buf_addf(&out, " in <%s>", e->input);
	if (e->schedule != NULL)
		buf_addf(&out, " is %s", e->schedule);
	if (e->comment != NULL)
		buf_addf(&out, " # %s", e->comment);
	if (tz != NULL)
		buf_addf(&out, " tz %s", tz);
	buf_addc(&out, ';');
}

static void on_wrong(void *arg, size_t line, const char *why)
{
	(void)arg;
	buf_addf(&out, "%zu: %s;", line, why);
}

static const char *read_text(const char *text, bool system, size_t want)
{
	const struct crontab_reader r = { system, on_entry, on_wrong, NULL };

	buf_reset(&out);
	buf_adds(&out, "");
	is_int(crontab_read(text, strlen(text), &r), want, "wrong lines");
	return out.data != NULL ? out.data : "";
}

/* What is written is read as it was. */
static void there_and_back(const char *command, const char *input)
{
	struct buf b;
	char *want;

	buf_init(&b, 10000);
	is_int(crontab_write(&b, "H 2 * * mon", command, input), 0, "written: %s", b.data);
	want = input != NULL ? xasprintf("1 [H 2 * * mon] <%s> in <%s>;", command, input) :
	    xasprintf("1 [H 2 * * mon] <%s>;", command);
	is_str(read_text(b.data, false, 0), want, "and read");
	free(want);
	buf_release(&b);
}

static void test_write(void)
{
	struct buf b;

	there_and_back("true", NULL);
	there_and_back("date +%F '100%' \\", NULL);
	there_and_back("cat", "");
	there_and_back("cat 50%", "one\ntwo 5%\n\nthree");
	there_and_back("cat", "\n");
	buf_init(&b, 100);
	is_int(crontab_write(&b, "@daily", "a\nb", NULL), -1, "a command has one line");
	buf_release(&b);
}

/* What ours has beside cron's. */
static void test_own(void)
{
	is_str(read_text("# s12 dump\n# why\n@every 90m run\n@every 5s\n", false, 1),
	    "3 [@every 90m] <run> is s12 # why;4: there is no command;",
	    "the schedule it is, and a period");
	is_str(read_text("#s7\n@daily a\n@daily b\n", false, 0),
	    "2 [@daily] <a> is s7;3 [@daily] <b>;", "for one entry");
	is_str(read_text("# s7x\n# some\n# s\n@daily a\n", false, 0),
	    "4 [@daily] <a> # s7x\nsome\ns;", "words that name none");
	is_str(read_text("CRON_TZ=Asia/Tokyo\n#unset CRON_TZ\n@daily a\n# unset me please\n"
	    "@daily b\n", false, 0), "3 [@daily] <a>;5 [@daily] <b> # unset me please;",
	    "a variable is taken out of force");
}

int main(void)
{
	buf_init(&out, 100000);
	test_own();
	test_write();
	is_str(read_text("", false, 0), "", "an empty file");
	is_str(read_text("# remark\n\n*/5 * * * *  echo a  b\n", false, 0),
	    "3 [*/5 * * * *] <echo a  b>;", "a comment above an empty line is nobody's");
	is_str(read_text("# first\n#second\n 0\t1 * * mon\ttrue", false, 0),
	    "3 [0 1 * * mon] <true> # first\nsecond;", "one right above belongs to it");
	is_str(read_text("@daily true\n@hourly false\r\n", false, 0),
	    "1 [@daily] <true>;2 [@hourly] <false>;", "words, and line ends of elsewhere");
	is_str(read_text("0 0 * * * root run it\n", true, 0), "1 [0 0 * * *] as root <run it>;",
	    "the system's form");
	is_str(read_text("CRON_TZ=Asia/Tokyo\n@daily a\nCRON_TZ = \"Europe/Berlin\"\n@daily b\n",
	    false, 0), "2 [@daily] <a> tz Asia/Tokyo;4 [@daily] <b> tz Europe/Berlin;",
	    "a variable counts for what stands below it");
	is_str(read_text("@daily mail -s 50\\% x%Hello%there\n", false, 0),
	    "1 [@daily] <mail -s 50% x> in <Hello\nthere>;", "per cent");
	is_str(read_text("@daily a%\n", false, 0), "1 [@daily] <a> in <>;", "an empty input");
	is_str(read_text("0 0 * *\n@daily\n1bad=x\n* * * * *\n", false, 4),
	    "1: there are not five fields, and it sets no variable;2: there is no command;"
	    "3: there are not five fields, and it sets no variable;4: there is no command;",
	    "lines that are none");
	is_str(read_text("@daily\n0 0 * * * root\n", true, 2),
	    "1: there is no user behind the fields;2: there is no command;", "and there");
	buf_release(&out);
	return tap_done();
}
