/* editor: a text in the user's editor. */
#ifndef JOBCRON_EDITOR_H
#define JOBCRON_EDITOR_H

#include "base/buf.h"
#include "jobcron.h"

struct editor {
	const char *suffix;	/* of the file, by which editors know its form */
	/* Takes what was written; -1 with ERR_DATA: it is wrong, and is edited again. */
	int (*check)(void *arg, const char *text, size_t n, struct err *e);
	void *arg;
};

/* 0: checked and taken; 1: it is as it was; -1 with e. */
int editor_run(const struct editor *d, const struct buf *text, struct err *e);

#endif
