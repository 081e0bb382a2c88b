/*
 * spool: the directory that all programs share; nobody else spells a path in it.
 *
 *	lock			held by jobd; says who (pid) inside
 *	jobd.pid  jobd.log	of a jobd in the background
 *	sock  view.sock		jobd's door; the view's door
 *	state.db (-wal -shm)	what is alive
 *	history/2026/11/23.db	ended jobs, by day of submission (UTC)
 *	log/2026/11/23/000/012/12345/1/stdout.log  stderr.log  execution_metadata.json
 *				job 12345, execution 1: at most 1000 names a directory;
 *				of a job on a host, jobd: log writes it (bin/jobd/log.c)
 *	incoming/		requests left while jobd was away; incoming/rejected/
 *	workers			the hosts of a personal spool
 *	worker/			the local jobworker's own directory
 *
 * A personal spool is 0700.  A system spool (owned by the user `job`) is 0711,
 * files 0600, incoming 03733, incoming/rejected 0711, everything else inside 0700.
 */
#ifndef SPOOL_SPOOL_H
#define SPOOL_SPOOL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/uuid.h"
#include "spool/incoming.h"

struct spool {
	char *path;	/* absolute */
	int fd;		/* of the directory */
	uid_t owner;
	gid_t group;
	bool system;	/* other users may submit: owner is not the only one served */
};

/*
 * Which spool: `option` (--spool), else $JOB_SPOOL, else `configured` (job.conf),
 * else /var/spool/job when it exists and we may use it, else
 * ${XDG_STATE_HOME:-~/.local/state}/job.  The caller frees *path.
 */
int spool_locate(const char *option, const char *configured, char **path, struct err *e);

/* Opens an existing spool for reading or asking: ERR_UNAVAIL when there is none. */
int spool_open(struct spool *s, const char *path, struct err *e);

/* ERR_UNAVAIL when the file system of fd belongs to another machine. */
int spool_local_fs(int fd, const char *path, struct err *e);

/*
 * For jobd: makes what is missing and refuses what is unsafe (another owner,
 * modes that let others write, a symlink, a network file system), naming the
 * remedy.  `user` is the account of a system spool, or NULL for a personal one.
 */
int spool_make(struct spool *s, const char *path, const char *user, struct err *e);
void spool_close(struct spool *s);

/*
 * The lock, held until all copies of the descriptor close.  ERR_AGAIN and *holder
 * (pid, 0 unknown) when somebody has it.  spool_holder only looks: pid, 0 when free.
 */
int spool_lock(const struct spool *s, pid_t *holder, struct err *e);	/* fd */
pid_t spool_holder(const struct spool *s);

/* -1: the path does not lead to s any more, or the file in it is not the lock that we hold. */
int spool_kept(const struct spool *s, int lock, struct err *e);

/* Names below the spool. */
#define SPOOL_DB	"state.db"
#define SPOOL_SOCK	"sock"
#define SPOOL_VIEW	"view.sock"
#define SPOOL_INCOMING	"incoming"
#define SPOOL_REJECTED	"incoming/rejected"
#define SPOOL_WORKER	"worker"
#define SPOOL_HOSTS	"workers"
#define SPOOL_PIDFILE	"jobd.pid"
#define SPOOL_LOGFILE	"jobd.log"
#define SPOOL_HISTORY	"history"
#define SPOOL_LOG	"log"

/* "history/2026/11/23.db" of the day that holds this instant. */
#define SPOOL_NAME_MAX 128
void spool_history_name(int64_t created_ms, char out[SPOOL_NAME_MAX]);

/* "log/2026/11/23/000/012/12345/1" of an execution. */
void spool_log_name(int64_t created_ms, int64_t job, int64_t execution,
    char out[SPOOL_NAME_MAX]);

/* "log/2026/11/23" of the day that holds this instant. */
void spool_log_day(int64_t created_ms, char out[SPOOL_NAME_MAX]);

/* Days that have a history file, newest first, as their first instant; frees by caller. */
int spool_history_days(const struct spool *s, int64_t **days, size_t *n, struct err *e);

/* The same of days that have a folder of logs. */
int spool_log_days(const struct spool *s, int64_t **days, size_t *n, struct err *e);

#endif
