/*
 * mounts: file systems that only the test itself sees.
 *
 * In a chroot "/" is no mount point that could be made private with all below it, so
 * each mount is made so by itself.
 */
#include "mounts.h"

#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>

bool mounts_private(void)
{
	char line[4096], path[2048];
	FILE *all;

	if (unshare(CLONE_NEWNS) == -1)
		return false;
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0)
		return true;
	all = fopen("/proc/self/mountinfo", "re");
	if (all == NULL)
		return false;
	while (fgets(line, sizeof(line), all) != NULL) {
		if (sscanf(line, "%*s %*s %*s %*s %2047s", path) == 1)
			(void)mount(NULL, path, NULL, MS_PRIVATE, NULL);
	}
	fclose(all);
	return true;
}

bool mounts_disk(const char *path, const char *size)
{
	char option[64];

	snprintf(option, sizeof(option), "size=%s", size);
	return mounts_private() && mount("tmpfs", path, "tmpfs", 0, option) == 0;
}
