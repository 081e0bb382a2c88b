/*
 * process: jobd as processes: to the background, the keeper, the view.
 */
#ifndef JOBD_PROCESS_H
#define JOBD_PROCESS_H

#include "jobd.h"
#include "transport/transport.h"

/*
 * daemon.c.  background returns in the child only; the parent ends when the child
 * says ready, or with the child's exit status.
 */
int background(struct jobd *d, struct err *e);
int ready(struct jobd *d, struct err *e);	/* the sockets listen: pid file, log file */
void not_ready(struct jobd *d, int status);
int log_reopen(struct jobd *d, struct err *e);
int limits_raise(struct jobd *d, struct err *e);	/* as many files as may be, or too few */
int drop_privileges(struct jobd *d, struct err *e);
void notify(const char *text);			/* systemd's, when it is there */

/* signals.c: what signals ask for. */
void signals_start(struct jobd *d);
void signals_free(struct jobd *d);

/*
 * keeper.c: a small root process that starts the local worker when the rest of
 * jobd has become another user.  It ends when jobd does.
 */
int keeper_start(struct jobd *d, char *const *argv, struct err *e);
struct starter keeper_starter(struct keeper *k);
void keeper_free(struct jobd *d);

/* program.c: one of ours beside jobd, or as that variable says; the caller frees its path. */
char *libexec_program(const char *name, const char *variable, struct err *e);

/* How the local worker is started; NULL-ended. */
char *worker_program(struct err *e);		/* its path, which the caller frees */
char **worker_command(const struct jobd *d, struct err *e);
void command_free(char **argv);

/*
 * viewd.c: the owner here of the process that answers readers of a system spool;
 * view.c: that process, which finds its socket at VIEW_FD.
 */
#define VIEW_FD 3	/* HELPER_FD */
int viewd_start(struct jobd *d, struct err *e);
void viewd_again(struct jobd *d);	/* makes a lost socket anew */
void viewd_stop(struct jobd *d);
int view_main(const char *spool, uint64_t inode, bool private_jobs);

/*
 * tidyd.c: when the process runs that compresses older days' logs; tidy.c: that
 * process, for days that ended `after` ms ago.
 */
void tidyd_start(struct jobd *d);
void tidyd_stop(struct jobd *d);
int tidy_main(const char *spool, int64_t after);

#endif
