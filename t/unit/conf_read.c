/* conf: lines, includes, sections, and where errors say they are. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fdio.h"
#include "conf/impl.h"
#include "tap.h"

static int dir = -1;
static const char *dir_path;

static void file(const char *name, const char *text)
{
	int fd = openat(dir, name, O_CREAT | O_WRONLY | O_TRUNC, 0644);

	if (fd == -1 || fd_write_all(fd, text, strlen(text), NULL) == -1)
		ok(false, "file %s", name);
	close(fd);
}

static int load(const char *name, struct conf *c, struct err *e)
{
	char path[512];

	err_clear(e);
	snprintf(path, sizeof(path), "%s/%s", dir_path, name);
	return conf_load(path, c, e);
}

static int text_load(const char *text, struct conf *c, struct err *e)
{
	err_clear(e);
	return conf_load_text("f", text, strlen(text), c, e);
}

static void grammar(void)
{
	struct conf c;
	struct err e;

	is_int(text_load("", &c, &e), 0, "an empty file");
	is_int(c.default_priority, 500, "leaves the defaults");
	conf_free(&c);
	is_int(text_load("# a comment\n\n  \t\r\n  # one more\n"
	    "\tdefault_priority\t=  7 \r\n"
	    "default_queue=night# not a comment\n", &c, &e), -1, "a # inside a word is no comment");
	is_str(e.text, "f:6: default_queue: \"night# not a comment\" is no name: at most 64 "
	    "letters, digits and ._-:/@+", "says so");
	is_int(text_load("default_priority=7 # seven\nspool = /a b/c=d # x\nlog_level = debug", &c,
	    &e), 0, "blanks, comments, no newline at the end: %s", e.text);
	is_int(c.default_priority, 7, "a number");
	is_str(c.spool, "/a b/c=d", "a value with blanks and =");
	is_int(c.log_level, 3, "the last line");
	conf_free(&c);
	is_int(text_load("[queue night]\n[user alice]\n[team x]\n[role y]\n[ alert\tz ]\n", &c, &e),
	    0, "empty sections");
	conf_free(&c);
}

static void calendars(void)
{
	struct core_conf core;
	struct conf c, again;
	struct buf out;
	struct err e;

	is_int(text_load("[calendar bank]\ndays = 12-25, 2026-04-03\n[calendar work]\n"
	    "days = mon-fri\n[calendar bank]\ndays = 12-26\n", &c, &e), 0, "calendars");
	conf_core(&c, &c.sections, &core);
	is_int((int64_t)core.calendars.n, 2, "two of them");
	is_str(core.calendars.list[0].name, "bank", "the first");
	is_str(core.calendars.list[0].text, "12-26", "as it was said last");
	ok(windows_hold(&core.calendars.list[1].days, NULL, 0), "the other has a Thursday");
	buf_init(&out, 65536);
	is_int(conf_print(&c, &out), 0, "printed");
	is_int(text_load(out.data, &again, &e), 0, "and read again: %s", e.text);
	is_int((int64_t)again.calendars.n, 2, "it is the same");
	buf_release(&out);
	conf_free(&again);
	conf_free(&c);
}

static void shares(void)
{
	struct core_conf core;
	struct conf c, again;
	struct buf out;
	struct err e;

	is_int(text_load("[user ann]\nshares = 3\n[team ann]\nshares = 5\n"
	    "[user bob]\nshares=2\n[user ann]\nshares = 4\n", &c, &e), 0, "shares");
	conf_core(&c, &c.sections, &core);
	is_int((int64_t)core.nshares, 3, "two users and a team");
	ok(strcmp(core.shares[0].name, "ann") == 0 && !core.shares[0].team &&
	    core.shares[0].shares == 4, "the last word counts");
	ok(core.shares[1].team && core.shares[1].shares == 5, "a team of the same name is another");
	buf_init(&out, 10000);
	conf_print(&c, &out);
	is_int(text_load(out.data, &again, &e), 0, "what is printed is read: %s", e.text);
	ok(again.sections.nshares == 3 && again.sections.shares[0].shares == 4, "as the same");
	buf_release(&out);
	conf_free(&again);
	conf_free(&c);
}

static void errors(void)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{ "\n\nfoo\n", "f:3: \"foo\" is neither `key = value`, `include file` nor "
		    "`[section name]`" },
		{ "polcy = fifo", "f:1: unknown key \"polcy\"; did you mean \"policy\"?" },
		{ "kill-grace = 1", "f:1: unknown key \"kill-grace\"; did you mean \"kill_grace\"?"
		    },
		{ "xyzzy = 1", "f:1: unknown key \"xyzzy\"" },
		{ "= 1", "f:1: no key in front of =" },
		{ "lease =  # x", "f:1: lease has no value; a comment keeps the default" },
		{ "lease = 1h\n\nlease = 2h", "f:3: lease is set twice in this file (f:1)" },
		{ "policy = fair", "f:1: policy: \"fair\" is none of fifo, priority, shortest, "
		    "fairshare or hybrid" },
		{ "syslog = 1", "f:1: syslog: \"1\" is neither yes nor no" },
		{ "spool = tmp", "f:1: spool: \"tmp\" does not begin with /" },
		{ "env_path = /bin:", "f:1: env_path: each directory of it begins with /" },
		{ "default_priority = 1001", "f:1: default_priority: '1001' is out of range: 0 to "
		    "1000 is accepted" },
		{ "kill_grace = 2d", "f:1: kill_grace: \"2d\" is out of range: 00:00 to 1-00:00:00 "
		    "is accepted" },
		{ "memory = 0", "f:1: memory: \"0\" is out of range: 1M to 1000000000M is accepted"
		    },
		{ "retry_on = 75,foo", "f:1: retry_on: \"foo\" is no exit code, range (1-5), "
		    "signal (SIGTERM) or error class (oom)" },
		{ "heartbeat = 1m\nlease = 90s", "lease must be at least twice heartbeat: one lost "
		    "heartbeat is no lost worker" },
		{ "history_after = 3d", "uuid_keep must not be shorter than history_after" },
		{ "[role a]\n\nlease = 1h", "f:3: settings of a [role] are not there yet" },
		{ "[queue a]\nusrs = ann", "f:2: unknown key \"usrs\" of a [queue]; did you mean "
		    "\"users\"?" },
		{ "[queue a]\nstate = shut", "f:2: state: \"shut\" is none of open, stopped or "
		    "draining" },
		{ "[user a]\nshares = 0", "f:2: shares: '0' is out of range: 1 to 1000000 is "
		    "accepted" },
		{ "[team a]\nshare = 1", "f:2: unknown key \"share\" of a [team]; did you mean "
		    "\"shares\"?" },
		{ "[quue a]", "f:1: unknown section \"quue\"; did you mean \"queue\"?" },
		{ "[nonsense a]", "f:1: unknown section \"nonsense\"" },
		{ "[calendar a]\nday = sat", "f:2: unknown key \"day\": a [calendar] has only "
		    "days" },
		{ "[calendar a]\ndays = funday", "f:2: days: 'funday' is no window: write days "
		    "(sat, mon-fri, 2026-12-24, 12-24..12-26, @calendar), a time of day "
		    "(22:00-06:00), or both" },
		{ "[calendar a]\ndays = sat 10:00-12:00", "f:2: days: a calendar has days, "
		    "neither times nor other calendars" },
		{ "[queue]", "f:1: [queue ]: \"\" is no name" },
		{ "[queue a b]", "f:1: [queue a b]: \"a b\" is no name" },
		{ "[queue a", "f:1: a section is written [kind name]" },
		{ "[queue a] x", "f:1: a section is written [kind name]" },
		{ "include x.conf", "f:1: include is of use in a file only" },
		{ "include = x", "f:1: unknown key \"include\"" },
	};
	struct conf c;
	struct err e;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		is_int(text_load(rows[i].text, &c, &e), -1, "row %zu", i);
		is_int(e.code, ERR_CONFIG, "row %zu: code", i);
		is_str(e.text, rows[i].want, "row %zu: text", i);
	}
	is_int(conf_load_text("f", "a\0b = 1\n", 8, &c, &e), -1, "a NUL");
	is_str(e.text, "f:1: the line holds a NUL byte", "says so");
}

static void long_line(void)
{
	char *text = xcalloc(1, CONF_LINE_MAX + 100);
	struct conf c;
	struct err e;

	memset(text, '#', CONF_LINE_MAX);
	is_int(text_load(text, &c, &e), 0, "the longest line");
	conf_free(&c);
	text[CONF_LINE_MAX] = '#';
	is_int(text_load(text, &c, &e), -1, "one more");
	is_str(e.text, "f:1: the line is too long", "says so");
	free(text);
}

static void files(void)
{
	struct conf c;
	struct err e;
	char want[600];

	file("one", "default_priority = 1\n");
	is_int(load("one", &c, &e), 0, "a file");
	snprintf(want, sizeof(want), "%s/one:1", dir_path);
	ok(c.default_priority == 1, "its value");
	for (size_t i = 0; conf_key(i) != NULL; i++) {
		if (strcmp(conf_key(i)->name, "default_priority") == 0)
			is_str(c.origin[i], want, "and where it comes from");
		else if (c.origin[i] != NULL)
			ok(false, "%s has no origin", conf_key(i)->name);
	}
	conf_free(&c);
	conf_free(&c);
	conf_free(NULL);
	is_int(load("absent", &c, &e), -1, "a file that is not there");
	is_int(e.code, ERR_CONFIG, "code");
	is_int(load("", &c, &e), -1, "a directory");
	is_int(e.code, ERR_CONFIG, "code: %s", e.text);
	is_int(conf_load("/dev/null", &c, &e), 0, "/dev/null is an empty one");
	conf_free(&c);
	is_int(fchmodat(dir, "one", 0666, 0), 0, "chmod");
	is_int(load("one", &c, &e), -1, "one that everybody may write");
	ok(strstr(e.text, "chmod o-w") != NULL, "names the remedy: %s", e.text);
}

static void named_by_environment(void)
{
	char path[512];
	struct conf c;
	struct err e;

	file("env", "default_priority = 3\n");
	snprintf(path, sizeof(path), "%s/env", dir_path);
	setenv("JOB_CONFIG", path, 1);
	is_int(conf_load(NULL, &c, &e), 0, "JOB_CONFIG");
	is_int(c.default_priority, 3, "is read");
	conf_free(&c);
	is_int(conf_load("/dev/null", &c, &e), 0, "a file that is named");
	is_int(c.default_priority, 500, "comes first");
	conf_free(&c);
	setenv("JOB_CONFIG", "/nonexistent", 1);
	is_int(conf_load(NULL, &c, &e), -1, "one that is not there");
	setenv("JOB_CONFIG", "", 1);
	if (access(CONF_DEFAULT, F_OK) == -1) {
		is_int(conf_load(NULL, &c, &e), 0, "no default file is fine");
		conf_free(&c);
	}
	unsetenv("JOB_CONFIG");
}

static void includes(void)
{
	struct conf c;
	struct err e;
	char want[1200];

	mkdirat(dir, "conf.d", 0755);
	file("conf.d/20.conf", "default_priority = 20\nkill_grace = 20s\n");
	file("conf.d/10.conf", "default_priority = 10\n");
	file("conf.d/other", "nonsense\n");
	file("main", "default_priority = 1\ninclude conf.d/*.conf\nkill_grace = 5s\n");
	is_int(load("main", &c, &e), 0, "includes: %s", e.text);
	is_int(c.default_priority, 20, "in order of names, over what stood before");
	is_int(c.kill_grace, 5000, "and under what stands behind");
	conf_free(&c);
	file("main", "[queue x]\n include\tconf.d/10.conf \n");
	is_int(load("main", &c, &e), 0, "a section is the file's own: %s", e.text);
	is_int(c.default_priority, 10, "read");
	conf_free(&c);
	file("main", "include nothing/*.conf\ninclude conf.d/*.none\n");
	is_int(load("main", &c, &e), 0, "no file is fine for a pattern");
	conf_free(&c);
	file("main", "\ninclude conf.d/none.conf\n");
	is_int(load("main", &c, &e), -1, "but not for a name");
	snprintf(want, sizeof(want), "%s/main:2: %s/conf.d/none.conf: No such file or directory",
	    dir_path, dir_path);
	is_str(e.text, want, "says where");
	file("main", "include conf.d/other\n");
	is_int(load("main", &c, &e), -1, "an error in an included one");
	snprintf(want, sizeof(want), "%s/main:1: %s/conf.d/other:1: \"nonsense\"", dir_path,
	    dir_path);
	ok(strncmp(e.text, want, strlen(want)) == 0, "says both places: %s", e.text);
	file("main", "include main\n");
	is_int(load("main", &c, &e), -1, "one that includes itself");
	ok(e.code == ERR_CONFIG, "is told: %s", e.text);
	file("main", "include main\ninclude main\ninclude main\n");
	is_int(load("main", &c, &e), -1, "and many times");
	file("main", "include conf.d/10.conf\ninclude conf.d/10.conf\n");
	is_int(load("main", &c, &e), 0, "a file may be read twice");
	conf_free(&c);
}

int main(void)
{
	dir_path = tap_tmpdir();
	dir = open(dir_path, O_RDONLY | O_DIRECTORY);
	umask(022);
	unsetenv("JOB_CONFIG");
	grammar();
	calendars();
	shares();
	errors();
	long_line();
	files();
	named_by_environment();
	includes();
	close(dir);
	return tap_done();
}
