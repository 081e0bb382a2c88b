/*
 * spool: which place is meant, for every mixture of what names one; every file system
 * that is another machine's; modes of every kind; and somebody who is not root.
 */
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fdio.h"
#include "spool/impl.h"
#include "tap.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

/* ---- which one: option, environment, configuration, the user's own */

static const struct {
	const char *option, *env, *configured, *xdg, *home, *want;	/* want NULL: refused */
} places[] = {
	{ "/o", "/e", "/c", "/x", "/h", "/o" }, { NULL, "/e", "/c", "/x", "/h", "/e" },
	{ NULL, NULL, "/c", "/x", "/h", "/c" }, { NULL, "", "/c", "/x", "/h", "/c" },
	{ NULL, NULL, NULL, "/x", "/h", "/x/job" }, { NULL, "", NULL, "/x", "/h", "/x/job" },
	{ NULL, NULL, NULL, NULL, "/h", "/h/.local/state/job" },
	{ NULL, NULL, NULL, "", "/h", "/h/.local/state/job" },
	{ NULL, NULL, NULL, "rel", "/h", "/h/.local/state/job" },
	{ "", "/e", "/c", "/x", "/h", NULL }, { "/o/", NULL, NULL, NULL, "/h", "/o" },
	{ "/o///", NULL, NULL, NULL, "/h", "/o" }, { "/o/.", NULL, NULL, NULL, "/h", "/o" },
	{ "/o/./.", NULL, NULL, NULL, "/h", "/o" }, { "/", NULL, NULL, NULL, "/h", "/" },
	{ "/.", NULL, NULL, NULL, "/h", "/" }, { "//", NULL, NULL, NULL, "/h", "/" },
	{ "/o/..", NULL, NULL, NULL, "/h", "/o/.." }, { "/o.", NULL, NULL, NULL, "/h", "/o." },
	{ "o", NULL, NULL, NULL, "/h", "/o" }, { NULL, "e/s", NULL, NULL, "/h", "/e/s" },
	{ ".", NULL, NULL, NULL, "/h", "/" }, { "./a", NULL, NULL, NULL, "/h", "/./a" },
	{ NULL, NULL, "c", NULL, "/h", "/c" },
};

static void env_is(const char *name, const char *value)
{
	if (value != NULL)
		setenv(name, value, 1);
	else
		unsetenv(name);
}

static void check_places(void)
{
	const struct passwd *pw = getpwuid(geteuid());
	bool system_spool = access("/var/spool/job", X_OK) == 0;
	int here = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char want[4200], *path;
	struct err e;

	ok(chdir("/") == 0, "in the top folder");
	for (size_t i = 0; i < N(places); i++) {
		bool named = places[i].option || places[i].configured ||
		    (places[i].env && *places[i].env);
		int r;

		env_is("JOB_SPOOL", places[i].env);
		env_is("XDG_STATE_HOME", places[i].xdg);
		env_is("HOME", places[i].home);
		path = NULL;
		err_clear(&e);
		r = spool_locate(places[i].option, places[i].configured, &path, &e);
		is_int(r, places[i].want != NULL ? 0 : -1, "place %zu %s", i, e.text);
		if (r == 0)
			is_str(path, !named && system_spool ? "/var/spool/job" : places[i].want,
			    "place %zu: the path", i);
		else
			is_int(e.code, ERR_USAGE, "place %zu: code", i);
		free(path);
	}
	for (size_t i = 0; i < 3 && !system_spool && pw != NULL && pw->pw_dir[0] == '/'; i++) {
		static const char *const homes[] = { NULL, "", "not/absolute" };

		env_is("HOME", homes[i]);
		snprintf(want, sizeof(want), "%s/.local/state/job", pw->pw_dir);
		is_int(spool_locate(NULL, NULL, &path, &e), 0, "no home in the environment");
		is_str(path, want, "the account's then");
		free(path);
	}
	ok(fchdir(here) == 0, "back");
	close(here);
	unsetenv("JOB_SPOOL");
}

