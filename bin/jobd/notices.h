/*
 * notices: those on their way, each with a process of its own.
 */
#ifndef JOBD_NOTICES_H
#define JOBD_NOTICES_H

#include "jobd.h"

void notices_start(struct jobd *d);
void notices_stop(struct jobd *d);
void notice_send(struct jobd *d, const struct effect *f);

/*
 * Whether a program may be told in this spool, and all those of a list of subscriptions,
 * one a line: 0, or -1 with ERR_PERM.
 */
int notice_command_allowed(const struct jobd *d, const char *path, struct err *e);
int notices_allowed(const struct jobd *d, const char *list, struct err *e);

#endif
