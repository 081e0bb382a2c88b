/* rmtree: removes a folder of somebody else's making. */
#ifndef BASE_RMTREE_H
#define BASE_RMTREE_H

#include "base/err.h"

/*
 * Removes the folder `name` of dirfd (or AT_FDCWD) and all below it, however deep.
 * Follows no symbolic link.  Nobody may be at work in it.  -1: ERR_IO, something is
 * left; 0 also when it is not there.
 */
int dir_remove(int dirfd, const char *name, struct err *e);

#endif
