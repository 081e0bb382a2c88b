/* Signals as a flag. */
#include <signal.h>

#include "cli/interrupt.h"
#include "tap.h"

int main(void)
{
	volatile sig_atomic_t *flag;

	signal(SIGTERM, SIG_IGN);
	flag = interrupt_catch();
	is_int(*flag, 0, "nothing came yet");
	raise(SIGTERM);
	is_int(*flag, 0, "what was ignored stays so");
	raise(SIGINT);
	is_int(*flag, SIGINT, "an interrupt is seen");
	*flag = 0;
	raise(SIGINT);
	is_int(*flag, SIGINT, "and the next one");
	return tap_done();
}
