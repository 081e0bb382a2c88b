/*
 * checks: what the doctor looks at, a function each.
 *
 * Each tells at least one finding, and names the remedy with a bad one.  Who is
 * neither root nor the spool's owner gets fewer findings, and is told so.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/num.h"
#include "jobadm.h"
#include "view/view.h"

#define SPACE_WARN 10			/* per cent that should be free */
#define SPACE_FAIL (UINT64_C(64) << 20)	/* bytes below which a commit may fail */
#define CLOCK_SLACK 2000		/* ms */
#define PATIENCE 5000			/* ms for jobd's answer */
#define HEARTBEATS 4			/* that a worker may miss */

#define MAKE_ROOM "'jobadm prune --older-than 30d --logs' makes some below %s"
#define RESTORE "stop jobd, keep a copy of %s, and 'jobadm restore' a backup"

static bool may_read(const struct doctor *d)
{
	return geteuid() == 0 || geteuid() == d->spool.owner;
}

/* ---- configuration and spool */

static void look_config(struct doctor *d)
{
	struct err e;

	if (conf_load(d->a->config, &d->conf, &e) == -1)
		doctor_say(d, RESULT_FAIL, "config-error", "%s: correct it; 'jobd -t' tests the "
		    "file", e.text);
	else
		doctor_say(d, RESULT_OK, "config-ok", "read without errors");
}

static void look_spool(struct doctor *d)
{
	char *path = NULL;
	struct err e;

	if (spool_locate(d->a->spool_option, d->conf.spool, &path, &e) == -1 ||
	    spool_open(&d->spool, path, &e) == -1) {
		doctor_say(d, RESULT_FAIL, "spool-missing",
		    "%s; 'jobd' makes a spool, --spool names one", e.text);
		d->spool.fd = -1;
	} else if (spool_local_fs(d->spool.fd, d->spool.path, &e) == -1) {
		doctor_say(d, RESULT_FAIL, "spool-remote", "%s", e.text);
	} else {
		doctor_say(d, RESULT_OK, "spool-ok", "%s, %s", d->spool.path,
		    d->spool.system ? "of the system" : "personal");
	}
	free(path);
}

/* ---- modes */

struct place {
	const char *name;
	mode_t system;		/* the mode in a system spool; else nothing for others */
	mode_t own;		/* what its owner needs */
};

static const struct place places[] = {
	{ ".", 0711, 0700 }, { SPOOL_DB, 0600, 0600 }, { SPOOL_DB "-wal", 0600, 0600 },
	{ SPOOL_DB "-shm", 0600, 0600 }, { SPOOL_INCOMING, 03733, 0700 },
	{ SPOOL_REJECTED, 0711, 0700 }, { SPOOL_HISTORY, 0700, 0700 },
	{ SPOOL_LOG, 0700, 0700 },
};

/* What others may do with it beyond what they should. */
static mode_t excess(const struct doctor *d, const struct place *p, mode_t mode)
{
	return mode & 0077 & ~(d->spool.system ? p->system : 0);
}

static void look_modes(struct doctor *d)
{
	size_t bad = 0;
	struct stat st;

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		const struct place *p = &places[i];
		mode_t more;

		if (fstatat(d->spool.fd, p->name, &st, AT_SYMLINK_NOFOLLOW) == -1)
			continue;
		more = excess(d, p, st.st_mode);
		if (st.st_uid != d->spool.owner) {
			doctor_say(d, RESULT_FAIL, "modes-owner",
			    "%s belongs to uid %u: chown %u %s/%s", p->name,
			    (unsigned)st.st_uid, (unsigned)d->spool.owner, d->spool.path, p->name);
			bad++;
		}
		if (more != 0) {
			doctor_say(d, RESULT_FAIL, "modes-open",
			    "%s is open to others: chmod %04o %s/%s",
			    p->name, (unsigned)(st.st_mode & 07777 & ~more), d->spool.path,
			    p->name);
			bad++;
		}
		if ((st.st_mode & p->own) != p->own) {
			doctor_say(d, RESULT_FAIL, "modes-closed",
			    "%s is closed to its owner (mode %04o): chmod "
			    "u+%s %s/%s", p->name, (unsigned)st.st_mode & 07777,
			    S_ISDIR(st.st_mode) ? "rwx" : "rw", d->spool.path, p->name);
			bad++;
		}
	}
	if (bad == 0)
		doctor_say(d, RESULT_OK, "modes-ok", "owners and modes are right");
}

/* ---- disk and clock */

