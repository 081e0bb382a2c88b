/*
 * survey: judges what a host has said of itself.
 *
 * A bad finding names its remedy.  What the file says of a host and what it has are
 * held against each other.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "conf/conf.h"
#include "hosts.h"

#define CLOCK_SLACK 2000	/* ms */
#define SESSIONS_LEAST 4	/* orders, output, last words, and one to spare */

static void tell_host(struct steps *s, const struct host *h, const struct msg *m)
{
	uint64_t cpus = msg_u64(m, F_CPUS, 0), gpus = msg_u64(m, F_COUNT, 0);
	char mem[32], disk[32];

	size_format(msg_u64(m, F_MEM, 0) << 20, mem, sizeof(mem));
	size_format(msg_u64(m, F_DISK, 0) << 20, disk, sizeof(disk));
	steps_say(s, RESULT_OK, "host", "%s, %" PRIu64 " cpus, %s of memory, %s of disk "
	    "free, %" PRIu64 " gpus", msg_has(m, F_ARCH) ? msg_str(m, F_ARCH) : "?",
	    cpus / 1000, mem, disk, gpus);
	if (h->cpus != CONF_AUTO && (uint64_t)h->cpus > cpus)
		steps_say(s, RESULT_WARN, "host", "the workers file gives it %.10g cpus, it has "
		    "%.10g: correct cpus=, unless it is meant so", (double)h->cpus / 1000,
		    (double)cpus / 1000);
	if (h->memory != CONF_AUTO && (uint64_t)h->memory > msg_u64(m, F_MEM, 0))
		steps_say(s, RESULT_WARN, "host", "the workers file gives it more memory than "
		    "the %s that it has: correct memory=", mem);
	if (gpus > 0 && h->gpus == CONF_AUTO)
		steps_say(s, RESULT_WARN, "host", "its gpus are not given to jobs: gpus=%" PRIu64
		    " in the workers file does", gpus);
}

static void tell_user(struct steps *s, bool system, const struct msg *m)
{
	if (msg_u64(m, F_UID, 0) == 0)
		steps_say(s, RESULT_OK, "user", "root: each job runs as its submitter");
	else
		steps_say(s, system ? RESULT_WARN : RESULT_OK, "user", "every job runs as %s, uid %"
		    PRIu64 "%s", msg_str(m, F_USER), msg_u64(m, F_UID, 0), system ?
		    ": only root (user=root) can become the submitter" : "");
}

static void tell_folder(struct steps *s, const struct msg *m)
{
	if (msg_has(m, F_TEXT))
		steps_fail(s, ERR_CREATE, "folder", "the worker's folder cannot be written to: %s: "
		    "make room there, or give that user the right to", msg_str(m, F_TEXT));
	else
		steps_say(s, RESULT_OK, "folder", "can be written to");
}

static void tell_limits(struct steps *s, const struct msg *m)
{
	const char *limits = msg_has(m, F_LIMITS) ? msg_str(m, F_LIMITS) : "";

	if (strncmp(limits, "cgroup", 6) == 0)
		steps_say(s, RESULT_OK, "limits", "by %s", limits);
	else
		steps_say(s, RESULT_WARN, "limits", "of memory for each process only, of cpus "
		    "none: log in as root, or delegate control groups to that user");
}

static void tell_clock(struct steps *s, const struct reached *r)
{
	bool good = r->offset >= -CLOCK_SLACK && r->offset <= CLOCK_SLACK;

	steps_say(s, good ? RESULT_OK : RESULT_WARN, "clock", "%+" PRId64 " ms from ours, "
	    "round trip %" PRId64 " ms%s", r->offset, r->round_trip, good ? "" :
	    ": set it right, with NTP for instance");
}

static void tell_sshd(struct steps *s, const struct host *h, const struct msg *m)
{
	uint64_t n = msg_u64(m, F_SESSIONS, 0);

	if (h->transport != HOST_SSH || !msg_has(m, F_SESSIONS))
		return;
	if (n < SESSIONS_LEAST)
		steps_say(s, RESULT_WARN, "sshd", "MaxSessions %" PRIu64 ": set it to %d or more "
		    "in /etc/ssh/sshd_config there", n, SESSIONS_LEAST);
	else
		steps_say(s, RESULT_OK, "sshd", "MaxSessions %" PRIu64, n);
}

static void tell_version(struct steps *s, const struct msg *m)
{
	const char *version = msg_str(m, F_VERSION);

	if (strcmp(version, JOB_VERSION) == 0)
		steps_say(s, RESULT_OK, "start", "jobworker %s answers", version);
	else
		steps_say(s, RESULT_WARN, "start", "jobworker %s answers, and ours is " JOB_VERSION
		    ": end it there, its jobs run on, and ours takes its place", version);
}

void survey_tell(struct steps *s, const struct host *h, bool system, const struct reached *r)
{
	tell_version(s, r->probed);
	tell_host(s, h, r->probed);
	tell_user(s, system, r->probed);
	tell_folder(s, r->probed);
	tell_limits(s, r->probed);
	tell_clock(s, r);
	tell_sshd(s, h, r->probed);
}
