/* place: which installation a program talks to: --config and --spool made into a spool. */
#ifndef VIEW_PLACE_H
#define VIEW_PLACE_H

#include "conf/conf.h"
#include "spool/spool.h"

/*
 * Opens the spool that the options (each may be NULL), the environment and the
 * configuration name.  The caller closes it.  c, if not NULL, keeps the
 * configuration, which the caller then frees; it is unset after -1.
 */
int place_open(const char *spool, const char *config, struct spool *s, struct conf *c,
    struct err *e);

#endif
