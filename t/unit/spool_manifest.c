/*
 * The list of a backup, and copies of files: there and back, and what is not taken
 * for one.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fdio.h"
#include "spool/copy.h"
#include "tap.h"

static int dir, other;

static void put(const char *path, const char *text)
{
	ok(file_replace(dir, path, text, strlen(text), 0600, NULL) == 0, "a file %s", path);
}

static void entry(struct manifest *m, const char *path)
{
	struct manifest_file f;

	ok(copy_look(dir, path, &f, NULL) == 0, "%s is looked at", path);
	f.path = (char *)(uintptr_t)path;
	manifest_add(m, &f);
}

static void example(struct manifest *m)
{
	*m = (struct manifest){ .epoch = 3, .next_id = 12, .made = 1795428000000 };
	uuid_new(&m->instance);
	entry(m, "state.db");
	entry(m, "log/b.gz");
	entry(m, "log/a");
}

static int findings;
static char first[200];

static void finding(void *arg, const char *text)
{
	(void)arg;
	if (findings++ == 0)
		snprintf(first, sizeof(first), "%s", text);
}

static void verify(const struct manifest *m, const char *want)
{
	findings = 0;
	first[0] = '\0';
	manifest_verify(m, dir, finding, NULL);
	is_str(first, want, "what is found: %d", findings);
}

static void test_there_and_back(void)
{
	struct manifest m, got;

	is_int(manifest_read(&got, dir, NULL), 0, "none is there");
	example(&m);
	is_int(manifest_write(&m, dir, NULL), 0, "written");
	is_int(manifest_read(&got, dir, NULL), 1, "and read");
	ok(got.epoch == 3 && got.next_id == 12 && got.made == 1795428000000 && got.n == 3 &&
	    uuid_equal(&got.instance, &m.instance), "with all that it says");
	is_str(got.files[0].path, "log/a", "in order of the names");
	ok(manifest_find(&got, "log/b.gz") != NULL && manifest_find(&got, "log/c") == NULL,
	    "found by name");
	verify(&got, "");
	put("log/a", "other");
	verify(&got, "log/a has another size");
	put("log/a", "two");
	verify(&got, "log/a has other content");
	unlinkat(dir, "log/a", 0);
	verify(&got, "log/a is missing");
	put("log/a", "one");
	manifest_release(&m);
	manifest_release(&got);
}

/* Each byte of it changed, and each end cut off, is noticed. */
static void test_damaged(void)
{
	struct manifest got;
	int taken = 0;
	struct buf b;
	struct err e;

	buf_init(&b, 1 << 20);
	ok(file_read(dir, MANIFEST_NAME, &b, NULL) == 0, "its bytes");
	for (size_t i = 0; i < b.len; i++) {
		b.data[i] ^= 1;
		file_replace(dir, MANIFEST_NAME, b.data, b.len, 0600, NULL);
		taken += manifest_read(&got, dir, &e) != -1;
		b.data[i] ^= 1;
	}
	is_int(taken, 0, "none with another byte is taken");
	for (size_t i = 0; i < b.len; i++) {
		file_replace(dir, MANIFEST_NAME, b.data, i, 0600, NULL);
		taken += manifest_read(&got, dir, &e) != -1;
	}
	is_int(taken, 0, "none that is cut off is taken");
	is_int(e.code, ERR_DATA, "it says so");
	buf_release(&b);
}

/* A good sum does not make a bad path good. */
static void test_paths(void)
{
	static const char *const bad[] = { "/etc/x", "../x", "a/../../x", "", "a b", "A" };
	struct manifest m, got;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct manifest_file f = { .path = (char *)(uintptr_t)bad[i], .size = 1 };

		m = (struct manifest){ .epoch = 1 };
		memset(f.hash, 'a', SHA256_HEX - 1);
		uuid_new(&m.instance);
		manifest_add(&m, &f);
		manifest_write(&m, dir, NULL);
		is_int(manifest_read(&got, dir, &(struct err){ 0 }), -1, "no path: '%s'", bad[i]);
		manifest_release(&m);
	}
}

static int count(void *arg, const char *path, const struct stat *st, struct err *e)
{
	(void)st;
	(void)e;
	buf_addf(arg, "%s ", path);
	return 0;
}

static void test_copy(void)
{
	struct manifest_file f, g;
	struct buf names;
	struct stat st;

	ok(copy_file(dir, other, "log/a", &f, NULL) == 0, "copied, and its folder made");
	ok(copy_look(other, "log/a", &g, NULL) == 0 && strcmp(f.hash, g.hash) == 0 &&
	    f.mtime == g.mtime && f.size == 3, "the same, with its time");
	ok(fstatat(dir, "log/a", &st, 0) == 0 && copy_mtime(&st) == f.mtime, "of the original");
	buf_init(&names, 1000);
	is_int(copy_file(dir, other, "log/none", &f, NULL), -1, "one that is not there");
	ok(symlinkat("a", dir, "log/link") == 0, "a link");
	is_int(copy_file(dir, other, "log/link", &f, NULL), -1, "is not followed");
	put("log/tmp.x", "half");
	put("log/.tmp-0", "half");
	put("log/a.gz.tmp", "half");
	ok(copy_walk(dir, "log", count, &names, NULL) == 0, "a walk");
	ok(strcmp(names.data, "log/a log/b.gz ") == 0 ||
	    strcmp(names.data, "log/b.gz log/a ") == 0, "finds what is whole, and no link: %s",
	    names.data);
	is_int(copy_walk(other, "none", count, &names, NULL), 0, "no folder, no file");
	buf_release(&names);
}

int main(void)
{
	dir = open(tap_tmpdir(), O_DIRECTORY | O_RDONLY);
	other = open(tap_tmpdir(), O_DIRECTORY | O_RDONLY);
	ok(mkdirat(dir, "log", 0700) == 0, "a folder");
	put("state.db", "state");
	put("log/a", "one");
	put("log/b.gz", "three");
	test_there_and_back();
	test_damaged();
	test_copy();
	test_paths();
	return tap_done();
}
