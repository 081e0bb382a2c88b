/*
 * cgroup: makes, fills, asks, kills and removes control groups.
 *
 * Owns the differences between version 1 (a hierarchy for each controller, no way
 * to kill a group at once) and version 2.  Promises that nothing is limited in name
 * only: a limit that cannot be written is an error.  See cgroup_find.c for where
 * groups are made.
 */
#include "agent/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/tree.h"
#include "base/alloc.h"
#include "base/buf.h"
#include "base/fdio.h"
#include "base/num.h"
#include "base/proc.h"

#define TEXT_MAX (1u << 20)
#define PERIOD_US 100000
#define REMOVE_TRIES 50
#define REMOVE_PAUSE_US 2000

static int file_put(const char *dir, const char *name, const char *text)
{
	char *path = xasprintf("%s/%s", dir, name);
	int fd = open(path, O_WRONLY | O_CLOEXEC), r = -1, saved;
	size_t len = strlen(text);

	if (fd != -1) {
		r = write(fd, text, len) == (ssize_t)len ? 0 : -1;
		saved = errno;
		close(fd);
		errno = saved;
	}
	free(path);
	return r;
}

static int file_get(const char *dir, const char *name, struct buf *b)
{
	char *path = xasprintf("%s/%s", dir, name);
	int r;

	buf_init(b, TEXT_MAX);
	r = file_read(AT_FDCWD, path, b, NULL);
	free(path);
	return r == 0 && b->data != NULL ? 0 : -1;
}

static void plan_add(struct cgroup *g, const char *parent, const char *name)
{
	g->paths[g->npaths++] = xasprintf("%s/%s", parent, name);
}

void cgroup_plan(struct cgroup *g, const struct cgroup_host *h, const char *name, uint64_t mem,
    uint64_t cpus)
{
	bool memory = mem > 0 && h->memory != NULL, cpu = cpus > 0 && h->cpu != NULL;

	*g = (struct cgroup){ .npaths = 0 };
	if (memory)
		plan_add(g, h->memory, name);
	if (cpu && !(memory && h->version == 2))
		plan_add(g, h->cpu, name);
}

static int limit(const char *dir, const char *file, const char *value, bool must, struct err *e)
{
	if (file_put(dir, file, value) == 0)
		return 0;
	if (!must && (errno == ENOENT || errno == EACCES || errno == EOPNOTSUPP))
		return 0;
	return err_sys(e, ERR_OS, "%s/%s: write %s", dir, file, value);
}

static int limit_memory(const char *dir, int version, uint64_t mem, struct err *e)
{
	char bytes[32];

	snprintf(bytes, sizeof(bytes), "%" PRIu64, mem << 20);
	/* Swap would be a way around the limit; not every kernel accounts for it. */
	if (version == 1)
		return limit(dir, "memory.limit_in_bytes", bytes, true, e) == -1 ||
		    limit(dir, "memory.memsw.limit_in_bytes", bytes, false, e) == -1 ? -1 : 0;
	return limit(dir, "memory.max", bytes, true, e) == -1 ||
	    limit(dir, "memory.swap.max", "0", false, e) == -1 ||
	    limit(dir, "memory.oom.group", "1", false, e) == -1 ? -1 : 0;
}

static int limit_cpu(const char *dir, int version, uint64_t cpus, struct err *e)
{
	char quota[64];
	uint64_t us = cpus * (PERIOD_US / 1000);

	if (version == 2) {
		snprintf(quota, sizeof(quota), "%" PRIu64 " %d", us, PERIOD_US);
		return limit(dir, "cpu.max", quota, true, e);
	}
	snprintf(quota, sizeof(quota), "%d", PERIOD_US);
	if (limit(dir, "cpu.cfs_period_us", quota, true, e) == -1)
		return -1;
	snprintf(quota, sizeof(quota), "%" PRIu64, us);
	return limit(dir, "cpu.cfs_quota_us", quota, true, e);
}

