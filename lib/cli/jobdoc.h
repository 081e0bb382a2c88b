/*
 * jobdoc: the one JSON document of a job: the request's fields as they were
 * given, and what became of it.
 */
#ifndef CLI_JOBDOC_H
#define CLI_JOBDOC_H

#include "cli/json.h"

struct jobdoc {
	const struct job_row *row;
	int64_t estimated_start;	/* ms; 0: not known */
	/* absent parts are left out of the document */
	bool has_deps, has_execs;
	const struct dep_row *deps;
	size_t ndeps;
	const struct exec_row *execs;	/* in order; the last is current_execution */
	size_t nexecs;
	bool list_execs;		/* "executions": all of them */
	/* a URL of "stdout" or "stderr" into url, or "" for none; NULL: none at all */
	void (*log_url)(void *arg, const struct exec_row *exec, const char *stream, char *url,
	    size_t size);
	/* adds to the end of the object; or NULL */
	void (*more)(void *arg, struct json *j);
	void *arg;
	int64_t now;
};

/* "file://" and the path, its bytes escaped as a URL wants them; -1: no room. */
int path_url(const char *path, char *url, size_t size);

void jobdoc_write(struct json *j, const struct jobdoc *d);

/* A worker by its columns, with them all at the top. */
/* Every column of a row that is not hidden. */
void rowdoc_write(struct json *j, const struct table *t, const void *row);
void workerdoc_write(struct json *j, const struct worker_row *w);

#endif