static void check_lost_folder(void)
{
	char dir[300];
	int here = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct err e;

	snprintf(dir, sizeof(dir), "%s/gone", tap_tmpdir());
	ok(mkdir(dir, 0700) == 0 && chdir(dir) == 0 && rmdir(dir) == 0, "a folder that is gone");
	ok(spool_absolute("x", &e) == NULL, "has no name");
	is_int(e.code, ERR_OS, "which is told");
	ok(fchdir(here) == 0, "back");
	close(here);
}

/* ---- file systems, and what an errno means */

static void check_file_systems(void)
{
	static const struct { unsigned long magic; const char *name; } fs[] = {
		{ 0x6969, "NFS" }, { 0x517b, "SMB" }, { 0xfe534d42, "SMB2" },
		{ 0xff534d42, "CIFS" }, { 0x65735546, "FUSE" }, { 0x01021997, "9P" },
		{ 0x00c36400, "Ceph" }, { 0x0bd00bd0, "Lustre" }, { 0x47504653, "GPFS" },
		{ 0x5346414f, "AFS" }, { 0x6b414653, "AFS" }, { 0x73757245, "Coda" },
		{ 0x564c, "NCP" }, { 0x01161970, "GFS2" }, { 0x7461636f, "OCFS2" },
		{ 0x19830326, "BeeGFS" }, { 0xaad7aaea, "PanFS" }, { 0x20030528, "OrangeFS" },
		/* ext4, xfs, btrfs, tmpfs, overlayfs, zfs, f2fs */
		{ 0xef53, NULL }, { 0x58465342, NULL }, { 0x9123683e, NULL }, { 0x01021994, NULL },
		{ 0x794c7630, NULL }, { 0x2fc12fc1, NULL }, { 0xf2f52010, NULL }, { 0, NULL },
	};

	for (size_t i = 0; i < N(fs); i++) {
		const char *name = spool_network_fs(fs[i].magic);

		is_str(name ? name : "local", fs[i].name ? fs[i].name : "local", "magic %lx",
		    fs[i].magic);
		/* On 64 bits the kernel's long is extended by its sign. */
		name = spool_network_fs((unsigned long)(long)(int)(unsigned int)fs[i].magic);
		is_str(name ? name : "local", fs[i].name ? fs[i].name : "local",
		    "magic %lx, extended", fs[i].magic);
	}
}

static void check_codes(void)
{
	static const struct { int error; enum err_code code; } codes[] = {
		{ EACCES, ERR_PERM }, { EPERM, ERR_PERM }, { EROFS, ERR_PERM },
		{ ENOSPC, ERR_AGAIN }, { EDQUOT, ERR_AGAIN }, { EIO, ERR_DATA },
		{ ENOENT, ERR_DATA }, { 0, ERR_DATA },
	};

	for (size_t i = 0; i < N(codes); i++)
		is_int(spool_code(codes[i].error, ERR_DATA), codes[i].code, "%s",
		    strerror(codes[i].error));
}

static void check_closed(void)
{
	struct err e;

	is_int(spool_local_fs(-1, "/nowhere", &e), -1, "no descriptor");
	ok(e.code == ERR_IO && strstr(e.text, "/nowhere: statfs") != NULL, "says so: %s", e.text);
}

/* ---- opening: what each mode means */

static void check_modes(void)
{
	static const struct { mode_t mode; int r; bool system; } modes[] = {
		{ 0700, 0, false }, { 0711, 0, true }, { 0750, 0, false }, { 0755, 0, true },
		{ 0701, 0, true }, { 0710, 0, false }, { 0720, -1, false }, { 0702, -1, false },
		{ 0777, -1, false }, { 01777, -1, false }, { 0770, -1, false },
	};
	char path[300];

	snprintf(path, sizeof(path), "%s/modes", tap_tmpdir());
	mkdir(path, 0700);
	for (size_t i = 0; i < N(modes); i++) {
		struct spool s;
		struct err e;

		chmod(path, modes[i].mode);
		is_int(spool_open(&s, path, &e), modes[i].r, "mode %04o", (unsigned)modes[i].mode);
		if (modes[i].r == 0) {
			is_int(s.system, modes[i].system, "serves %s",
			    modes[i].system ? "all" : "one");
			spool_close(&s);
		} else {
			ok(e.code == ERR_PERM && strstr(e.text, "chmod go-w") != NULL &&
			    s.fd == -1 && s.path == NULL, "is refused: %s", e.text);
		}
	}
	chmod(path, 0700);
}