int cgroup_make(const struct cgroup *g, const struct cgroup_host *h, uint64_t mem,
    uint64_t cpus, struct err *e)
{
	int i = 0;

	for (int k = 0; k < g->npaths; k++) {
		if (mkdir(g->paths[k], 0755) == -1 && errno != EEXIST)
			return err_sys(e, ERR_OS, "%s: mkdir", g->paths[k]);
	}
	if (mem > 0 && h->memory != NULL) {
		if (limit_memory(g->paths[i], h->version, mem, e) == -1)
			return -1;
		i += h->version == 1;
	}
	if (cpus > 0 && h->cpu != NULL && limit_cpu(g->paths[i], h->version, cpus, e) == -1)
		return -1;
	return 0;
}

void cgroup_release(struct cgroup *g)
{
	for (int i = 0; i < g->npaths; i++)
		free(g->paths[i]);
	g->npaths = 0;
}

int cgroup_join(const struct cgroup *g)
{
	for (int i = 0; i < g->npaths; i++) {
		if (file_put(g->paths[i], "cgroup.procs", "0") == -1)
			return -1;
	}
	return 0;
}

/* The number behind a word at the start of a line of a group's file; 0: none. */
static uint64_t count_in(const char *dir, const char *file, const char *word)
{
	struct buf b;
	char *line, *rest;
	size_t n = strlen(word);
	uint64_t v = 0;

	if (file_get(dir, file, &b) == 0) {
		rest = b.data;
		while ((line = strsep(&rest, "\n")) != NULL) {
			if (strncmp(line, word, n) != 0 || (n > 0 && line[n] != ' '))
				continue;
			if (num_u64(line + n + (n > 0), 0, UINT64_MAX, &v, NULL) == 0)
				break;
		}
	}
	buf_release(&b);
	return v;
}

uint64_t cgroup_oom_kills(const struct cgroup *g)
{
	uint64_t n = 0;

	for (int i = 0; i < g->npaths; i++) {
		n += count_in(g->paths[i], "memory.oom_control", "oom_kill");
		n += count_in(g->paths[i], "memory.events", "oom_kill");
	}
	return n;
}

uint64_t cgroup_peak(const struct cgroup *g)
{
	uint64_t n = 0;

	for (int i = 0; i < g->npaths && n == 0; i++) {
		n = count_in(g->paths[i], "memory.peak", "");
		if (n == 0)
			n = count_in(g->paths[i], "memory.max_usage_in_bytes", "");
	}
	return n / 1024;
}

int cgroup_kill(const char *path)
{
	struct buf b;
	struct proc_id id;
	char *line, *rest;
	int found = 0, fd;
	uint64_t pid;

	if (file_get(path, "cgroup.procs", &b) == -1) {
		buf_release(&b);
		return 0;
	}
	rest = b.data;
	while ((line = strsep(&rest, "\n")) != NULL) {
		if (num_u64(line, 1, INT32_MAX, &pid, NULL) == -1 ||
		    proc_of((pid_t)pid, &id, NULL) == -1)
			continue;
		found++;
		if ((fd = process_open(id.pid, id.start)) == -1)
			continue;
		process_signal(fd, SIGKILL);
		close(fd);
	}
	buf_release(&b);
	/* Version 2 does it for all at once, however fast they fork. */
	if (found > 0)
		file_put(path, "cgroup.kill", "1");
	return found;
}

int cgroup_freeze(const char *path, bool on)
{
	return file_put(path, "cgroup.freeze", on ? "1" : "0");
}

int cgroup_remove(const char *path)
{
	for (int i = 0; i < REMOVE_TRIES; i++) {
		if (rmdir(path) == 0 || errno == ENOENT)
			return 0;
		/* The kernel lets go of the last process a moment after its end. */
		if (errno != EBUSY)
			break;
		usleep(REMOVE_PAUSE_US);
	}
	return -1;
}
