/*
 * redirect: opens the files that stand for a job's input and output.
 */
#ifndef AGENT_REDIRECT_H
#define AGENT_REDIRECT_H

#include <stdbool.h>

/*
 * Never waits for anybody: a FIFO whose other end no process has open, or is opening,
 * is refused.  The descriptor closes on exec and blocks as usual.  -1: *why says in
 * words what is wrong; errno is 0 where it would say something else.  fed: whoever fed
 * the FIFO may have said all, or be gone, which is its end and no reason to refuse.
 */
int redirect_input(const char *path, bool fed, const char **why);
int redirect_output(const char *path, bool append, const char **why);

#endif
