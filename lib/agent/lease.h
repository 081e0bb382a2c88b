/*
 * lease: until when this worker may run jobs without hearing from jobd.
 *
 * The instant stands in a file that the daemon and all supervisors have mapped, so
 * that a renewal reaches each of them at once, and also those of a former daemon.
 * A lease counts from when the heartbeat was *sent* that jobd acknowledged: so it
 * ends here before it ends in jobd's view, however long a packet was on its way.
 * Instants are ms of CLOCK_BOOTTIME.
 */
#ifndef AGENT_LEASE_H
#define AGENT_LEASE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

#define LEASE_BEATS 16		/* on their way at once */
#define LEASE_NONE INT64_MAX	/* a worker on jobd's own host needs none */

struct lease_page;

struct lease {
	struct lease_page *page;	/* shared */
	int64_t interval, length, park;	/* of the attached jobd; interval 0: no heartbeats */
	int64_t next;			/* when a heartbeat is due */
	int64_t round_trip;		/* of the last one acknowledged; -1: none yet */
	uint64_t seq;			/* of the last one */
	int64_t sent[LEASE_BEATS];
};

/* Maps the file in dirfd.  What stands there of another boot is over. */
int lease_open(struct lease *l, int dirfd, const char *boot, struct err *e);
void lease_close(struct lease *l);

/* A jobd has attached and said how often to beat and how long a lease is; length 0: none. */
void lease_attach(struct lease *l, int64_t interval, int64_t length, int64_t park, int64_t now);

/* A heartbeat leaves now: its number. */
uint64_t lease_beat(struct lease *l, int64_t now);

/* It was acknowledged.  One that is forgotten or unknown renews nothing. */
void lease_renew(struct lease *l, uint64_t seq, int64_t now);

/* That jobd has ended, and said so: jobs go on without it for a long while. */
void lease_park(struct lease *l, int64_t now);

/* For supervisors, which have the page from before their fork. */
int64_t lease_until(const struct lease_page *page);

/*
 * When a supervisor has to look again: at the end, and before that as often as a lease
 * is long, since a long one may have been made shorter meanwhile.
 */
int64_t lease_look(const struct lease_page *page, int64_t now);
bool lease_valid(const struct lease *l, int64_t now);

#endif
