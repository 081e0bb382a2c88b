/* signame: signals as people write them: TERM, SIGTERM, term, 15, RTMIN+1. */
#ifndef CLI_SIGNAME_H
#define CLI_SIGNAME_H

#include "base/err.h"

/* 0 and *signal, or -1 with ERR_USAGE.  Any signal from 1 to SIGRTMAX. */
int signal_parse(const char *s, int *signal, struct err *e);

/* "TERM"; a signal without a name is its number.  Valid until the next call. */
const char *signal_name(int signal);

#endif
