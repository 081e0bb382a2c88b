/*
 * The rules of -E: what is taken, what is forgotten, what is refused.
 */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "cli/envrules.h"
#include "tap.h"

static const char *const surroundings[] = {
	"PATH=/bin", "HOME=/root", "LANG=C", "LC_ALL=C", "LC_TIME=x=y", "EMPTY=", "JOB_ID=7",
	"JOB_SPOOL=/s", "malformed", "=odd", NULL
};

static const char *shown(const char *first, const char *second)
{
	static char out[512];
	struct envset set = { 0 };
	struct err e = { 0 };
	struct buf b;

	buf_init(&b, sizeof(out) - 1);
	if (envrules_apply(&set, first, surroundings, &e) == 0 && second != NULL)
		envrules_apply(&set, second, surroundings, &e);
	for (size_t i = 0; i < set.n && e.code == ERR_NONE; i++)
		buf_addf(&b, "%s%s", i > 0 ? " " : "", set.list[i]);
	if (e.code != ERR_NONE) {
		is_int(e.code, ERR_USAGE, "the code");
		buf_adds(&b, e.text);
	}
	envset_release(&set);
	snprintf(out, sizeof(out), "%s", b.data != NULL ? b.data : "");
	buf_release(&b);
	return out;
}

#define gives(rules, want) is_str(shown(rules, NULL), want, "%s", rules)

int main(void)
{
	struct envset set = { 0 };

	gives("NONE", "");
	gives("ALL", "PATH=/bin HOME=/root LANG=C LC_ALL=C LC_TIME=x=y EMPTY=");
	gives("ALL,-LC_*", "PATH=/bin HOME=/root LANG=C EMPTY=");
	gives("PATH", "PATH=/bin");
	gives("PAT", "");
	gives("EMPTY", "EMPTY=");
	gives("malformed", "");
	gives("PATH,HOME", "PATH=/bin HOME=/root");
	gives("LC_*", "LC_ALL=C LC_TIME=x=y");
	gives("*", "PATH=/bin HOME=/root LANG=C LC_ALL=C LC_TIME=x=y EMPTY=");
	gives("JOB_ID", "JOB_ID=7");
	gives("JOB_*", "JOB_ID=7 JOB_SPOOL=/s");
	gives("A=1", "A=1");
	gives("A=", "A=");
	gives("A=1,A=2,B=3", "A=2 B=3");
	gives("PATH,PATH=/usr/bin", "PATH=/usr/bin");
	gives("ALL,NONE,A=1", "A=1");
	gives("A=1,AB=2,-A", "AB=2");
	gives("A=b=c", "A=b=c");
	gives("A=1\\,2,B=\\\\x\\y", "A=1,2 B=\\x\\y");
	is_str(shown("A=1,B=2", "B=3,-A"), "B=3", "a second list goes on");
	gives("=x", "=x has no name before the =");
	ok(strstr(shown("", NULL), "an empty rule") != NULL, "an empty list");
	ok(strstr(shown("A=1,,B", NULL), "an empty rule") != NULL, "an empty rule");
	ok(strstr(shown("-", NULL), "an empty rule") != NULL, "nothing to forget");

	envset_put(&set, "env=prod");
	envset_put(&set, "envy=1");
	envset_put(&set, "env=test");
	is_int(set.n, 2, "a name stands once");
	is_str(set.list[0], "env=test", "with its last value");
	envset_release(&set);
	return tap_done();
}
