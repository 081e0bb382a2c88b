/* spool: what a scan of incoming/ takes, in which order, and what it does not trust. */
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/fdio.h"
#include "spool/impl.h"
#include "tap.h"

#define ACCOUNT "nobody"

static const char block[] = "job1 submit 0 0\n";

/* A UUID whose place in the order of names is n. */
static void name_of(unsigned int n, char out[64])
{
	snprintf(out, 64, "%08x-0000-7000-8000-000000000001", n);
}

static void put_as(const struct spool *s, unsigned int n, uid_t uid, mode_t mode, size_t size)
{
	char name[64], path[128];
	int fd;

	name_of(n, name);
	snprintf(path, sizeof(path), "incoming/%s", name);
	fd = openat(s->fd, path, O_CREAT | O_WRONLY, 0600);
	if (fd == -1 || fchmod(fd, mode) == -1 || (uid != (uid_t)-1 && fchown(fd, uid, -1) == -1) ||
	    (size <= sizeof(block) - 1 ? write(fd, block, size) == -1 :
	    ftruncate(fd, (off_t)size) == -1))
		ok(false, "a file in incoming");
	close(fd);
}

static void put(const struct spool *s, unsigned int n)
{
	put_as(s, n, (uid_t)-1, 0600, sizeof(block) - 1);
}

/* The places of what one scan gives, as "1 2 3"; what is bad has a '!'. */
static const char *scan(const struct spool *s, size_t max)
{
	static char out[8192];
	struct incoming *list;
	struct err e;
	size_t n, len = 0;

	out[0] = '\0';
	if (incoming_scan(s, max, &list, &n, &e) == -1) {
		snprintf(out, sizeof(out), "error: %s", e.text);
		return out;
	}
	for (size_t i = 0; i < n && len < sizeof(out) - 32; i++)
		len += (size_t)snprintf(out + len, sizeof(out) - len, "%s%lx%s", i > 0 ? " " : "",
		    strtoul(list[i].name, NULL, 16), list[i].bad.code != ERR_NONE ? "!" : "");
	incoming_release(list, n);
	return out;
}

static void in_order(void)
{
	struct incoming *list;
	struct spool s;
	struct err e;
	size_t n;

	if (!ok(spool_make(&s, tap_tmpdir(), NULL, &e) == 0, "a spool"))
		return;
	is_str(scan(&s, 10), "", "nothing");
	put(&s, 3);
	put(&s, 1);
	put(&s, 2);
	is_str(scan(&s, 10), "1 2 3", "in order of names");
	is_str(scan(&s, 2), "1 2", "at most so many");
	is_str(scan(&s, 0), "", "none when none is wanted");
	is_int(incoming_scan(&s, 1, &list, &n, &e), 0, "one");
	ok(n == 1 && list[0].uid == geteuid() && list[0].bad.code == ERR_NONE, "it is good");
	ok(list[0].block.len == sizeof(block) - 1 && strcmp(list[0].block.data, block) == 0,
	    "its content");
	is_int(incoming_done(&s, list[0].name, &e), 0, "done");
	incoming_release(list, n);
	is_str(scan(&s, 10), "2 3", "it is not there any more");
	spool_close(&s);
	is_int(spool_open(&s, "/", &e), 0, "no spool at all");
	ok(strncmp(scan(&s, 10), "error: ", 7) == 0, "is an error");
	spool_close(&s);
}

/* More than are kept: the first ones by name are found wherever they stand. */
static void of_many(void)
{
	struct spool s;
	struct err e;

	if (!ok(spool_make(&s, tap_tmpdir(), NULL, &e) == 0, "a spool"))
		return;
	for (unsigned int i = 0; i < 300; i++)
		put(&s, 1 + (i * 131) % 300);
	is_str(scan(&s, 4), "1 2 3 4", "the first ones of many");
	is_str(scan(&s, 1), "1", "the first");
	is_str(scan(&s, 0), "", "none");
	spool_close(&s);
}

static const char *reason_of(const struct spool *s, unsigned int place)
{
	static char out[512];
	struct incoming *list;
	size_t n;

	snprintf(out, sizeof(out), "not there");
	if (incoming_scan(s, 100, &list, &n, NULL) == -1)
		return out;
	for (size_t i = 0; i < n; i++) {
		if (strtoul(list[i].name, NULL, 16) == place)
			snprintf(out, sizeof(out), "%s", list[i].bad.text);
	}
	incoming_release(list, n);
	return out;
}

static void at_name(const char *dir, unsigned int n, char out[128])
{
	char name[64];

	name_of(n, name);
	snprintf(out, 128, "%s/%s", dir, name);
}

