/*
 * interrupt: the one flag that a signal handler of ours sets.
 *
 * A signal that was ignored when we started (nohup, a background list) stays so.
 */
#include "cli/interrupt.h"

#include <stddef.h>

static volatile sig_atomic_t flag;

static void on_signal(int sig)
{
	flag = sig;
}

volatile sig_atomic_t *interrupt_catch(void)
{
	static const int signals[] = { SIGINT, SIGTERM };
	struct sigaction sa = { .sa_handler = on_signal }, old;

	sigemptyset(&sa.sa_mask);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		if (sigaction(signals[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
			sigaction(signals[i], &sa, NULL);
	}
	return &flag;
}
