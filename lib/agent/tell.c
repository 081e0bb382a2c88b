/*
 * tell: packs an order to a supervisor into an int, and sends it.
 *
 * Owns the layout: bits 0-6 the signal, 7-11 the cause, 12 now (of a signal: to the
 * main process alone), 13-29 the grace plus one, 30 set always.  A cause of all ones
 * says that there is something to look at.
 */
#include "agent/tell.h"

#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/types.h"

#define SIGNAL_BITS 0x7f
#define CAUSE_SHIFT 7
#define CAUSE_BITS 0x1f
#define NOW (1 << 12)
#define GRACE_SHIFT 13
#define GRACE_MAX ((1 << 17) - 2)
#define MARK (1 << 30)
#define TENTH_MS 100

_Static_assert(END_COUNT <= CAUSE_BITS, "a cause fits in its bits, and is not LOOK");
#define LOOK (MARK | CAUSE_BITS << CAUSE_SHIFT)

int tell_encode(const struct tell *t)
{
	int64_t grace = t->grace < 0 ? -1 : (t->grace + TENTH_MS - 1) / TENTH_MS;

	if (t->look)
		return LOOK;
	if (grace > GRACE_MAX)
		grace = GRACE_MAX;
	return MARK | (t->signal & SIGNAL_BITS) | (t->cause & CAUSE_BITS) << CAUSE_SHIFT |
	    ((t->signal != 0 ? t->main : t->now) ? NOW : 0) | (int)(grace + 1) << GRACE_SHIFT;
}

int tell_decode(int value, struct tell *t)
{
	int64_t grace = (value & ~MARK) >> GRACE_SHIFT;

	memset(t, 0, sizeof(*t));
	t->look = value == LOOK;
	if (t->look)
		return 0;
	t->signal = value & SIGNAL_BITS;
	t->cause = value >> CAUSE_SHIFT & CAUSE_BITS;
	t->main = t->signal != 0 && (value & NOW) != 0;
	t->now = t->signal == 0 && (value & NOW) != 0;
	t->grace = grace == 0 ? -1 : (grace - 1) * TENTH_MS;
	if (value <= 0 || (value & MARK) == 0 || t->cause >= END_COUNT || t->signal >= NSIG)
		return -1;
	return 0;
}

int tell_send(pid_t pid, int pidfd, int value, struct err *e)
{
	siginfo_t info;
	int r;

	if (pidfd == -1) {
		r = sigqueue(pid, TELL_SIGNAL, (union sigval){ .sival_int = value });
	} else {
		memset(&info, 0, sizeof(info));
		info.si_signo = TELL_SIGNAL;
		info.si_code = SI_QUEUE;
		info.si_pid = getpid();
		info.si_uid = getuid();
		info.si_value.sival_int = value;
		r = (int)syscall(SYS_pidfd_send_signal, pidfd, TELL_SIGNAL, &info, 0);
	}
	if (r == 0)
		return 0;
	if (errno == ESRCH)
		return err_set(e, ERR_NOINPUT, "the supervisor has ended");
	return err_sys(e, errno == EAGAIN ? ERR_AGAIN : ERR_OS, "signal to the supervisor");
}
