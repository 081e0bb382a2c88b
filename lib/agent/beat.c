/*
 * beat: heartbeats, and what their acknowledgement means for the lease.
 *
 * Owns a timer beside the agent's other descriptors.  The first heartbeat of an
 * attachment leaves with its greeting.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "agent/impl.h"
#include "base/clock.h"
#include "base/log.h"

int beat_open(struct agent *a, struct err *e)
{
	a->beat = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	if (a->beat == -1)
		return err_sys(e, ERR_OS, "timer of the heartbeats");
	agent_watch(a, a->beat);
	return lease_open(&a->lease, a->dirfd, a->boot, e);
}

static void arm(struct agent *a, int64_t at)
{
	struct itimerspec its = { .it_value = { .tv_sec = at / 1000,
	    .tv_nsec = at % 1000 * 1000000 } };

	if (timerfd_settime(a->beat, TFD_TIMER_ABSTIME, &its, NULL) == -1)
		abort();
}

static void send_beat(struct agent *a)
{
	struct now now = now_read();
	struct msg *m = msg_new(MSG_W_BEAT);

	msg_add_u64(m, F_SEQ, lease_beat(&a->lease, now.boot));
	msg_add_i64(m, F_AT, now.wall);
	if (a->lease.round_trip >= 0)
		msg_add_u64(m, F_ROUND_TRIP, (uint64_t)a->lease.round_trip);
	agent_send(a, m);
	msg_free(m);
	arm(a, a->lease.next);
}

void beat_due(struct agent *a)
{
	uint64_t times;

	if (read(a->beat, &times, sizeof(times)) > 0 && a->attached && a->lease.interval > 0)
		send_beat(a);
}

void beat_attach(struct agent *a, const struct msg *m)
{
	lease_attach(&a->lease, (int64_t)msg_u64(m, F_HEARTBEAT, 0),
	    (int64_t)msg_u64(m, F_LEASE, 0), (int64_t)msg_u64(m, F_STOP_LEASE, 0),
	    now_read().boot);
	if (a->lease.interval > 0)
		send_beat(a);
}

void beat_acked(struct agent *a, const struct msg *m)
{
	lease_renew(&a->lease, msg_u64(m, F_SEQ, 0), now_read().boot);
}

int agent_gone(struct agent *a, const struct msg *m, struct err *e)
{
	struct uuid instance;
	uint64_t epoch = msg_u64(m, F_EPOCH, 0);

	if (msg_uuid(m, F_INSTANCE, &instance) == -1 || !a->journal.begun ||
	    !uuid_equal(&instance, &a->journal.instance))
		return err_set(e, ERR_PERM, "this worker belongs to another jobd instance");
	if (epoch != a->journal.epoch)
		return err_set(e, ERR_PERM, "epoch %" PRIu64 " is not the one that was here last, %"
		    PRIu64, epoch, a->journal.epoch);
	log_info("jobd of epoch %" PRIu64 " has ended; jobs run on", epoch);
	lease_park(&a->lease, now_read().boot);
	return 0;
}