static void look_space(struct doctor *d)
{
	struct statvfs fs;
	uint64_t free_bytes, percent, files;
	char text[32];

	if (fstatvfs(d->spool.fd, &fs) == -1 || fs.f_blocks == 0) {
		doctor_say(d, RESULT_WARN, "space-unknown", "cannot be read: %s", strerror(errno));
		return;
	}
	free_bytes = (uint64_t)fs.f_bavail * fs.f_frsize;
	percent = (uint64_t)fs.f_bavail * 100 / fs.f_blocks;
	/* Some file systems have no fixed number of files. */
	files = fs.f_files > 0 ? (uint64_t)fs.f_favail * 100 / fs.f_files : 100;
	size_format(free_bytes, text, sizeof(text));
	if (free_bytes < SPACE_FAIL)
		doctor_say(d, RESULT_FAIL, "space-full",
		    "%s free: " MAKE_ROOM, text, d->spool.path);
	else if (percent < SPACE_WARN)
		doctor_say(d, RESULT_WARN, "space-low",
		    "%" PRIu64 "%% free (%s): " MAKE_ROOM, percent, text,
		    d->spool.path);
	else if (files < SPACE_WARN)
		doctor_say(d, RESULT_WARN, "space-files",
		    "%" PRIu64 "%% of the files free: " MAKE_ROOM, files,
		    d->spool.path);
	else
		doctor_say(d, RESULT_OK, "space-ok", "%" PRIu64 "%% free (%s)", percent, text);
}

static int newest_take(void *arg, const void *row)
{
	*(int64_t *)arg = ((const struct job_row *)row)->created_at;
	return 1;
}

static void look_clock(struct doctor *d)
{
	struct job_filter f = { .newest_first = true, .limit = 1, .history = true };
	int64_t newest = 0, now = now_read().wall;
	char text[CLOCK_RFC3339_SIZE];
	struct view *v = may_read(d) ? view_open(&d->spool, NULL) : NULL;
	bool more;

	if (v != NULL)
		(void)view_jobs(v, &f, newest_take, &newest, &more, NULL);
	view_close(v);
	clock_local(now, text);
	if (newest > now + CLOCK_SLACK)
		doctor_say(d, RESULT_WARN, "clock-back",
		    "%s, which is %" PRId64 " s before the newest job: "
		    "set the clock right, with NTP for instance", text, (newest - now) / 1000);
	else
		doctor_say(d, RESULT_OK, "clock-ok", "%s", text);
}

/* ---- database */

static void finding(void *arg, const char *text)
{
	struct doctor *d = arg;

	doctor_say(d, RESULT_FAIL, "database-damaged", "%s: " RESTORE, text, d->spool.path);
}

static void look_database(struct doctor *d)
{
	struct reader *r;
	struct err e;
	bool before = d->bad;

	if (!may_read(d)) {
		doctor_say(d, RESULT_OK, "database-hidden",
		    "not looked at: only the spool's owner and root may");
		return;
	}
	r = reader_open(&d->spool, &e);
	if (r == NULL) {
		doctor_say(d, RESULT_FAIL, "database-unreadable", "%s", e.text);
		return;
	}
	d->bad = false;
	if (reader_check(r, finding, d, &e) == -1)
		doctor_say(d, RESULT_FAIL, "database-damaged",
		    "%s: " RESTORE, e.text, d->spool.path);
	else if (!d->bad)
		doctor_say(d, RESULT_OK, "database-ok", "whole");
	d->bad = d->bad || before;
	reader_close(r);
}

/* ---- jobd and workers */

const char *status_value(const struct msg *reply, const char *name)
{
	const char *column;
	size_t iter = 0, n = strlen(name);

	while ((column = msg_next(reply, F_COLUMN, &iter)) != NULL) {
		if (strncmp(column, name, n) == 0 && column[n] == ' ')
			return column + n + 1;
	}
	return NULL;
}

static void jobd_answered(struct doctor *d, const struct msg *reply)
{
	const char *pid = status_value(reply, "pid"), *trouble = status_value(reply, "trouble");
	const char *full = status_value(reply, "disk_full");
	const char *restored = status_value(reply, "restored");

	if (restored != NULL && strcmp(restored, "0") != 0)
		doctor_say(d, RESULT_FAIL, "jobd-restored",
		    "was restored from a backup and starts no "
		    "job: look, then 'jobadm restore --accept'");
	else if (trouble != NULL)
		doctor_say(d, RESULT_FAIL, "jobd-trouble",
		    "%s: see %s in the spool", trouble, SPOOL_LOGFILE);
	else if (full != NULL && strcmp(full, "0") != 0)
		doctor_say(d, RESULT_FAIL, "jobd-full",
		    "takes no requests, since the disk is full: make room");
	else
		doctor_say(d, RESULT_OK, "jobd-ok",
		    "runs as process %s and answers", pid != NULL ? pid : "?");
}

