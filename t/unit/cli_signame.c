/* Signals by name and number, both ways. */
#include <signal.h>
#include <string.h>

#include "cli/signame.h"
#include "tap.h"

static int parsed(const char *s)
{
	struct err e = { 0 };
	int n = -7;

	if (signal_parse(s, &n, &e) == -1) {
		is_int(e.code, ERR_USAGE, "%s: the code", s);
		is_int(n, -7, "%s: nothing is stored", s);
		return -1;
	}
	return n;
}

int main(void)
{
	static const char *const none[] = {
		"", "SIG", "0", "-1", "65", "999999999999", "TERMINATE", "SIGSIGTERM", "15 ",
		"RTMIN-1", "RTMIN+99", "RTMAX+1", "RTMINx"
	};

	is_int(parsed("TERM"), SIGTERM, "TERM");
	is_int(parsed("SIGTERM"), SIGTERM, "SIGTERM");
	is_int(parsed("term"), SIGTERM, "term");
	is_int(parsed("sigKill"), SIGKILL, "sigKill");
	is_int(parsed("15"), 15, "15");
	is_int(parsed("64"), 64, "64");
	is_int(parsed("USR1"), SIGUSR1, "USR1");
	is_int(parsed("RTMIN"), SIGRTMIN, "RTMIN");
	is_int(parsed("SIGRTMIN+2"), SIGRTMIN + 2, "SIGRTMIN+2");
	is_int(parsed("RTMAX-1"), SIGRTMAX - 1, "RTMAX-1");
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		is_int(parsed(none[i]), -1, "'%s' is none", none[i]);
	is_str(signal_name(SIGTERM), "TERM", "the name of 15");
	is_str(signal_name(SIGRTMIN + 1), "35", "a signal without a name");
	is_str(signal_name(0), "0", "none");
	return tap_done();
}