static void odd_things(void)
{
	char path[128], other[128];
	struct spool s;
	struct err e;

	if (!ok(spool_make(&s, tap_tmpdir(), NULL, &e) == 0, "a spool"))
		return;
	put(&s, 1);
	at_name("incoming", 2, path);
	is_int(symlinkat("/etc/passwd", s.fd, path), 0, "a link");
	at_name("incoming", 3, path);
	is_int(mkfifoat(s.fd, path, 0600), 0, "a fifo");
	at_name("incoming", 4, path);
	put(&s, 4);
	is_int(linkat(s.fd, path, s.fd, "second-name", 0), 0, "a file with two names");
	put_as(&s, 5, (uid_t)-1, 0622, 5);
	put_as(&s, 6, (uid_t)-1, 0600, 0);
	put_as(&s, 7, (uid_t)-1, 0600, INCOMING_BLOCK_MAX + 1);
	at_name("incoming", 8, path);
	is_int(mkdirat(s.fd, path, 0700), 0, "a directory");
	close(sock_listen(s.fd, "incoming/00000009-0000-7000-8000-000000000001", 0600, &e));
	close(openat(s.fd, "incoming/README", O_CREAT | O_WRONLY, 0600));
	put_as(&s, 10, (uid_t)-1, 0600, sizeof(block) - 1);
	at_name("incoming", 10, path);
	snprintf(other, sizeof(other), "incoming/0000000A-0000-7000-8000-000000000001");
	is_int(renameat(s.fd, path, s.fd, other), 0, "capital letters");
	put(&s, 11);

	is_str(scan(&s, 100), "1 2! 3! 4! 5! 6! 7! 9! a! b 0!", "the good ones among them");
	is_str(reason_of(&s, 2), "it is a symbolic link", "link");
	is_str(reason_of(&s, 3), "it is not a regular file", "fifo");
	is_str(reason_of(&s, 4), "the file has more than one name", "two names");
	is_str(reason_of(&s, 5), "others than its owner could have written the file", "mode");
	is_str(reason_of(&s, 6), "the file is empty", "empty");
	is_str(reason_of(&s, 7), "the file is larger than a request may be", "huge");
	is_str(reason_of(&s, 9), "it is not a regular file", "socket");
	is_str(reason_of(&s, 10), "its name is no UUID", "name");
	spool_close(&s);
}

static void refused_in_turn(void)
{
	struct incoming *list;
	char path[128];
	struct spool s;
	struct err e;
	size_t n;

	if (!ok(spool_make(&s, tap_tmpdir(), NULL, &e) == 0, "a spool"))
		return;
	at_name("incoming", 1, path);
	is_int(symlinkat("/etc/passwd", s.fd, path), 0, "a link");
	at_name("incoming", 2, path);
	is_int(mkfifoat(s.fd, path, 0600), 0, "a fifo");
	close(openat(s.fd, "incoming/junk", O_CREAT | O_WRONLY, 0600));
	is_int(incoming_scan(&s, 10, &list, &n, &e), 0, "scan");
	for (size_t i = 0; i < n; i++)
		is_int(incoming_reject(&s, &list[i], list[i].bad.text, &e), 0, "refused %zu", i);
	incoming_release(list, n);
	is_str(scan(&s, 10), "", "all gone");
	is_int(faccessat(AT_FDCWD, "/etc/passwd", F_OK, 0), 0, "and nothing else is");
	spool_close(&s);
}

static void debris(void)
{
	const char *fresh = "incoming/tmp.fresh", *dot = "incoming/.hidden";
	const struct timespec old[2] = { { .tv_sec = 1000 }, { .tv_sec = 1000 } };
	char longest[300] = "incoming/", path[128];
	struct spool s;
	struct err e;

	if (!ok(spool_make(&s, tap_tmpdir(), NULL, &e) == 0, "a spool"))
		return;
	memset(longest + 9, 'x', 100);
	close(openat(s.fd, fresh, O_CREAT | O_WRONLY, 0600));
	close(openat(s.fd, dot, O_CREAT | O_WRONLY, 0600));
	close(openat(s.fd, longest, O_CREAT | O_WRONLY, 0600));
	put(&s, 1);
	is_str(scan(&s, 10), "1", "is no request");
	ok(faccessat(s.fd, fresh, F_OK, 0) == 0 && faccessat(s.fd, dot, F_OK, 0) == 0 &&
	    faccessat(s.fd, longest, F_OK, 0) == 0, "and stays while it is young");
	ok(utimensat(s.fd, fresh, old, 0) == 0 && utimensat(s.fd, dot, old, 0) == 0 &&
	    utimensat(s.fd, longest, old, 0) == 0, "an hour later");
	at_name("incoming", 1, path);
	is_int(utimensat(s.fd, path, old, 0), 0, "for the request, too");
	is_str(scan(&s, 10), "1", "which is not too old");
	ok(faccessat(s.fd, fresh, F_OK, 0) == -1 && faccessat(s.fd, dot, F_OK, 0) == -1 &&
	    faccessat(s.fd, longest, F_OK, 0) == -1, "the others are gone");
	spool_close(&s);
}

