/*
 * reach: the process that goes to hosts, as the user who jobd is.
 *
 * Apart from hosts.h, since <sys/socket.h> and msg/msg.h both have a MSG_BATCH.
 */
#ifndef JOBADM_REACH_H
#define JOBADM_REACH_H

#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

struct reach {
	int fd;			/* for transport/cable.h */
	pid_t pid;
	uint64_t number;	/* of the last request */
};

/* owner: of the spool.  -1: also for whoever is neither he nor root. */
int reach_open(struct reach *r, uid_t owner, struct err *e);
void reach_close(struct reach *r);		/* also of one that was never open: fd, pid -1 */

/* The two ends of a stream. */
int reach_pair(int fds[2], struct err *e);

#endif
