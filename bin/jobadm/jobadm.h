/* jobadm: what the files of this program offer each other: a function for each noun. */
#ifndef JOBADM_JOBADM_H
#define JOBADM_JOBADM_H

#include "base/words.h"
#include "cli/cli.h"
#include "cli/json.h"
#include "cli/list.h"
#include "client/client.h"
#include "spool/manifest.h"
#include "view/place.h"
#include "view/view.h"

struct field_set;

struct jobadm {
	const struct program *program;
	const char *spool_option, *config, *reason, *fields, *team;
	struct list_options list;
	const char *older_than, *deadline;
	bool json, quiet, confirmed_dead, verify, accept, dry, logs;
	bool accept_new, all, force, wait, requeue;
	struct words host;	/* key=value of the workers file */
	struct spool spool;	/* fd -1: not open */
	struct conf conf;	/* with the spool; all 0: there is none */
};

/* words: what stands behind the noun, NULL-ended.  Exit status, or -1 with e. */
int queue_run(struct jobadm *a, char *const *words, struct err *e);
int quota_run(struct jobadm *a, char *const *words, struct err *e);
int account_run(struct jobadm *a, char *const *words, struct err *e);
int worker_run(struct jobadm *a, char *const *words, struct err *e);

/* checks.c: the value of a "name value" column of jobd's answer to STATUS, or NULL. */
const char *status_value(const struct msg *reply, const char *name);
int doctor_run(struct jobadm *a, char *const *words, struct err *e);
int backup_run(struct jobadm *a, char *const *words, struct err *e);
int restore_run(struct jobadm *a, char *const *words, struct err *e);
int prune_run(struct jobadm *a, char *const *words, struct err *e);
int vacuum_run(struct jobadm *a, char *const *words, struct err *e);
int stats_run(struct jobadm *a, char *const *words, struct err *e);

/* listing.c: rows as -o, --json and the like want them; what: their name in JSON. */
typedef int (*rows_fn)(struct jobadm *a, struct view *v, row_fn fn, void *arg, struct err *e);
int listing_run(struct jobadm *a, const struct field_set *set, const char *fields,
    const char *what, rows_fn ask, struct err *e);

/* setting.c: add, set or rm of a queue, user, team or the site (name NULL); "KEY=VALUE". */
int setting_send(struct jobadm *a, const char *op, const char *kind, const char *name,
    char *const *settings, struct err *e);

/* verb.c: what --spool and --config name, into a->spool and a->conf, which main gives back. */
int installation_open(struct jobadm *a, struct err *e);
int owner_only(const struct jobadm *a, struct err *e);	/* -1: ERR_PERM, for anybody else */

/* verb.c: opens the installation and does what the first word says; verbs end with name NULL. */
struct verb {
	const char *name;
	int (*run)(struct jobadm *a, char *const *words, struct err *e);	/* NULL: later */
};
int verbs_run(struct jobadm *a, const char *noun, const struct verb *verbs, char *const *words,
    struct err *e);

/* backup.c: opens the folder and reads its list, and holds each file against it. */
int backup_open(const char *dir, struct manifest *m, int *fd, struct err *e);
int backup_sound(const struct jobadm *a, const char *dir, int fd, const struct manifest *m,
    struct err *e);

/* restore.c: for what needs jobd to be away: the spool opened, and its lock. */
int alone_open(struct jobadm *a, int *lock, struct err *e);

/* checks.c: one function a check, called in order. */
enum result { RESULT_OK, RESULT_WARN, RESULT_FAIL };

struct doctor {
	const struct jobadm *a;
	struct json json;
	const char *check;	/* the present one */
	bool bad;		/* something was not OK */
	bool away;		/* jobd does not run: what it says of workers is old */
	struct conf conf;	/* set by the first check */
	struct spool spool;	/* open after the second; fd -1: nothing more can be looked at */
};

/* code: a stable word for this kind of finding. */
void doctor_say(struct doctor *d, enum result r, const char *code, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

struct check {
	const char *name;
	void (*look)(struct doctor *d);
};
extern const struct check checks[];	/* ended by name NULL */

#endif