/* ---- many owners; needs root */

static void clear(struct spool *s)
{
	char path[128];

	for (unsigned int n = 0; n <= 0x40; n++) {
		at_name("incoming", n, path);
		unlinkat(s->fd, path, 0);
	}
}

static void owners(struct spool *s)
{
	put_as(s, 0x10, 1001, 0640, 5);
	put_as(s, 0x11, 1001, 0640, 5);
	put_as(s, 0x12, 1001, 0640, 5);
	put_as(s, 0x20, 1002, 0640, 5);
	put_as(s, 0x01, 1003, 0640, 5);
	put_as(s, 0x30, 1003, 0640, 5);
	is_str(scan(s, 100), "1 10 20 30 11 12", "owners take turns, who waits longest first");
	is_str(scan(s, 3), "1 10 20", "each gets one");
	put_as(s, 0x00, 1004, 0666, 5);
	is_str(scan(s, 4), "0! 1 10 20", "a bad one counts");
	clear(s);
}

/* Sparse files of the largest size: what is read is memory. */
static void bytes(struct spool *s)
{
	put_as(s, 0x10, 1001, 0640, INCOMING_BLOCK_MAX);
	put_as(s, 0x11, 1001, 0640, 5);
	put_as(s, 0x20, 1002, 0640, INCOMING_BLOCK_MAX - 16);
	put_as(s, 0x21, 1002, 0640, 5);
	put_as(s, 0x22, 1002, 0640, 5);
	put_as(s, 0x30, 1003, 0640, 6);
	put_as(s, 0x31, 1003, 0640, 5);
	is_str(scan(s, 100), "10 20 30 21 31",
	    "no more bytes of an owner, and of all, than allowed");
	clear(s);
}

static void files(struct spool *s)
{
	struct incoming *list;
	size_t n, mine = 0;
	struct err e;

	for (unsigned int i = 0; i < INCOMING_OWNER_FILES + 5; i++)
		put_as(s, 0x1000 + i, 1005, 0640, 1);
	put_as(s, 0x9000, 1006, 0640, 1);
	is_int(incoming_scan(s, 100000, &list, &n, &e), 0, "scan");
	for (size_t i = 0; i < n; i++)
		mine += list[i].uid == 1005;
	is_int(mine, INCOMING_OWNER_FILES, "no more files of an owner than allowed");
	ok(n > mine, "the others get theirs");
	incoming_release(list, n);
}

static void many_owners(void)
{
	char *path = xasprintf("%s/spool", tap_tmpdir());
	struct spool s;
	struct err e;

	if (geteuid() != 0 || getpwnam(ACCOUNT) == NULL) {
		ok(true, "not root: one owner only");
		free(path);
		return;
	}
	if (!ok(spool_make(&s, path, ACCOUNT, &e) == 0, "a system spool"))
		return;
	owners(&s);
	bytes(&s);
	files(&s);
	spool_close(&s);
	free(path);
	path = xasprintf("%s/spool", tap_tmpdir());
	if (!ok(spool_make(&s, path, NULL, &e) == 0, "a personal spool of root"))
		return;
	put_as(&s, 1, 1001, 0600, 5);
	put(&s, 2);
	is_str(reason_of(&s, 1), "its owner may not use this spool", "another's file in it");
	is_str(scan(&s, 10), "1! 2", "and ours");
	spool_close(&s);
	free(path);
}

/* ---- a writer that is killed at any moment leaves all or nothing */

static void writer(const struct spool *s)
{
	struct uuid u;

	for (;;) {
		uuid_new(&u);
		incoming_put(s, &u, block, sizeof(block) - 1, NULL);
	}
}

static void killed_writers(void)
{
	struct incoming *list;
	struct spool s;
	struct err e;
	size_t n, whole = 0, total = 0;
	int64_t end;
	pid_t pid;

	if (!ok(spool_make(&s, tap_tmpdir(), NULL, &e) == 0, "a spool"))
		return;
	for (int round = 0; round < 5; round++) {
		pid = fork();
		if (pid == 0)
			writer(&s);
		end = now_read().boot + 2000;
		/* It has begun, and then it dies somewhere. */
		do {
			is_int(incoming_scan(&s, 1000, &list, &n, &e), 0, "scan beside a writer");
			for (size_t i = 0; i < n; i++)
				whole += list[i].bad.code == ERR_NONE &&
				    list[i].block.len == sizeof(block) - 1;
			total += n;
			incoming_release(list, n);
		} while (n == 0 && now_read().boot < end);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	ok(total > 0, "requests were seen");
	is_int(whole, total, "all of them whole");
	spool_close(&s);
}

int main(void)
{
	umask(022);
	in_order();
	of_many();
	odd_things();
	refused_in_turn();
	debris();
	many_owners();
	killed_writers();
	return tap_done();
}
