/*
 * hosts_edit: changes a line of the workers file and leaves all else as it stands.
 *
 * Comments, order and the lines of others stay byte for byte.  What comes out is read
 * before it is written, and the file is replaced whole, so jobd sees the old or the
 * new one; who edits at the same time by these functions waits.
 */
#ifndef CONF_HOSTS_EDIT_H
#define CONF_HOSTS_EDIT_H

#include "base/err.h"

/* A line of the file's grammar without its end.  -1: ERR_CONFIG it does not fit in there. */
int hosts_add(const char *path, const char *line, struct err *e);

/*
 * Takes out the line of that host.  -1: ERR_NOINPUT there is none; ERR_DATA the line
 * stands for several hosts.
 */
int hosts_remove(const char *path, const char *name, struct err *e);

#endif
