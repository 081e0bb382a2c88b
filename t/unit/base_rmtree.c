/* rmtree: whatever a job has left in its folder goes, and nothing beside it. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/rmtree.h"
#include "tap.h"

static void touch(int dirfd, const char *name)
{
	int fd = openat(dirfd, name, O_WRONLY | O_CREAT, 0600);

	ok(fd != -1, "%s is there", name);
	close(fd);
}

static bool there(int dirfd, const char *name)
{
	struct stat st;

	return fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

/* Folders in each other, deeper than there may be descriptors. */
static void deep(int at, const char *name, int depth)
{
	int fd = dup(at), next;

	for (int i = 0; i < depth; i++) {
		mkdirat(fd, i == 0 ? name : "d", 0700);
		next = openat(fd, i == 0 ? name : "d", O_RDONLY | O_DIRECTORY);
		close(fd);
		fd = next;
	}
	touch(fd, "last");
	close(fd);
}

static void fill(int base)
{
	int fd;

	mkdirat(base, "tree", 0700);
	fd = openat(base, "tree", O_RDONLY | O_DIRECTORY);
	touch(fd, "file");
	touch(fd, ".hidden");
	touch(fd, "-rf");
	touch(fd, ".deep.0");
	mkdirat(fd, "shut", 0700);
	touch(fd, "shut/in");
	is_int(fchmodat(fd, "shut", 0, 0), 0, "a folder that is shut");
	mkfifoat(fd, "fifo", 0600);
	is_int(symlinkat("../beside", fd, "link"), 0, "a link out of it");
	is_int(symlinkat("../beside/kept", fd, "other"), 0, "and one to a file");
	close(fd);
}

int main(void)
{
	char path[] = "/tmp/rmtree.XXXXXX";
	struct err e = { 0 };
	int base;

	if (!ok(mkdtemp(path) != NULL, "a folder"))
		return tap_done();
	base = open(path, O_RDONLY | O_DIRECTORY);
	mkdirat(base, "beside", 0700);
	touch(base, "beside/kept");
	is_int(dir_remove(base, "tree", &e), 0, "what is not there is removed");
	fill(base);
	deep(base, "tree/deep", 3000);
	is_int(dir_remove(base, "tree", &e), 0, "a tree: %s", e.text);
	ok(!there(base, "tree"), "it is gone");
	ok(there(base, "beside/kept"), "what links led to is not");
	is_int(dir_remove(base, "beside/kept", &e), -1, "a file is no folder: %s", e.text);
	is_int(symlinkat("beside", base, "alias"), 0, "a link to a folder");
	is_int(dir_remove(base, "alias", &e), -1, "is none either: %s", e.text);
	ok(there(base, "beside/kept"), "and leads nowhere");
	unlinkat(base, "alias", 0);
	is_int(dir_remove(AT_FDCWD, path, &e), 0, "by its path: %s", e.text);
	ok(access(path, F_OK) == -1, "all is gone");
	close(base);
	return tap_done();
}
