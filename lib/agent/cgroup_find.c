/*
 * cgroup_find: which control groups this host has for our jobs.
 *
 * Version 1 mounts a hierarchy for each controller, version 2 one for all, and
 * many hosts have both, with the controllers on one side.  Groups of jobs are made
 * below the group we are in ourselves: there, if anywhere, we have the rights.  In
 * version 2 a group that holds processes cannot hand controllers down, so we move
 * into a leaf of our own first.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/cgroup.h"
#include "base/alloc.h"
#include "base/buf.h"
#include "base/fdio.h"

#define TEXT_MAX (1u << 20)
#define MOUNT_FIELDS 64
#define LEAF "jobworker"

struct mount {
	char *root, *point, *type, *options;
};

static bool has_word(const char *list, const char *word, const char *separators)
{
	size_t n = strlen(word);

	while (*list != '\0') {
		size_t len = strcspn(list, separators);

		if (len == n && strncmp(list, word, n) == 0)
			return true;
		list += len;
		list += *list != '\0';
	}
	return false;
}

/* A line of mountinfo: id parent dev ROOT POINT options [tags] - TYPE source OPTIONS */
static int mount_parse(char *line, struct mount *m)
{
	char *field[MOUNT_FIELDS], *s;
	int n = 0, dash = 0;

	while ((s = strsep(&line, " ")) != NULL && n < MOUNT_FIELDS)
		field[n++] = s;
	for (int i = 6; i < n && dash == 0; i++)
		dash = strcmp(field[i], "-") == 0 ? i : 0;
	if (dash == 0 || dash + 3 >= n)
		return -1;
	*m = (struct mount){ field[3], field[4], field[dash + 1], field[dash + 3] };
	return 0;
}

/* Our own group in the hierarchy of this controller ("": version 2); caller frees. */
static char *own_path(const char *own, const char *controller)
{
	char *copy = xstrdup(own), *rest = copy, *line, *list, *path, *r = NULL;

	while (r == NULL && (line = strsep(&rest, "\n")) != NULL) {
		/* number:controllers:path */
		if (strsep(&line, ":") == NULL || (list = strsep(&line, ":")) == NULL ||
		    (path = line) == NULL)
			continue;
		if (controller[0] == '\0' ? list[0] == '\0' : has_word(list, controller, ","))
			r = xstrdup(path);
	}
	free(copy);
	return r;
}

/* Where that group is to be seen: the mount may show only a part of the hierarchy. */
static char *group_dir(const struct mount *m, const char *own, const char *controller)
{
	char *path = own_path(own, controller), *r = NULL;
	size_t n = strcmp(m->root, "/") == 0 ? 0 : strlen(m->root);

	if (path == NULL)
		return NULL;
	if (strncmp(path, m->root, n) == 0 && (path[n] == '/' || path[n] == '\0'))
		r = xasprintf("%s%s", m->point, strcmp(path + n, "/") == 0 ? "" : path + n);
	free(path);
	return r;
}

static void take(char **to, char *path)
{
	if (*to == NULL)
		*to = path;
	else
		free(path);
}

void cgroup_parse(struct cgroup_host *h, const char *mountinfo, const char *own)
{
	char *copy = xstrdup(mountinfo), *rest = copy, *line, *unified = NULL;
	struct mount m;

	*h = (struct cgroup_host){ .version = 0 };
	while ((line = strsep(&rest, "\n")) != NULL) {
		if (mount_parse(line, &m) == -1)
			continue;
		if (strcmp(m.type, "cgroup2") == 0)
			take(&unified, group_dir(&m, own, ""));
		if (strcmp(m.type, "cgroup") != 0)
			continue;
		if (has_word(m.options, "memory", ","))
			take(&h->memory, group_dir(&m, own, "memory"));
		if (has_word(m.options, "cpu", ","))
			take(&h->cpu, group_dir(&m, own, "cpu"));
	}
	free(copy);
	if (h->memory != NULL || h->cpu != NULL) {
		h->version = 1;
		free(unified);
	} else if (unified != NULL) {
		h->version = 2;
		h->memory = unified;
		h->cpu = xstrdup(unified);
	}
}

static char *text_of(const char *path)
{
	struct buf b;

	buf_init(&b, TEXT_MAX);
	file_read(AT_FDCWD, path, &b, NULL);
	return buf_steal(&b);
}

static int put(const char *dir, const char *file, const char *text)
{
	char *path = xasprintf("%s/%s", dir, file);
	int fd = open(path, O_WRONLY | O_CLOEXEC), r = -1;

	free(path);
	if (fd == -1)
		return -1;
	if (write(fd, text, strlen(text)) == (ssize_t)strlen(text))
		r = 0;
	close(fd);
	return r;
}

/* Whether this group hands the controller down to its children, after we asked for it. */
static bool hands_down(const char *dir, const char *controller)
{
	char *path = xasprintf("%s/cgroup.subtree_control", dir), *text, *leaf, word[32];
	bool r;

	snprintf(word, sizeof(word), "+%s", controller);
	if (put(dir, "cgroup.subtree_control", word) == -1 && errno == EBUSY) {
		leaf = xasprintf("%s/" LEAF, dir);
		if ((mkdir(leaf, 0755) == 0 || errno == EEXIST) &&
		    put(leaf, "cgroup.procs", "0") == 0)
			put(dir, "cgroup.subtree_control", word);
		free(leaf);
	}
	text = text_of(path);
	r = has_word(text, controller, " \n");
	free(text);
	free(path);
	return r;
}

static void drop(char **dir)
{
	free(*dir);
	*dir = NULL;
}

/* A hierarchy in which we may make no group is of no use. */
static void keep_writable(char **dir)
{
	if (*dir != NULL && access(*dir, W_OK) == -1)
		drop(dir);
}

void cgroup_find(struct cgroup_host *h)
{
	char *mountinfo = text_of("/proc/self/mountinfo"), *own = text_of("/proc/self/cgroup");

	cgroup_parse(h, mountinfo, own);
	free(mountinfo);
	free(own);
	keep_writable(&h->memory);
	keep_writable(&h->cpu);
	if (h->version == 2) {
		if (h->memory != NULL && !hands_down(h->memory, "memory"))
			drop(&h->memory);
		if (h->cpu != NULL && !hands_down(h->cpu, "cpu"))
			drop(&h->cpu);
	}
	if (h->memory == NULL && h->cpu == NULL)
		h->version = 0;
}

void cgroup_host_release(struct cgroup_host *h)
{
	drop(&h->memory);
	drop(&h->cpu);
	h->version = 0;
}
