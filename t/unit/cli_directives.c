/*
 * The #JOB lines of a script: which lines count, how they are split, what is refused.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "cli/directives.h"
#include "tap.h"

/* The words as LINE[word|word] for each line, and @LINE for one that is too late. */
static const char *shown_by(int (*reader)(const char *, size_t, struct directives *, struct err *),
    const char *text, size_t n)
{
	static char out[512];
	struct directives d;
	struct err e = { 0 };
	struct buf b;

	buf_init(&b, sizeof(out) - 1);
	if (reader(text, n, &d, &e) == -1) {
		is_int(e.code, ERR_DATA, "the code");
		buf_adds(&b, e.text);
	}
	for (size_t i = 0; i < d.n && e.code == ERR_NONE; i++) {
		ok(strcmp(d.list[i].words.list[0], "#JOB") == 0, "argv[0]");
		ok(d.list[i].words.list[d.list[i].words.n] == NULL, "ended by NULL");
		buf_addf(&b, "%zu[", d.list[i].line);
		for (size_t j = 1; j < d.list[i].words.n; j++)
			buf_addf(&b, "%s%s", j > 1 ? "|" : "", d.list[i].words.list[j]);
		buf_adds(&b, "]");
	}
	if (d.late != 0)
		buf_addf(&b, "@%zu", d.late);
	directives_release(&d);
	snprintf(out, sizeof(out), "%s", b.data != NULL ? b.data : "");
	buf_release(&b);
	return out;
}

static const char *shown(const char *text, size_t n)
{
	return shown_by(directives_read, text, n);
}

#define gives(text, want) is_str(shown(text, sizeof(text) - 1), want, "%s", #text)

static void which_lines(void)
{
	gives("", "");
	gives("#!/bin/sh\necho hi\n", "");
	gives("#!/bin/sh\n#JOB -t 2h\necho hi\n", "2[-t|2h]");
	gives("#JOB -t 2h", "1[-t|2h]");
	gives("#!/bin/sh\n\n   \t\n# a remark\n  # another\n#JOB -H\n", "6[-H]");
	gives("#JOB -a\n#JOB -b\n", "1[-a]2[-b]");
	gives("#JOBS -t 2h\n#JO\n# JOB -x\n #JOB -x\n", "");
	gives("#JOB\n", "1[]");
	gives("#JOB\t-t\t2h\r\n", "1[-t|2h]");
	gives("set -e\n#JOB -t 2h\n", "@2");
	gives("#JOB -H\ntrue\n# x\n\n#JOB -t 2h\n#JOB -x\n", "1[-H]@5");
}

static void words(void)
{
	gives("#JOB --mem=4G   -t 2h  \n", "1[--mem=4G|-t|2h]");
	gives("#JOB -J 'two words' x\n", "1[-J|two words|x]");
	gives("#JOB -J \"two words\"\n", "1[-J|two words]");
	gives("#JOB -J two\\ words\n", "1[-J|two words]");
	gives("#JOB a'b'\"c\"\\d\n", "1[abcd]");
	gives("#JOB '' \"\"\n", "1[|]");
	gives("#JOB 'a\"b' \"a'b\"\n", "1[a\"b|a'b]");
	gives("#JOB \"a\\\"b\\\\c\\d\"\n", "1[a\"b\\c\\d]");
	gives("#JOB 'a\\b'\n", "1[a\\b]");
	gives("#JOB $HOME `id` * ~\n", "1[$HOME|`id`|*|~]");
	gives("#JOB -t 2h # no more\n", "1[-t|2h]");
	gives("#JOB -J a#b\n", "1[-J|a#b]");
	gives("#JOB a\\\n", "1[a\\]");
}

static void refused(void)
{
	char *big = malloc(200000);
	size_t n = 0;

	gives("#!/bin/sh\n#JOB -J 'open\n", "line 2: a quote that does not end");
	gives("#JOB \"open\n#JOB x\"\n", "line 1: a quote that does not end");
	gives("#JOB a\0b\n", "line 1: holds a NUL byte");
	memset(big, 'x', 200000);
	memcpy(big, "#JOB ", 5);
	is_str(shown(big, 200000), "line 1: longer than 65536 bytes", "a long line");
	memcpy(big, "# JOB", 5);
	is_str(shown(big, 200000), "", "a long remark is none of our business");
	for (n = 0; n < 1001; n++)
		memcpy(big + n * 6, "#JOB\r\n", 6);
	is_str(shown(big, n * 6), "line 1001: more than 1000 lines of options", "many lines");
	memcpy(big, "#JOB ", 5);
	for (n = 5; n < 2100; n += 2)
		memcpy(big + n, "x ", 2);
	is_str(shown(big, n), "line 1: too many words", "many words");
	free(big);
}

#define defaults(text, want) \
	is_str(shown_by(defaults_read, text, sizeof(text) - 1), want, "defaults: %s", #text)

static void files_of_defaults(void)
{
	defaults("", "");
	defaults("--mem=4G -t 2h\n\n# a remark\n  -J 'two words' # and one more\n",
	    "1[--mem=4G|-t|2h]4[-J|two words]");
	defaults("#JOB -t 2h\n", "");
	defaults("-q night", "1[-q|night]");
	ok(strstr(shown_by(defaults_read, "-q 'x\n", 6), "line 1: ") != NULL, "an open quote");
}

int main(void)
{
	files_of_defaults();
	which_lines();
	words();
	refused();
	return tap_done();
}
