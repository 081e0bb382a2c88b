/* interrupt: SIGINT and SIGTERM as a flag, for programs that wait. */
#ifndef CLI_INTERRUPT_H
#define CLI_INTERRUPT_H

#include <signal.h>

/* From now on these signals only set the flag (to their number), which lives for ever. */
volatile sig_atomic_t *interrupt_catch(void);

#endif