/* The same for incoming/: in a system spool the sticky bit makes it safe. */
static void check_incoming_modes(void)
{
	static const struct { bool system; mode_t mode; int r; } modes[] = {
		{ false, 0700, 0 }, { false, 0720, -1 }, { false, 0702, -1 }, { false, 01777, -1 },
		{ true, 03733, 0 }, { true, 01777, 0 }, { true, 0733, -1 }, { true, 02733, -1 },
		{ true, 0700, 0 }, { true, 0770, -1 },
	};
	struct spool s;
	struct uuid u;
	struct err e;

	if (!ok(spool_make(&s, tap_tmpdir(), NULL, &e) == 0, "a spool"))
		return;
	uuid_new(&u);
	for (size_t i = 0; i < N(modes); i++) {
		s.system = modes[i].system;
		is_int(fchmodat(s.fd, SPOOL_INCOMING, modes[i].mode, 0), 0, "its mode is set");
		is_int(incoming_put(&s, &u, "x", 1, &e), modes[i].r, "incoming %04o, %s",
		    (unsigned)modes[i].mode, modes[i].system ? "for all" : "for one");
		if (modes[i].r == -1) {
			is_int(e.code, ERR_PERM, "is not safe");
			is_int(incoming_done(&s, "x", &e), -1, "nor is a request taken away");
		}
		s.system = false;
		is_int(fchmodat(s.fd, SPOOL_INCOMING, 0700, 0), 0, "and set back");
		is_int(incoming_waits(&s, &u), modes[i].r == 0, "whether it waits");
		uuid_new(&u);
	}
	spool_close(&s);
}

static void check_names(void)
{
	static const char *const names[] = { "", ".", "..", ".hidden", "a/b", "/", "../x" };
	struct incoming in = { .uid = 0 };
	struct spool s;
	struct err e;

	if (!ok(spool_make(&s, tap_tmpdir(), NULL, &e) == 0, "a spool"))
		return;
	for (size_t i = 0; i < N(names); i++) {
		is_int(incoming_done(&s, names[i], &e), -1, "done with '%s'", names[i]);
		is_int(e.code, ERR_INTERNAL, "is our bug");
		snprintf(in.name, sizeof(in.name), "%s", names[i]);
		is_int(incoming_reject(&s, &in, "no", &e), -1, "refusing '%s'", names[i]);
		is_int(e.code, ERR_INTERNAL, "is, too");
	}
	is_int(incoming_done(&s, "gone", &e), 0, "what is gone is done");
	unlinkat(s.fd, SPOOL_REJECTED, AT_REMOVEDIR);
	snprintf(in.name, sizeof(in.name), "x");
	is_int(incoming_reject(&s, &in, "no", &e), -1, "nowhere to keep it");
	is_int(e.code, ERR_IO, "is told");
	unlinkat(s.fd, SPOOL_INCOMING, AT_REMOVEDIR);
	is_int(incoming_done(&s, "x", &e), -1, "no incoming");
	is_int(e.code, ERR_UNAVAIL, "is told");
	is_int(incoming_reject(&s, &in, "no", &e), -1, "nothing to refuse");
	spool_close(&s);
}

/* ---- the lock's file: whatever is in it */

