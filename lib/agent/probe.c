/*
 * probe: what this host has, and which limits it can enforce on a job.
 *
 * What was configured wins over what is found.
 */
#include <inttypes.h>
#include <sched.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "agent/impl.h"
#include "base/proc.h"
#include "base/text.h"

static uint64_t host_cpus(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set) == 0 && CPU_COUNT(&set) > 0)
		return (uint64_t)CPU_COUNT(&set) * 1000;
	return 1000;
}

static uint64_t host_mem(void)
{
	struct sysinfo si;

	return sysinfo(&si) == 0 ? (uint64_t)si.totalram * si.mem_unit >> 20 : 0;
}

static uint64_t host_disk(const char *dir)
{
	struct statvfs vfs;

	return statvfs(dir, &vfs) == 0 ? (uint64_t)vfs.f_bavail * vfs.f_frsize >> 20 : 0;
}

static void add(struct msg *m, enum msg_field f, uint64_t configured, uint64_t found)
{
	msg_add_u64(m, f, configured != UINT64_MAX ? configured : found);
}

static const char *limits_word(const struct cgroup_host *h)
{
	if (h->memory == NULL && h->cpu == NULL)
		return "rlimit:memory";
	if (h->memory == NULL)
		return h->version == 1 ? "cgroup1:cpu rlimit:memory" : "cgroup2:cpu rlimit:memory";
	if (h->cpu == NULL)
		return h->version == 1 ? "cgroup1:memory" : "cgroup2:memory";
	return h->version == 1 ? "cgroup1:memory,cpu" : "cgroup2:memory,cpu";
}

struct msg *probe_hello(const struct agent_config *c, const char *worker,
    const struct uuid *journal, const struct cgroup_host *h)
{
	struct msg *m = msg_new(MSG_W_HELLO);
	char boot[UUID_TEXT];

	msg_add(m, F_WORKER, worker);
	msg_add_uuid(m, F_JOURNAL, journal);
	if (proc_boot_id(boot, NULL) == 0)
		msg_add(m, F_BOOT, boot);
	msg_add(m, F_VERSION, JOB_VERSION);
	msg_add_u64(m, F_PID, (uint64_t)getpid());
	add(m, F_CPUS, c->cpus, host_cpus());
	add(m, F_MEM, c->mem, host_mem());
	add(m, F_DISK, c->disk, host_disk(c->dir));
	add(m, F_GPUS, c->gpus, 0);
	msg_add(m, F_LIMITS, limits_word(h));
	return m;
}

static void json_text(struct buf *out, const char *name, const char *s)
{
	buf_addf(out, ",\"%s\":", name);
	json_quote(out, s, strlen(s));
}

void agent_probe(const struct agent_config *c, struct buf *out)
{
	static const struct uuid none;
	struct cgroup_host h;
	struct utsname host;
	struct msg *m;
	uint64_t cpus;

	cgroup_find(&h);
	m = probe_hello(c, "probe", &none, &h);
	cpus = msg_u64(m, F_CPUS, 0);
	buf_adds(out, "{\"schema\":\"job/1\"");
	if (uname(&host) == 0) {
		json_text(out, "host", host.nodename);
		json_text(out, "kernel", host.release);
		json_text(out, "arch", host.machine);
	}
	json_text(out, "version", JOB_VERSION);
	json_text(out, "boot", msg_has(m, F_BOOT) ? msg_str(m, F_BOOT) : "");
	buf_addf(out, ",\"cpu_cores\":%" PRIu64 ".%03" PRIu64, cpus / 1000, cpus % 1000);
	buf_addf(out, ",\"memory_mb\":%" PRIu64, msg_u64(m, F_MEM, 0));
	buf_addf(out, ",\"disk_mb\":%" PRIu64, msg_u64(m, F_DISK, 0));
	buf_addf(out, ",\"gpu_count\":%" PRIu64, msg_u64(m, F_GPUS, 0));
	json_text(out, "limits", msg_str(m, F_LIMITS));
	json_text(out, "run_as", geteuid() == 0 ? "any user" : "its own user");
	buf_adds(out, "}\n");
	msg_free(m);
	cgroup_host_release(&h);
}
