/*
 * signame: names of signals to numbers and back, from the system's own list.
 */
#include "cli/signame.h"

#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/num.h"

static int by_name(const char *name)
{
	for (int i = 1; i < SIGRTMIN; i++) {
		const char *s = sigabbrev_np(i);

		if (s != NULL && strcasecmp(s, name) == 0)
			return i;
	}
	return 0;
}

/* RTMIN, RTMIN+2, RTMAX-1; 0: none of these. */
static int real_time(const char *name)
{
	uint64_t n = 0, room = (uint64_t)(SIGRTMAX - SIGRTMIN);
	int from = strncasecmp(name, "RTMIN", 5) == 0 ? SIGRTMIN :
	    strncasecmp(name, "RTMAX", 5) == 0 ? SIGRTMAX : 0;

	if (from == 0)
		return 0;
	name += 5;
	if (*name == '\0')
		return from;
	if (*name != (from == SIGRTMIN ? '+' : '-') || num_u64(name + 1, 0, room, &n, NULL) == -1)
		return 0;
	return from == SIGRTMIN ? from + (int)n : from - (int)n;
}

int signal_parse(const char *s, int *signal, struct err *e)
{
	const char *name = strncasecmp(s, "SIG", 3) == 0 ? s + 3 : s;
	uint64_t n;
	int found;

	if (num_u64(s, 1, (uint64_t)SIGRTMAX, &n, NULL) == 0) {
		*signal = (int)n;
		return 0;
	}
	found = by_name(name);
	if (found == 0)
		found = real_time(name);
	if (found == 0)
		return err_set(e, ERR_USAGE, "%.64s is not a signal: write TERM, SIGTERM or 15",
		    s);
	*signal = found;
	return 0;
}

const char *signal_name(int signal)
{
	static char number[12];
	const char *s = signal > 0 ? sigabbrev_np(signal) : NULL;

	if (s != NULL)
		return s;
	snprintf(number, sizeof(number), "%d", signal);
	return number;
}
