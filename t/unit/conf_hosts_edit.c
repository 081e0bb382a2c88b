/* Tests conf/hosts_edit: one line more or less, and all else byte for byte. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fdio.h"
#include "conf/hosts_edit.h"
#include "tap.h"

static char path[256];

static void file_is(const char *want, const char *what)
{
	struct buf b;

	buf_init(&b, 1 << 16);
	is_int(file_read(AT_FDCWD, path, &b, NULL), 0, "it can be read");
	(void)buf_addc(&b, '\0');
	is_str(b.data, want, "%s", what);
	buf_release(&b);
}

static void put(const char *text)
{
	is_int(file_replace(AT_FDCWD, path, text, strlen(text), 0640, NULL), 0, "a file");
}

static void test_add(void)
{
	struct stat st;
	struct err e;

	is_int(hosts_add(path, "a cpus=2", &e), 0, "the first host makes the file");
	file_is("a cpus=2\n", "of one line");
	is_int(stat(path, &st), 0, "it is there");
	is_int(st.st_mode & 0777, 0644, "others may read it");
	put("# ours\n\na   cpus=2  # two\nb region='far away'");
	is_int(hosts_add(path, "c", &e), -1, "a value that is none");
	is_int(e.code, ERR_CONFIG, "%s", e.text);
	put("# ours\n\na   cpus=2  # two\nb region=eu");
	is_int(hosts_add(path, "c user=x", &e), 0, "another");
	file_is("# ours\n\na   cpus=2  # two\nb region=eu\nc user=x\n", "all else stays");
	is_int(stat(path, &st), 0, "it is there");
	is_int(st.st_mode & 0777, 0640, "with its mode");
	is_int(hosts_add(path, "a", &e), -1, "a name that is taken");
	ok(strstr(e.text, "a stands in line 3, too") != NULL, "%s", e.text);
	is_int(hosts_add(path, "d usr=x", &e), -1, "a word that is none");
	file_is("# ours\n\na   cpus=2  # two\nb region=eu\nc user=x\n", "nothing was written");
}

static void test_remove(void)
{
	struct err e;

	put("# ours\na\nweb[1-3] cpus=1\n# of b\nb\nc");
	is_int(hosts_remove(path, "x", &e), -1, "one that is not there");
	is_int(e.code, ERR_NOINPUT, "%s", e.text);
	is_int(hosts_remove(path, "web2", &e), -1, "one of a range");
	is_int(e.code, ERR_DATA, "%s", e.text);
	is_int(hosts_remove(path, "b", &e), 0, "one from the middle");
	file_is("# ours\na\nweb[1-3] cpus=1\n# of b\nc", "the others stay");
	is_int(hosts_remove(path, "c", &e), 0, "the last, whose line has no end");
	file_is("# ours\na\nweb[1-3] cpus=1\n# of b\n", "the others stay");
	is_int(hosts_remove(path, "a", &e), 0, "the first");
	file_is("# ours\nweb[1-3] cpus=1\n# of b\n", "the others stay");
}

static void test_link(void)
{
	char other[300];
	struct stat st;
	struct err e;

	snprintf(other, sizeof(other), "%s.link", path);
	put("a\n");
	is_int(symlink(path, other), 0, "a symbolic link to it");
	is_int(hosts_add(other, "b", &e), 0, "is followed");
	file_is("a\nb\n", "to where the file stands");
	is_int(lstat(other, &st), 0, "it is there");
	ok(S_ISLNK(st.st_mode), "and stays a link");
	is_int(hosts_add("/nowhere/at/all", "b", &e), -1, "a folder that is not there");
}

int main(void)
{
	snprintf(path, sizeof(path), "%s/workers", tap_tmpdir());
	test_add();
	test_remove();
	test_link();
	return tap_done();
}
