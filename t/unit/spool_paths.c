/* spool: names of days and executions, and where a spool is looked for. */
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fdio.h"
#include "spool/impl.h"
#include "tap.h"

#define DAY INT64_C(86400000)

static int64_t at(int y, int m, int d)
{
	return civil_to_days(y, m, d) * DAY;
}

static void names(void)
{
	char out[SPOOL_NAME_MAX];
	static const struct {
		int64_t job, execution;
		const char *name;
	} rows[] = {
		{ 1, 1, "log/2026/11/23/000/000/1/1" },
		{ 999, 2, "log/2026/11/23/000/000/999/2" },
		{ 1000, 1, "log/2026/11/23/000/001/1000/1" },
		{ 12345, 1, "log/2026/11/23/000/012/12345/1" },
		{ 999999, 1, "log/2026/11/23/000/999/999999/1" },
		{ 1000000, 7, "log/2026/11/23/001/000/1000000/7" },
		{ 12345678901, 1, "log/2026/11/23/12345/678/12345678901/1" },
	};

	spool_history_name(at(2026, 11, 23), out);
	is_str(out, "history/2026/11/23.db", "the first instant of a day");
	spool_history_name(at(2026, 11, 24) - 1, out);
	is_str(out, "history/2026/11/23.db", "and its last");
	spool_history_name(at(2024, 2, 29) + DAY / 2, out);
	is_str(out, "history/2024/02/29.db", "a leap day");
	spool_history_name(-1, out);
	is_str(out, "history/1969/12/31.db", "before the epoch");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		spool_log_name(at(2026, 11, 23) + 1, rows[i].job, rows[i].execution, out);
		is_str(out, rows[i].name, "log of job %lld", (long long)rows[i].job);
	}
	spool_log_name(INT64_MAX, INT64_MAX, INT64_MAX, out);
	ok(strlen(out) < SPOOL_NAME_MAX - 1, "the largest numbers have room");
}

static void touch(int dirfd, const char *name)
{
	char dir[256];
	const char *slash = strrchr(name, '/');

	snprintf(dir, sizeof(dir), "%.*s", (int)(slash - name), name);
	dir_make(dirfd, dir, 0700, NULL);
	close(openat(dirfd, name, O_CREAT | O_WRONLY, 0600));
}

static void log_days(void)
{
	struct spool s = { .path = (char *)(uintptr_t)tap_tmpdir() };
	char name[SPOOL_NAME_MAX];
	int64_t *days;
	struct err e;
	size_t n;

	s.fd = dir_open(AT_FDCWD, s.path, &e);
	ok(spool_log_days(&s, &days, &n, &e) == 0 && n == 0, "no day of logs yet");
	free(days);
	spool_log_day(1795392000000, name);
	is_str(name, "log/2026/11/23", "a day's logs");
	spool_log_day(1795392000000 - 1, name);
	is_str(name, "log/2026/11/22", "and those of the day before");
	dir_make(s.fd, "log/2026/11/23", 0700, &e);
	dir_make(s.fd, "log/2026/11/22", 0700, &e);
	dir_make(s.fd, "log/2026/11/22.db", 0700, &e);
	dir_make(s.fd, "log/2026/11/31", 0700, &e);
	ok(spool_log_days(&s, &days, &n, &e) == 0 && n == 2 && days[0] == 1795392000000 &&
	    days[1] == 1795305600000, "both are found, newest first, and no others");
	free(days);
	close(s.fd);
}

static void history_days(void)
{
	static const char *const files[] = { "history/2026/11/23.db", "history/2026/11/02.db",
	    "history/2025/12/31.db", "history/2026/01/01.db",
	    /* none of these is a day */
	    "history/2026/11/23.db-wal", "history/2026/11/3.db", "history/2026/02/30.db",
	    "history/2026/13/01.db", "history/26/11/05.db", "history/2026/11/xx.db",
	    "history/2026/11/024.db", "history/README/x", "history/2026/11/23.DB" };
	const int64_t want[] = { at(2026, 11, 23), at(2026, 11, 2), at(2026, 1, 1),
	    at(2025, 12, 31) };
	struct spool s;
	int64_t *days = NULL;
	size_t n = 99;
	struct err e;

	if (!ok(spool_make(&s, tap_tmpdir(), NULL, &e) == 0, "a spool"))
		return;
	ok(spool_history_days(&s, &days, &n, &e) == 0 && n == 0, "no day yet");
	free(days);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		touch(s.fd, files[i]);
	ok(spool_history_days(&s, &days, &n, &e) == 0, "reads");
	is_int(n, 4, "days");
	for (size_t i = 0; i < n && i < 4; i++)
		is_int(days[i], want[i], "day %zu, newest first", i);
	free(days);
	spool_close(&s);
}