static void look_jobd(struct doctor *d)
{
	struct client *c = client_new(&d->spool);
	struct msg *m = msg_new(MSG_STATUS), *reply = NULL;
	pid_t holder = spool_holder(&d->spool);
	struct err e;

	err_clear(&e);
	client_silence(c, PATIENCE);
	if (client_call(c, m, &reply, &e) == 0)
		jobd_answered(d, reply);
	else if (e.code == ERR_PERM)
		doctor_say(d, RESULT_WARN, "jobd-foreign", "%s", e.text);
	else if (holder > 0)
		doctor_say(d, RESULT_FAIL, "jobd-silent",
		    "runs as process %ld, but: %s; see %s in the spool",
		    (long)holder, e.text, SPOOL_LOGFILE);
	else
		doctor_say(d, RESULT_FAIL, "jobd-away", "does not run: start it with 'jobd'");
	d->away = holder <= 0 && e.code == ERR_UNAVAIL;
	msg_free(reply);
	msg_free(m);
	client_free(c);
}

struct workers {
	struct doctor *d;
	size_t n;
};

static void worker_judge(struct doctor *d, const struct worker_row *w)
{
	int64_t silent = now_read().wall - w->last_heartbeat;

	if (d->away && w->status == WORKER_ACTIVE)
		doctor_say(d, RESULT_WARN, "worker-unknown",
		    "%s was attached when jobd ran last: nothing newer is "
		    "known", w->name);
	else if (w->status == WORKER_INACTIVE)
		doctor_say(d, RESULT_WARN, "worker-away",
		    "%s is not attached: see %s/jobworker.log in the spool",
		    w->name, SPOOL_WORKER);
	else if (w->status == WORKER_DRAINING)
		doctor_say(d, RESULT_WARN, "worker-drained",
		    "%s is drained (%s): 'jobadm worker undrain %s'",
		    w->name, w->reason != NULL ? w->reason : "", w->name);
	else if (w->health != HEALTH_HEALTHY)
		doctor_say(d, RESULT_WARN, "worker-unhealthy", "%s is %s", w->name,
		    worker_health_name((enum worker_health)w->health));
	else if (d->conf.heartbeat > 0 && silent > HEARTBEATS * d->conf.heartbeat &&
	    w->last_heartbeat > 0)
		doctor_say(d, RESULT_WARN, "worker-silent",
		    "%s has been silent for %" PRId64 " s", w->name,
		    silent / 1000);
	else
		doctor_say(d, RESULT_OK, "worker-ok", "%s is attached, limits by %s", w->name,
		    w->limits != NULL && w->limits[0] != '\0' ? w->limits : "nothing");
}

static int worker_look(void *arg, const void *row)
{
	struct workers *all = arg;

	all->n++;
	worker_judge(all->d, row);
	return 0;
}

static void look_workers(struct doctor *d)
{
	struct workers all = { .d = d };
	struct err e;
	struct view *v = view_open(&d->spool, &e);

	if (v == NULL || view_workers(v, worker_look, &all, &e) == -1)
		doctor_say(d, RESULT_FAIL, "worker-unreadable", "%s", e.text);
	else if (all.n == 0)
		doctor_say(d, RESULT_FAIL, "worker-none", "there is none: see %s in the spool",
		    SPOOL_LOGFILE);
	view_close(v);
}

/* ---- requests */

/* Files in there whose name is a UUID; -1: unreadable. */
static int64_t requests_count(const struct doctor *d, const char *name)
{
	int fd = openat(d->spool.fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	DIR *dir = fd != -1 ? fdopendir(fd) : NULL;
	struct dirent *entry;
	struct uuid u;
	int64_t n = 0;

	if (dir == NULL) {
		if (fd != -1)
			close(fd);
		return errno == ENOENT ? 0 : -1;
	}
	while ((entry = readdir(dir)) != NULL)
		n += uuid_parse(entry->d_name, &u) == 0;
	closedir(dir);
	return n;
}

static void look_incoming(struct doctor *d)
{
	int64_t waiting = requests_count(d, SPOOL_INCOMING);
	int64_t rejected = requests_count(d, SPOOL_REJECTED);

	if (waiting == -1 || rejected == -1) {
		doctor_say(d, RESULT_OK, "incoming-hidden",
		    "not looked at: only the spool's owner and root may");
		return;
	}
	if (rejected > 0)
		doctor_say(d, RESULT_WARN, "incoming-rejected",
		    "%" PRId64 " request%s rejected: see %s/%s, where a "
		    "UUID.reason stands beside each", rejected, rejected == 1 ? " was" : "s were",
		    d->spool.path, SPOOL_REJECTED);
	if (waiting > 0)
		doctor_say(d, RESULT_WARN, "incoming-waits",
		    "%" PRId64 " request%s: jobd takes %s up when it runs",
		    waiting, waiting == 1 ? " waits" : "s wait", waiting == 1 ? "it" : "them");
	if (rejected == 0 && waiting == 0)
		doctor_say(d, RESULT_OK, "incoming-ok", "no request waits, none was rejected");
}

const struct check checks[] = {
	{ "config", look_config }, { "spool", look_spool }, { "modes", look_modes },
	{ "space", look_space }, { "clock", look_clock }, { "database", look_database },
	{ "jobd", look_jobd }, { "workers", look_workers }, { "incoming", look_incoming },
	{ NULL, NULL }
};