static void check_lock(void)
{
	static const struct { const char *text; pid_t pid; } texts[] = {
		{ "123\n", 123 }, { "123", 123 }, { "", 0 }, { "x\n", 0 }, { "0\n", 0 },
		{ "-1\n", 0 },
		{ "99999999999\n", 0 }, { "12 3\n", 0 }, { "7\nrest", 7 },
	};
	struct spool s;
	struct err e;
	int fd, lock;
	pid_t holder;

	if (!ok(spool_make(&s, tap_tmpdir(), NULL, &e) == 0, "a spool"))
		return;
	is_int(spool_holder(&s), 0, "nobody before it was ever held");
	lock = spool_lock(&s, NULL, &e);
	is_int(spool_holder(&s), getpid(), "who holds it");
	fd = openat(s.fd, "lock", O_RDWR | O_CLOEXEC);
	for (size_t i = 0; i < N(texts); i++) {
		ssize_t n = (ssize_t)strlen(texts[i].text);

		ok(ftruncate(fd, 0) == 0 && pwrite(fd, texts[i].text, (size_t)n, 0) == n,
		    "the file says '%s'", texts[i].text);
		is_int(spool_holder(&s), texts[i].pid, "who holds it");
		holder = 99;
		is_int(spool_lock(&s, &holder, &e), -1, "nobody else can");
		is_int(e.code, ERR_AGAIN, "code");
		is_int(holder, texts[i].pid, "and is told who");
		ok((strstr(e.text, ", pid ") != NULL) == (texts[i].pid != 0), "%s", e.text);
	}
	close(fd);
	close(lock);
	is_int(spool_holder(&s), 0, "nobody, whatever the file says");
	unlinkat(s.fd, "lock", 0);
	is_int(symlinkat("/dev/null", s.fd, "lock"), 0, "a link");
	is_int(spool_lock(&s, NULL, &e), -1, "is not followed");
	is_int(spool_holder(&s), 0, "nor looked at");
	spool_close(&s);
}

/* ---- as somebody who is not root: each step's bit, 0 when all is as it should be */

static int as_nobody(const char *dir, const char *open_dir)
{
	char path[400];
	struct spool s;
	struct err e;
	int bad = 0;

	if (setgid(65534) == -1 || setuid(65534) == -1)
		return 99;
	/* It can be named, though nothing in it: who asks is told by whoever serves it. */
	if (spool_open(&s, dir, &e) == -1 || s.system || spool_holder(&s) != 0)
		return 1;
	spool_close(&s);
	snprintf(path, sizeof(path), "%s/new", dir);
	if (spool_make(&s, path, NULL, &e) != -1 || e.code != ERR_PERM)
		bad |= 2;
	if (spool_make(&s, open_dir, NULL, &e) != -1 || e.code != ERR_PERM)
		bad |= 4;
	if (spool_make(&s, open_dir, "root", &e) != -1 || e.code != ERR_PERM)
		bad |= 8;
	if (spool_open(&s, open_dir, &e) == -1 || !s.system)
		return bad | 16;
	if (spool_holder(&s) != 0 || spool_lock(&s, NULL, &e) != -1 || e.code != ERR_PERM)
		bad |= 32;
	spool_close(&s);
	return bad;
}

static void check_nobody(void)
{
	char closed[320], opened[300];
	int status = 0;
	pid_t pid;

	if (geteuid() != 0)
		return;
	/* Folders of root's: of one others may enter, not list; of one not even that. */
	snprintf(opened, sizeof(opened), "%s", tap_tmpdir());
	chmod(opened, 0711);
	snprintf(closed, sizeof(closed), "%s/closed", opened);
	mkdir(closed, 0700);
	fflush(NULL);
	pid = fork();
	if (pid == 0)
		_exit(as_nobody(closed, opened));
	waitpid(pid, &status, 0);
	is_int(WIFEXITED(status) ? WEXITSTATUS(status) : -1, 0, "what others may not do");
}

int main(void)
{
	check_places();
	check_lost_folder();
	check_file_systems();
	check_codes();
	check_closed();
	check_modes();
	check_incoming_modes();
	check_names();
	check_lock();
	check_nobody();
	return tap_done();
}