static void locate_is(const char *option, const char *configured, const char *want,
    const char *what)
{
	char *path = NULL;
	struct err e;

	if (ok(spool_locate(option, configured, &path, &e) == 0, "%s", what))
		is_str(path, want, "%s: the path", what);
	free(path);
}

static void locating(void)
{
	bool system_spool = access("/var/spool/job", X_OK) == 0;
	char cwd[4096], want[5000];
	char *path = NULL;
	struct err e;

	setenv("JOB_SPOOL", "/env", 1);
	setenv("HOME", "/home/me", 1);
	unsetenv("XDG_STATE_HOME");
	locate_is("/option", "/conf", "/option", "the option wins");
	locate_is(NULL, "/conf", "/env", "then the environment");
	setenv("JOB_SPOOL", "", 1);
	locate_is(NULL, "/conf", "/conf", "empty is not set");
	unsetenv("JOB_SPOOL");
	locate_is(NULL, "/conf", "/conf", "then the configuration");
	locate_is("/option///", NULL, "/option", "slashes at the end go");
	locate_is("/option/./.", NULL, "/option", "and dots");
	locate_is("/", NULL, "/", "the root stays");
	if (getcwd(cwd, sizeof(cwd)) != NULL) {
		snprintf(want, sizeof(want), "%s/x", cwd);
		locate_is("x", NULL, want, "a relative one");
	}
	is_int(spool_locate("", NULL, &path, &e), -1, "an empty option is an error");
	is_int(e.code, ERR_USAGE, "of usage");
	if (system_spool)
		return;
	locate_is(NULL, NULL, "/home/me/.local/state/job", "the user's own");
	setenv("XDG_STATE_HOME", "/state", 1);
	locate_is(NULL, NULL, "/state/job", "where the user keeps state");
	setenv("XDG_STATE_HOME", "state", 1);
	locate_is(NULL, NULL, "/home/me/.local/state/job", "but not relative");
	unsetenv("HOME");
	if (getpwuid(geteuid()) != NULL) {
		ok(spool_locate(NULL, NULL, &path, &e) == 0 && path[0] == '/', "without HOME");
		free(path);
	} else {
		ok(spool_locate(NULL, NULL, &path, &e) == -1 && e.code == ERR_UNAVAIL, "no home");
	}
}

static void file_systems(void)
{
	static const struct {
		unsigned long magic;
		bool network;
		const char *what;
	} rows[] = {
		{ 0xef53, false, "ext4" }, { 0x58465342, false, "XFS" },
		{ 0x9123683e, false, "btrfs" }, { 0x01021994, false, "tmpfs" },
		{ 0x794c7630, false, "overlay" }, { 0xf2f52010, false, "F2FS" },
		{ 0x2fc12fc1, false, "ZFS" },
		{ 0x6969, true, "NFS" }, { 0x517b, true, "SMB" }, { 0xfe534d42, true, "SMB2" },
		{ 0xff534d42, true, "CIFS" }, { 0x65735546, true, "sshfs and its kind" },
		{ 0x00c36400, true, "Ceph" }, { 0x0bd00bd0, true, "Lustre" },
		{ 0x47504653, true, "GPFS" }, { 0x5346414f, true, "AFS" }, { 0x01021997, true, "9P"
		    },
		/* as statfs gives it where f_type is a signed 32-bit number */
		{ 0xffffffffff534d42, true, "CIFS, sign-extended" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ok((spool_network_fs(rows[i].magic) != NULL) == rows[i].network, "%s",
		    rows[i].what);
}

int main(void)
{
	names();
	history_days();
	log_days();
	locating();
	file_systems();
	return tap_done();
}
